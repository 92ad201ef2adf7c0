/**
 * The files that are made from a whole revision, after it is served: which there are, in which forms they are
 * stored, and what they say of a channel or subdir without a package.
 */
import { renderChanneldata } from '@terrarium/conda/repodata/channeldata.ts'
import { renderPatchInstructions } from '@terrarium/conda/repodata/make-patch-instructions.ts'
import { renderRepodata } from '@terrarium/conda/repodata/render-repodata.ts'
import { renderRss } from '@terrarium/conda/repodata/rss.ts'
import { renderRunExports } from '@terrarium/conda/repodata/run-exports.ts'
import { encodeForm, type Form } from './encode-form.ts'

interface RenderedResource {
  /** `.zst` is a file of its own; `gz` is the body under `Content-Encoding: gzip`. */
  readonly forms: readonly Form[]
  /** Of a subdir (or channel) that has nothing. */
  readonly empty: (of: string) => Uint8Array | string
}

export const subdirResources = {
  'repodata.json': {
    forms: ['plain', 'zst', 'gz'],
    empty: (subdir) => join(renderRepodata({ subdir, packages: [], 'packages.conda': [] })),
  },
  'current_repodata.json': {
    forms: ['plain', 'zst', 'gz'],
    empty: (subdir) => join(renderRepodata({ subdir, packages: [], 'packages.conda': [] })),
  },
  'run_exports.json': {
    forms: ['plain', 'zst'],
    empty: (subdir) => join(renderRunExports({ subdir, packages: [], 'packages.conda': [] })),
  },
  'repodata_from_packages.json': {
    forms: ['plain', 'zst'],
    empty: (subdir) => join(renderRepodata({ subdir, packages: [], 'packages.conda': [] })),
  },
  'patch_instructions.json': {
    forms: ['plain'],
    empty: () =>
      renderPatchInstructions({ packages: new Map(), 'packages.conda': new Map(), revoke: [], remove: [] }),
  },
} as const satisfies Record<string, RenderedResource>

export const channelResources = {
  'channeldata.json': {
    forms: ['plain', 'gz'],
    empty: () => join(renderChanneldata([], ['noarch'])),
  },
  'rss.xml': {
    forms: ['plain'],
    empty: (channel) => renderRss({ channel, channelUrl: channelPage(channel), entries: [] }),
  },
} as const satisfies Record<string, RenderedResource>

export type SubdirResource = keyof typeof subdirResources
export type ChannelResource = keyof typeof channelResources
export type Resource = SubdirResource | ChannelResource

const resources: Readonly<Record<Resource, RenderedResource>> = { ...subdirResources, ...channelResources }

/** Stands for the channel as a whole where files are kept by subdir. */
export const WHOLE_CHANNEL = ''

export function formsOf(resource: Resource): readonly Form[] {
  return resources[resource].forms
}

/** Under which name a form is stored. */
export function storedName(resource: Resource, form: Form): string {
  return form === 'plain' ? resource : `${resource}.${form}`
}

/** The resource and form behind a name that is asked for; undefined when there is none such. */
export function findResource(
  filename: string,
  where: 'subdir' | 'channel',
): { resource: Resource; form: 'plain' | 'zst' } | undefined {
  const zst = filename.endsWith('.zst')
  const resource = zst ? filename.slice(0, -'.zst'.length) : filename
  const known: object = where === 'subdir' ? subdirResources : channelResources
  if (!Object.hasOwn(known, resource)) return undefined
  const form = zst ? 'zst' : 'plain'
  const found = resource as Resource // a key of one of the two
  return formsOf(found).includes(form) ? { resource: found, form } : undefined
}

/** @param of the subdir, or the channel for a file of the whole channel */
export function emptyFile(resource: Resource, form: Form, of: string): Uint8Array {
  const content = resources[resource].empty(of)
  return encodeForm(typeof content === 'string' ? Buffer.from(content) : content, form)
}

/** Where on a server the page of a channel is. */
export function channelPage(channel: string): string {
  return `/channels/${encodeURIComponent(channel)}`
}

/** The feed with a whole link: RSS knows no relative one, and what is stored of a revision knows no server. */
export function withServer(feed: Uint8Array, serverUrl: string | undefined): Uint8Array {
  if (serverUrl === undefined) return feed
  const base = serverUrl.replace(/\/$/, '').replaceAll('&', '&amp;')
  return Buffer.from(
    Buffer.from(feed)
      .toString()
      .replace('<link>/', () => `<link>${base}/`),
  )
}

function join(chunks: Iterable<Uint8Array>): Uint8Array {
  return Buffer.concat([...chunks])
}

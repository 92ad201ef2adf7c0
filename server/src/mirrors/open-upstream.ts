/** From the text a person wrote to an upstream that may be read. */
import { AppError } from '../vocabulary/errors.ts'
import { FolderUpstream } from './folder-upstream.ts'
import { HttpUpstream } from './http-upstream.ts'
import { Secret } from '../platform/secret.ts'
import { shownSourceRoot, type Mirror } from './mirror.ts'
import type { Upstream, UpstreamRules } from './upstream.ts'

/**
 * @param sourceRoot `https://…`, `http://…`, `file:///…` or an absolute path
 * @throws AppError bad-request, outbound-refused
 */
export async function openUpstream(sourceRoot: string, rules: UpstreamRules): Promise<Upstream> {
  if (/^https?:\/\//i.test(sourceRoot)) {
    const address = parseUrl(sourceRoot)
    rules.outbound.requirePermitted(address)
    return new HttpUpstream(address, rules.outbound)
  }
  if (sourceRoot.startsWith('/') || /^file:\/\//i.test(sourceRoot)) {
    return FolderUpstream.open(sourceRoot, rules.mirrorFolders)
  }
  throw new AppError(
    'bad-request',
    `"${shownSourceRoot(sourceRoot)}" is no upstream: give an http(s) address of a channel, or the absolute path of a folder`,
  )
}

/** The upstream of a mirror. @throws AppError as `openUpstream` does, and corrupt-data when the key is gone */
export function openUpstreamOf(mirror: Mirror, rules: UpstreamRules): Promise<Upstream> {
  return openUpstream(fullSource(mirror, rules), rules)
}

/** The address of a mirror's upstream with whatever credentials it has. */
export function fullSource({ id, sourceRoot, sealedSource }: Mirror, { box }: UpstreamRules): string {
  return sealedSource === undefined ? sourceRoot : box().open(sealedSource, purposeOf(id)).reveal()
}

/** What is kept of an address: sealed when it has credentials, so that a copy of the database holds none. */
export function storedSource(
  mirrorId: string,
  address: string,
  { box }: UpstreamRules,
): Pick<Mirror, 'sourceRoot' | 'sealedSource'> {
  const sourceRoot = shownSourceRoot(address)
  const sealedSource =
    sourceRoot === address ? undefined : box().seal(new Secret(address), purposeOf(mirrorId))
  return { sourceRoot, sealedSource }
}

function purposeOf(mirrorId: string): string {
  return `upstream of ${mirrorId}`
}

function parseUrl(text: string): URL {
  const address = URL.parse(text.endsWith('/') ? text : `${text}/`)
  // not repeated: what can't be taken apart may have a password anywhere
  if (!address) throw new AppError('bad-request', 'the address of the upstream is no address')
  return address
}

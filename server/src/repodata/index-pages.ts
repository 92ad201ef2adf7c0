/**
 * Index pages for people with a browser and for scripts that follow links: of a channel, and of a subdir. All
 * links are relative, so that a token in the address is kept.
 */
import type { Channel } from '../channels/channel.ts'
import { formatBytes } from '../platform/text.ts'
import { FILES_ON_A_PAGE, type ServedFileRow } from './list-served.ts'
import { channelResources, formsOf, subdirResources, type Resource } from './rendered-files.ts'
import type { SubdirState } from './revision-store.ts'

/** Nothing on these pages runs or is loaded, whatever a package is called. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
}

/** @param title says which revision, where that is not the present */
export function renderChannelPage(
  title: string,
  { description }: Channel,
  subdirs: readonly string[],
  states: ReadonlyMap<string, SubdirState>,
): string {
  const rows = subdirs.map((subdir) => [
    link(`${subdir}/`, `${subdir}/`),
    `${states.get(subdir)?.servedCount ?? 0} files`,
  ])
  const files = [...resourceNames(channelResources), 'notices.json'].map((name) => [link(name, name), ''])
  return page(title, [description === '' ? '' : `<p>${escape(description)}</p>`, table([...rows, ...files])])
}

/** @param title of the page of the channel */
export function renderSubdirPage(title: string, subdir: string, files: readonly ServedFileRow[]): string {
  const shown = files.slice(0, FILES_ON_A_PAGE)
  const last = files.length > shown.length ? shown.at(-1)?.filename : undefined
  const indexes = ['repodata_shards.msgpack.zst', ...resourceNames(subdirResources)]
  return page(`${title}/${subdir}`, [
    table([
      [link('../', '../'), ''],
      ...indexes.map((name) => [link(name, name), '']),
      ...shown.map(({ filename, size, sha256, addedAt }) => [
        link(encodeURIComponent(filename), filename),
        formatBytes(size),
        addedAt.toISOString().slice(0, 19).replace('T', ' '),
        sha256,
      ]),
    ]),
    last === undefined ? '' : `<p>${link(`?after=${encodeURIComponent(last)}`, 'More')}</p>`,
  ])
}

function resourceNames(resources: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(resources).flatMap((name) =>
    // keys of one of the two tables
    formsOf(name as Resource).includes('zst') ? [name, `${name}.zst`] : [name],
  )
}

function page(title: string, body: readonly string[]): string {
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>`,
    '<meta name="viewport" content="width=device-width">',
    '<style>body{font-family:sans-serif;margin:2em}td{padding:0 1.5em 0 0}td+td{font-family:monospace}</style>',
    `</head><body><h1>${escape(title)}</h1>`,
    ...body,
    '</body></html>',
    '',
  ].join('\n')
}

function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
  return `<table>\n${cells.join('\n')}\n</table>`
}

function link(href: string, text: string): string {
  return `<a href="${escape(href)}">${escape(text)}</a>`
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}

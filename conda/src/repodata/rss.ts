/**
 * rss.xml: what is new in a channel, for feed readers.
 *
 * As conda-index writes it, but an item's guid says which version it is (there it is the address of the
 * source, which stays the same, so that readers never show the second version).
 *
 * @see conda_index/index/rss.py; RSS 2.0
 */
import { type JsonObject, stringsIn } from './json-value.ts'

const MAX_ITEMS = 100

export interface RssContent {
  readonly channel: string
  /** Page of the channel, for people. */
  readonly channelUrl: string
  /** Entries of channeldata by package name. */
  readonly entries: Iterable<readonly [name: string, entry: JsonObject]>
}

export function renderRss({ channel, channelUrl, entries }: RssContent): string {
  const newest = [...entries].sort((a, b) => seconds(b[1]) - seconds(a[1]) || (a[0] < b[0] ? -1 : 1))
  const items = newest.slice(0, MAX_ITEMS)
  const builtSeconds = items[0] === undefined ? 0 : seconds(items[0][1])
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<rss version="2.0"><channel>',
    element('title', channel),
    element('link', channelUrl),
    element('description', `The ${MAX_ITEMS} newest packages of ${channel}`),
    element('pubDate', rfc822(builtSeconds)),
    ...items.map(([name, entry]) => renderItem(channel, name, entry)),
    '</channel></rss>',
    '',
  ].join('\n')
}

function renderItem(channel: string, name: string, entry: JsonObject): string {
  const version = text(entry, 'version')
  const home = url(entry, 'home')
  const link = url(entry, 'doc_url') || home
  const comments = url(entry, 'dev_url')
  return [
    '<item>',
    element('title', `${name} ${version} [${stringsIn(entry.subdirs).join(', ')}]`),
    element('description', text(entry, 'description') || text(entry, 'summary')),
    link === '' ? '' : element('link', link),
    comments === '' ? '' : element('comments', comments),
    `<guid isPermaLink="false">${escapeXml(`conda:${channel}/${name}/${version}`)}</guid>`,
    element('pubDate', rfc822(seconds(entry))),
    home === '' ? '' : `<source url="${escapeXml(home)}">${escapeXml(home)}</source>`,
    '</item>',
  ].join('')
}

function seconds(entry: JsonObject): number {
  return typeof entry.timestamp === 'number' ? entry.timestamp : 0
}

function text(entry: JsonObject, field: string): string {
  const value = entry[field]
  return typeof value === 'string' ? value : ''
}

/** about.json is written by the package's author, and a feed reader follows `javascript:` as well. */
function url(entry: JsonObject, field: string): string {
  const value = entry[field]
  const first = typeof value === 'string' ? value : (stringsIn(value)[0] ?? '')
  return /^https?:\/\//i.test(first) ? first : ''
}

function rfc822(atSeconds: number): string {
  const date = new Date(atSeconds * 1000)
  return (Number.isNaN(date.getTime()) ? new Date(0) : date).toUTCString()
}

function element(name: string, content: string): string {
  return `<${name}>${escapeXml(content)}</${name}>`
}

function escapeXml(content: string): string {
  return content
    .toWellFormed()
    .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
}

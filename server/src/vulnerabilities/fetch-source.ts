/**
 * Fetches what a source has new into a file for the import: conditional requests, and only the changes where the source
 * tells them. What came last is in the marker; without one everything is fetched.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Staging, StagedFile } from '../blobs/staging.ts'
import type { OutboundClient, OutboundResponse } from '../platform/outbound/outbound-client.ts'
import { AppError } from '../vocabulary/errors.ts'
import { isObject, objectsOf, textOf } from './json-reading.ts'
import { readZip } from './read-zip.ts'
import type { Marker, Source } from './source.ts'

export interface FetchParts {
  readonly outbound: OutboundClient
  readonly incoming: Staging
  readonly now: () => Date
  readonly signal: AbortSignal
  /** Raises NVD's limit of requests. */
  readonly nvdApiKey?: string | undefined
  /** Between two requests of a paged interface. */
  readonly pauseMs?: number
}

export type Fetched =
  | { readonly kind: 'unchanged'; readonly marker: Marker }
  | {
      readonly kind: 'file'
      readonly path: string
      readonly filename: string
      readonly marker: Marker
      /** Whether it is all the source has. */
      readonly isWhole: boolean
    }

const MAX_FILE_BYTES = 2 * 2 ** 30
const MAX_ANSWER_BYTES = 128 * 2 ** 20
/** More changes than this are fetched as the whole. */
const MAX_SINGLE_RECORDS = 2000
const AT_ONCE = 8
const DAY_MS = 24 * 3_600_000

/** @throws AppError upstream-unreachable, upstream-answer, outbound-refused, too-large */
export async function fetchSource(parts: FetchParts, source: Source): Promise<Fetched> {
  if (source.address === null) throw new AppError('conflict', `the source ${source.name} has no address`)
  const address = new URL(source.address)
  switch (source.method) {
    case 'file':
    case 'changes':
      return fetchFile(parts, address, source.marker, source.method === 'file')
    case 'osv':
      return fetchOsv(parts, address, source.marker)
    case 'nvd-api':
      return fetchNvd(parts, address, source.marker)
    case 'cve5-deltas':
      return fetchCve5(parts, address, source.marker)
  }
}

async function fetchFile(
  parts: FetchParts,
  address: URL,
  marker: Marker,
  isWhole: boolean,
): Promise<Fetched> {
  const response = await get(parts, address, conditions(marker))
  if (response.status === 304) {
    await response.discard()
    return { kind: 'unchanged', marker }
  }
  await requireOk(response)
  const file = await parts.incoming.receive(response.body, MAX_FILE_BYTES)
  const next: Marker = { ...validators(response), sha256: file.sha256 }
  // not every server answers conditional requests
  if (file.sha256 === marker.sha256) {
    await file.discard()
    return { kind: 'unchanged', marker: next }
  }
  return { kind: 'file', path: file.path, filename: nameOf(address), marker: next, isWhole }
}

/** A folder of osv.dev's bucket: `all.zip`, `modified_id.csv` with the newest first, and a file for each record. */
async function fetchOsv(parts: FetchParts, address: URL, marker: Marker): Promise<Fetched> {
  const list = await get(parts, below(address, 'modified_id.csv'), marker.since ? conditions(marker) : {})
  if (list.status === 304) {
    await list.discard()
    return { kind: 'unchanged', marker }
  }
  await requireOk(list)
  const rows = parseModified(await readText(list))
  const [newest] = rows
  if (!newest) throw new AppError('upstream-answer', `${list.url.href} lists no record: it is empty`)
  const next: Marker = { ...validators(list), since: newest.at }
  const { since } = marker
  const changed = since === undefined ? undefined : rows.filter(({ at }) => at > since)
  if (changed?.length === 0) return { kind: 'unchanged', marker: next }
  const ecosystem = decodeURIComponent(address.pathname.split('/').findLast(Boolean) ?? 'osv')
  if (!changed || changed.length > MAX_SINGLE_RECORDS) {
    const file = await fetchZip(parts, below(address, 'all.zip'))
    return { kind: 'file', path: file.path, filename: `${ecosystem}-all.zip`, marker: next, isWhole: true }
  }
  const addresses = changed.map(({ id }) => below(address, `${encodeURIComponent(id)}.json`))
  const file = await parts.incoming.receive(fetchRecords(parts, addresses), MAX_FILE_BYTES)
  const filename = `${ecosystem}-since-${since?.slice(0, 10) ?? ''}.jsonl`
  return { kind: 'file', path: file.path, filename, marker: next, isWhole: false }
}

function parseModified(text: string): { at: string; id: string }[] {
  const rows = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const [, at, id] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z),([\w.:-]{1,200})\s*$/.exec(line) ?? []
    if (at === undefined || id === undefined) {
      const shown = JSON.stringify(line.slice(0, 60))
      throw new AppError('upstream-answer', `modified_id.csv has ${shown} in line ${index + 1}, not time,id`)
    }
    return { at, id }
  })
  return rows.toSorted((left, right) => (left.at < right.at ? 1 : -1))
}

/** The zip as JSON lines. */
async function fetchZip(parts: FetchParts, address: URL): Promise<StagedFile> {
  const response = await get(parts, address)
  await requireOk(response)
  const zip = await parts.incoming.receive(response.body, MAX_FILE_BYTES)
  try {
    return await parts.incoming.receive(linesOf(readZip(zip.path, nameOf(address))), 2 * MAX_FILE_BYTES)
  } finally {
    await zip.discard()
  }
}

async function* linesOf(members: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // a record that is not JSON is the import's to name
  for await (const member of members) yield Buffer.from(`${oneLine(member.toString('utf8'))}\n`)
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').trim()
}

async function* fetchRecords(parts: FetchParts, addresses: readonly URL[]): AsyncGenerator<Buffer> {
  for (let start = 0; start < addresses.length; start += AT_ONCE) {
    const texts = addresses.slice(start, start + AT_ONCE).map(async (address) => {
      const response = await get(parts, address)
      // taken away between the list and now: the list will say so
      if (response.status === 404) {
        await response.discard()
        return ''
      }
      await requireOk(response)
      return `${oneLine(await readText(response))}\n`
    })
    yield Buffer.from((await Promise.all(texts)).join(''))
  }
}

const NVD_PAGE = 2000
/** NVD allows five requests in 30 seconds, and fifty with a key. */
const NVD_PAUSE_MS = 6_500
const NVD_PAUSE_WITH_KEY_MS = 700
const NVD_MAX_SPAN_MS = 119 * DAY_MS
const NVD_OVERLAP_MS = 10 * 60_000

async function fetchNvd(parts: FetchParts, address: URL, marker: Marker): Promise<Fetched> {
  const started = parts.now()
  const sinceMs = marker.since === undefined ? undefined : Date.parse(marker.since) - NVD_OVERLAP_MS
  const isDelta = sinceMs !== undefined && started.getTime() - sinceMs < NVD_MAX_SPAN_MS
  const query = isDelta
    ? { lastModStartDate: new Date(sinceMs).toISOString(), lastModEndDate: started.toISOString() }
    : {}
  const counted = { total: 0 }
  const pages = nvdPages(parts, address, query, counted)
  const file = await parts.incoming.receive(pages, 2 * MAX_FILE_BYTES)
  const next: Marker = { since: started.toISOString() }
  if (isDelta && counted.total === 0) {
    await file.discard()
    return { kind: 'unchanged', marker: next }
  }
  const filename = isDelta ? `nvd-since-${query.lastModStartDate?.slice(0, 10) ?? ''}.jsonl` : 'nvd-all.jsonl'
  return { kind: 'file', path: file.path, filename, marker: next, isWhole: !isDelta }
}

async function* nvdPages(
  parts: FetchParts,
  address: URL,
  query: Readonly<Record<string, string>>,
  counted: { total: number },
): AsyncGenerator<Buffer> {
  const headers = parts.nvdApiKey === undefined ? {} : { apiKey: parts.nvdApiKey }
  const pauseMs = parts.pauseMs ?? (parts.nvdApiKey === undefined ? NVD_PAUSE_MS : NVD_PAUSE_WITH_KEY_MS)
  for (let start = 0; ;) {
    const url = new URL(address)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    url.searchParams.set('startIndex', String(start))
    url.searchParams.set('resultsPerPage', String(NVD_PAGE))
    const response = await get(parts, url, headers)
    await requireOk(response)
    const page = parseJson(await readText(response), url)
    if (!isObject(page) || !Array.isArray(page.vulnerabilities) || typeof page.totalResults !== 'number') {
      throw new AppError(
        'upstream-answer',
        `${url.origin} answers without "vulnerabilities" and "totalResults"`,
      )
    }
    const records: readonly unknown[] = page.vulnerabilities
    yield Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''))
    start += records.length
    counted.total = start
    if (start >= page.totalResults) return
    if (records.length === 0) {
      throw new AppError(
        'upstream-answer',
        `${url.origin} says that it has ${page.totalResults} records and gives ${start}`,
      )
    }
    await wait(pauseMs, undefined, { signal: parts.signal })
  }
}

/** The folder `cves` of cvelistV5: `deltaLog.json` tells the changes of the last 30 days, the newest first. */
async function fetchCve5(parts: FetchParts, address: URL, marker: Marker): Promise<Fetched> {
  const response = await get(parts, below(address, 'deltaLog.json'), conditions(marker))
  if (response.status === 304) {
    await response.discard()
    return { kind: 'unchanged', marker }
  }
  await requireOk(response)
  const log = objectsOf(parseJson(await readText(response), response.url))
  const entries = log.flatMap((entry) => {
    const at = textOf(entry.fetchTime)
    return at === undefined ? [] : [{ at, changes: [...objectsOf(entry.new), ...objectsOf(entry.updated)] }]
  })
  const times = entries.map(({ at }) => at).toSorted()
  const [oldest, newest] = [times[0], times.at(-1)]
  if (oldest === undefined || newest === undefined)
    throw new AppError(
      'upstream-answer',
      `${response.url.href} holds no "fetchTime": it is no log of changes`,
    )
  // the first time the log of a day is enough: the list itself is brought in as a file
  const since = marker.since ?? new Date(Date.parse(newest) - DAY_MS).toISOString()
  if (marker.since !== undefined && marker.since < oldest) {
    throw new AppError(
      'upstream-answer',
      `the log of changes reaches back to ${oldest}, and we have ${marker.since}: bring the whole list in as a file, ` +
        'then refresh with --restart',
    )
  }
  const next: Marker = { ...validators(response), since: newest }
  const ids = new Set<string>()
  for (const { at, changes } of entries) {
    if (at > since) for (const change of changes) ids.add(textOf(change.cveId) ?? '')
  }
  const addresses = [...ids].flatMap((id) => {
    const [, year, number] = /^CVE-(\d{4})-(\d{4,})$/.exec(id) ?? []
    return year === undefined || number === undefined
      ? []
      : below(address, `${year}/${number.slice(0, -3)}xxx/${id}.json`)
  })
  if (addresses.length === 0) return { kind: 'unchanged', marker: next }
  const file = await parts.incoming.receive(fetchRecords(parts, addresses), MAX_FILE_BYTES)
  const filename = `cve-since-${since.slice(0, 10)}.jsonl`
  return { kind: 'file', path: file.path, filename, marker: next, isWhole: false }
}

function get(
  parts: FetchParts,
  address: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<OutboundResponse> {
  return parts.outbound.get(address, { headers, signal: parts.signal })
}

function conditions({ etag, lastModified }: Marker): Record<string, string> {
  return {
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(lastModified !== undefined && { 'if-modified-since': lastModified }),
  }
}

function validators(response: OutboundResponse): Marker {
  const [etag, lastModified] = [response.header('etag'), response.header('last-modified')]
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) }
}

async function requireOk(response: OutboundResponse): Promise<void> {
  if (response.status === 200) return
  await response.discard()
  throw new AppError(
    'upstream-answer',
    `${response.url.origin} answered ${response.status} to a request for data`,
  )
}

async function readText(response: OutboundResponse): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += chunk.byteLength
    if (bytes > MAX_ANSWER_BYTES)
      throw new AppError('too-large', `${response.url.origin} sends more than ${MAX_ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string, url: URL): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new AppError('upstream-answer', `${url.origin} answers with something that is no JSON`, { cause })
  }
}

function below(folder: URL, name: string): URL {
  const url = new URL(folder)
  url.pathname = `${folder.pathname.replace(/\/$/, '')}/${name}`
  return url
}

function nameOf(address: URL): string {
  return decodeURIComponent(address.pathname.split('/').findLast(Boolean) ?? address.hostname).slice(0, 200)
}

/**
 * Answers GET and HEAD for bytes the way conda clients need it: strong ETags, 304, single ranges with
 * suffixes clamped to the file, If-Range, exact Content-Length, streams with large chunks straight into the
 * socket.
 *
 * @see RFC 9110, sections 13 and 14
 */
import type { FileHandle } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseRange, type ByteRange } from './byte-range.ts'
import { sendFile } from './send-file.ts'

export interface Representation {
  /** Strong, with its quotes; differs between two encodings of one resource. */
  readonly etag: string
  readonly lastModified: Date
  readonly contentType: string
  readonly cacheControl: string
  readonly size: number
  /** Of bytes that are encoded for the way; such an answer has no ranges. */
  readonly contentEncoding?: string
  readonly vary?: string
  /** Further ones, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>
  /** Makes browsers save the file rather than show it. */
  readonly attachment?: string
  /** Where the same bytes are for whoever has the address: asked for with every answer, since it ages. */
  readonly elsewhere?: () => Promise<string>
  /** Made for this one request, from what changes without anybody being told: nothing to remember. */
  readonly isMomentary?: boolean
  /** To be told when the whole of it was sent. */
  readonly sent?: () => void
  readonly body: Uint8Array | ((range: ByteRange | undefined) => Promise<Readable | FileHandle>)
}

export async function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  representation: Representation,
): Promise<void> {
  setHeaders(response, representation)
  if (isNotModified(request, representation)) {
    response.statusCode = 304
    response.end()
    return
  }
  // the address there is signed for GET alone
  if (representation.elsewhere && request.method === 'GET') {
    await redirect(response, representation.elsewhere)
    return
  }
  const range = chooseRange(request, representation)
  if (range === 'unsatisfiable') {
    response.statusCode = 416
    response.setHeader('content-range', `bytes */${representation.size}`)
    response.setHeader('content-length', 0)
    response.end()
    return
  }
  if (range) {
    response.statusCode = 206
    response.setHeader('content-range', `bytes ${range.start}-${range.end}/${representation.size}`)
  }
  response.setHeader('content-length', range ? range.end - range.start + 1 : representation.size)
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  if (representation.body instanceof Uint8Array) {
    response.end(range ? representation.body.subarray(range.start, range.end + 1) : representation.body)
    return
  }
  const body = await representation.body(range)
  const whole = { start: 0, end: representation.size - 1 }
  await untilSent('fd' in body ? sendFile(body, range ?? whole, response) : pipeline(body, response))
}

/** The other place answers ranges and names the length; this answer must not be kept, for the address ages. */
async function redirect(response: ServerResponse, location: () => Promise<string>): Promise<void> {
  response.statusCode = 307
  response.setHeader('location', await location())
  response.setHeader('cache-control', 'no-store')
  response.setHeader('content-length', 0)
  response.end()
}

function setHeaders(response: ServerResponse, representation: Representation): void {
  for (const [name, value] of Object.entries(headersOf(representation))) response.setHeader(name, value)
}

/** What every answer about a representation says, whole, in part or not at all. */
export function headersOf(representation: Representation): Record<string, string> {
  const { contentEncoding, vary, attachment, headers } = representation
  return {
    etag: representation.etag,
    'last-modified': representation.lastModified.toUTCString(),
    'cache-control': representation.cacheControl,
    'content-type': representation.contentType,
    'x-content-type-options': 'nosniff',
    ...(contentEncoding ? { 'content-encoding': contentEncoding } : { 'accept-ranges': 'bytes' }),
    ...headers,
    ...(vary && { vary }),
    ...(attachment && { 'content-disposition': `attachment; filename="${attachment}"` }),
  }
}

function isNotModified(request: IncomingMessage, { etag, lastModified }: Representation): boolean {
  const noneMatch = request.headers['if-none-match']
  if (noneMatch !== undefined) {
    if (noneMatch.trim() === '*') return true
    return noneMatch.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag)
  }
  const since = request.headers['if-modified-since']
  if (since === undefined) return false
  // the very date it was told, not a later one: a channel can go back to what it served before
  return Date.parse(since) === Math.floor(lastModified.getTime() / 1000) * 1000
}

function chooseRange(
  request: IncomingMessage,
  representation: Representation,
): ByteRange | undefined | 'unsatisfiable' {
  const header = request.headers.range
  // parts are for GET alone (RFC 9110, 14.2)
  if (header === undefined || request.method !== 'GET' || representation.contentEncoding) return undefined
  const ifRange = request.headers['if-range']
  // a date is too coarse to prove that the rest belongs to what the client has
  if (ifRange !== undefined && String(ifRange).trim() !== representation.etag) return undefined
  return parseRange(header, representation.size)
}

async function untilSent(sending: Promise<void>): Promise<void> {
  try {
    await sending
  } catch (error) {
    // the client went away: its loss, and nothing to answer to
    if (isClientGone(error)) return
    throw error
  }
}

function isClientGone(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return goneCodes.has(String(error.code))
}

/** The last of HTTP/2, where a client ends one stream and keeps the connection. */
const goneCodes: ReadonlySet<string> = new Set([
  ...['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED', 'ECANCELED'],
  ...['ERR_HTTP2_INVALID_STREAM', 'ERR_HTTP2_STREAM_ERROR', 'ERR_HTTP2_STREAM_CANCEL'],
])

/**
 * Answers GET and HEAD for bytes the way conda clients need it: strong ETags, 304, single ranges with
 * suffixes clamped to the file, If-Range, exact Content-Length, streams with large chunks straight into the
 * socket.
 *
 * @see RFC 9110, sections 13 and 14
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseRange, type ByteRange } from './byte-range.ts'

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
  readonly body: Uint8Array | ((range: ByteRange | undefined) => Promise<Readable>)
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
  if (representation.elsewhere) {
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
  await stream(await representation.body(range), response)
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
  response.setHeader('etag', representation.etag)
  response.setHeader('last-modified', representation.lastModified.toUTCString())
  response.setHeader('cache-control', representation.cacheControl)
  response.setHeader('content-type', representation.contentType)
  response.setHeader('x-content-type-options', 'nosniff')
  if (representation.contentEncoding) response.setHeader('content-encoding', representation.contentEncoding)
  else response.setHeader('accept-ranges', 'bytes')
  for (const [name, value] of Object.entries(representation.headers ?? {})) response.setHeader(name, value)
  if (representation.vary) response.setHeader('vary', representation.vary)
  if (representation.attachment) {
    response.setHeader('content-disposition', `attachment; filename="${representation.attachment}"`)
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
  const sinceMs = Date.parse(since)
  return !Number.isNaN(sinceMs) && Math.floor(lastModified.getTime() / 1000) * 1000 <= sinceMs
}

function chooseRange(
  request: IncomingMessage,
  representation: Representation,
): ByteRange | undefined | 'unsatisfiable' {
  const header = request.headers.range
  if (header === undefined || representation.contentEncoding) return undefined
  const ifRange = request.headers['if-range']
  // a date is too coarse to prove that the rest belongs to what the client has
  if (ifRange !== undefined && String(ifRange).trim() !== representation.etag) return undefined
  return parseRange(header, representation.size)
}

async function stream(source: Readable, response: ServerResponse): Promise<void> {
  try {
    await pipeline(source, response)
  } catch (error) {
    // the client went away: its loss, and nothing to answer to
    if (isClientGone(error)) return
    throw error
  }
}

function isClientGone(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED'].includes(
    String(error.code),
  )
}

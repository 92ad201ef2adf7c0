/**
 * An advisory file as a stream of raw records, whatever it is: one JSON document or JSON lines, a single
 * record, an array or a whole feed, plain or compressed (gzip, zstd), or OpenSSL's XML list.
 *
 * A broken line or record is reported with its line number and the rest goes on. What makes the whole file
 * unusable (HTML instead of data, damaged compression, nothing in it, too large) is refused.
 */
import { Buffer } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { PassThrough, type Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { errorText } from '../platform/text.ts'
import { AppError } from '../vocabulary/errors.ts'
import { isObject } from './json-reading.ts'
import { containerKeys, JsonSplitter } from './split-json.ts'
import { LineSplitter, type Piece, type Splitter } from './split-lines.ts'

export type FileItem =
  | { readonly kind: 'record'; readonly line: number; readonly record: unknown }
  | { readonly kind: 'broken'; readonly line: number; readonly reason: string }

export interface ReadLimits {
  /** Of the decompressed file. */
  readonly maxBytes: number
  readonly maxRecordBytes: number
}

/** The largest feeds known (all of NVD in one file) are about 1.5 GB; the largest record is under 5 MB. */
export const defaultReadLimits: ReadLimits = { maxBytes: 4 * 2 ** 30, maxRecordBytes: 32 * 2 ** 20 }

const HEAD_BYTES = 2 ** 20
/** The longest issue of OpenSSL's list has 8,000 characters. */
const MAX_ISSUE_LENGTH = 65_536

/**
 * @param name what to call the file
 * @throws AppError invalid-advisories, naming the file
 */
export async function* readAdvisoryFile(
  path: string,
  limits: ReadLimits = defaultReadLimits,
  name: string = basename(path),
): AsyncGenerator<FileItem> {
  const chunks = limited(await openDecompressed(path, name), name, limits.maxBytes)[Symbol.asyncIterator]()
  try {
    const head = await readHead(chunks)
    const rest = { [Symbol.asyncIterator]: () => chunks }
    const framing = framingOf(head, name)
    if (framing === 'markup') yield* readMarkup(head, rest, name, limits.maxRecordBytes)
    else if (framing === 'lines') yield* readPieces(new LineSplitter(limits.maxRecordBytes), head, rest)
    else {
      const declared = declaredCount(head)
      let count = 0
      for await (const item of readPieces(new JsonSplitter(limits.maxRecordBytes), head, rest)) {
        count += 1
        yield item
      }
      if (declared !== undefined && count < declared)
        throw refusal(name, `it says that it holds ${declared} records and has ${count}: it was cut`)
    }
  } finally {
    await chunks.return(undefined)
  }
}

function refusal(name: string, reason: string, cause?: unknown): AppError {
  return new AppError('invalid-advisories', `advisory file ${name}: ${reason}`, { cause })
}

async function openDecompressed(path: string, name: string): Promise<AsyncIterable<Buffer>> {
  const magic = await readMagic(path, name)
  const decompress: Transform = magic.startsWith('1f8b')
    ? createGunzip()
    : magic === '28b52ffd'
      ? createZstdDecompress()
      : new PassThrough()
  // The error reaches the reader through the stream itself; the promise would only report it a second time.
  pipeline(createReadStream(path), decompress).catch(() => undefined)
  return decompress as AsyncIterable<Buffer>
}

async function readMagic(path: string, name: string): Promise<string> {
  try {
    for await (const chunk of createReadStream(path, { end: 3 }) as AsyncIterable<Buffer>)
      return chunk.toString('hex')
    return ''
  } catch (cause) {
    throw refusal(name, `it cannot be read: ${errorText(cause)}`, cause)
  }
}

async function* limited(
  chunks: AsyncIterable<Buffer>,
  name: string,
  maxBytes: number,
): AsyncGenerator<Buffer> {
  let bytes = 0
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length
      // or a small compressed file could fill the disk and the memory of the server
      if (bytes > maxBytes) throw refusal(name, `it is larger than ${maxBytes} bytes when decompressed`)
      yield chunk
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw refusal(name, `it is cut or damaged: ${errorText(cause)}`, cause)
  }
}

async function readHead(chunks: AsyncIterator<Buffer, unknown>): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  while (bytes < HEAD_BYTES) {
    const next = await chunks.next()
    if (next.done === true) break
    parts.push(next.value)
    bytes += next.value.length
  }
  const head = Buffer.concat(parts)
  const hasMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf
  return hasMark ? head.subarray(3) : head
}

const BEGINNING = 4096

/** How many records a feed of NVD says it holds, before the first of them. */
function declaredCount(head: Buffer): number | undefined {
  const text = head.subarray(0, BEGINNING).toString('utf8')
  const numberAfter = (key: string): number | undefined => {
    const found = new RegExp(`"${key}"\\s*:\\s*"?(\\d{1,9})\\b`).exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  const older = numberAfter('CVE_data_numberOfCVEs')
  if (older !== undefined) return older
  const total = numberAfter('totalResults')
  if (total === undefined || !text.includes('"vulnerabilities"')) return undefined
  return Math.max(
    0,
    Math.min(numberAfter('resultsPerPage') ?? total, total - (numberAfter('startIndex') ?? 0)),
  )
}

type Framing = 'lines' | 'document' | 'markup'

/**
 * JSON lines where the first line is a whole value, or is a broken one before a line that is. A document
 * written over several lines begins with a line that is only its beginning.
 */
function framingOf(head: Buffer, name: string): Framing {
  const text = head.toString('utf8').trimStart()
  if (text === '') throw refusal(name, 'it is empty')
  if (text.startsWith('<')) return 'markup'
  if (/\.(?:jsonl|ndjson)(?:\.\w+)?$/i.test(name)) return 'lines'
  const [first = '', second = ''] = text.split('\n', 3)
  if (!/^[[{]/.test(text) && !isJsonObject(second)) {
    throw refusal(name, `it begins with ${JSON.stringify(text.slice(0, 20))}, not with JSON`)
  }
  if (!text.includes('\n') && head.length >= HEAD_BYTES) return 'document'
  if (isJsonObject(first)) return 'lines'
  return first.trim().length > 2 && second.startsWith('{"') && isJsonObject(second) ? 'lines' : 'document'
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text))
  } catch {
    return false
  }
}

async function* readPieces(
  splitter: Splitter,
  head: Buffer,
  rest: AsyncIterable<Buffer>,
): AsyncGenerator<FileItem> {
  for (const piece of splitter.push(head)) yield* toItems(piece)
  for await (const chunk of rest) for (const piece of splitter.push(chunk)) yield* toItems(piece)
  for (const piece of splitter.end()) yield* toItems(piece)
}

function* toItems(piece: Piece): Generator<FileItem> {
  if (piece.kind === 'broken') {
    yield piece
    return
  }
  const { line } = piece
  try {
    for (const record of contentsOf(JSON.parse(piece.text))) yield { kind: 'record', line, record }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    yield { kind: 'broken', line, reason: `not valid JSON: ${error.message}` }
  }
}

/** A line can hold a whole feed when somebody has minified it. */
function contentsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (!isObject(value)) return [value]
  const key = containerKeys.find((candidate) => Array.isArray(value[candidate]))
  return key === undefined ? [value] : (value[key] as readonly unknown[]) // it is an array, as just seen
}

/** OpenSSL's list: small, so it is read whole. */
async function* readMarkup(
  head: Buffer,
  rest: AsyncIterable<Buffer>,
  name: string,
  maxBytes: number,
): AsyncGenerator<FileItem> {
  if (!/<security\b/.test(head.toString('utf8'))) {
    throw refusal(name, 'it is HTML or XML where JSON was expected: perhaps an error page was saved')
  }
  const parts = [head]
  let bytes = head.length
  for await (const chunk of rest) {
    bytes += chunk.length
    if (bytes > maxBytes) throw refusal(name, `it is XML of more than ${maxBytes} bytes`)
    parts.push(chunk)
  }
  const text = Buffer.concat(parts).toString('utf8')
  yield* issuesOf(text)
}

const ISSUE_END = '</issue>'

/** By searching, not by a pattern: one without an end would make a pattern look at the file again and again. */
function* issuesOf(text: string): Generator<FileItem> {
  let line = 1
  let counted = 0
  for (let start = text.indexOf('<issue '); start >= 0;) {
    const end = text.indexOf(ISSUE_END, start)
    for (; counted < start; counted += 1) if (text[counted] === '\n') line += 1
    if (end < 0) {
      yield { kind: 'broken', line, reason: 'the file ends in the middle: it was cut' }
      return
    }
    const issue = text.slice(start, end + ISSUE_END.length)
    if (issue.length > MAX_ISSUE_LENGTH) yield { kind: 'broken', line, reason: 'the issue is too long' }
    else yield { kind: 'record', line, record: issue }
    start = text.indexOf('<issue ', end)
  }
}

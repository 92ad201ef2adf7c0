/**
 * JSON documents that are larger than one string can be, written as chunks of bytes from small parts.
 */
import { type JsonValue, stableJson } from './json-value.ts'

/** A value as JSON already, to be copied as it is. */
export type RenderedJson = Uint8Array

/** The members of an object in the order of their keys, by UTF-16 code units; see `sortedEntries` in render-repodata.ts. */
export type RenderEntries = Iterable<readonly [key: string, value: JsonValue | RenderedJson]>

export type JsonPart = string | Uint8Array

const CHUNK_BYTES = 2 ** 18
const utf8 = new TextEncoder()

/**
 * The parts of a JSON object.
 * @throws Error when keys are out of order or given twice
 */
export function* objectParts(entries: RenderEntries): Generator<JsonPart> {
  let separator = '{'
  let last: string | undefined
  for (const [key, value] of entries) {
    if (last !== undefined && key <= last) throw new Error(`${key} comes after ${last}`)
    last = key
    yield `${separator}${JSON.stringify(key)}:`
    yield value instanceof Uint8Array ? value : stableJson(value)
    separator = ','
  }
  yield last === undefined ? '{}' : '}'
}

/** The parts one behind the other, in chunks of some 256 KiB, each a buffer of its own. */
export function* joinParts(parts: Iterable<JsonPart>): Generator<Uint8Array> {
  let bytes = new Uint8Array(CHUNK_BYTES)
  let length = 0
  for (const part of parts) {
    const mostBytes = typeof part === 'string' ? part.length * 3 : part.byteLength
    if (length + mostBytes > bytes.byteLength) {
      if (length > 0) yield bytes.subarray(0, length)
      bytes = new Uint8Array(Math.max(CHUNK_BYTES, mostBytes))
      length = 0
    }
    if (typeof part === 'string') length += utf8.encodeInto(part, bytes.subarray(length)).written
    else {
      bytes.set(part, length)
      length += part.byteLength
    }
  }
  if (length > 0) yield bytes.subarray(0, length)
}

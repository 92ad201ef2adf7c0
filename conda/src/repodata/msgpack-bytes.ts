/**
 * msgpack read where it lies: where a value ends, and whether all of it is there.
 *
 * To be run over a document before a decoder sees it. A decoder makes room for as many items as a header
 * claims, so that a few bytes of nested lists of four billion items each would use up the memory; once
 * every item is known to be there, a document cannot cost more than a multiple of its size.
 */
import { MAX_JSON_DEPTH } from './json-bytes.ts'

export class MsgpackSyntaxError extends Error {
  override readonly name = 'MsgpackSyntaxError'
}

interface Head {
  readonly kind: 'plain' | 'array' | 'map'
  /** Bytes of a plain value; items of an array; pairs of a map. */
  readonly size: number
  /** Where the content begins. */
  readonly start: number
}

/** Bytes behind the first one, for 0xc0 to 0xdf: fixed content, or (negative) those that hold the size. */
const WIDTHS = [
  0, 0, 0, 0, -1, -2, -4, -1, -2, -4, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, -1, -2, -4, -2, -4, -2,
  -4,
]

/**
 * The offset behind the value that begins at `start`.
 * @throws MsgpackSyntaxError when it is not all there, or nested too deeply
 */
export function skipMsgpack(bytes: Uint8Array, start: number, depth = 1): number {
  const { kind, size, start: content } = readHead(bytes, start)
  if (kind === 'plain') return content + size
  if (depth > MAX_JSON_DEPTH) throw new MsgpackSyntaxError(`nested deeper than ${MAX_JSON_DEPTH} levels`)
  let at = content
  for (let i = kind === 'map' ? size * 2 : size; i > 0; i--) at = skipMsgpack(bytes, at, depth + 1)
  return at
}

function readHead(bytes: Uint8Array, at: number): Head {
  const first = bytes[at]
  if (first === undefined) throw truncated(bytes)
  if (first < 0x80 || first >= 0xe0) return { kind: 'plain', size: 0, start: at + 1 }
  if (first < 0x90) return { kind: 'map', size: first & 0x0f, start: at + 1 }
  if (first < 0xa0) return { kind: 'array', size: first & 0x0f, start: at + 1 }
  if (first < 0xc0) return plain(bytes, at + 1, first & 0x1f)
  if (first === 0xc1) throw new MsgpackSyntaxError(`byte ${at} is 0xc1, which msgpack never uses`)
  const width = WIDTHS[first - 0xc0]! // 0xc0 to 0xdf are left
  if (width >= 0) return plain(bytes, at + 1, width)
  const start = at + 1 - width
  const size = readSize(bytes, at + 1, -width)
  if (first >= 0xde) return { kind: 'map', size, start }
  if (first >= 0xdc) return { kind: 'array', size, start }
  const isExtension = first >= 0xc7 && first <= 0xc9
  return plain(bytes, start, isExtension ? size + 1 : size)
}

function plain(bytes: Uint8Array, start: number, size: number): Head {
  if (start + size > bytes.byteLength) throw truncated(bytes)
  return { kind: 'plain', size, start }
}

function readSize(bytes: Uint8Array, at: number, width: number): number {
  let size = 0
  for (let i = at; i < at + width; i++) {
    const byte = bytes[i]
    if (byte === undefined) throw truncated(bytes)
    size = size * 256 + byte
  }
  return size
}

function truncated(bytes: Uint8Array): MsgpackSyntaxError {
  return new MsgpackSyntaxError(`the data ends within a value, after ${bytes.byteLength} bytes`)
}

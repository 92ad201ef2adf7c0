/**
 * Writes the frame of a msgpack document around parts that are packed already. A shard is a map of records
 * and an index one of digests: both are put together from bytes, without making objects of them again.
 */
import { Encoder } from '@msgpack/msgpack'

const INITIAL_BYTES = 4096
const utf8 = new TextEncoder()

export class MsgpackWriter {
  #bytes = new Uint8Array(INITIAL_BYTES)
  #length = 0

  /** What was written so far, as a copy. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** Begins a map: `size` keys with their values have to follow. */
  mapHeader(size: number): this {
    if (size < 16) return this.#head(0x80 | size)
    return size < 0x1_0000 ? this.#head(0xde, size, 2) : this.#head(0xdf, size, 4)
  }

  string(text: string): this {
    this.#reserve(5 + text.length * 3)
    // Nearly every text here is short ASCII: written at once, behind a header of one byte.
    if (text.length < 32 && this.#shortAscii(text)) return this
    const start = this.#length + 1
    const { written } = utf8.encodeInto(text, this.#bytes.subarray(start))
    if (written < 32) {
      this.#bytes[this.#length] = 0xa0 | written
      this.#length = start + written
      return this
    }
    const bytes = this.#bytes.slice(start, start + written)
    if (written < 0x100) this.#head(0xd9, written, 1)
    else if (written < 0x1_0000) this.#head(0xda, written, 2)
    else this.#head(0xdb, written, 4)
    return this.raw(bytes)
  }

  /** Bytes as the type `bin`. */
  binary(bytes: Uint8Array): this {
    const size = bytes.byteLength
    if (size < 0x100) this.#head(0xc4, size, 1)
    else if (size < 0x1_0000) this.#head(0xc5, size, 2)
    else this.#head(0xc6, size, 4)
    return this.raw(bytes)
  }

  /** The bytes that lower-case hex spells, as the type `bin`: an index holds tens of thousands of them. */
  binaryOfHex(hex: string): this {
    const size = hex.length / 2
    if (size >= 0x100) return this.binary(Uint8Array.fromHex(hex))
    this.#reserve(2 + size)
    const bytes = this.#bytes
    let at = this.#length
    bytes[at++] = 0xc4
    bytes[at++] = size
    for (let i = 0; i < hex.length; i += 2) {
      const byte = (hexDigit(hex.charCodeAt(i)) << 4) | hexDigit(hex.charCodeAt(i + 1))
      if (byte < 0) throw new SyntaxError(`${hex} is no lower-case hex`)
      bytes[at++] = byte
    }
    this.#length = at
    return this
  }

  /** A value that is msgpack already. */
  raw(packed: Uint8Array): this {
    this.#reserve(packed.byteLength)
    this.#bytes.set(packed, this.#length)
    this.#length += packed.byteLength
    return this
  }

  /** Any JSON value, with the keys of objects in order and whole numbers as integers; typed arrays as `bin`. */
  value(value: unknown): this {
    return this.raw(packValue(value))
  }

  /** Of less than 32 characters, with room for them; false, and nothing written, when there is one beyond ASCII. */
  #shortAscii(text: string): boolean {
    const bytes = this.#bytes
    const start = this.#length + 1
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i)
      if (code >= 0x80) return false
      bytes[start + i] = code
    }
    bytes[start - 1] = 0xa0 | text.length
    this.#length = start + text.length
    return true
  }

  #head(first: number, size = 0, sizeBytes = 0): this {
    this.#reserve(1 + sizeBytes)
    this.#bytes[this.#length++] = first
    for (let shift = (sizeBytes - 1) * 8; shift >= 0; shift -= 8) {
      this.#bytes[this.#length++] = (size >>> shift) & 0xff
    }
    return this
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.byteLength) return
    const grown = new Uint8Array(needed * 2)
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}

/** Its value; negative for what is none, also behind `<< 4` and `|`. NaN, behind an odd end, is none either. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  if (code >= 0x61 && code <= 0x66) return code - 0x57
  return -1
}

// One, because it keeps its buffer; it is not busy between calls.
const encoder = new Encoder({ sortKeys: true, ignoreUndefined: true })

/** The msgpack of a JSON value: the same bytes for the same content. The bytes are a copy. */
export function packValue(value: unknown): Uint8Array {
  return encoder.encode(value)
}

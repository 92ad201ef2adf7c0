/**
 * Bits read from the end of a range of bytes to its start, as zstd's entropy coders need them: the last byte
 * that is not zero ends in a mark, and what lies below it is read downwards.
 *
 * @see RFC 8878, section 4.1 (bitstreams) and 3.1.1.3.2.1.2
 */
import { CorruptStreamError } from './corrupt-stream-error.ts'

export class ReverseBits {
  readonly bytes: Uint8Array
  readonly #start: number
  /** Bits not read yet. Below zero once more were read than there are: the caller looks, if it matters. */
  left: number

  /**
   * @param bytes with at least four more behind `end`, of whatever content
   * @throws CorruptStreamError when the range is empty or has no mark
   */
  constructor(bytes: Uint8Array, start: number, end: number) {
    const last = end > start ? bytes[end - 1]! : 0
    if (last === 0) throw new CorruptStreamError('corrupt', 'zstd bitstream has no end mark')
    this.bytes = bytes
    this.#start = start
    this.left = (end - start) * 8 - Math.clz32(last) + 23
  }

  /** @param count up to 31; bits that are not there read as zero */
  read(count: number): number {
    if (count > 24) return (this.read(count - 24) * 2 ** 24 + this.read(24)) >>> 0
    this.left -= count
    return this.#bitsAt(this.left) & ((1 << count) - 1)
  }

  /** The next bits, left where they are. @param count up to 24 */
  peek(count: number): number {
    return this.#bitsAt(this.left - count) & ((1 << count) - 1)
  }

  /** At least 25 bits from bit `at` of the range upwards. */
  #bitsAt(at: number): number {
    if (at < 0) return at < -31 ? 0 : this.#bitsAt(0) << -at
    const { bytes } = this
    const index = this.#start + (at >> 3)
    const word =
      bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24)
    return word >>> (at & 7)
  }
}

/**
 * Bits, most significant first, out of a buffer that grows at its end: the input side of the bzip2 decoder.
 *
 * The buffer always carries a few zero bytes behind its end, so that a decoder may look ahead without a
 * bounds check; `requireNoOverrun` then tells whether what was taken was really there.
 */
import { CorruptStreamError } from './corrupt-stream-error.ts'

const PADDING = 8

export class BitReader {
  /** Public for the hot loop of bzip2-block.ts, which works on local copies of these four. */
  bytes: Uint8Array
  position = 0
  bitBuffer = 0
  bitCount = 0
  #end = 0

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity + PADDING)
  }

  append(chunk: Uint8Array): void {
    if (this.#end + chunk.length + PADDING > this.bytes.length) this.#makeRoom(chunk.length)
    this.bytes.set(chunk, this.#end)
    this.#end += chunk.length
    this.bytes.fill(0, this.#end, this.#end + PADDING)
  }

  remainingBytes(): number {
    return this.#end - this.position
  }

  atEnd(): boolean {
    return this.position >= this.#end && this.bitCount === 0
  }

  /** @param count up to 24 */
  read(count: number): number {
    while (this.bitCount < count) {
      if (this.position >= this.#end) throw new CorruptStreamError('truncated', 'bzip2 data ends early')
      this.bitBuffer = (this.bitBuffer << 8) | this.bytes[this.position++]!
      this.bitCount += 8
    }
    this.bitCount -= count
    return (this.bitBuffer >>> this.bitCount) & ((1 << count) - 1)
  }

  read32(): number {
    return ((this.read(16) << 16) | this.read(16)) >>> 0
  }

  alignToByte(): void {
    this.bitCount -= this.bitCount % 8
  }

  /** @throws CorruptStreamError when more bits were taken than there were */
  requireNoOverrun(position: number, bitCount: number): void {
    if (position - (bitCount >> 3) > this.#end) {
      throw new CorruptStreamError('truncated', 'bzip2 data ends early')
    }
  }

  #makeRoom(extra: number): void {
    const kept = this.#end - this.position
    const needed = kept + extra + PADDING
    const target = needed > this.bytes.length ? new Uint8Array(needed * 2) : this.bytes
    target.set(this.bytes.subarray(this.position, this.#end))
    this.bytes = target
    this.position = 0
    this.#end = kept
  }
}

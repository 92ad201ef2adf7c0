/** Canonical Huffman codes of up to 20 bits, as bzip2 uses them: from code lengths to symbols. */
import { CorruptStreamError } from './corrupt-stream-error.ts'

const MAX_BITS = 20
const FAST_BITS = 10

export class HuffmanDecoder {
  /** For the next 10 bits: `symbol << 5 | length`, or 0 when the code is longer than that. */
  readonly #fast = new Uint16Array(1 << FAST_BITS)
  readonly #firstCode = new Uint32Array(MAX_BITS + 1)
  readonly #lengthCount = new Uint32Array(MAX_BITS + 1)
  readonly #firstIndex = new Uint32Array(MAX_BITS + 1)
  readonly #symbols: Uint16Array

  /** @throws CorruptStreamError when the lengths ask for more codes than there are */
  constructor(lengths: Uint8Array) {
    for (const length of lengths) this.#lengthCount[length]!++
    let code = 0
    let index = 0
    for (let length = 1; length <= MAX_BITS; length++) {
      this.#firstCode[length] = code
      this.#firstIndex[length] = index
      code += this.#lengthCount[length]!
      index += this.#lengthCount[length]!
      if (code > 2 ** length) throw new CorruptStreamError('corrupt', 'bzip2 codes are over-subscribed')
      code *= 2
    }
    this.#symbols = new Uint16Array(lengths.length)
    const next = this.#firstIndex.slice()
    lengths.forEach((length, symbol) => {
      const at = next[length]!++
      this.#symbols[at] = symbol
      if (length <= FAST_BITS) this.#fillFast(length, at, symbol)
    })
  }

  /**
   * @param bits the next 20 bits
   * @returns `symbol << 5 | length`
   */
  find(bits: number): number {
    const entry = this.#fast[bits >>> (MAX_BITS - FAST_BITS)]!
    if (entry !== 0) return entry
    for (let length = FAST_BITS + 1; length <= MAX_BITS; length++) {
      const offset = (bits >>> (MAX_BITS - length)) - this.#firstCode[length]!
      if (offset >= 0 && offset < this.#lengthCount[length]!) {
        return (this.#symbols[this.#firstIndex[length]! + offset]! << 5) | length
      }
    }
    throw new CorruptStreamError('corrupt', 'bzip2 data holds a code that its table does not have')
  }

  #fillFast(length: number, at: number, symbol: number): void {
    const code = this.#firstCode[length]! + (at - this.#firstIndex[length]!)
    const start = code << (FAST_BITS - length)
    this.#fast.fill((symbol << 5) | length, start, start + (1 << (FAST_BITS - length)))
  }
}

/**
 * One block of bzip2: Huffman codes, move-to-front and runs, the inverse Burrows-Wheeler transform, and the
 * run-length layer below it. Streams and their checksums are in bzip2-decode.ts.
 */
import type { BitReader } from './bit-reader.ts'
import { bzip2Crc } from './crc32.ts'
import { CorruptStreamError } from './corrupt-stream-error.ts'
import { HuffmanDecoder } from './huffman-decoder.ts'

/**
 * No block is longer when compressed: 900,001 symbols of 20 bits, 32,767 selectors, six tables, with room to
 * spare. It holds because a length that wanders for more than a few steps is refused.
 */
export const MAX_BLOCK_BYTES = 2_400_000

const GROUP_SYMBOLS = 50
const MAX_CODE_BITS = 20
const MAX_LENGTH_STEPS = 64
const OUTPUT_CHUNK = 256 * 1024
const RUN_A = 0
const RUN_B = 1

export class BlockDecoder {
  /** Low 8 bits: a byte of the last column; the rest: where the next byte is. */
  readonly #links: Uint32Array
  readonly blockSize: number
  #count = 0
  #origin = 0
  #crc = -1

  constructor(blockSize: number) {
    this.blockSize = blockSize
    this.#links = new Uint32Array(blockSize)
  }

  /** The checksum of what `expand` has given out so far. */
  crc(): number {
    return ~this.#crc >>> 0
  }

  /** Reads a block whose magic number and checksum have been read. */
  read(bits: BitReader): void {
    this.#crc = -1
    if (bits.read(1) !== 0) throw corrupt('bzip2 block is randomised, which no encoder does since 1999')
    this.#origin = bits.read(24)
    const alphabet = readAlphabet(bits)
    const tableCount = bits.read(3)
    if (tableCount < 2 || tableCount > 6) throw corrupt(`bzip2 block has ${tableCount} tables, not 2 to 6`)
    const selectors = readSelectors(bits, tableCount)
    const tables = Array.from({ length: tableCount }, () => readTable(bits, alphabet.length + 2))
    this.#count = this.#readSymbols(bits, alphabet, selectors, tables)
    if (this.#origin >= this.#count) throw corrupt('bzip2 block points outside itself')
    this.#linkRows()
  }

  /** The block's bytes. A block of 900 kB may stand for 45 MB, so they come in pieces. */
  *expand(): Generator<Uint8Array, void, undefined> {
    const links = this.#links
    // A byte of the block stands for 51 at most: four equal ones and a count.
    let output = new Uint8Array(Math.min(OUTPUT_CHUNK, this.#count * 51 + 256))
    let length = 0
    let previous = -1
    let repeated = 0
    let row = links[this.#origin]! >>> 8
    for (let left = this.#count; left > 0; left--) {
      const entry = links[row]!
      const byte = entry & 0xff
      row = entry >>> 8
      if (repeated === 4) {
        output.fill(previous, length, length + byte)
        length += byte
        repeated = 0
        previous = -1
      } else {
        repeated = byte === previous ? repeated + 1 : 1
        previous = byte
        output[length++] = byte
      }
      if (length > OUTPUT_CHUNK - 256) {
        this.#crc = bzip2Crc(this.#crc, output, length)
        yield output.subarray(0, length)
        output = new Uint8Array(OUTPUT_CHUNK)
        length = 0
      }
    }
    this.#crc = bzip2Crc(this.#crc, output, length)
    if (length > 0) yield output.subarray(0, length)
  }

  /** The hot loop: Huffman symbols to bytes of the last column, at the start of `#links`. */
  #readSymbols(bits: BitReader, order: Uint8Array, selectors: Uint8Array, tables: HuffmanDecoder[]): number {
    const links = this.#links
    const limit = this.blockSize
    const endOfBlock = order.length + 1
    const bytes = bits.bytes
    let { position, bitBuffer, bitCount } = bits
    let table = tables[0]!
    let groupLeft = 0
    let group = 0
    let count = 0
    let runLength = 0
    let runWeight = 1
    try {
      for (;;) {
        if (groupLeft === 0) {
          bits.requireNoOverrun(position, bitCount)
          if (group >= selectors.length) throw corrupt('bzip2 block has more symbols than selectors')
          table = tables[selectors[group++]!]!
          groupLeft = GROUP_SYMBOLS
        }
        groupLeft--
        // Behind the end of the input this reads the reader's padding; the check above and below finds out.
        while (bitCount < MAX_CODE_BITS) {
          bitBuffer = (bitBuffer << 8) | (position < bytes.length ? bytes[position]! : 0)
          position++
          bitCount += 8
        }
        const entry = table.find((bitBuffer >>> (bitCount - MAX_CODE_BITS)) & 0xfffff)
        bitCount -= entry & 31
        const symbol = entry >>> 5

        if (symbol === RUN_A || symbol === RUN_B) {
          runLength += runWeight << symbol
          runWeight <<= 1
          if (runLength > limit - count) throw corrupt('bzip2 block holds more bytes than its level allows')
          continue
        }
        if (runLength > 0) {
          links.fill(order[0]!, count, count + runLength)
          count += runLength
          runLength = 0
          runWeight = 1
        }
        if (symbol === endOfBlock) break
        if (count >= limit) throw corrupt('bzip2 block holds more bytes than its level allows')
        const index = symbol - 1
        const byte = order[index]!
        if (index < 16) for (let i = index; i > 0; i--) order[i] = order[i - 1]!
        else order.copyWithin(1, 0, index)
        order[0] = byte
        links[count++] = byte
      }
    } catch (error) {
      // Behind the end of the input anything can be wrong; that it ended comes first.
      bits.requireNoOverrun(position, bitCount)
      throw error
    }
    bits.requireNoOverrun(position, bitCount)
    bits.position = position
    bits.bitBuffer = bitBuffer
    bits.bitCount = bitCount
    return count
  }

  /** Inverse Burrows-Wheeler: sorting the last column, stably, tells which row follows which. */
  #linkRows(): void {
    const links = this.#links
    const count = this.#count
    const starts = new Uint32Array(256)
    for (let i = 0; i < count; i++) starts[links[i]! & 0xff]!++
    let total = 0
    for (let byte = 0; byte < 256; byte++) {
      const size = starts[byte]!
      starts[byte] = total
      total += size
    }
    for (let i = 0; i < count; i++) {
      const row = starts[links[i]! & 0xff]!++
      links[row] = links[row]! | (i << 8)
    }
  }
}

/** The bytes that occur, told by a map of 16 groups of 16. */
function readAlphabet(bits: BitReader): Uint8Array {
  const groups = bits.read(16)
  const used: number[] = []
  for (let group = 0; group < 16; group++) {
    if (!(groups & (0x8000 >>> group))) continue
    const members = bits.read(16)
    for (let bit = 0; bit < 16; bit++) if (members & (0x8000 >>> bit)) used.push(group * 16 + bit)
  }
  if (used.length === 0) throw corrupt('bzip2 block uses no byte at all')
  return Uint8Array.from(used)
}

/** Which table each group of 50 symbols uses, move-to-front coded. */
function readSelectors(bits: BitReader, tableCount: number): Uint8Array {
  const count = bits.read(15)
  if (count === 0) throw corrupt('bzip2 block has no selectors')
  const order = [0, 1, 2, 3, 4, 5]
  const selectors = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    let index = 0
    while (bits.read(1) === 1) {
      if (++index >= tableCount) throw corrupt('bzip2 block selects a table that it does not have')
    }
    const [table] = order.splice(index, 1)
    order.unshift(table!)
    selectors[i] = table!
  }
  return selectors
}

/** Code lengths, each told as steps up or down from the one before. */
function readTable(bits: BitReader, symbols: number): HuffmanDecoder {
  const lengths = new Uint8Array(symbols)
  let length = bits.read(5)
  for (let symbol = 0; symbol < symbols; symbol++) {
    let steps = 0
    while (bits.read(1) === 1) {
      length += bits.read(1) === 1 ? -1 : 1
      if (++steps > MAX_LENGTH_STEPS) throw corrupt('bzip2 code length never settles')
    }
    if (length < 1 || length > MAX_CODE_BITS) throw corrupt(`bzip2 code length ${length} is not 1 to 20`)
    lengths[symbol] = length
  }
  return new HuffmanDecoder(lengths)
}

function corrupt(message: string): CorruptStreamError {
  return new CorruptStreamError('corrupt', message)
}

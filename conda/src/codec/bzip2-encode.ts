/**
 * bzip2 encoder: whole input to one stream, deterministic. Its purpose is to write packages for tests and tools,
 * so it is plain rather than fast, yet linear in its input: repetitive data, the classic trap of sorting
 * rotations, takes no longer than other data.
 */
import { BitWriter } from './bit-writer.ts'
import { bzip2Crc } from './crc32.ts'
import { huffmanLengths } from './huffman-lengths.ts'
import { suffixArray } from './suffix-array.ts'

/** 900,000 less what the reference encoder keeps free for a run at the end. */
const BLOCK_LIMIT = 900_000 - 19
const GROUP_SYMBOLS = 50
/** Decoders take 20, the reference encoder writes 17 since 1.0.3. */
const MAX_CODE_BITS = 17
const REFINEMENTS = 4

export function bzip2Compress(input: Uint8Array): Uint8Array {
  const bits = new BitWriter()
  bits.write(0x425a68, 24)
  bits.write(0x39, 8)
  let streamCrc = 0
  let offset = 0
  while (offset < input.length) {
    const block = packRuns(input, offset)
    const blockCrc = ~bzip2Crc(-1, input.subarray(offset, block.end), block.end - offset) >>> 0
    streamCrc = (((streamCrc << 1) | (streamCrc >>> 31)) ^ blockCrc) >>> 0
    writeBlock(bits, block.bytes, blockCrc)
    offset = block.end
  }
  bits.write(0x177245, 24)
  bits.write(0x385090, 24)
  bits.write32(streamCrc)
  return bits.finish()
}

/** The layer below the block: four equal bytes are followed by a count of up to 251 more. */
function packRuns(input: Uint8Array, start: number): { bytes: Uint8Array; end: number } {
  const bytes = new Uint8Array(BLOCK_LIMIT)
  let length = 0
  let offset = start
  while (offset < input.length && length + 5 <= BLOCK_LIMIT) {
    const byte = input[offset]!
    let run = 1
    while (run < 255 && input[offset + run] === byte) run++
    const literal = Math.min(run, 4)
    bytes.fill(byte, length, length + literal)
    length += literal
    if (run >= 4) bytes[length++] = run - 4
    offset += run
  }
  return { bytes: bytes.subarray(0, length), end: offset }
}

function writeBlock(bits: BitWriter, block: Uint8Array, crc: number): void {
  const { lastColumn, origin } = sortRotations(block)
  const used = usedBytes(block)
  const symbols = moveToFront(lastColumn, used)
  bits.write(0x314159, 24)
  bits.write(0x265359, 24)
  bits.write32(crc)
  bits.write(0, 1)
  bits.write(origin, 24)
  writeAlphabet(bits, used)
  writeSymbols(bits, symbols, used.length + 2)
}

/**
 * The Burrows-Wheeler transform sorts rotations, a suffix array sorts suffixes. Both orders agree for the text
 * that starts at the smallest rotation: there, a suffix that ends is followed by what is smallest anyway.
 */
function sortRotations(block: Uint8Array): { lastColumn: Uint8Array; origin: number } {
  const n = block.length
  const start = smallestRotation(block)
  const text = new Uint8Array(n)
  text.set(block.subarray(start))
  text.set(block.subarray(0, start), n - start)
  const order = suffixArray(text, 256)
  const lastColumn = new Uint8Array(n)
  const first = (n - start) % n
  let origin = 0
  order.forEach((position, row) => {
    lastColumn[row] = text[position === 0 ? n - 1 : position - 1]!
    if (position === first) origin = row
  })
  return { lastColumn, origin }
}

/** Start of the rotation that sorts first: two candidates race, and the loser skips what was compared. */
function smallestRotation(text: Uint8Array): number {
  const n = text.length
  let a = 0
  let b = 1
  let equal = 0
  while (a < n && b < n && equal < n) {
    const difference = text[(a + equal) % n]! - text[(b + equal) % n]!
    if (difference === 0) {
      equal++
      continue
    }
    if (difference > 0) a += equal + 1
    else b += equal + 1
    if (a === b) b++
    equal = 0
  }
  return Math.min(a, b)
}

function usedBytes(block: Uint8Array): number[] {
  const seen = new Uint8Array(256)
  for (const byte of block) seen[byte] = 1
  return [...seen.keys()].filter((byte) => seen[byte] === 1)
}

/** Positions in a list of recent bytes; runs of position 0 as numbers in the digits 1 and 2 (RUNA and RUNB). */
function moveToFront(column: Uint8Array, used: readonly number[]): number[] {
  const order = Uint8Array.from(used)
  const symbols: number[] = []
  let zeros = 0
  const flushZeros = (): void => {
    for (; zeros > 0; zeros = (zeros - 1) >>> 1) symbols.push((zeros - 1) & 1)
    zeros = 0
  }
  for (const byte of column) {
    const index = order.indexOf(byte)
    if (index === 0) {
      zeros++
      continue
    }
    flushZeros()
    symbols.push(index + 1)
    order.copyWithin(1, 0, index)
    order[0] = byte
  }
  flushZeros()
  symbols.push(used.length + 1)
  return symbols
}

function writeAlphabet(bits: BitWriter, used: readonly number[]): void {
  const groups = Array.from({ length: 16 }, (_, group) =>
    used.filter((byte) => byte >> 4 === group).reduce((map, byte) => map | (0x8000 >>> (byte & 15)), 0),
  )
  bits.write(
    groups.reduce((map, members, group) => (members === 0 ? map : map | (0x8000 >>> group)), 0),
    16,
  )
  for (const members of groups) if (members !== 0) bits.write(members, 16)
}

function writeSymbols(bits: BitWriter, symbols: readonly number[], alphabet: number): void {
  const { tables, selectors } = chooseTables(symbols, alphabet)
  bits.write(tables.length, 3)
  bits.write(selectors.length, 15)
  const order = tables.map((_, table) => table)
  for (const selector of selectors) {
    const index = order.indexOf(selector)
    order.splice(index, 1)
    order.unshift(selector)
    for (let i = 0; i < index; i++) bits.write(1, 1)
    bits.write(0, 1)
  }
  for (const lengths of tables) writeLengths(bits, lengths)
  const codes = tables.map(canonicalCodes)
  symbols.forEach((symbol, i) => {
    const table = selectors[Math.floor(i / GROUP_SYMBOLS)]!
    bits.write(codes[table]![symbol]!, tables[table]![symbol]!)
  })
}

/** Each group of 50 symbols takes the table that costs least, and each table is made anew from its groups. */
function chooseTables(
  symbols: readonly number[],
  alphabet: number,
): { tables: Uint8Array[]; selectors: number[] } {
  const count =
    symbols.length < 200
      ? 2
      : symbols.length < 600
        ? 3
        : symbols.length < 1200
          ? 4
          : symbols.length < 2400
            ? 5
            : 6
  const groups = Math.ceil(symbols.length / GROUP_SYMBOLS)
  let selectors = Array.from({ length: groups }, (_, group) => Math.floor((group * count) / groups))
  let tables: Uint8Array[] = []
  for (let round = 0; round < REFINEMENTS; round++) {
    const frequencies = Array.from({ length: count }, () => new Array<number>(alphabet).fill(0))
    symbols.forEach((symbol, i) => frequencies[selectors[Math.floor(i / GROUP_SYMBOLS)]!]![symbol]!++)
    tables = frequencies.map((list) => huffmanLengths(list, MAX_CODE_BITS))
    selectors = selectors.map((_, group) => {
      const members = symbols.slice(group * GROUP_SYMBOLS, (group + 1) * GROUP_SYMBOLS)
      const costs = tables.map((lengths) => members.reduce((sum, symbol) => sum + lengths[symbol]!, 0))
      return costs.indexOf(Math.min(...costs))
    })
  }
  return { tables, selectors }
}

function writeLengths(bits: BitWriter, lengths: Uint8Array): void {
  let current = lengths[0]!
  bits.write(current, 5)
  for (const length of lengths) {
    for (; current < length; current++) bits.write(0b10, 2)
    for (; current > length; current--) bits.write(0b11, 2)
    bits.write(0, 1)
  }
}

/** Codes in the order of length, then of symbol. */
function canonicalCodes(lengths: Uint8Array): number[] {
  const codes = new Array<number>(lengths.length).fill(0)
  let code = 0
  for (let length = 1; length <= MAX_CODE_BITS; length++) {
    lengths.forEach((candidate, symbol) => {
      if (candidate === length) codes[symbol] = code++
    })
    code *= 2
  }
  return codes
}

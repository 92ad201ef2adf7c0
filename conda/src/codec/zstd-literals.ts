/**
 * The literals of a zstd block: plain, one byte repeated, or Huffman coded in one stream or four.
 *
 * @see RFC 8878, sections 3.1.1.3.1 (literals) and 4.2 (Huffman)
 */
import { CorruptStreamError } from './corrupt-stream-error.ts'
import { ReverseBits } from './reverse-bits.ts'
import { highestBit, readFseTable } from './zstd-fse.ts'

/** By the next `log` bits: the symbol, and how many of them were its code. */
export interface LiteralsTable {
  readonly log: number
  readonly symbols: Uint8Array
  readonly bits: Uint8Array
}

export interface Literals {
  readonly bytes: Uint8Array
  /** Behind the section. */
  readonly end: number
  /** For the blocks that follow. */
  readonly table: LiteralsTable | undefined
}

const RAW = 0
const RLE = 1
const TREELESS = 3
const MAX_CODE_BITS = 11
const MAX_WEIGHT_LOG = 6
const MAX_SYMBOLS = 256

/**
 * @param previous the table of an earlier block of the frame
 * @param maxBytes most that the block may stand for
 * @throws CorruptStreamError
 */
export function readLiterals(
  input: Uint8Array,
  start: number,
  end: number,
  previous: LiteralsTable | undefined,
  maxBytes: number,
): Literals {
  const first = input[start]!
  const type = first & 3
  const format = (first >> 2) & 3
  if (type === RAW || type === RLE) {
    const headerBytes = (format & 1) === 0 ? 1 : format === 1 ? 2 : 3
    const header = littleEndian(input, start, headerBytes)
    const size = headerBytes === 1 ? header >>> 3 : header >>> 4
    const from = start + headerBytes
    const to = from + (type === RAW ? size : 1)
    requireRoom(size <= maxBytes && to <= end)
    const bytes = type === RAW ? input.subarray(from, to) : new Uint8Array(size).fill(input[from]!)
    return { bytes, end: to, table: previous }
  }
  const sizeBits = format < 2 ? 10 : format === 2 ? 14 : 18
  const headerBytes = (4 + 2 * sizeBits) >> 3
  const header = littleEndian(input, start, headerBytes)
  const size = Math.floor(header / 16) % 2 ** sizeBits
  const from = start + headerBytes
  const to = from + Math.floor(header / 2 ** (4 + sizeBits))
  requireRoom(size <= maxBytes && to <= end)
  let streams = from
  let table = previous
  if (type !== TREELESS) ({ table, end: streams } = readTable(input, from, to))
  if (table === undefined) throw corrupt('zstd block uses the table of a block before it, which is none')
  const bytes = new Uint8Array(size)
  if (format === 0) decode(input, streams, to, bytes, table)
  else decodeFour(input, streams, to, bytes, table)
  return { bytes, end: to, table }
}

function decodeFour(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  table: LiteralsTable,
): void {
  const quarter = Math.ceil(output.length / 4)
  requireRoom(start + 6 <= end && 3 * quarter <= output.length)
  let from = start + 6
  for (let stream = 0; stream < 4; stream++) {
    const to = stream === 3 ? end : from + littleEndian(input, start + 2 * stream, 2)
    requireRoom(to <= end)
    const part = output.subarray(stream * quarter, stream === 3 ? output.length : (stream + 1) * quarter)
    decode(input, from, to, part, table)
    from = to
  }
}

function decode(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  { log, symbols, bits }: LiteralsTable,
): void {
  const source = new ReverseBits(input, start, end)
  for (let i = 0; i < output.length; i++) {
    const code = source.peek(log)
    output[i] = symbols[code]!
    source.left -= bits[code]!
  }
  if (source.left !== 0) throw corrupt('zstd literals are not as long as they should be')
}

function readTable(input: Uint8Array, start: number, end: number): { table: LiteralsTable; end: number } {
  requireRoom(start < end)
  const header = input[start]!
  if (header >= 128) {
    const count = header - 127
    const bytesEnd = start + 1 + ((count + 1) >> 1)
    requireRoom(bytesEnd <= end)
    const weights = Array.from({ length: count }, (_, i) => {
      const pair = input[start + 1 + (i >> 1)]!
      return i % 2 === 0 ? pair >> 4 : pair & 15
    })
    return { table: literalsTable(weights), end: bytesEnd }
  }
  const bytesEnd = start + 1 + header
  requireRoom(bytesEnd <= end)
  return { table: literalsTable(readWeights(input, start + 1, bytesEnd)), end: bytesEnd }
}

/** Weights coded by two states that take turns, until the bits have run out. */
function readWeights(input: Uint8Array, start: number, end: number): number[] {
  const limits = { maxLog: MAX_WEIGHT_LOG, maxSymbol: MAX_CODE_BITS + 1 }
  const { table, end: bitsStart } = readFseTable(input, start, end, limits)
  const source = new ReverseBits(input, bitsStart, end)
  let state = source.read(table.log)
  let other = source.read(table.log)
  const weights: number[] = []
  // A state can need no bits, so that the bits would never run out.
  while (weights.length < MAX_SYMBOLS - 1) {
    weights.push(table.symbols[state]!)
    state = table.bases[state]! + source.read(table.bits[state]!)
    if (source.left < 0) {
      weights.push(table.symbols[other]!)
      return weights
    }
    ;[state, other] = [other, state]
  }
  throw corrupt('zstd table with more symbols than there are')
}

/** @param weights of all symbols but the last, whose weight fills what is left */
function literalsTable(weights: number[]): LiteralsTable {
  const total = weights.reduce((sum, weight) => sum + (weight === 0 ? 0 : 2 ** (weight - 1)), 0)
  if (total === 0) throw corrupt('zstd Huffman table is empty')
  const log = Math.floor(Math.log2(total)) + 1
  const rest = 2 ** log - total
  if (log > MAX_CODE_BITS || (rest & (rest - 1)) !== 0) throw corrupt('zstd Huffman codes do not add up')
  weights.push(highestBit(rest) + 1)
  if (weights.length > MAX_SYMBOLS) throw corrupt('zstd table with more symbols than there are')
  if (!weights.includes(1)) throw corrupt('zstd Huffman table has no longest code')
  const symbols = new Uint8Array(1 << log)
  const bits = new Uint8Array(1 << log)
  let at = 0
  for (let weight = 1; weight <= log; weight++) {
    weights.forEach((given, symbol) => {
      if (given !== weight) return
      const next = at + (1 << (weight - 1))
      symbols.fill(symbol, at, next)
      bits.fill(log + 1 - weight, at, next)
      at = next
    })
  }
  return { log, symbols, bits }
}

/** Not with shifts: five bytes are more than they hold. */
function littleEndian(bytes: Uint8Array, start: number, count: number): number {
  let value = 0
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[start + i] ?? 0)
  return value
}

function requireRoom(fits: boolean): asserts fits {
  if (!fits) throw corrupt('zstd literals are larger than their block')
}

function corrupt(message: string): CorruptStreamError {
  return new CorruptStreamError('corrupt', message)
}

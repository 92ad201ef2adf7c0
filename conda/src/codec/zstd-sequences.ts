/**
 * The sequences of a zstd block: so many literals, then so many bytes again from so far back.
 *
 * @see RFC 8878, sections 3.1.1.3.2 (sequences), 3.1.1.5 (repeat offsets) and appendix A
 */
import { CorruptStreamError } from './corrupt-stream-error.ts'
import { ReverseBits } from './reverse-bits.ts'
import { constantTable, fseTable, readFseTable, type FseTable } from './zstd-fse.ts'

/** What the sequences of one frame share. */
export interface SequenceState {
  literals: FseTable | undefined
  offsets: FseTable | undefined
  matches: FseTable | undefined
  /** The last three offsets, the latest first. */
  readonly recent: [number, number, number]
}

export function newSequenceState(): SequenceState {
  return { literals: undefined, offsets: undefined, matches: undefined, recent: [1, 4, 8] }
}

interface Kind {
  readonly name: 'literals' | 'offsets' | 'matches'
  readonly maxLog: number
  readonly maxSymbol: number
  readonly predefined: FseTable
}

// Appendix A and 3.1.1.3.2.2: a code stands for a base and a number of extra bits.
const LITERAL_BITS = Uint8Array.of(
  ...Array<number>(16).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
) // prettier-ignore
const MATCH_BITS = Uint8Array.of(
  ...Array<number>(32).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
) // prettier-ignore
const LITERAL_BASES = basesFrom(LITERAL_BITS, 0)
const MATCH_BASES = basesFrom(MATCH_BITS, 3)

const LITERALS: Kind = {
  name: 'literals',
  maxLog: 9,
  maxSymbol: 35,
  predefined: fseTable(
    [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1], // prettier-ignore
    6,
  ),
}
const OFFSETS: Kind = {
  name: 'offsets',
  maxLog: 8,
  maxSymbol: 31,
  predefined: fseTable(
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
    5,
  ),
}
const MATCHES: Kind = {
  name: 'matches',
  maxLog: 9,
  maxSymbol: 52,
  predefined: fseTable(
    [1, 4, 3, 2, 2, 2, 2, 2, 2, ...Array<number>(37).fill(1), -1, -1, -1, -1, -1, -1, -1],
    6,
  ),
}

const MODE_PREDEFINED = 0
const MODE_CONSTANT = 1
const MODE_TABLE = 2

/** Where the bytes of a block go, behind those that matches may reach back to. */
export interface BlockOutput {
  readonly bytes: Uint8Array
  readonly start: number
  /** The block may not go beyond. */
  readonly limit: number
  /** How far back a match may reach from `start`. */
  readonly history: number
  /** How far back it may reach from anywhere. */
  readonly window: number
}

/**
 * Carries out the sequences that stand from `start` to `end`.
 * @returns the offset behind the block's last byte in `output`
 * @throws CorruptStreamError
 */
export function applySequences(
  input: Uint8Array,
  start: number,
  end: number,
  literals: Uint8Array,
  output: BlockOutput,
  state: SequenceState,
): number {
  const { count, next } = readCount(input, start, end)
  if (count === 0) {
    if (next !== end) throw corrupt('zstd block goes on behind its last sequence')
    return copyLiterals(literals, 0, literals.length, output, output.start)
  }
  const bits = new ReverseBits(input, readTables(input, next, end, state), end)
  const { literals: literalTable, offsets: offsetTable, matches: matchTable } = state
  if (literalTable === undefined || offsetTable === undefined || matchTable === undefined) {
    throw corrupt('zstd block uses the tables of a block before it, which has none')
  }
  let literalState = bits.read(literalTable.log)
  let offsetState = bits.read(offsetTable.log)
  let matchState = bits.read(matchTable.log)
  let literalsDone = 0
  let at = output.start
  for (let left = count; left > 0; left--) {
    const literalCode = literalTable.symbols[literalState]!
    const matchCode = matchTable.symbols[matchState]!
    const offsetCode = offsetTable.symbols[offsetState]!
    const offsetValue = 2 ** offsetCode + bits.read(offsetCode)
    const matchLength = MATCH_BASES[matchCode]! + bits.read(MATCH_BITS[matchCode]!)
    const literalLength = LITERAL_BASES[literalCode]! + bits.read(LITERAL_BITS[literalCode]!)
    if (left > 1) {
      literalState = literalTable.bases[literalState]! + bits.read(literalTable.bits[literalState]!)
      matchState = matchTable.bases[matchState]! + bits.read(matchTable.bits[matchState]!)
      offsetState = offsetTable.bases[offsetState]! + bits.read(offsetTable.bits[offsetState]!)
    }
    if (bits.left < 0) throw corrupt('zstd sequences end early')
    at = copyLiterals(literals, literalsDone, literalLength, output, at)
    literalsDone += literalLength
    at = copyMatch(output, at, offsetOf(offsetValue, literalLength, state.recent), matchLength)
  }
  if (bits.left !== 0) throw corrupt('zstd sequences do not end where they should')
  return copyLiterals(literals, literalsDone, literals.length - literalsDone, output, at)
}

function readCount(input: Uint8Array, start: number, end: number): { count: number; next: number } {
  const first = input[start]!
  const length = first < 128 ? 1 : first < 255 ? 2 : 3
  if (start + length > end) throw corrupt('zstd block has no sequences')
  if (first < 128) return { count: first, next: start + 1 }
  const second = input[start + 1]!
  if (first < 255) return { count: ((first - 128) << 8) + second, next: start + 2 }
  return { count: second + (input[start + 2]! << 8) + 0x7f00, next: start + 3 }
}

/** Sets the three tables. @returns the offset behind them */
function readTables(input: Uint8Array, start: number, end: number, state: SequenceState): number {
  const modes = start < end ? input[start]! : 3
  if ((modes & 3) !== 0) throw corrupt('zstd sequences have their reserved bits set')
  let at = start + 1
  for (const [kind, mode] of [
    [LITERALS, modes >> 6],
    [OFFSETS, (modes >> 4) & 3],
    [MATCHES, (modes >> 2) & 3],
  ] as const) {
    if (mode === MODE_PREDEFINED) state[kind.name] = kind.predefined
    else if (mode === MODE_CONSTANT) {
      const symbol = input[at++]!
      if (at > end || symbol > kind.maxSymbol) throw corrupt(`zstd has no code ${symbol} for ${kind.name}`)
      state[kind.name] = constantTable(symbol)
    } else if (mode === MODE_TABLE) {
      const read = readFseTable(input, at, end, kind)
      state[kind.name] = read.table
      at = read.end
    }
  }
  return at
}

/** One of the last offsets, or a new one; keeps the last three in order. */
function offsetOf(value: number, literalLength: number, recent: [number, number, number]): number {
  const [first, second, third] = recent
  let offset: number
  if (value > 3) {
    offset = value - 3
  } else {
    const index = literalLength === 0 ? value : value - 1
    if (index === 0) return first
    offset = index === 1 ? second : index === 2 ? third : first - 1
    if (index === 1) {
      recent[0] = offset
      recent[1] = first
      return offset
    }
  }
  recent[0] = offset
  recent[1] = first
  recent[2] = second
  return offset
}

function copyLiterals(
  literals: Uint8Array,
  from: number,
  length: number,
  { bytes, limit }: BlockOutput,
  at: number,
): number {
  if (from + length > literals.length || at + length > limit)
    throw corrupt('zstd block is larger than allowed')
  if (length > 32) bytes.set(literals.subarray(from, from + length), at)
  else for (let i = 0; i < length; i++) bytes[at + i] = literals[from + i]!
  return at + length
}

function copyMatch(output: BlockOutput, at: number, offset: number, length: number): number {
  const { bytes, limit, start, history, window } = output
  if (offset < 1 || offset > window || offset > history + (at - start)) {
    throw corrupt('zstd sequence reaches back to where nothing is')
  }
  const end = at + length
  if (end > limit) throw corrupt('zstd block is larger than allowed')
  if (offset >= length && length > 32) bytes.copyWithin(at, at - offset, at - offset + length)
  // Byte by byte: what is copied may be what was copied just before.
  else for (let i = at; i < end; i++) bytes[i] = bytes[i - offset]!
  return end
}

function basesFrom(bits: Uint8Array, first: number): Uint32Array {
  const bases = new Uint32Array(bits.length)
  let base = first
  bits.forEach((count, code) => {
    bases[code] = base
    base += 2 ** count
  })
  return bases
}

function corrupt(message: string): CorruptStreamError {
  return new CorruptStreamError('corrupt', message)
}

/**
 * Finite state entropy, the coder of zstd's sequences and Huffman weights: tables and how they are written.
 *
 * @see RFC 8878, section 4.1
 */
import { CorruptStreamError } from './corrupt-stream-error.ts'

export interface FseTable {
  /** Bits of a state: the table has 2 to the power of it entries. */
  readonly log: number
  readonly symbols: Uint8Array
  /** By state: how many bits to read for the next one, and what to add them to. */
  readonly bits: Uint8Array
  readonly bases: Uint16Array
}

/** For a value that never changes: a state of no bits. */
export function constantTable(symbol: number): FseTable {
  return { log: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), bases: new Uint16Array(1) }
}

/** @param counts how many states each symbol has; -1 for one state, of those that need all bits */
export function fseTable(counts: readonly number[], log: number): FseTable {
  const size = 1 << log
  const symbols = new Uint8Array(size)
  const next = new Uint16Array(counts.length)
  let high = size - 1
  counts.forEach((count, symbol) => {
    next[symbol] = Math.abs(count)
    if (count === -1) symbols[high--] = symbol
  })
  // Spread so that states of one symbol lie apart. The step and the size have no common divisor.
  const step = (size >> 1) + (size >> 3) + 3
  let at = 0
  counts.forEach((count, symbol) => {
    for (let i = 0; i < count; i++) {
      symbols[at] = symbol
      do at = (at + step) & (size - 1)
      while (at > high)
    }
  })
  const bits = new Uint8Array(size)
  const bases = new Uint16Array(size)
  for (let state = 0; state < size; state++) {
    const count = next[symbols[state]!]!++
    const width = log - highestBit(count)
    bits[state] = width
    bases[state] = (count << width) - size
  }
  return { log, symbols, bits, bases }
}

/**
 * Reads the counts of a table, which begin at `start`.
 * @param end of the bytes that may be read; four more have to be there
 * @returns the offset behind them too
 * @throws CorruptStreamError
 */
export function readFseTable(
  bytes: Uint8Array,
  start: number,
  end: number,
  { maxLog, maxSymbol }: { readonly maxLog: number; readonly maxSymbol: number },
): { table: FseTable; end: number } {
  let position = start * 8
  const peek = (count: number): number => {
    const index = position >> 3
    const word = bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16)
    return (word >>> (position & 7)) & ((1 << count) - 1)
  }
  const log = peek(4) + 5
  position += 4
  if (log > maxLog) throw corrupt(`zstd table of 2^${log} states, more than 2^${maxLog}`)
  const counts: number[] = []
  let left = 1 << log
  while (left > 0 && position < end * 8) {
    // One bit less for the small values of a range that is no power of two.
    const width = highestBit(left + 1)
    const small = (2 << width) - 2 - left
    let value = peek(width + 1)
    const low = value & ((1 << width) - 1)
    if (low < small) {
      value = low
      position += width
    } else {
      if (value >= 1 << width) value -= small
      position += width + 1
    }
    const count = value - 1
    counts.push(count)
    left -= Math.abs(count)
    if (count === 0) {
      let repeats = 3
      while (repeats === 3 && counts.length <= maxSymbol) {
        repeats = peek(2)
        position += 2
        for (let i = 0; i < repeats; i++) counts.push(0)
      }
    }
    if (counts.length > maxSymbol + 1) throw corrupt('zstd table with more symbols than there are')
  }
  const tableEnd = (position + 7) >> 3
  if (left > 0 || tableEnd > end) throw corrupt('zstd table does not end where it should')
  return { table: fseTable(counts, log), end: tableEnd }
}

/** Position of the highest bit that is set; of a number above zero. */
export function highestBit(value: number): number {
  return 31 - Math.clz32(value)
}

function corrupt(message: string): CorruptStreamError {
  return new CorruptStreamError('corrupt', message)
}

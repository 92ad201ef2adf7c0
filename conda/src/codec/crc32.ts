/**
 * The two checksums of the archive formats: CRC-32 of zip (reflected) and CRC-32 of bzip2 (not reflected).
 * Both find accidents, not attackers; digests are in sha256.ts.
 */
const reflectedTable = makeReflectedTable()
const forwardTables = makeForwardTables()

function makeReflectedTable(): Uint32Array {
  const table = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
    table[byte] = value
  }
  return table
}

/** Table `n` advances a byte by `n` further bytes, so that four bytes are folded in at once. */
function makeForwardTables(): [Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const first = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let value = byte << 24
    for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1
    first[byte] = value
  }
  const advance = (table: Uint32Array): Uint32Array =>
    table.map((value) => (value << 8) ^ first[value >>> 24]!)
  const second = advance(first)
  const third = advance(second)
  return [first, second, third, advance(third)]
}

/** CRC-32 as zip has it. `previous` is the result for the bytes before, 0 at the start. */
export function crc32(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous
  // The index is a byte, and the table has 256 entries.
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ reflectedTable[(crc ^ bytes[i]!) & 0xff]!
  return ~crc >>> 0
}

/** CRC-32 as bzip2 has it, over `bytes[0, length)`. Start with -1; the checksum is `~result >>> 0`. */
export function bzip2Crc(crc: number, bytes: Uint8Array, length: number): number {
  const [t0, t1, t2, t3] = forwardTables
  const whole = length - (length % 4)
  let i = 0
  // Indexes are bytes below `length`, and the tables have 256 entries each.
  for (; i < whole; i += 4) {
    crc ^= (bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!
    crc = t3[crc >>> 24]! ^ t2[(crc >>> 16) & 0xff]! ^ t1[(crc >>> 8) & 0xff]! ^ t0[crc & 0xff]!
  }
  for (; i < length; i++) crc = (crc << 8) ^ t0[(crc >>> 24) ^ bytes[i]!]!
  return crc
}

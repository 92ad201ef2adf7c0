/**
 * How many bytes the character at `start` has, if it is one of two to four; 0 when it is none.
 * @see The Unicode Standard, table 3-7, Well-Formed UTF-8 Byte Sequences
 */
export function utf8Length(bytes: Uint8Array, start: number): number {
  const first = bytes[start] ?? 0
  const second = bytes[start + 1] ?? 0
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  const isOverlong = (first === 0xe0 && second < 0xa0) || (first === 0xf0 && second < 0x90)
  const isOutOfRange = (first === 0xed && second > 0x9f) || (first === 0xf4 && second > 0x8f)
  if (isOverlong || isOutOfRange) return 0
  for (let i = 1; i < length; i++) {
    const byte = bytes[start + i] ?? 0
    if ((byte & 0xc0) !== 0x80) return 0
  }
  return length
}

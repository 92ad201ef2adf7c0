/**
 * One header block of a tar: 512 bytes to fields, by the letter, for ustar, GNU and the old format without a
 * magic. What the members may be is decided in tar-reader.ts.
 *
 * Strict where readers are known to differ: hidden bytes behind a NUL, and a ustar prefix in a header that is
 * not ustar (Python joins it, GNU tar does not).
 */
import { InvalidPackageError, quote } from './invalid-package-error.ts'

export const BLOCK = 512

/** Largest size that eleven octal digits can tell; above it, PAX or base-256 has to. */
export const MAX_OCTAL_SIZE = 0o77777777777

export interface TarHeader {
  readonly name: string
  readonly typeFlag: string
  readonly size: number
  readonly mode: number
  /** Seconds since 1970. */
  readonly mtime: number
  readonly linkName: string
}

/** rattler-build of 2024 wrote short names over this one and left its end standing; no reader looks there. */
const longLink = new TextEncoder().encode('././@LongLink')

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @throws InvalidPackageError tar-malformed, unsafe-path */
export function parseTarHeader(block: Uint8Array): TarHeader {
  requireChecksum(block)
  const magic = String.fromCharCode(...block.subarray(257, 265))
  const isUstar = magic === 'ustar\x0000'
  if (!isUstar && magic !== 'ustar  \x00' && magic !== '\x00'.repeat(8)) {
    throw malformed(`A tar header has the unknown magic ${quote(magic)}`)
  }
  const prefix = readText(block.subarray(345, 500), 'prefix', !isUstar)
  if (!isUstar && prefix !== '') {
    throw new InvalidPackageError(
      'tar-header-conflict',
      `A tar header that is not ustar has the prefix ${quote(prefix)}`,
    )
  }
  const name = readText(block.subarray(0, 100), 'name')
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    typeFlag: String.fromCharCode(block[156]!),
    size: readNumber(block.subarray(124, 136), 'size'),
    mode: readNumber(block.subarray(100, 108), 'mode'),
    mtime: readTime(block.subarray(136, 148)),
    linkName: readText(block.subarray(157, 257), 'link name'),
  }
}

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0)
}

function requireChecksum(block: Uint8Array): void {
  const stated = readNumber(block.subarray(148, 156), 'checksum')
  let sum = 0
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : block[i]!
  if (sum !== stated) throw malformed(`A tar header has the checksum ${stated}, not ${sum}`)
}

function readText(field: Uint8Array, what: string, mayHoldTimes = false): string {
  const end = field.indexOf(0)
  const text = end === -1 ? field : field.subarray(0, end)
  if (end !== -1 && !mayHoldTimes && field.some((byte, i) => i > end && byte !== 0 && byte !== longLink[i])) {
    throw new InvalidPackageError(
      'unsafe-path',
      `A tar header hides bytes behind the NUL of its ${what} ${quote(decodeUtf8(text, what))}`,
    )
  }
  return decodeUtf8(text, what)
}

/** @throws InvalidPackageError unsafe-path, when the bytes are no UTF-8 */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    const shown = quote(String.fromCharCode(...bytes.subarray(0, 100)))
    throw new InvalidPackageError('unsafe-path', `A ${what} in a tar is not UTF-8: ${shown}`, { cause })
  }
}

/** Octal digits between blanks and NULs, or GNU's base-256 for what is larger. */
function readNumber(field: Uint8Array, what: string): number {
  if (field[0]! & 0x80) return readBase256(field, what)
  const text = String.fromCharCode(...field)
  const digits = /^ *([0-7]*)[ \0]*$/.exec(text)?.[1]
  if (digits === undefined)
    throw malformed(`A tar header has the ${what} ${quote(text)}, which is no octal number`)
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

function readBase256(field: Uint8Array, what: string): number {
  // 0x80 is the mark alone; any other first byte would be a negative number or one beyond all sizes.
  if (field[0] !== 0x80) throw malformed(`A tar header has a ${what} that is negative or too large`)
  let value = 0
  for (const byte of field.subarray(1)) value = value * 256 + byte
  if (!Number.isSafeInteger(value)) throw malformed(`A tar header has a ${what} that is too large`)
  return value
}

/** Times decide nothing, so a strange one (before 1970, say) is 0 and no reason to refuse. */
function readTime(field: Uint8Array): number {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(String.fromCharCode(...field))?.[1]
  return digits === undefined ? 0 : Number.parseInt(digits, 8)
}

function malformed(message: string): InvalidPackageError {
  return new InvalidPackageError('tar-malformed', message)
}

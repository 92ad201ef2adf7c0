/**
 * Writes tars: plain ones for packages, and on request ones that lie, for tests of readers. Deterministic: no
 * clock, no owner, nothing of this machine.
 */
import { BLOCK } from './tar-header.ts'

export interface TarEntry {
  /** As it is to stand in the archive; nothing is checked. */
  readonly path: string
  /** One character; `0` file, `1` hard link, `2` symlink, `5` directory. A file by default. */
  readonly type?: string
  readonly content?: Uint8Array | string
  /** For links. */
  readonly target?: string
  readonly mode?: number
  /** Seconds since 1970; 0 by default. */
  readonly mtime?: number
  /** Size that the header states; that of the content by default. */
  readonly statedSize?: number
  /** PAX records to stand before the member. Paths that ustar can not hold add theirs by themselves. */
  readonly pax?: Readonly<Record<string, string>>
  /** Bytes written over the finished header, by offset; the checksum is made to fit. */
  readonly patch?: readonly (readonly [offset: number, bytes: Uint8Array | string])[]
  /** Leaves the checksum as it was before the patch. */
  readonly keepChecksum?: boolean
}

const encoder = new TextEncoder()

/** @param end what follows the last member; two blocks of zeros by default */
export function writeTar(
  entries: readonly TarEntry[],
  end: Uint8Array = new Uint8Array(2 * BLOCK),
): Uint8Array {
  return concatBytes([...entries.flatMap((entry) => [tarHead(entry), padded(contentOf(entry))]), end])
}

/** Everything of a member up to its content, for tars that are written while their content streams. */
export function tarHead(entry: TarEntry): Uint8Array {
  const path = encoder.encode(entry.path)
  const target = encoder.encode(entry.target ?? '')
  const names: Record<string, string> = {
    ...(splitUstar(entry.path) === undefined && { path: entry.path }),
    ...(target.length > 100 && { linkpath: entry.target ?? '' }),
  }
  const records = { ...names, ...entry.pax }
  const header = headerBlock(
    entry,
    splitUstar(entry.path) ?? ['', path.subarray(0, 100)],
    target.subarray(0, 100),
  )
  if (Object.keys(records).length === 0) return header
  return concatBytes([...paxHeader(records), header])
}

export function paddingAfter(size: number): Uint8Array {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK)
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

function contentOf(entry: TarEntry): Uint8Array {
  const content = entry.content ?? ''
  return typeof content === 'string' ? encoder.encode(content) : content
}

function padded(content: Uint8Array): Uint8Array {
  return concatBytes([content, paddingAfter(content.length)])
}

/** Prefix and name, cut at a slash; undefined when the path fits neither field. */
function splitUstar(path: string): [prefix: string, name: Uint8Array] | undefined {
  const whole = encoder.encode(path)
  if (whole.length <= 100) return ['', whole]
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    const prefix = path.slice(0, slash)
    const name = encoder.encode(path.slice(slash + 1))
    if (encoder.encode(prefix).length <= 155 && name.length <= 100 && name.length > 0) return [prefix, name]
  }
  return undefined
}

function headerBlock(
  entry: TarEntry,
  [prefix, name]: readonly [string, Uint8Array],
  target: Uint8Array,
): Uint8Array {
  const type = entry.type ?? '0'
  const size = entry.statedSize ?? contentOf(entry).length
  const block = new Uint8Array(BLOCK)
  const write = (offset: number, value: Uint8Array | string): void =>
    block.set(typeof value === 'string' ? encoder.encode(value) : value, offset)
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`
  write(0, name)
  write(100, octal(entry.mode ?? (type === '5' ? 0o755 : 0o644), 7))
  write(108, octal(0, 7))
  write(116, octal(0, 7))
  write(124, size <= 0o77777777777 ? octal(size, 11) : base256(size))
  write(136, octal(entry.mtime ?? 0, 11))
  write(156, type)
  write(157, target)
  write(257, 'ustar\x0000')
  write(345, prefix)
  const sum = (): string => `${checksum(block).toString(8).padStart(6, '0')}\0 `
  const before = sum()
  for (const [offset, bytes] of entry.patch ?? []) write(offset, bytes)
  write(148, entry.keepChecksum === true ? before : sum())
  return block
}

/** The checksum field itself counts as eight blanks. */
function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0)
}

/** GNU's way to tell a size that eleven octal digits can not. */
function base256(value: number): Uint8Array {
  const field = new Uint8Array(12)
  for (let i = 11, rest = value; i > 0; i--, rest = Math.floor(rest / 256)) field[i] = rest % 256
  field[0] = 0x80
  return field
}

function paxHeader(records: Readonly<Record<string, string>>): Uint8Array[] {
  const body = concatBytes(Object.entries(records).map(([key, value]) => paxRecord(key, value)))
  const path = encoder.encode('PaxHeader')
  return [
    headerBlock({ path: 'PaxHeader', type: 'x', content: body }, ['', path], new Uint8Array(0)),
    padded(body),
  ]
}

/** A record counts itself, digits of the count included. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = encoder.encode(` ${key}=${value}\n`)
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return concatBytes([encoder.encode(String(length)), rest])
}

/**
 * Writes zips with stored members, the outside of a `.conda`; on request ones that lie, for tests of readers.
 * No times, no owners: the same members give the same bytes.
 */
import { crc32 } from '../codec/crc32.ts'
import { concatBytes } from './tar-writer.ts'
import {
  CENTRAL_BYTES,
  CENTRAL_SIGNATURE,
  END_BYTES,
  END_SIGNATURE,
  LOCAL_BYTES,
  LOCAL_SIGNATURE,
  viewOf,
  ZIP64_END_BYTES,
  ZIP64_END_SIGNATURE,
  ZIP64_LOCATOR_BYTES,
  ZIP64_LOCATOR_SIGNATURE,
} from './zip-records.ts'

/** What a header says; both headers say the same unless one is told to lie. */
export interface ZipFields {
  readonly name: string
  readonly method: number
  readonly flags: number
  readonly crc: number
  readonly size: number
  readonly compressedSize: number
  readonly extra: Uint8Array
}

export interface ZipEntry {
  readonly name: string
  readonly content: Uint8Array
  /** Lies of both headers. */
  readonly fields?: Partial<ZipFields>
  /** Lies of the local header only. */
  readonly localFields?: Partial<ZipFields>
  /** Where the directory says that the member starts. */
  readonly statedOffset?: number
  /** Bytes between this member and the next. */
  readonly gap?: Uint8Array
  /** Comment and Unix mode of the directory entry. */
  readonly comment?: string
  readonly unixMode?: number
}

export interface ZipOptions {
  readonly before?: Uint8Array
  readonly after?: Uint8Array
  readonly comment?: string
  readonly zip64?: boolean
  readonly statedEntries?: number
  /** Where the zip64 locator points, against where the record is. */
  readonly locatorShift?: number
}

/** 1980-01-01, the first day that a zip can tell. */
const FIRST_DAY = 0x0021
const MADE_BY_UNIX = 0x0314
const VERSION_NEEDED = 20
const encoder = new TextEncoder()

export function writeZip(entries: readonly ZipEntry[], options: ZipOptions = {}): Uint8Array {
  const parts: Uint8Array[] = [options.before ?? new Uint8Array(0)]
  const directory: Uint8Array[] = []
  let offset = 0
  for (const entry of entries) {
    const fields = fieldsOf(entry)
    const local = localHeader({ ...fields, ...entry.localFields })
    parts.push(local, entry.content, entry.gap ?? new Uint8Array(0))
    directory.push(centralHeader(entry, fields, entry.statedOffset ?? offset))
    offset += local.length + entry.content.length + (entry.gap?.length ?? 0)
  }
  const central = concatBytes(directory)
  const count = options.statedEntries ?? entries.length
  if (options.zip64 === true) {
    parts.push(central, zip64End(count, central.length, offset, options.locatorShift ?? 0))
    parts.push(directoryEnd(0xffff, 0xffffffff, 0xffffffff, options.comment ?? ''))
  } else {
    parts.push(central, directoryEnd(count, central.length, offset, options.comment ?? ''))
  }
  return concatBytes([...parts, options.after ?? new Uint8Array(0)])
}

function fieldsOf(entry: ZipEntry): ZipFields {
  const { name, content } = entry
  const size = content.length
  const stated = { name, method: 0, flags: 0, crc: crc32(content), size, compressedSize: size }
  return { ...stated, extra: new Uint8Array(0), ...entry.fields }
}

/** The 22 bytes that both headers share, from the version to the lengths; `at` is where they start. */
function writeShared(view: DataView, at: number, fields: ZipFields, nameBytes: number): void {
  view.setUint16(at, VERSION_NEEDED, true)
  view.setUint16(at + 2, fields.flags, true)
  view.setUint16(at + 4, fields.method, true)
  view.setUint16(at + 8, FIRST_DAY, true)
  view.setUint32(at + 10, fields.crc, true)
  view.setUint32(at + 14, fields.compressedSize, true)
  view.setUint32(at + 18, fields.size, true)
  view.setUint16(at + 22, nameBytes, true)
  view.setUint16(at + 24, fields.extra.length, true)
}

function localHeader(fields: ZipFields): Uint8Array {
  const name = encoder.encode(fields.name)
  const head = new Uint8Array(LOCAL_BYTES)
  const view = viewOf(head)
  view.setUint32(0, LOCAL_SIGNATURE, true)
  writeShared(view, 4, fields, name.length)
  return concatBytes([head, name, fields.extra])
}

function centralHeader(entry: ZipEntry, fields: ZipFields, offset: number): Uint8Array {
  const name = encoder.encode(fields.name)
  const comment = encoder.encode(entry.comment ?? '')
  const head = new Uint8Array(CENTRAL_BYTES)
  const view = viewOf(head)
  view.setUint32(0, CENTRAL_SIGNATURE, true)
  view.setUint16(4, MADE_BY_UNIX, true)
  writeShared(view, 6, fields, name.length)
  view.setUint16(32, comment.length, true)
  view.setUint16(40, entry.unixMode ?? 0o100644, true)
  view.setUint32(42, offset, true)
  return concatBytes([head, name, fields.extra, comment])
}

function directoryEnd(entries: number, bytes: number, offset: number, comment: string): Uint8Array {
  const text = encoder.encode(comment)
  const end = new Uint8Array(END_BYTES)
  const view = viewOf(end)
  view.setUint32(0, END_SIGNATURE, true)
  view.setUint16(8, entries, true)
  view.setUint16(10, entries, true)
  view.setUint32(12, bytes, true)
  view.setUint32(16, offset, true)
  view.setUint16(20, text.length, true)
  return concatBytes([end, text])
}

/** The zip64 record and its locator. */
function zip64End(entries: number, bytes: number, offset: number, locatorShift: number): Uint8Array {
  const records = new Uint8Array(ZIP64_END_BYTES + ZIP64_LOCATOR_BYTES)
  const view = viewOf(records)
  view.setUint32(0, ZIP64_END_SIGNATURE, true)
  view.setBigUint64(4, BigInt(ZIP64_END_BYTES - 12), true)
  view.setUint16(12, 45, true)
  view.setUint16(14, 45, true)
  view.setBigUint64(24, BigInt(entries), true)
  view.setBigUint64(32, BigInt(entries), true)
  view.setBigUint64(40, BigInt(bytes), true)
  view.setBigUint64(48, BigInt(offset), true)
  view.setUint32(ZIP64_END_BYTES, ZIP64_LOCATOR_SIGNATURE, true)
  view.setBigUint64(ZIP64_END_BYTES + 8, BigInt(offset + bytes + locatorShift), true)
  view.setUint32(ZIP64_END_BYTES + 16, 1, true)
  return records
}

/**
 * The records of a zip, field by field: local headers, the central directory, its end and the zip64 forms.
 * Reads one record at a time and compares nothing; zip-directory.ts does that.
 *
 * @see APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.3.14, 4.3.15, 4.3.16 and 4.5.3
 */
import { InvalidPackageError } from './invalid-package-error.ts'

export const LOCAL_SIGNATURE = 0x04034b50
export const CENTRAL_SIGNATURE = 0x02014b50
export const END_SIGNATURE = 0x06054b50
export const ZIP64_END_SIGNATURE = 0x06064b50
export const ZIP64_LOCATOR_SIGNATURE = 0x07064b50

export const LOCAL_BYTES = 30
export const CENTRAL_BYTES = 46
export const END_BYTES = 22
export const ZIP64_END_BYTES = 56
export const ZIP64_LOCATOR_BYTES = 20

const ZIP64_EXTRA = 0x0001
/** Extra fields that give a member another name or another meaning: Unicode path and comment, encryption. */
const OVERRIDING_EXTRAS: ReadonlySet<number> = new Set([0x7075, 0x6375, 0x0017, 0x0019, 0x9901])

export interface ZipHeader {
  /** Every byte one character, so that odd bytes stay visible. */
  readonly name: string
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly compressedSize: number
  readonly size: number
  /** Header, name and extra fields. */
  readonly headerBytes: number
}

export interface CentralHeader extends ZipHeader {
  readonly localOffset: number
  /** Unix file type bits, 0 when the writer told none. */
  readonly unixType: number
}

export interface DirectoryEnd {
  readonly entries: number
  readonly directoryBytes: number
  readonly directoryOffset: number
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Name and extra lengths of a local header whose first 30 bytes are at hand. */
export function localHeaderBytes(bytes: Uint8Array): number {
  const view = viewOf(bytes)
  return LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true)
}

/** @param bytes the whole header, as `localHeaderBytes` measured it */
export function parseLocalHeader(bytes: Uint8Array): ZipHeader {
  const view = viewOf(bytes)
  if (view.getUint32(0, true) !== LOCAL_SIGNATURE) throw malformed('A zip member has no local header')
  const nameEnd = LOCAL_BYTES + view.getUint16(26, true)
  const zip64 = readExtras(bytes.subarray(nameEnd))
  const size = view.getUint32(22, true)
  const compressedSize = view.getUint32(18, true)
  const [wideSize, wideCompressed] = zip64.resolve([size, compressedSize])
  return {
    name: String.fromCharCode(...bytes.subarray(LOCAL_BYTES, nameEnd)),
    flags: view.getUint16(6, true),
    method: view.getUint16(8, true),
    crc: view.getUint32(14, true),
    size: wideSize!,
    compressedSize: wideCompressed!,
    headerBytes: bytes.length,
  }
}

/** @param bytes the directory from this header on */
export function parseCentralHeader(bytes: Uint8Array): CentralHeader {
  const view = viewOf(bytes)
  if (bytes.length < CENTRAL_BYTES || view.getUint32(0, true) !== CENTRAL_SIGNATURE) {
    throw malformed('The central directory of the zip holds something else than headers')
  }
  const nameEnd = CENTRAL_BYTES + view.getUint16(28, true)
  const extraEnd = nameEnd + view.getUint16(30, true)
  if (extraEnd > bytes.length) throw malformed('The central directory of the zip ends within a header')
  if (view.getUint16(32, true) !== 0) {
    throw new InvalidPackageError('zip-surrounding-bytes', 'A member of the zip carries a comment')
  }
  const zip64 = readExtras(bytes.subarray(nameEnd, extraEnd))
  const disk = view.getUint16(34, true)
  const [size, compressedSize, localOffset] = zip64.resolve([
    view.getUint32(24, true),
    view.getUint32(20, true),
    view.getUint32(42, true),
  ])
  if (disk !== 0) throw malformed('The zip says that it is spread over several disks')
  const madeOnUnix = view.getUint8(5) === 3
  return {
    name: String.fromCharCode(...bytes.subarray(CENTRAL_BYTES, nameEnd)),
    flags: view.getUint16(8, true),
    method: view.getUint16(10, true),
    crc: view.getUint32(16, true),
    size: size!,
    compressedSize: compressedSize!,
    localOffset: localOffset!,
    headerBytes: extraEnd,
    unixType: madeOnUnix ? view.getUint16(40, true) & 0o170000 : 0,
  }
}

/** The sizes that a zip64 extra field adds to a header; none when there is no such field. */
class Zip64Extra {
  readonly #values: readonly number[]

  constructor(values: readonly number[]) {
    this.#values = values
  }

  /**
   * A header field of 0xffffffff stands for the next value of the extra field. Some writers (Rust's zip, for
   * one) add values that nothing asks for: the same again, or zeros. Another value is refused, or two readers
   * could see two archives.
   */
  resolve(fields: readonly number[]): number[] {
    const hasWide = fields.includes(0xffffffff)
    if (!hasWide) {
      this.#values.forEach((value, i) => {
        if (value !== 0 && value !== fields[i])
          throw malformed('A zip64 field of the zip contradicts its header')
      })
      return [...fields]
    }
    const values = [...this.#values]
    const resolved = fields.map((field) => (field === 0xffffffff ? values.shift() : field))
    if (values.length > 0 || resolved.includes(undefined)) {
      throw malformed('A zip64 field of the zip does not fit its header')
    }
    // None is undefined: checked in the line above.
    return resolved as number[]
  }
}

function readExtras(bytes: Uint8Array): Zip64Extra {
  const view = viewOf(bytes)
  let zip64: Zip64Extra | undefined
  for (let offset = 0; offset < bytes.length;) {
    if (offset + 4 > bytes.length) throw malformed('An extra field of the zip is cut short')
    const id = view.getUint16(offset, true)
    const end = offset + 4 + view.getUint16(offset + 2, true)
    if (end > bytes.length) throw malformed('An extra field of the zip is cut short')
    if (OVERRIDING_EXTRAS.has(id)) {
      throw malformed(
        `The zip has the extra field 0x${id.toString(16).padStart(4, '0')}, which renames or hides`,
      )
    }
    if (id === ZIP64_EXTRA) {
      if (zip64 !== undefined) throw malformed('A member of the zip has two zip64 fields')
      zip64 = new Zip64Extra(readZip64Values(bytes.subarray(offset + 4, end)))
    }
    offset = end
  }
  return zip64 ?? new Zip64Extra([])
}

function readZip64Values(bytes: Uint8Array): number[] {
  if (bytes.length % 8 !== 0 || bytes.length > 24)
    throw malformed('A zip64 field of the zip has a wrong length')
  const view = viewOf(bytes)
  return Array.from({ length: bytes.length / 8 }, (_, i) => readUint64(view, i * 8))
}

function readUint64(view: DataView, offset: number): number {
  const value = Number(view.getBigUint64(offset, true))
  if (!Number.isSafeInteger(value)) throw malformed('The zip holds a size that no file can have')
  return value
}

/** @param bytes exactly the 22 bytes */
export function parseDirectoryEnd(bytes: Uint8Array): DirectoryEnd {
  const view = viewOf(bytes)
  const entries = view.getUint16(10, true)
  if (view.getUint16(4, true) !== 0 || view.getUint16(6, true) !== 0 || view.getUint16(8, true) !== entries) {
    throw malformed('The zip says that it is spread over several disks')
  }
  return { entries, directoryBytes: view.getUint32(12, true), directoryOffset: view.getUint32(16, true) }
}

/**
 * The zip64 end record together with its locator, which stand right before the plain end record.
 * @param bytes exactly the 76 bytes
 * @param offset where they start in the file
 */
export function parseZip64End(bytes: Uint8Array, offset: number): DirectoryEnd {
  const view = viewOf(bytes)
  const locator = ZIP64_END_BYTES
  if (
    view.getUint32(0, true) !== ZIP64_END_SIGNATURE ||
    readUint64(view, 4) !== ZIP64_END_BYTES - 12 ||
    readUint64(view, locator + 8) !== offset
  ) {
    throw malformed('The zip64 locator does not lead to a zip64 record right before it')
  }
  const entries = readUint64(view, 32)
  const disks = [view.getUint32(16, true), view.getUint32(20, true), view.getUint32(locator + 4, true)]
  if (
    disks.some((disk) => disk !== 0) ||
    readUint64(view, 24) !== entries ||
    view.getUint32(locator + 16, true) > 1
  ) {
    throw malformed('The zip says that it is spread over several disks')
  }
  return { entries, directoryBytes: readUint64(view, 40), directoryOffset: readUint64(view, 48) }
}

export function malformed(message: string): InvalidPackageError {
  return new InvalidPackageError('zip-malformed', message)
}

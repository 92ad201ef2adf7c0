/**
 * The outer zip of a `.conda`, read so that there is one way to read it: the members fill the file from its
 * first byte to the directory without gap or overlap, local headers repeat the directory, everything is stored,
 * and nothing surrounds it. What a reader who starts at the front sees, one who starts at the tail sees too.
 *
 * Reads the tail, the directory and the local headers; never a member's content.
 */
import { readExactly, type ByteSource } from './byte-source.ts'
import { InvalidPackageError, quote } from './invalid-package-error.ts'
import {
  END_BYTES,
  END_SIGNATURE,
  LOCAL_BYTES,
  LOCAL_SIGNATURE,
  localHeaderBytes,
  malformed,
  parseCentralHeader,
  parseDirectoryEnd,
  parseLocalHeader,
  parseZip64End,
  viewOf,
  ZIP64_END_BYTES,
  ZIP64_LOCATOR_BYTES,
  ZIP64_LOCATOR_SIGNATURE,
  type CentralHeader,
  type DirectoryEnd,
} from './zip-records.ts'

export interface StoredMember {
  readonly name: string
  /** Where the content starts. */
  readonly offset: number
  readonly size: number
  readonly crc: number
}

/** Three members with long names and every extra field known need less than a tenth of it. */
const MAX_DIRECTORY_BYTES = 64 * 1024

const UTF8_NAMES = 0x0800
const DATA_DESCRIPTOR = 0x0008
/** Encrypted, strongly encrypted, and with a masked directory. */
const ENCRYPTED = 0x0001 | 0x0040 | 0x2000
const REGULAR_FILE = 0o100000

/**
 * Members in the order of their content.
 * @param requireName throws for a name that has no place here, before anything else is said about the member
 * @throws InvalidPackageError of the codes `zip-…` and `truncated`
 */
export async function readZipDirectory(
  source: ByteSource,
  requireName: (name: string) => void,
): Promise<StoredMember[]> {
  const end = await readEnd(source)
  const directory = await readExactly(source, end.directoryOffset, end.directoryBytes)
  const headers: CentralHeader[] = []
  let parsed = 0
  while (parsed < directory.length) {
    const header = parseCentralHeader(directory.subarray(parsed))
    parsed += header.headerBytes
    requireName(header.name)
    requirePlain(header)
    if (headers.some((other) => other.name === header.name)) {
      throw new InvalidPackageError(
        'zip-duplicate-member',
        `The zip has the member ${quote(header.name)} twice`,
        {
          member: header.name,
        },
      )
    }
    headers.push(header)
  }
  if (headers.length !== end.entries) {
    throw malformed(`The directory of the zip has ${headers.length} members and says ${end.entries}`)
  }
  headers.sort((a, b) => a.localOffset - b.localOffset)
  return placeMembers(source, headers, end.directoryOffset)
}

async function readEnd(source: ByteSource): Promise<DirectoryEnd> {
  if (source.size < END_BYTES) throw new InvalidPackageError('truncated', 'The file is too short for a zip')
  const endOffset = source.size - END_BYTES
  const tailOffset = Math.max(0, endOffset - ZIP64_LOCATOR_BYTES - ZIP64_END_BYTES)
  const tail = await readExactly(source, tailOffset, source.size - tailOffset)
  const plain = tail.subarray(tail.length - END_BYTES)
  if (viewOf(plain).getUint32(0, true) !== END_SIGNATURE) {
    throw new InvalidPackageError(
      'zip-surrounding-bytes',
      'The zip does not end with its end record: it is cut short, or something follows it',
    )
  }
  if (viewOf(plain).getUint16(20, true) !== 0) {
    throw new InvalidPackageError(
      'zip-surrounding-bytes',
      'The zip carries a comment, in which another zip could hide',
    )
  }
  const end = parseDirectoryEnd(plain)
  const zip64 = readZip64(tail, tailOffset)
  if (zip64 !== undefined) requireSameEnd(end, zip64)
  const found = zip64 ?? end
  if (found.directoryBytes > MAX_DIRECTORY_BYTES) {
    throw malformed(
      `The directory of the zip has ${found.directoryBytes} bytes, more than ${MAX_DIRECTORY_BYTES}`,
    )
  }
  const directoryEnd = zip64 === undefined ? endOffset : tailOffset
  if (found.directoryOffset + found.directoryBytes !== directoryEnd) {
    throw new InvalidPackageError(
      'zip-surrounding-bytes',
      'The directory of the zip does not reach to its end record: bytes stand before the zip or in between',
    )
  }
  return found
}

function readZip64(tail: Uint8Array, tailOffset: number): DirectoryEnd | undefined {
  const records = tail.subarray(0, tail.length - END_BYTES)
  const locator = records.subarray(-ZIP64_LOCATOR_BYTES)
  if (locator.length < ZIP64_LOCATOR_BYTES) return undefined
  if (viewOf(locator).getUint32(0, true) !== ZIP64_LOCATOR_SIGNATURE) return undefined
  if (records.length < ZIP64_LOCATOR_BYTES + ZIP64_END_BYTES) throw malformed('The zip64 record is cut short')
  return parseZip64End(records, tailOffset)
}

/** The plain end record says the same, or "see zip64". */
function requireSameEnd(plain: DirectoryEnd, zip64: DirectoryEnd): void {
  const agree = (narrow: number, wide: number, mark: number): boolean => narrow === wide || narrow === mark
  if (
    !agree(plain.entries, zip64.entries, 0xffff) ||
    !agree(plain.directoryBytes, zip64.directoryBytes, 0xffffffff) ||
    !agree(plain.directoryOffset, zip64.directoryOffset, 0xffffffff)
  ) {
    throw malformed('The two end records of the zip contradict each other')
  }
}

function requirePlain(header: CentralHeader): void {
  const member = header.name
  const refuse = (code: 'zip-encrypted' | 'zip-data-descriptor' | 'zip-compressed', why: string) =>
    new InvalidPackageError(code, `The zip member ${quote(member)} ${why}`, { member })

  if (header.flags & ENCRYPTED) throw refuse('zip-encrypted', 'is encrypted')
  if (header.flags & DATA_DESCRIPTOR) {
    throw refuse(
      'zip-data-descriptor',
      'tells its size only behind its content, where no streaming reader finds it',
    )
  }
  if (header.method !== 0)
    throw refuse('zip-compressed', 'is compressed by the zip; a .conda stores its members')
  if (header.flags & ~UTF8_NAMES) {
    throw malformed(`The zip member ${quote(member)} has the flags 0x${header.flags.toString(16)}`)
  }
  if (header.size !== header.compressedSize) {
    throw malformed(`The zip member ${quote(member)} is stored and yet has two sizes`)
  }
  if (header.unixType !== 0 && header.unixType !== REGULAR_FILE) {
    throw malformed(`The zip member ${quote(member)} is no regular file`)
  }
}

/** Walks the local headers from the front. */
async function placeMembers(
  source: ByteSource,
  headers: readonly CentralHeader[],
  directoryOffset: number,
): Promise<StoredMember[]> {
  const members: StoredMember[] = []
  let expected = 0
  for (const header of headers) {
    const member = header.name
    if (header.localOffset < expected) {
      // Fifield's bomb: 46 MB become 4.5 PB, since many members share one content.
      throw new InvalidPackageError(
        'zip-overlap',
        `The zip member ${quote(member)} overlaps the one before it`,
        {
          member,
        },
      )
    }
    requireAdjacent(header.localOffset, expected)
    const content = await readLocalHeader(source, header, directoryOffset)
    expected = content + header.size
    if (expected > directoryOffset) {
      throw new InvalidPackageError(
        'zip-overlap',
        `The zip member ${quote(member)} reaches into the directory`,
        {
          member,
        },
      )
    }
    members.push({ name: member, offset: content, size: header.size, crc: header.crc })
  }
  requireAdjacent(directoryOffset, expected)
  return members
}

function requireAdjacent(offset: number, expected: number): void {
  if (offset === expected) return
  throw new InvalidPackageError(
    'zip-surrounding-bytes',
    `The bytes ${expected} to ${offset} of the zip belong to no member`,
  )
}

/** @returns where the content starts */
async function readLocalHeader(source: ByteSource, central: CentralHeader, limit: number): Promise<number> {
  const start = central.localOffset
  if (start + LOCAL_BYTES > limit)
    throw malformed(`The zip member ${quote(central.name)} has no room for its header`)
  const fixed = await readExactly(source, start, LOCAL_BYTES)
  if (viewOf(fixed).getUint32(0, true) !== LOCAL_SIGNATURE) {
    throw malformed(`The zip member ${quote(central.name)} has no local header at byte ${start}`)
  }
  const length = localHeaderBytes(fixed)
  if (start + length > limit)
    throw malformed(`The zip member ${quote(central.name)} has no room for its header`)
  const local = parseLocalHeader(await readExactly(source, start, length))
  for (const field of ['name', 'flags', 'method', 'crc', 'size', 'compressedSize'] as const) {
    if (local[field] === central[field]) continue
    throw new InvalidPackageError(
      'zip-header-mismatch',
      `The zip member ${quote(central.name)} has two values for ${field}: ` +
        `${quote(String(central[field]))} in the directory, ${quote(String(local[field]))} before its content`,
      { member: central.name },
    )
  }
  return start + length
}

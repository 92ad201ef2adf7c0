/** The members of a zip of JSON records, one after the other: osv.dev's `all.zip`. */
import { open, type FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { crc32, inflateRaw } from 'node:zlib'
import { InvalidPackageError } from '@terrarium/conda/archive/invalid-package-error.ts'
import {
  END_BYTES,
  END_SIGNATURE,
  LOCAL_BYTES,
  parseCentralHeader,
  parseDirectoryEnd,
  viewOf,
  type CentralHeader,
} from '@terrarium/conda/archive/zip-records.ts'
import { errorText } from '../platform/text.ts'
import { AppError } from '../vocabulary/errors.ts'

const inflate = promisify(inflateRaw)

const MAX_MEMBER_BYTES = 32 * 2 ** 20
const MAX_DIRECTORY_BYTES = 256 * 2 ** 20
const STORED = 0
const DEFLATED = 8

/**
 * Yields each member's bytes; folders are left out.
 * @param name for messages
 * @throws AppError invalid-advisories
 */
export async function* readZip(path: string, name: string): AsyncGenerator<Buffer> {
  const handle = await open(path, 'r')
  try {
    for (const member of await readDirectory(handle)) {
      if (!member.name.endsWith('/')) yield await readMember(handle, member)
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    if (!(cause instanceof Error && (cause instanceof InvalidPackageError || 'code' in cause))) throw cause
    throw new AppError('invalid-advisories', `${name} is no whole zip: ${errorText(cause)}`, { cause })
  } finally {
    await handle.close()
  }
}

async function readDirectory(handle: FileHandle): Promise<CentralHeader[]> {
  const { size } = await handle.stat()
  const end = await readAt(handle, Math.max(0, size - END_BYTES), END_BYTES)
  if (viewOf(end).getUint32(0, true) !== END_SIGNATURE)
    throw new AppError('invalid-advisories', 'the file does not end as a zip does: it was cut, or is none')
  const { entries, directoryBytes, directoryOffset } = parseDirectoryEnd(end)
  if (directoryBytes > MAX_DIRECTORY_BYTES || entries === 0xffff)
    throw new AppError('invalid-advisories', 'the zip has more members than this reader takes')
  const directory = await readAt(handle, directoryOffset, directoryBytes)
  const members: CentralHeader[] = []
  for (let offset = 0; offset < directory.length;) {
    const member = parseCentralHeader(directory.subarray(offset))
    members.push(member)
    offset += member.headerBytes
  }
  if (members.length !== entries)
    throw new AppError(
      'invalid-advisories',
      `the zip says that it has ${entries} members and has ${members.length}`,
    )
  return members
}

async function readMember(handle: FileHandle, member: CentralHeader): Promise<Buffer> {
  const { name, method, size, compressedSize, localOffset, crc } = member
  // or one member of a zip could fill the memory
  if (Math.max(size, compressedSize) > MAX_MEMBER_BYTES)
    throw new AppError('invalid-advisories', `${name} in the zip has over ${MAX_MEMBER_BYTES} bytes`)
  if (method !== STORED && method !== DEFLATED)
    throw new AppError('invalid-advisories', `${name} in the zip is compressed by method ${method}`)
  const local = viewOf(await readAt(handle, localOffset, LOCAL_BYTES))
  const start = localOffset + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true)
  const packed = await readAt(handle, start, compressedSize)
  const bytes = method === STORED ? packed : await inflate(packed, { maxOutputLength: MAX_MEMBER_BYTES })
  if (bytes.length !== size || crc32(bytes) !== crc)
    throw new AppError('invalid-advisories', `${name} in the zip is damaged`)
  return bytes
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let read = 0
  while (read < length) {
    const { bytesRead } = await handle.read(bytes, read, length - read, position + read)
    if (bytesRead === 0) throw new AppError('invalid-advisories', 'the zip ends in the middle: it was cut')
    read += bytesRead
  }
  return bytes
}

/**
 * What may stand before a tar member to say more about it: PAX records and GNU's long names. The attacks are
 * all of one kind: two tellings of the same fact, of which one reader believes the first and one the second.
 */
import { InvalidPackageError, quote } from './invalid-package-error.ts'
import { decodeUtf8, MAX_OCTAL_SIZE, type TarHeader } from './tar-header.ts'

/** What the headers before a member told; filled by `addExtension`, used by `applyExtensions`. */
export interface TarExtensions {
  readonly kinds: ReadonlySet<string>
  readonly path?: string
  readonly linkPath?: string
  readonly size?: number
}

export const noExtensions: TarExtensions = { kinds: new Set() }

export const PAX_HEADER = 'x'
export const PAX_GLOBAL_HEADER = 'g'
export const GNU_LONG_NAME = 'L'
export const GNU_LONG_LINK = 'K'
export const extensionTypes: ReadonlySet<string> = new Set([
  PAX_HEADER,
  PAX_GLOBAL_HEADER,
  GNU_LONG_NAME,
  GNU_LONG_LINK,
])

/** @throws InvalidPackageError tar-malformed, tar-header-conflict, sparse-member, unsafe-path */
export function addExtension(before: TarExtensions, typeFlag: string, body: Uint8Array): TarExtensions {
  if (typeFlag === PAX_GLOBAL_HEADER) {
    requireHarmlessGlobals(parsePaxRecords(body))
    return before
  }
  const mixesFamilies = (typeFlag === PAX_HEADER) !== before.kinds.has(PAX_HEADER) && before.kinds.size > 0
  if (before.kinds.has(typeFlag) || mixesFamilies) {
    throw conflict(
      `Two tar extension headers (${[...before.kinds, typeFlag].join(', ')}) stand before one member`,
    )
  }
  const kinds = new Set([...before.kinds, typeFlag])
  if (typeFlag === GNU_LONG_NAME) return { ...before, kinds, path: readLongName(body) }
  if (typeFlag === GNU_LONG_LINK) return { ...before, kinds, linkPath: readLongName(body) }
  const records = parsePaxRecords(body)
  refuseSparse(records)
  const path = records.get('path')
  const linkPath = records.get('linkpath')
  const size = records.get('size')
  return {
    kinds,
    ...(path === undefined ? {} : { path: decodeUtf8(path, 'PAX path') }),
    ...(linkPath === undefined ? {} : { linkPath: decodeUtf8(linkPath, 'PAX link path') }),
    ...(size === undefined ? {} : { size: readPaxSize(size) }),
  }
}

/** The member's header as its extensions make it. */
export function applyExtensions(header: TarHeader, extensions: TarExtensions): TarHeader {
  const { size } = extensions
  // CVE-2025-62518: who skips by one size and who by the other see different members. Only a size that the
  // header can not hold may be told by PAX alone, and then the header says 0.
  if (size !== undefined && size !== header.size && !(size > MAX_OCTAL_SIZE && header.size === 0)) {
    throw new InvalidPackageError(
      'tar-size-mismatch',
      `PAX gives ${quote(extensions.path ?? header.name)} the size ${size}, its header ${header.size}`,
      { member: extensions.path ?? header.name },
    )
  }
  return {
    ...header,
    name: extensions.path ?? header.name,
    linkName: extensions.linkPath ?? header.linkName,
    size: size ?? header.size,
  }
}

/** Records of the form `<length> <key>=<value>\n`, where the length counts the whole record. */
function parsePaxRecords(body: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const records = new Map<string, Uint8Array>()
  let offset = 0
  while (offset < body.length) {
    const digits = /^([1-9][0-9]{0,8}) /.exec(String.fromCharCode(...body.subarray(offset, offset + 10)))?.[1]
    const end = offset + Number(digits)
    const equals = body.indexOf(0x3d, offset)
    if (
      digits === undefined ||
      end > body.length ||
      body[end - 1] !== 0x0a ||
      equals === -1 ||
      equals >= end - 1
    ) {
      throw new InvalidPackageError('tar-malformed', `A PAX header has a bad record at byte ${offset}`)
    }
    const key = decodeUtf8(body.subarray(offset + digits.length + 1, equals), 'PAX key')
    if (records.has(key)) throw conflict(`A PAX header has the key ${quote(key)} twice`)
    records.set(key, body.subarray(equals + 1, end - 1))
    offset = end
  }
  const charset = records.get('hdrcharset')
  if (charset !== undefined && decodeUtf8(charset, 'PAX value') !== 'ISO-IR 10646 2000 UTF-8') {
    throw conflict('A PAX header is in another character set than UTF-8')
  }
  return records
}

/** A global header with a path or a size would speak for every member to some readers, for none to others. */
function requireHarmlessGlobals(records: ReadonlyMap<string, Uint8Array>): void {
  refuseSparse(records)
  for (const key of ['path', 'linkpath', 'size']) {
    if (records.has(key)) throw conflict(`A global PAX header sets ${quote(key)} for all members`)
  }
}

function refuseSparse(records: ReadonlyMap<string, Uint8Array>): void {
  for (const key of records.keys()) {
    if (key.startsWith('GNU.sparse.') || key === 'SCHILY.realsize' || key === 'SCHILY.filetype') {
      throw new InvalidPackageError('sparse-member', `A PAX header describes a sparse file (${quote(key)})`)
    }
  }
}

function readPaxSize(value: Uint8Array): number {
  const text = decodeUtf8(value, 'PAX size')
  const size = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(size)) {
    throw new InvalidPackageError('tar-malformed', `A PAX header gives the size ${quote(text)}`)
  }
  return size
}

/** GNU ends the name with one NUL; some writers leave it out. */
function readLongName(body: Uint8Array): string {
  const end = body.indexOf(0)
  if (end !== -1 && end !== body.length - 1) {
    throw new InvalidPackageError('unsafe-path', 'A GNU long name holds a NUL')
  }
  return decodeUtf8(end === -1 ? body : body.subarray(0, end), 'GNU long name')
}

function conflict(message: string): InvalidPackageError {
  return new InvalidPackageError('tar-header-conflict', message)
}

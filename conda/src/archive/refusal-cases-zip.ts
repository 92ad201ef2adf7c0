/** Refusals of the outer zip of a `.conda`. */
import { zstdCompress } from '#zstd'
import { CONDA, INFO, STEM, utf8, type RefusalCase } from './refusal-fixtures.ts'
import { writeTar } from './tar-writer.ts'
import { writeZip, type ZipEntry, type ZipOptions } from './zip-writer.ts'

const zipMembers = (): [ZipEntry, ZipEntry, ZipEntry] => [
  { name: 'metadata.json', content: utf8('{"conda_pkg_format_version":2}') },
  { name: `pkg-${STEM}.tar.zst`, content: zstdCompress(writeTar([])) },
  { name: `info-${STEM}.tar.zst`, content: zstdCompress(writeTar(INFO)) },
]

/** A `.conda` whose zip has one member changed, or is itself put together differently. */
function zip(
  change: Partial<ZipEntry>,
  options: ZipOptions = {},
  more: readonly ZipEntry[] = [],
): () => Uint8Array {
  return () => {
    const [metadata, pkg, info] = zipMembers()
    return writeZip([metadata, { ...pkg, ...change }, info, ...more], options)
  }
}

function extraField(id: number, ...bytes: number[]): Uint8Array {
  return Uint8Array.of(id & 0xff, id >> 8, bytes.length, 0, ...bytes)
}

export const zipCases: RefusalCase[] = [
  {
    name: 'a zip member that is a link',
    code: 'zip-malformed',
    bytes: zip({ unixMode: 0o120777 }),
  },
  {
    name: 'a Unicode name field',
    code: 'zip-malformed',
    bytes: zip({ fields: { extra: extraField(0x7075, 1, 0) } }),
  },
  {
    name: 'a zip64 field that contradicts its header',
    code: 'zip-malformed',
    bytes: zip({ fields: { extra: extraField(1, 9, 0, 0, 0, 0, 0, 0, 0) } }),
  },
  {
    name: 'a zip64 locator that leads elsewhere',
    code: 'zip-malformed',
    bytes: zip({}, { zip64: true, locatorShift: -8 }),
  },
  { name: 'a wrong count of members', code: 'zip-malformed', bytes: zip({}, { statedEntries: 2 }) },
  {
    name: 'something before the zip',
    code: 'zip-surrounding-bytes',
    bytes: zip({}, { before: writeZip([{ name: 'other', content: utf8('x') }]) }),
  },
  { name: 'something behind the zip', code: 'zip-surrounding-bytes', bytes: zip({}, { after: utf8('x') }) },
  { name: 'a comment', code: 'zip-surrounding-bytes', bytes: zip({}, { comment: 'PK\x05\x06' }) },
  { name: 'a comment of a member', code: 'zip-surrounding-bytes', bytes: zip({ comment: 'hello' }) },
  { name: 'bytes between two members', code: 'zip-surrounding-bytes', bytes: zip({ gap: utf8('gap') }) },
  { name: 'an encrypted member', code: 'zip-encrypted', bytes: zip({ fields: { flags: 1 } }) },
  { name: 'a deflated member', code: 'zip-compressed', bytes: zip({ fields: { method: 8 } }) },
  {
    name: 'a size behind the content',
    code: 'zip-data-descriptor',
    bytes: zip({ fields: { flags: 8 }, localFields: { crc: 0, size: 0, compressedSize: 0 } }),
  },
  { name: 'a member twice', code: 'zip-duplicate-member', bytes: zip({}, {}, zipMembers().slice(0, 1)) },
  {
    name: 'a member that has no place',
    code: 'zip-unexpected-member',
    bytes: zip({}, {}, [{ name: '../evil.sh', content: utf8('x') }]),
  },
  {
    name: 'no pkg member',
    code: 'zip-missing-member',
    bytes: () => writeZip([zipMembers()[0], zipMembers()[2]]),
  },
  {
    name: 'members of another package',
    code: 'zip-stem-mismatch',
    bytes: zip({ name: 'pkg-other-1.0-0.tar.zst' }),
  },
  {
    name: 'two names of one member',
    code: 'zip-header-mismatch',
    bytes: zip({ localFields: { name: 'other' } }),
  },
  { name: 'two sizes of one member', code: 'zip-header-mismatch', bytes: zip({ localFields: { size: 1 } }) },
  { name: 'two members that share their bytes', code: 'zip-overlap', bytes: zip({ statedOffset: 0 }) },
  { name: 'a member that reaches beyond the end', code: 'zip-overlap', bytes: oversizedMember },
  { name: 'a wrong checksum', code: 'zip-checksum', bytes: zip({ fields: { crc: 1 } }) },
  {
    name: 'format version 3',
    code: 'unsupported-format-version',
    bytes: () => {
      const [metadata, pkg, info] = zipMembers()
      return writeZip([{ ...metadata, content: utf8('{"conda_pkg_format_version":3}') }, pkg, info])
    },
  },
].map((refusal) => ({ ...refusal, filename: CONDA }) as RefusalCase)

function oversizedMember(): Uint8Array {
  const [metadata, pkg, info] = zipMembers()
  return writeZip([metadata, pkg, { ...info, fields: { size: 1_000_000, compressedSize: 1_000_000 } }])
}

/**
 * The three members of a `.conda` and nothing else: `metadata.json`, `pkg-<stem>.tar.zst`,
 * `info-<stem>.tar.zst`, in any order, where the stem is that of the file name.
 *
 * @see CEP 35
 */
import { crc32 } from '../codec/crc32.ts'
import { readExactly, readRange, type ByteSource } from './byte-source.ts'
import { InvalidPackageError, quote } from './invalid-package-error.ts'
import { parseJsonObject } from './json-file.ts'
import { readZipDirectory, type StoredMember } from './zip-directory.ts'

export interface CondaMembers {
  readonly info: StoredMember
  readonly pkg: StoredMember
  /** Missing or empty in a few packages made by hand; clients do without. */
  readonly hasMetadata: boolean
}

const METADATA = 'metadata.json'
const MAX_METADATA_BYTES = 64 * 1024

/** @throws InvalidPackageError */
export async function readCondaMembers(source: ByteSource, stem: string): Promise<CondaMembers> {
  const infoName = `info-${stem}.tar.zst`
  const pkgName = `pkg-${stem}.tar.zst`
  const members = await readZipDirectory(source, (name) => {
    if (name === METADATA || name === infoName || name === pkgName) return
    if (/^(?:info|pkg)-.*\.tar\.zst$/.test(name)) {
      // conda looks for the stem of the file name, rattler takes any: they would install different things.
      throw new InvalidPackageError(
        'zip-stem-mismatch',
        `The zip member ${quote(name)} belongs to another package than ${quote(stem)}`,
        { member: name },
      )
    }
    throw new InvalidPackageError(
      'zip-unexpected-member',
      `The zip member ${quote(name)} has no place in a .conda`,
      {
        member: name,
      },
    )
  })
  const find = (name: string): StoredMember => {
    const member = members.find((candidate) => candidate.name === name)
    if (member !== undefined) return member
    throw new InvalidPackageError(
      'zip-missing-member',
      `The zip has no member ${quote(name)}: conda can not extract it`,
    )
  }
  const metadata = members.find((candidate) => candidate.name === METADATA)
  const hasMetadata = metadata !== undefined && metadata.size > 0
  if (hasMetadata) await checkMetadata(source, metadata)
  return { info: find(infoName), pkg: find(pkgName), hasMetadata }
}

async function checkMetadata(source: ByteSource, member: StoredMember): Promise<void> {
  if (member.size > MAX_METADATA_BYTES) {
    throw new InvalidPackageError('info-too-large', `${METADATA} has ${member.size} bytes`, {
      member: METADATA,
    })
  }
  const bytes = await readExactly(source, member.offset, member.size)
  requireCrc(member, crc32(bytes))
  const version = parseJsonObject(bytes, METADATA)['conda_pkg_format_version']
  if (version !== 2) {
    throw new InvalidPackageError(
      'unsupported-format-version',
      `${METADATA} gives the conda_pkg_format_version ${quote(version ?? null)}, not 2`,
      { member: METADATA },
    )
  }
}

/** A member's bytes; its checksum is verified once they have all been read. */
export async function* readStoredMember(
  source: ByteSource,
  member: StoredMember,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let crc = 0
  for await (const chunk of readRange(source, member.offset, member.size, signal)) {
    crc = crc32(chunk, crc)
    yield chunk
  }
  requireCrc(member, crc)
}

function requireCrc(member: StoredMember, crc: number): void {
  if (crc === member.crc) return
  throw new InvalidPackageError(
    'zip-checksum',
    `The zip member ${quote(member.name)} does not match its checksum`,
    {
      member: member.name,
    },
  )
}

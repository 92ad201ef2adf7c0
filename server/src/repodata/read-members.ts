/**
 * What a virtual channel has to put in and take out so that it has of some names what their owners have. Reads
 * only, in a worker thread; `fill-virtual.ts` writes what it answers.
 */
import { parseJson } from '@terrarium/conda/repodata/json-value.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile, FileChange } from '../channels/channel-file.ts'
import { listFilesOfNames } from '../channels/contents-store.ts'
import { recordDigest } from '../channels/file-change.ts'
import { listChanges } from '../channels/pending-changes.ts'
import { findChannelById } from '../channels/store.ts'
import { findOwners } from '../channels/virtual-store.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { MapCache } from './map-cache.ts'
import { pathOf } from './member-files.ts'
import { listSubdirStates } from './revision-store.ts'
import { loadName } from './shard-maps.ts'

export interface ReadMembersTask {
  readonly channel: Channel
  readonly names: readonly string[]
}

export interface MemberChanges {
  readonly put: readonly FileChange[]
  readonly remove: readonly { readonly subdir: string; readonly name: string; readonly filename: string }[]
}

export async function readMembers(
  parts: { readonly db: Db; readonly blobs: BlobStore; readonly maps: MapCache },
  { channel, names }: ReadMembersTask,
): Promise<MemberChanges> {
  const here = await listFilesOfNames(parts.db, channel.id, names, ['present', 'removed'])
  const known = new Map(here.map((file) => [pathOf(file), file]))
  const owners = await findOwners(parts.db, channel.id, names)
  const wanted = new Set<string>()
  const put: FileChange[] = []
  for (const [member, owned] of Map.groupBy(owners, ([, owner]) => owner)) {
    if (member.lost) continue // what was closed is not to be read here, and goes to nobody else
    const own = owned.map(([name]) => name)
    for (const change of await readFiles(parts, member.id, own)) {
      const before = known.get(pathOf(change))
      // a filename is bound to its bytes for ever: clients and lock files remember what it was here
      if (before && before.sha256 !== change.sha256) continue
      wanted.add(pathOf(change))
      if (!before || !isSame(before, change)) put.push(change)
    }
  }
  return { put, remove: here.filter((file) => file.state === 'present' && !wanted.has(pathOf(file))) }
}

function isSame(file: ChannelFile, change: FileChange): boolean {
  return (
    file.state === 'present' &&
    file.recordSha256 === change.recordSha256 &&
    file.verifiedBy === change.verifiedBy &&
    file.origin.id === change.origin.id &&
    file.origin.name === change.origin.name
  )
}

/** What a member has of these names; of a frozen one, what it serves. */
async function readFiles(
  parts: { readonly db: Db; readonly blobs: BlobStore; readonly maps: MapCache },
  memberId: string,
  names: readonly string[],
): Promise<FileChange[]> {
  const { db, blobs, maps } = parts
  // before the revision: what is published in between is in both, and never in neither
  const pending = await listChanges(db, memberId, names)
  const member = await findChannelById(db, memberId)
  if (!member) return []
  const number = member.frozen ? member.revision : member.newestRevision
  const records = new Map<string, RepodataRecord>()
  for (const { subdir, contentsSha256 } of await listSubdirStates(db, memberId, number)) {
    const map = await maps.load(blobs, contentsSha256)
    for (const name of names) {
      const { records: own } = await loadName(blobs, map.get(name))
      for (const [filename, record] of own) records.set(`${subdir}/${filename}`, record)
    }
  }
  for (const { subdir, filename, record } of member.frozen ? [] : pending) {
    if (record === null) records.delete(`${subdir}/${filename}`)
    else records.set(`${subdir}/${filename}`, parseJson(record) as RepodataRecord) // intake has checked it
  }
  // after the records: a row is there before its record, and stays
  const rows = await listFilesOfNames(db, memberId, names, ['present', 'removed'])
  const files = new Map(rows.map((file) => [pathOf(file), file]))
  return [...records].map(([path, record]) => {
    const file = files.get(path)
    if (!file)
      throw new AppError('corrupt-data', `${member.name} has a record of ${path}, and knows no such file`)
    return toChange(file, record)
  })
}

function toChange(file: ChannelFile, record: RepodataRecord): FileChange {
  const { subdir, filename, sha256, name, version, build, buildNumber, size } = file
  const { licence, licenceFamily, builtAtMs, noarch, verifiedBy, origin } = file
  return {
    ...{ subdir, filename, sha256, name, version, build, buildNumber, size },
    ...{ licence, licenceFamily, builtAtMs, noarch, verifiedBy, origin },
    recordSha256: recordDigest(record),
    record: JSON.stringify(record),
  }
}

/** What stands on the index pages: the files of a subdir that clients see, some at a time. */
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Db } from '../platform/database/db.ts'
import type { SubdirState } from './revision-store.ts'
import { loadMap, loadRecords } from './shard-maps.ts'

export const FILES_ON_A_PAGE = 1000

export interface ServedFileRow {
  readonly filename: string
  readonly size: number
  readonly sha256: string
  readonly addedAt: Date
}

/** @returns the files behind `after`, by name, and one more than stands on a page when there are further ones */
export async function listServedFiles(
  db: Db,
  channelId: string,
  subdir: string,
  after: string,
): Promise<ServedFileRow[]> {
  const rows = await db
    .selectFrom('channel_files')
    .select(['filename', 'size', 'sha256', 'added_at'])
    .where('channel_id', '=', channelId)
    .where('subdir', '=', subdir)
    .where('filename', '>', after)
    .where('state', '=', 'present')
    .where('effect', 'in', ['allow', 'warn'])
    .orderBy('filename')
    .limit(FILES_ON_A_PAGE + 1)
    .execute()
  return rows.map(({ added_at, ...row }) => ({ ...row, addedAt: new Date(added_at) }))
}

/** The same of any revision, from its shards, by package name and then by file. */
export async function listFilesOfRevision(
  blobs: BlobStore,
  state: SubdirState | undefined,
  after: string,
): Promise<ServedFileRow[]> {
  if (!state) return []
  const map = await loadMap(blobs, state.servedSha256)
  const nameAfter = after.split('-').slice(0, -2).join('-')
  const found: ServedFileRow[] = []
  for (const name of [...map.keys()].filter((known) => known >= nameAfter).sort()) {
    if (found.length > FILES_ON_A_PAGE) break
    for (const [filename, record] of await loadRecords(blobs, map.get(name))) {
      if (name === nameAfter && filename <= after) continue
      found.push({
        filename,
        size: record.size ?? 0,
        sha256: String(record['sha256']),
        addedAt: new Date(record.indexed_timestamp ?? 0),
      })
    }
  }
  return found.slice(0, FILES_ON_A_PAGE + 1)
}

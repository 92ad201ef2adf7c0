/**
 * Every blob that something names: the indexes and shards of all revisions that are kept, the files made of them, the
 * shards clients may still ask for, and the packages of channels, also of files that were taken out while a kept
 * revision may have them.
 *
 * Read while others write. What they name meanwhile is kept by `blobs/condemned-store.ts`, not by this.
 */
import { sql } from 'kysely'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Db } from '../platform/database/db.ts'
import { loadMap } from '../repodata/shard-maps.ts'
import { DigestSet } from './digest-set.ts'

/** Columns with digests of what is no blob: secrets, contents of rows; and of what names none by itself. */
const OTHER_DIGESTS = new Set(['record_sha256', 'secret_sha256', 'content_sha256', 'code_sha256'])
const OTHER_TABLES = new Set(['artifacts', 'condemned_blobs', 'storage_findings'])
/** Columns that name an index, and with it every shard in it. */
const INDEXES = new Set(['contents_sha256', 'served_sha256'])
const FIRST_DIGITS = Array.from({ length: 16 }, (_, digit) => digit.toString(16))
/** Longer than any publish takes from the removal of a file to the revision without it. */
const PUBLISH_MS = 86_400_000

/**
 * The columns are found by their names, so that a table somebody adds later keeps its blobs without anybody having to
 * think of it here; a name too many only keeps a blob too long.
 *
 * @throws AppError corrupt-data when an index cannot be read: then nobody knows what it names
 */
export async function findNamedBlobs(
  { db, blobs }: { readonly db: Db; readonly blobs: BlobStore },
  signal: AbortSignal,
): Promise<DigestSet> {
  const named = new DigestSet()
  const indexes = new Set<string>()
  for (const { table, column } of await digestColumns(db)) {
    for (const digit of FIRST_DIGITS) {
      signal.throwIfAborted()
      const { rows } = await sql<{ digest: string }>`
        select distinct ${sql.ref(column)} as digest from ${sql.table(table)}
        where ${sql.ref(column)} >= ${digit} and ${sql.ref(column)} < ${`${digit}g`}
        ${table === 'channel_files' ? sql`and (state = 'present' or ${mayBeInRevision})` : sql``}`.execute(db)
      for (const { digest } of rows) {
        if (!/^[0-9a-f]{64}$/.test(digest)) continue
        named.add(digest)
        if (INDEXES.has(column)) indexes.add(digest)
      }
    }
  }
  for (const digest of indexes) {
    signal.throwIfAborted()
    for (const shard of (await loadMap(blobs, digest)).values()) named.add(shard)
  }
  for (const digest of await digestsOfJobs(db)) named.add(digest)
  return named
}

/** Of a file that was taken out: a revision before its removal is kept, or none without it has been made. */
const mayBeInRevision = sql<boolean>`(
  exists (select 1 from channel_changes where channel_changes.channel_id = channel_files.channel_id
    and channel_changes.subdir = channel_files.subdir and channel_changes.filename = channel_files.filename)
  or not exists (select 1 from revisions where revisions.channel_id = channel_files.channel_id)
  or exists (select 1 from revisions where revisions.channel_id = channel_files.channel_id
    and revisions.created_at <= channel_files.updated_at + ${sql.lit(PUBLISH_MS)}))`

async function digestColumns(db: Db): Promise<{ table: string; column: string }[]> {
  const tables = await db.introspection.getTables()
  return tables
    .filter(({ name }) => !OTHER_TABLES.has(name))
    .flatMap(({ name: table, columns }) =>
      columns
        .filter(({ name }) => /sha256|digest|blob/.test(name) && !OTHER_DIGESTS.has(name))
        .map(({ name: column }) => ({ table, column })),
    )
}

/** A job that waits may name a blob that nothing else names yet. */
async function digestsOfJobs(db: Db): Promise<string[]> {
  const jobs = await db
    .selectFrom('jobs')
    .select('payload')
    .where('state', 'in', ['queued', 'running'])
    .where('kind', '!=', 'blobs.collect')
    .execute()
  return jobs.flatMap(({ payload }) => payload.match(/\b[0-9a-f]{64}\b/g) ?? [])
}

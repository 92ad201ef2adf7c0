/**
 * Takes away blobs that nothing names: of revisions that are no longer kept, of channels that were dropped, of
 * work that a crash cut off. It runs beside uploads, mirrors and publishes.
 *
 * What keeps their blobs is the grace: whoever stores a blob makes it young, also one that was there already, and
 * only what has been old since before the names were gathered goes. So a blob whose name is not committed yet is
 * safe for as long as the grace. A collection that cannot read an index takes nothing away at all.
 */
import { sql } from 'kysely'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Db } from '../platform/database/db.ts'
import { loadMap } from '../repodata/shard-maps.ts'
import { DigestSet } from './digest-set.ts'

export interface CollectParts {
  readonly db: Db
  readonly blobs: BlobStore
  readonly now: () => Date
}

export interface Collection {
  readonly kept: number
  readonly removed: number
}

/** @param graceMs longer than any upload, mirror run or publish works on one blob */
export async function collectGarbage(
  { db, blobs, now }: CollectParts,
  graceMs: number,
  signal: AbortSignal,
): Promise<Collection> {
  const before = new Date(now().getTime() - graceMs)
  const named = await gatherNamed(db, blobs, signal)
  let kept = 0
  let removed = 0
  for await (const sha256 of blobs.list()) {
    signal.throwIfAborted()
    if (!named.has(sha256) && (await blobs.deleteIfOlder(sha256, before))) removed += 1
    else kept += 1
  }
  return { kept, removed }
}

/** Columns with digests of what is no blob: secrets, and contents of rows. */
const OTHER_DIGESTS = new Set(['record_sha256', 'secret_sha256', 'content_sha256'])
/** Columns that name an index, and with it every shard in it. */
const INDEXES = new Set(['contents_sha256', 'served_sha256'])
const FIRST_DIGITS = Array.from({ length: 16 }, (_, digit) => digit.toString(16))

/**
 * Every blob that something names. The columns are found by their names, so that a table somebody adds later
 * keeps its blobs without anybody having to think of it here; a name too many only keeps a blob too long.
 */
async function gatherNamed(db: Db, blobs: BlobStore, signal: AbortSignal): Promise<DigestSet> {
  const named = new DigestSet()
  const indexes = new Set<string>()
  for (const { table, column } of await digestColumns(db)) {
    for (const digit of FIRST_DIGITS) {
      signal.throwIfAborted()
      const { rows } = await sql<{ digest: string }>`
        select distinct ${sql.ref(column)} as digest from ${sql.table(table)}
        where ${sql.ref(column)} >= ${digit} and ${sql.ref(column)} < ${`${digit}g`}`.execute(db)
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

async function digestColumns(db: Db): Promise<{ table: string; column: string }[]> {
  const tables = await db.introspection.getTables()
  return tables.flatMap(({ name: table, columns }) =>
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
    .execute()
  return jobs.flatMap(({ payload }) => payload.match(/\b[0-9a-f]{64}\b/g) ?? [])
}

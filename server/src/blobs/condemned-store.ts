/**
 * What keeps garbage collection from hurting whoever is at work: a blob that nothing names is condemned first, and
 * deleted by a later collection when the grace is over, unless somebody has spared it. The proof, which leans on no
 * clock and on nothing a blob store does:
 *
 * 1. A blob is deleted in the transaction that changes its row here, and the row stays, as a trace, for days.
 * 2. Whoever names a blob calls `claimBlobs` in the transaction that names it. That takes its row away, so the one
 *    comes before the other. If the deletion came first, the trace is found, and naming fails as long as the bytes are
 *    not there again.
 * 3. A blob without a row can only go after it was condemned, which a later collection does, and that collection
 *    looks at the names afresh.
 *
 * Of what is named already, and named again by something that stands on it (the next revision), nobody need ask.
 */
import { inChunks, type Db } from '../platform/database/db.ts'
import type { BlobStore } from './blob-store.ts'

/** Bytes went between being stored and being named: store them again. */
export class BlobsCollected extends Error {
  constructor(digests: readonly string[]) {
    super(
      `garbage collection took ${digests.length} blobs before anything named them, such as ${digests[0] ?? ''}`,
    )
    this.name = 'BlobsCollected'
  }
}

/**
 * To be called in the transaction that names the blobs.
 * @throws BlobsCollected when one of them has gone since it was stored
 */
export async function claimBlobs(tx: Db, blobs: BlobStore, digests: Iterable<string>): Promise<void> {
  const gone: string[] = []
  for (const sha256 of await spareBlobs(tx, digests)) if (!(await blobs.stat(sha256))) gone.push(sha256)
  if (gone.length > 0) throw new BlobsCollected(gone)
}

/**
 * For who is about to store bytes and has a database: from now on they are safe for a grace at least, so that
 * `claimBlobs` will not fail.
 * @returns those that were condemned
 */
export async function spareBlobs(db: Db, digests: Iterable<string>): Promise<string[]> {
  const spared: string[] = []
  for (const chunk of inChunks([...new Set(digests)])) {
    const condemned = await db
      .selectFrom('condemned_blobs')
      .select('sha256')
      .where('sha256', 'in', chunk)
      .execute()
    if (condemned.length === 0) continue
    const rows = await db
      .deleteFrom('condemned_blobs')
      .where(
        'sha256',
        'in',
        condemned.map(({ sha256 }) => sha256),
      )
      .returning('sha256')
      .execute()
    spared.push(...rows.map(({ sha256 }) => sha256))
  }
  return spared
}

/** @returns how many were not condemned before */
export async function condemnBlobs(db: Db, digests: readonly string[], at: Date): Promise<number> {
  let count = 0
  for (const chunk of inChunks(digests)) {
    const rows = await db
      .insertInto('condemned_blobs')
      .values(chunk.map((sha256) => ({ sha256, since: at.getTime(), deleted_at: null })))
      .onConflict((conflict) =>
        conflict
          .column('sha256')
          .doUpdateSet({ since: at.getTime(), deleted_at: null })
          .where('condemned_blobs.deleted_at', 'is not', null),
      )
      .returning('sha256')
      .execute()
    count += rows.length
  }
  return count
}

/** Condemned blobs whose bytes are there, in order: those before the given instant. */
export async function listCondemned(
  db: Db,
  page: { readonly after: string; readonly before: Date; readonly limit: number },
): Promise<string[]> {
  const rows = await db
    .selectFrom('condemned_blobs')
    .select('sha256')
    .where('sha256', '>', page.after)
    .where('deleted_at', 'is', null)
    .where('since', '<', page.before.getTime())
    .orderBy('sha256')
    .limit(page.limit)
    .execute()
  return rows.map(({ sha256 }) => sha256)
}

/** Takes the rows for a deletion, in its transaction. @returns those that nobody has spared */
export async function markDeleted(
  tx: Db,
  digests: readonly string[],
  before: Date,
  at: Date,
): Promise<string[]> {
  const rows = await tx
    .updateTable('condemned_blobs')
    .set({ deleted_at: at.getTime() })
    .where('sha256', 'in', digests)
    .where('deleted_at', 'is', null)
    .where('since', '<', before.getTime())
    .returning('sha256')
    .execute()
  return rows.map(({ sha256 }) => sha256)
}

/** Takes away traces so old that whoever stored the bytes before has long ended. */
export async function forgetDeleted(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('condemned_blobs').where('deleted_at', '<', before.getTime()).execute()
}

export async function countCondemned(db: Db): Promise<number> {
  const row = await db
    .selectFrom('condemned_blobs')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

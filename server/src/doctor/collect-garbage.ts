/**
 * Takes away blobs that nothing names: of revisions that are no longer kept, of channels that were dropped, of
 * work that a crash cut off. It runs beside uploads, mirrors and publishes, and hurts none of them; why is told in
 * `blobs/condemned-store.ts`. A blob is condemned by one collection and deleted by a later one, when the grace is over.
 *
 * Two collections never run at the same time, nor does one beside an expiry of revisions (the exclusive key of the job).
 * A collection that cannot read an index takes nothing away at all. Killed anywhere, the next one goes on.
 */
import { markBytesGone } from '../artifacts/store.ts'
import { appendEvent } from '../audit/append-event.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import {
  condemnBlobs,
  forgetDeleted,
  listCondemned,
  markDeleted,
  spareBlobs,
} from '../blobs/condemned-store.ts'
import { markFilesAnnounced } from '../channels/contents-store.ts'
import type { Db } from '../platform/database/db.ts'
import type { DigestSet } from './digest-set.ts'
import { findNamedBlobs } from './find-named-blobs.ts'

export interface CollectParts {
  readonly db: Db
  readonly blobs: BlobStore
  readonly now: () => Date
}

export interface CollectOptions {
  /** How long a blob stays that nothing names. */
  readonly graceMs: number
  readonly signal: AbortSignal
  /** Tell what would go, and change nothing. */
  readonly dryRun?: boolean
  /** Delete none but these. */
  readonly only?: readonly string[] | undefined
  readonly actorId?: string | undefined
  readonly onProgress?: (progress: CollectProgress) => void
}

export interface CollectProgress {
  readonly step: 'finding what is named' | 'looking through the blobs' | 'deleting'
  readonly done: number
}

export interface Collection {
  /** Blobs that are there, in number. */
  readonly kept: number
  readonly removed: number
  readonly removedBytes: number
  /** Blobs that nothing names and that go when their grace is over. */
  readonly waiting: number
  readonly waitingBytes: number
  /** Some of those that went, or would. */
  readonly digests: readonly string[]
}

const BATCH = 500
/** Deleted in one transaction: few, because others wait to write meanwhile. */
const DELETED_AT_ONCE = 50
const MAX_TOLD = 1_000
/** Longer than anything takes from storing bytes to naming them. */
const TRACES_STAY_MS = 30 * 86_400_000
/** Longer than any publish takes, whose batch is written to bit by bit and sealed at its end. */
const CUT_OFF_MS = 86_400_000

export async function collectGarbage(parts: CollectParts, options: CollectOptions): Promise<Collection> {
  const { db, now } = parts
  const { signal, dryRun = false } = options
  const start = now()
  const report = (step: CollectProgress['step'], done: number): void => options.onProgress?.({ step, done })
  report('finding what is named', 0)
  if (!dryRun) await forgetDeleted(db, new Date(start.getTime() - TRACES_STAY_MS))
  const named = await findNamedBlobs(parts, signal)
  const due = new Date(start.getTime() - options.graceMs)
  if (!dryRun) await spareNamed(db, named, signal)
  const found = await look(parts, named, due, options)
  if (dryRun) return found
  await parts.blobs.sweep?.(new Date(start.getTime() - CUT_OFF_MS))
  const deleted = await sweep(parts, named, due, options)
  if (deleted.removed > 0) {
    const { removed, removedBytes } = deleted
    await db.transaction().execute((tx) =>
      appendEvent(tx, {
        at: now(),
        actorId: options.actorId,
        action: 'storage.collected',
        target: 'blobs',
        details: { deleted_blobs: removed, deleted_bytes: removedBytes },
      }),
    )
  }
  return {
    ...found,
    ...deleted,
    waiting: found.waiting + found.removed - deleted.removed,
    waitingBytes: found.waitingBytes + found.removedBytes - deleted.removedBytes,
  }
}

/** What was condemned and has a name again, such as a file that came back. */
async function spareNamed(db: Db, named: DigestSet, signal: AbortSignal): Promise<void> {
  for (let after = ''; ;) {
    signal.throwIfAborted()
    const page = await listCondemned(db, { after, before: LATER, limit: BATCH })
    await spareBlobs(
      db,
      page.filter((sha256) => named.has(sha256)),
    )
    const last = page.at(-1)
    if (last === undefined) return
    after = last
  }
}
const LATER = new Date(8_640_000_000_000_000)

/** Looks through all blobs and condemns those without a name. What is due is told as `removed`. */
async function look(
  { db, blobs, now }: CollectParts,
  named: DigestSet,
  due: Date,
  { dryRun = false, signal, only, onProgress }: CollectOptions,
): Promise<Collection> {
  const isWanted = only && new Set(only)
  const sums = { kept: 0, removed: 0, removedBytes: 0, waiting: 0, waitingBytes: 0 }
  const digests: string[] = []
  const judge = async (batch: readonly string[]): Promise<void> => {
    signal.throwIfAborted()
    if (!dryRun) await condemnBlobs(db, batch, now())
    const isDue = new Set(await findDue(db, batch, due))
    const sizes = await Promise.all(batch.map(async (sha256) => (await blobs.stat(sha256))?.size ?? 0))
    for (const [position, sha256] of batch.entries()) {
      const size = sizes[position] ?? 0
      if (isDue.has(sha256) && (!isWanted || isWanted.has(sha256))) {
        sums.removed += 1
        sums.removedBytes += size
        if (digests.length < MAX_TOLD) digests.push(sha256)
      } else {
        sums.waiting += 1
        sums.waitingBytes += size
      }
    }
  }
  let batch: string[] = []
  let seen = 0
  for await (const sha256 of blobs.list()) {
    seen += 1
    if (seen % BATCH === 0) onProgress?.({ step: 'looking through the blobs', done: seen })
    if (named.has(sha256)) {
      sums.kept += 1
      continue
    }
    batch.push(sha256)
    if (batch.length < BATCH) continue
    await judge(batch)
    batch = []
  }
  await judge(batch)
  return { ...sums, digests }
}

async function findDue(db: Db, digests: readonly string[], due: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('condemned_blobs')
    .select('sha256')
    .where('sha256', 'in', digests)
    .where('deleted_at', 'is', null)
    .where('since', '<', due.getTime())
    .execute()
  return rows.map(({ sha256 }) => sha256)
}

async function sweep(
  parts: CollectParts,
  named: DigestSet,
  due: Date,
  { signal, only, onProgress }: CollectOptions,
): Promise<Pick<Collection, 'removed' | 'removedBytes' | 'digests'>> {
  const isWanted = only && new Set(only)
  let [removed, removedBytes] = [0, 0]
  const digests: string[] = []
  for (let after = ''; ;) {
    signal.throwIfAborted()
    const page = await listCondemned(parts.db, { after, before: due, limit: DELETED_AT_ONCE })
    const last = page.at(-1)
    if (last === undefined) return { removed, removedBytes, digests }
    after = last
    const wanted = page.filter((sha256) => !named.has(sha256) && (!isWanted || isWanted.has(sha256)))
    if (wanted.length === 0) continue
    for (const { sha256, size } of await deleteSome(parts, wanted, due)) {
      removed += 1
      removedBytes += size
      if (digests.length < MAX_TOLD) digests.push(sha256)
    }
    onProgress?.({ step: 'deleting', done: removed })
  }
}

/**
 * The store is written to inside the transaction, against the rule, because that is the proof: whoever names one of
 * these blobs waits for its row, and finds the bytes there or knows that they are gone. When the transaction fails after
 * some of them went, their rows say "condemned", which whoever names them looks at too.
 */
async function deleteSome(
  { db, blobs, now }: CollectParts,
  digests: readonly string[],
  due: Date,
): Promise<{ sha256: string; size: number }[]> {
  const sizes = new Map<string, number>()
  for (const sha256 of digests) sizes.set(sha256, (await blobs.stat(sha256))?.size ?? 0)
  const gone = await db.transaction().execute(async (tx) => {
    const taken = await markDeleted(tx, digests, due, now())
    await markBytesGone(tx, taken)
    await markFilesAnnounced(tx, taken)
    await Promise.all(taken.map((sha256) => blobs.delete(sha256)))
    return taken
  })
  return gone.map((sha256) => ({ sha256, size: sizes.get(sha256) ?? 0 }))
}

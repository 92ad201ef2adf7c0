/**
 * What time alone changes: a hold ends, an exception runs out, a package comes of age. The publish that
 * decides a file writes down when its decision changes next; here the names of those whose time has come
 * are marked stale like for any other change, whether or not anybody asks for them.
 */
import { forgetDue, hasDueFiles, listDueNames } from '../channels/contents-store.ts'
import { enqueuePublish, markStale } from '../channels/stale-names.ts'
import { enqueue } from '../jobs/queue.ts'
import type { Db } from '../platform/database/db.ts'

const MAX_NAMES_AT_ONCE = 5_000

export interface MarkDueParts {
  readonly db: Db
  readonly now: () => Date
}

/** Safe to run twice. @returns how many names were due */
export async function markDue(parts: MarkDueParts, signal: AbortSignal): Promise<number> {
  let total = 0
  for (;;) {
    signal.throwIfAborted()
    const now = parts.now()
    const due = await listDueNames(parts.db, now, MAX_NAMES_AT_ONCE)
    if (due.size === 0) return total
    for (const [channelId, names] of due) {
      await parts.db.transaction().execute(async (tx) => {
        await markStale(tx, channelId, names, { kind: 'time' })
        await forgetDue(tx, channelId, names, now)
        await enqueuePublish(tx, channelId, now)
      })
      total += names.length
    }
  }
}

/** Looks whether there is anything to do; run every so often, and at the start of a server. */
export async function enqueueDue({ db, now }: MarkDueParts): Promise<boolean> {
  if (!(await hasDueFiles(db, now()))) return false
  await enqueue(db, {
    kind: 'decisions.due',
    payload: {},
    now: now(),
    dedupeKey: 'decisions.due',
    exclusiveKey: 'decisions.due',
  })
  return true
}

/** Curations end by themselves when their time is over, also when it was over while no server ran. */
import { enqueue } from '../../jobs/queue.ts'
import type { Db } from '../../platform/database/db.ts'
import { listDueCurations, lockCuration, recordEvent } from './curation-store.ts'
import { audit, markConcerned } from './set-status.ts'

const AT_ONCE = 200

/** Looks whether there is anything to do; run every so often, and at the start of a server. */
export async function enqueueExpiry({ db, now }: { db: Db; now: () => Date }): Promise<boolean> {
  if ((await listDueCurations(db, now(), 1)).length === 0) return false
  const key = 'curations.expire'
  await enqueue(db, { kind: key, payload: {}, now: now(), dedupeKey: key, exclusiveKey: key })
  return true
}

/** Safe to run twice. @returns how many ended */
export async function expireCurations(
  parts: { db: Db; now: () => Date },
  signal: AbortSignal,
): Promise<number> {
  let total = 0
  for (;;) {
    signal.throwIfAborted()
    const now = parts.now()
    const due = await listDueCurations(parts.db, now, AT_ONCE)
    if (due.length === 0) return total
    await parts.db.transaction().execute(async (tx) => {
      for (const { id, state } of due) {
        if ((await lockCuration(tx, id))?.state !== state) continue
        const ended = await recordEvent(tx, id, { kind: 'expired', atMs: now.getTime(), actorId: null })
        if (state === 'in_force') await markConcerned(tx, ended, 'ended', now)
        await audit(tx, 'cve.status_expired', ended, null, now)
      }
    })
    total += due.length
  }
}

/**
 * Starts the mirrors whose time has come. Times that passed while no server ran make one run, not many: the next
 * time counts from now.
 */
import { appendEvent } from '../audit/append-event.ts'
import { findChannelById } from '../channels/store.ts'
import type { Db } from '../platform/database/db.ts'
import { enqueueRun } from './enqueue-run.ts'
import type { Mirror } from './mirror.ts'
import { nextRunOf } from './schedule.ts'
import { listDueMirrors, moveNextRun } from './store.ts'

const AT_ONCE = 100

/** @returns whether it enqueued a run */
export async function startDueMirrors({ db, now }: { db: Db; now: () => Date }): Promise<boolean> {
  let started = false
  for (const mirror of await listDueMirrors(db, now(), AT_ONCE)) {
    if (await startDue(db, mirror, now())) started = true
  }
  return started
}

async function startDue(db: Db, mirror: Mirror, now: Date): Promise<boolean> {
  const { cron } = mirror
  if (cron === undefined) return false
  return db.transaction().execute(async (tx) => {
    if (!(await moveNextRun(tx, mirror, nextRunOf(cron, now)))) return false
    await enqueueRun(tx, mirror, { acceptShrink: false, actorId: undefined, now })
    const channel = await findChannelById(tx, mirror.channelId)
    await appendEvent(tx, {
      at: now,
      actorId: undefined,
      action: 'mirror.started',
      target: `${channel?.name ?? ''}/${mirror.name}`,
      details: { mirror_id: mirror.id, schedule: cron },
    })
    return true
  })
}

import { enqueue } from '../jobs/queue.ts'
import type { Db } from '../platform/database/db.ts'
import type { Mirror } from './mirror.ts'
import { setMirrorState } from './store.ts'

/** All runs of a mirror, the one under way and the one that waits behind it. */
export function runKey(mirrorId: string): string {
  return `mirror:${mirrorId}`
}

/** Enqueues a run, or finds the one that waits. @returns the id of its job */
export async function enqueueRun(
  tx: Db,
  mirror: Mirror,
  options: { acceptShrink: boolean; actorId: string | undefined; now: Date },
): Promise<string> {
  const jobId = await enqueue(tx, {
    kind: 'mirror.run',
    payload: { mirror_id: mirror.id, accept_shrink: options.acceptShrink },
    now: options.now,
    actorId: options.actorId,
    dedupeKey: runKey(mirror.id),
    exclusiveKey: runKey(mirror.id),
  })
  await setMirrorState(tx, mirror.id, { state: mirror.state === 'running' ? 'running' : 'pending', jobId })
  return jobId
}

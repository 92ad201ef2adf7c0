/** The files of a whole revision follow it: they are large, and nobody waits for them. */
import { enqueue } from '../jobs/queue.ts'
import { listUnrenderedChannels } from './store.ts'
import type { Db } from '../platform/database/db.ts'

export async function enqueueRender(db: Db, channelId: string, now: Date): Promise<void> {
  await enqueue(db, {
    kind: 'channel.render',
    payload: { channel_id: channelId },
    now,
    dedupeKey: `render:${channelId}`,
    exclusiveKey: `render:${channelId}`,
  })
}

/** For the start of a server: whatever is behind, because a job for it failed for good or was lost. */
export async function enqueueForgottenRenders(db: Db, now: Date): Promise<void> {
  for (const id of await listUnrenderedChannels(db)) await enqueueRender(db, id, now)
}

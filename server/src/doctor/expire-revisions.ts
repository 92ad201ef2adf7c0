/**
 * Ends the past of channels where their retention says so. The line is cut in one place: everything from the
 * oldest revision on that is still needed stays, so that between two kept revisions none is missing. What only
 * the ended ones named goes with the collection that follows.
 */
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Channel } from '../channels/channel.ts'
import { findOldestServedSince } from '../channels/serving-periods.ts'
import { listAllChannels, lockChannel } from '../channels/store.ts'
import type { Db } from '../platform/database/db.ts'
import {
  deleteRevisionsBefore,
  dropServedShards,
  hasServedShardsBefore,
  listServedIndexes,
} from '../repodata/revision-store.ts'
import { loadMap } from '../repodata/shard-maps.ts'
import { DigestSet } from './digest-set.ts'

const DAY_MS = 86_400_000
/** Clients work with an index that is a day old, and CEP 16 asks for a week. */
const SHARDS_STAY_MS = 8 * DAY_MS

export interface ExpiryParts {
  readonly db: Db
  readonly blobs: BlobStore
  readonly now: () => Date
  /** For channels that do not say otherwise. */
  readonly keepDays: number
}

/** @returns how many revisions went, of all channels */
export async function expireRevisions(parts: ExpiryParts, signal: AbortSignal): Promise<number> {
  let count = 0
  for (const channel of await listAllChannels(parts.db)) {
    let expired = 0
    for (;;) {
      signal.throwIfAborted()
      const some = await expireSome(parts, channel.id)
      if (some === 0) break
      expired += some
    }
    await dropShards(parts, channel, signal)
    count += expired
  }
  return count
}

function expireSome({ db, now, keepDays }: ExpiryParts, channelId: string): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const channel = await lockChannel(tx, channelId)
    if (!channel) return 0 // dropped meanwhile
    const cutoff = new Date(now().getTime() - (channel.keepDays ?? keepDays) * DAY_MS)
    const served = await findOldestServedSince(tx, channel.id, cutoff)
    // and never one that is served, or whose files are
    return deleteRevisionsBefore(tx, channel.id, Math.min(served, channel.revision, channel.renderedRevision))
  })
}

async function dropShards(
  { db, blobs, now }: ExpiryParts,
  channel: Channel,
  signal: AbortSignal,
): Promise<void> {
  const before = new Date(now().getTime() - SHARDS_STAY_MS)
  // also when no revision ended today: those of the last one to end may not have been old enough then
  if (!(await hasServedShardsBefore(db, channel.id, before))) return
  const kept = new DigestSet()
  for (const index of await listServedIndexes(db, channel.id)) {
    signal.throwIfAborted()
    for (const shard of (await loadMap(blobs, index)).values()) kept.add(shard)
  }
  await dropServedShards(db, channel.id, (sha256) => kept.has(sha256), before)
}

/**
 * Notices about what somebody was refused of late: conda fetches notices.json with the person's credentials,
 * so it can tell each of them what is blocked and what to take instead.
 */
import type { ChannelNotice } from '@terrarium/conda/repodata/notices.ts'
import type { Channel } from '../channels/channel.ts'
import { findFilesById } from '../channels/contents-store.ts'
import { dayOf } from '../downloads/count-requests.ts'
import { listRefusals } from '../downloads/store.ts'
import type { Actor } from '../identity/actor.ts'
import type { Db } from '../platform/database/db.ts'
import { isServed } from '../policies/decision.ts'
import { blockedMessage } from '../policies/message.ts'
import type { DownloadGate } from './download-gate.ts'

/** conda shows five, and once each. */
const MAX_NOTICES = 5
const RECENT_DAYS = 14
const DAY_MS = 86_400_000

/** Empty for nobody: what one stranger asked for is not the next one's business. */
export async function blockedNotices(
  parts: { db: Db; gate: DownloadGate; now: () => Date },
  actor: Actor,
  channel: Channel,
): Promise<ChannelNotice[]> {
  if (actor.kind === 'nobody') return []
  const now = parts.now()
  const who = { channelId: channel.id, actorId: actor.id }
  const refused = await listRefusals(parts.db, who, dayOf(now.getTime()) - RECENT_DAYS, MAX_NOTICES)
  const files = await findFilesById(
    parts.db,
    refused.map(({ fileId }) => fileId),
  )
  const notices: ChannelNotice[] = []
  for (const { fileId, lastAt } of refused) {
    const file = files.get(fileId)
    if (!file) continue
    const explanation = await parts.gate.explain(channel, file)
    if (isServed(explanation.decision)) continue // allowed by now
    const [reason] = explanation.decision.reasons
    notices.push({
      // the same for the same fact, so that clients show it once
      id: ['blocked', fileId, reason?.policy, reason?.rule].join('-'),
      message: blockedMessage(explanation),
      level: 'warning',
      createdAt: lastAt,
      expiresAt: new Date(now.getTime() + DAY_MS),
    })
  }
  return notices
}

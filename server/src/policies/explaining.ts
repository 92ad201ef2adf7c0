/**
 * Whether a channel's index keeps what is blocked, in a form that no solver takes, so that its message says
 * why (`repodata/explained-record.ts`). The download is refused either way.
 */
import { appendEvent } from '../audit/append-event.ts'
import type { Channel } from '../channels/channel.ts'
import { enqueuePublish, markAllStale } from '../channels/stale-names.ts'
import { actorId } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import { byOf } from './assign-policies.ts'
import type { PolicyContext } from './policy-context.ts'

export async function isExplaining(db: Db, channelId: string): Promise<boolean> {
  const row = await db
    .selectFrom('explaining_channels')
    .select('channel_id')
    .where('channel_id', '=', channelId)
    .executeTakeFirst()
  return row !== undefined
}

export async function setExplaining(ctx: PolicyContext, channel: Channel, isOn: boolean): Promise<void> {
  requirePermission(ctx.actor, 'policy:edit', channel)
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    if ((await isExplaining(tx, channel.id)) === isOn) return
    if (isOn) await tx.insertInto('explaining_channels').values({ channel_id: channel.id }).execute()
    else await tx.deleteFrom('explaining_channels').where('channel_id', '=', channel.id).execute()
    await markAllStale(tx, channel.id, { kind: 'explaining', change: isOn ? 'on' : 'off', ...byOf(ctx) })
    await enqueuePublish(tx, channel.id, at)
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'policy.explaining_changed',
      target: channel.name,
      details: { before: !isOn, after: isOn },
    })
  })
}

/** What people do with channels: make, describe, share and drop them. */
import { appendEvent } from '../audit/append-event.ts'
import { actorId, type Actor } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { requireUser } from '../identity/accounts.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import { checkChannelName, type Channel, type Privacy } from './channel.ts'
import * as store from './store.ts'

export interface ChannelContext {
  readonly db: Db
  readonly actor: Actor
  readonly now: () => Date
}

/** @throws AppError unauthenticated, bad-request, conflict */
export async function createChannel(
  ctx: ChannelContext,
  channel: { name: string; description: string; privacy: Privacy },
): Promise<Channel> {
  const user = requireUser(ctx.actor)
  requirePermission(ctx.actor, 'channel:create')
  checkChannelName(channel.name)
  const at = ctx.now()
  return ctx.db.transaction().execute(async (tx) => {
    if (await store.findChannelByName(tx, channel.name)) {
      throw new AppError('conflict', `there is a channel ${channel.name} already`)
    }
    const created = await store.insertChannel(tx, { ...channel, ownerId: user.id, at })
    await appendEvent(tx, {
      at,
      actorId: user.id,
      action: 'channel.created',
      target: channel.name,
      details: { privacy: channel.privacy },
    })
    return created
  })
}

/** The channel, if the actor may see it. @throws AppError not-found, unauthenticated */
export async function getChannel(ctx: ChannelContext, name: string): Promise<Channel> {
  const channel = await store.findChannelByName(ctx.db, name)
  if (!channel) throw new AppError('not-found', `there is no channel ${name}`)
  requirePermission(ctx.actor, 'channel:read', channel)
  return channel
}

export async function updateChannel(
  ctx: ChannelContext,
  channel: Channel,
  change: { description?: string | undefined; privacy?: Privacy | undefined },
): Promise<Channel> {
  requirePermission(ctx.actor, 'channel:edit', channel)
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    await store.updateChannel(tx, channel.id, { ...change, at })
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'channel.updated',
      target: channel.name,
      details: { ...change },
    })
  })
  return getChannel(ctx, channel.name)
}

/** Drops the channel with all it names; bytes that no channel names any more go with the next collection. */
export async function deleteChannel(ctx: ChannelContext, channel: Channel): Promise<void> {
  requirePermission(ctx.actor, 'channel:delete', channel)
  await ctx.db.transaction().execute(async (tx) => {
    await store.deleteChannelRow(tx, channel.id)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'channel.deleted',
      target: channel.name,
    })
  })
}

/** What people do with channels: make, describe, share and drop them. */
import { appendEvent } from '../audit/append-event.ts'
import { actorId, byOf, type Account, type Actor } from '../identity/actor.ts'
import { noChannel, requirePermission } from '../identity/require-permission.ts'
import { requireUser } from '../identity/accounts.ts'
import type { Db, Tx } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import { checkChannelName, subchannelName, type Channel, type Privacy } from './channel.ts'
import { enqueueRender } from './enqueue-render.ts'
import { markVirtualsStale } from './stale-names.ts'
import * as store from './store.ts'
import { loseDeleted, requireMembersFit, setMembers, settleMemberships } from './virtual-members.ts'
import { lockMemberships } from './virtual-store.ts'

export interface ChannelContext {
  readonly db: Db
  readonly actor: Actor
  readonly now: () => Date
}

export interface NewChannel {
  readonly name: string
  readonly description: string
  readonly privacy: Privacy
  /** Names of the members of a virtual channel, in their order; undefined for a channel with contents of its own. */
  readonly members?: readonly string[] | undefined
}

/** @throws AppError unauthenticated, bad-request, conflict, and of members not-found and permission-denied */
export async function createChannel(ctx: ChannelContext, channel: NewChannel): Promise<Channel> {
  const user = requireUser(ctx.actor)
  requirePermission(ctx.actor, 'channel:create')
  checkChannelName(channel.name)
  return insertNew(ctx, user, channel)
}

/**
 * A subchannel is a channel of its own in everything but its name.
 * @throws AppError unauthenticated, permission-denied, bad-request, conflict
 */
export async function createSubchannel(
  ctx: ChannelContext,
  parent: Channel,
  channel: NewChannel,
): Promise<Channel> {
  const user = requireUser(ctx.actor)
  requirePermission(ctx.actor, 'channel:edit', parent)
  return insertNew(ctx, user, { ...channel, name: subchannelName(parent.name, channel.name) })
}

async function insertNew(
  ctx: ChannelContext,
  user: Account,
  { members: memberNames, ...channel }: NewChannel,
): Promise<Channel> {
  const at = ctx.now()
  const members = memberNames && (await Promise.all(memberNames.map((name) => getChannel(ctx, name))))
  return ctx.db.transaction().execute(async (tx) => {
    if (members) await lockMemberships(tx)
    if (await store.findChannelByName(tx, channel.name)) {
      throw new AppError('conflict', `there is a channel ${channel.name} already`)
    }
    const kind = members ? 'virtual' : 'default'
    const created = await store.insertChannel(tx, { ...channel, kind, ownerId: user.id, at })
    const ids = members?.map(({ id }) => id)
    if (ids) await setMembers(tx, ctx, created, ids)
    await appendEvent(tx, {
      at,
      actorId: user.id,
      action: 'channel.created',
      target: channel.name,
      details: { privacy: channel.privacy, ...(memberNames && { members: [...memberNames] }) },
    })
    return created
  })
}

/** The channel, if the actor may see it. @throws AppError not-found, unauthenticated */
export async function getChannel(ctx: ChannelContext, name: string): Promise<Channel> {
  const channel = await store.findChannelByName(ctx.db, name)
  if (!channel) throw noChannel(ctx.actor, name)
  requirePermission(ctx.actor, 'channel:read', channel)
  return channel
}

export interface ChannelUpdate {
  readonly description?: string | undefined
  readonly privacy?: Privacy | undefined
  /** Days; null for what the configuration says. */
  readonly keepDays?: number | null | undefined
  readonly frozen?: boolean | undefined
}

export async function updateChannel(
  ctx: ChannelContext,
  channel: Channel,
  { frozen, ...change }: ChannelUpdate,
): Promise<Channel> {
  requirePermission(ctx.actor, 'channel:edit', channel)
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    if (frozen !== undefined) await setFrozen(tx, ctx, channel, frozen)
    if (change.privacy !== undefined) await setPrivacy(tx, ctx, channel, change.privacy)
    if (frozen !== undefined && Object.values(change).every((value) => value === undefined)) return
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

/** Its owner may close it at any time; a virtual channel that shows it loses it then. */
async function setPrivacy(tx: Tx, ctx: ChannelContext, channel: Channel, privacy: Privacy): Promise<void> {
  await lockMemberships(tx)
  const current = await store.lockChannel(tx, channel.id)
  if (current === undefined || current.privacy === privacy) return
  await requireMembersFit(tx, current, privacy)
  await settleMemberships(tx, ctx, { ...current, privacy })
}

/** What was prepared while it was frozen appears in one step. */
async function setFrozen(tx: Tx, ctx: ChannelContext, channel: Channel, frozen: boolean): Promise<void> {
  // held, or what is published between the look and the change would not be shown until the publish after it
  const current = await store.lockChannel(tx, channel.id)
  const at = ctx.now()
  if (current === undefined || current.frozen === frozen) return
  if (frozen) await store.freezeAt(tx, channel.id, undefined, at)
  else await store.thaw(tx, channel.id, at)
  await enqueueRender(tx, channel.id, at)
  const change = frozen ? 'frozen' : 'unfrozen'
  await markVirtualsStale(
    tx,
    channel.id,
    { kind: 'members', change, member: channel.name, ...byOf(ctx.actor) },
    at,
  )
  await appendEvent(tx, {
    at,
    actorId: actorId(ctx.actor),
    action: frozen ? 'channel.frozen' : 'channel.unfrozen',
    target: channel.name,
    details: frozen ? { revision: current.revision } : { from: current.revision, to: current.newestRevision },
  })
}

/**
 * Drops the channel with all it names; bytes that no channel names any more go with the next collection.
 * @throws AppError permission-denied; conflict when it has subchannels and they are not to go with it
 */
export async function deleteChannel(
  ctx: ChannelContext,
  channel: Channel,
  { withSubchannels = false } = {},
): Promise<void> {
  requirePermission(ctx.actor, 'channel:delete', channel)
  await ctx.db.transaction().execute(async (tx) => {
    await lockMemberships(tx)
    const subchannels = await store.listSubchannels(tx, channel.name)
    if (subchannels.length > 0 && !withSubchannels) {
      throw new AppError(
        'conflict',
        `the channel ${channel.name} has ${subchannels.length} subchannels: delete them first, or ask with subchannels=true for all to go`,
      )
    }
    for (const subchannel of subchannels) requirePermission(ctx.actor, 'channel:delete', subchannel)
    const leaving = [...subchannels, channel]
    await loseDeleted(tx, ctx, leaving)
    for (const dropped of leaving) {
      await store.deleteChannelRow(tx, dropped.id)
      await appendEvent(tx, {
        at: ctx.now(),
        actorId: actorId(ctx.actor),
        action: 'channel.deleted',
        target: dropped.name,
      })
    }
  })
}

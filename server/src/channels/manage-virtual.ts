/** What people do with virtual channels: say which members they have, in which order, and pin names to one. */
import { isPackageName } from '@terrarium/conda/names.ts'
import { appendEvent } from '../audit/append-event.ts'
import { actorId, byOf } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Channel } from './channel.ts'
import { getChannel, type ChannelContext } from './manage-channels.ts'
import { enqueuePublish, markMembersStale } from './stale-names.ts'
import { lockChannel } from './store.ts'
import { MAX_PINS } from './virtual-channel.ts'
import { setMembers, settleMemberships } from './virtual-members.ts'
import * as store from './virtual-store.ts'

/**
 * Members and their order anew; those that were deleted keep their places until they are dismissed.
 * @throws AppError conflict, bad-request, not-found and those of permission
 */
export async function changeMembers(
  ctx: ChannelContext,
  channel: Channel,
  names: readonly string[],
): Promise<void> {
  requirePermission(ctx.actor, 'channel:edit', channel)
  requireVirtual(channel)
  const known = await store.listMembers(ctx.db, channel.id)
  const ids: string[] = []
  for (const name of names) {
    // one that was closed since may be named by whoever may not read it any more
    const member = known.find((one) => one.channel?.name === name)?.channel ?? (await getChannel(ctx, name))
    ids.push(member.id)
  }
  await ctx.db.transaction().execute(async (tx) => {
    await store.lockMemberships(tx)
    const locked = await lockChannel(tx, channel.id)
    if (!locked) throw new AppError('not-found', `there is no channel ${channel.name}`)
    const before = await store.listMembers(tx, channel.id)
    const after = await setMembers(tx, ctx, locked, ids)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'channel.members_changed',
      target: channel.name,
      details: {
        before: before.filter((member) => member.channel).map(({ name }) => name),
        after: after.map(({ name }) => name),
      },
    })
  })
}

/**
 * Takes a lost member out for good: names that it held go to the next member that has them.
 * @throws AppError not-found and those of permission
 */
export async function dismissMember(ctx: ChannelContext, channel: Channel, memberId: string): Promise<void> {
  requirePermission(ctx.actor, 'channel:edit', channel)
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    await store.lockMemberships(tx)
    const members = await store.listMembers(tx, channel.id)
    const dismissed = members.find(({ id, lost }) => id === memberId && lost)
    if (!dismissed) throw new AppError('not-found', `${channel.name} has no such lost member`)
    await store.replaceMembers(
      tx,
      channel.id,
      members.filter((member) => member !== dismissed),
    )
    await markMembersStale(tx, channel.id, { kind: 'members', change: 'order', ...byOf(ctx.actor) })
    await enqueuePublish(tx, channel.id, at)
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'channel.member_dismissed',
      target: channel.name,
      details: { member: dismissed.name },
    })
  })
}

/**
 * Whether a virtual channel may show a channel also while that is not public: said by whoever may share the channel.
 * @throws AppError not-found and those of permission
 */
export async function allowShowing(
  ctx: ChannelContext,
  channel: Channel,
  virtualName: string,
  isAllowed: boolean,
): Promise<void> {
  requirePermission(ctx.actor, 'channel-share:edit', channel)
  await ctx.db.transaction().execute(async (tx) => {
    await store.lockMemberships(tx)
    const memberships = await store.listMembershipsOf(tx, channel.id)
    const membership = memberships.find(({ virtual }) => virtual.name === virtualName)
    if (!membership)
      throw new AppError('not-found', `there is no virtual channel ${virtualName} that has ${channel.name}`)
    if (membership.member.isAllowed === isAllowed) return
    await store.updateMember(tx, membership.virtual.id, channel.id, { isAllowed })
    const current = await lockChannel(tx, channel.id)
    if (current) await settleMemberships(tx, ctx, current)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: isAllowed ? 'channel.showing_allowed' : 'channel.showing_withdrawn',
      target: channel.name,
      details: { virtual: virtualName },
    })
  })
}

const PATTERN = /^[a-z0-9_.*-]{1,128}$/

/** @throws AppError bad-request, not-found, conflict and those of permission */
export async function pinName(
  ctx: ChannelContext,
  channel: Channel,
  name: string,
  memberName: string,
): Promise<void> {
  requirePermission(ctx.actor, 'channel:edit', channel)
  requireVirtual(channel)
  if (!isPackageName(name) && !PATTERN.test(name)) {
    throw new AppError('bad-request', `"${name}" is neither a package name nor a pattern such as acme-*`)
  }
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    const members = await store.listMembers(tx, channel.id)
    const member = members.find((one) => one.channel?.name === memberName)?.channel
    if (!member) throw new AppError('not-found', `${memberName} is no member of ${channel.name}`)
    const pins = await store.listPins(tx, channel.id)
    if (pins.length >= MAX_PINS && !pins.some((pin) => pin.name === name))
      throw new AppError('conflict', `${channel.name} has ${MAX_PINS} pins already: use patterns`)
    await store.putPin(tx, channel.id, { name, memberId: member.id }, at)
    await markPinned(tx, ctx, channel, name)
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'channel.name_pinned',
      target: channel.name,
      details: { name, member: member.name },
    })
  })
}

/** @throws AppError not-found and those of permission */
export async function unpinName(ctx: ChannelContext, channel: Channel, name: string): Promise<void> {
  requirePermission(ctx.actor, 'channel:edit', channel)
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    if (!(await store.deletePin(tx, channel.id, name)))
      throw new AppError('not-found', `${channel.name} has no pin of ${name}`)
    await markPinned(tx, ctx, channel, name)
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'channel.name_unpinned',
      target: channel.name,
      details: { name },
    })
  })
}

/** A pattern may concern any name; a publish that finds nothing different makes no revision. */
async function markPinned(tx: Db, ctx: ChannelContext, channel: Channel, name: string): Promise<void> {
  const names = name.includes('*') ? undefined : [name]
  await markMembersStale(tx, channel.id, { kind: 'members', change: 'pin', ...byOf(ctx.actor) }, names)
  await enqueuePublish(tx, channel.id, ctx.now())
}

function requireVirtual(channel: Channel): void {
  if (channel.kind === 'virtual') return
  throw new AppError('conflict', `${channel.name} is no virtual channel: it has no members`)
}

/** What people do with virtual channels: say which members they have, in which order, and pin names to one. */
import { isPackageName } from '@terrarium/conda/names.ts'
import { appendEvent } from '../audit/append-event.ts'
import { actorId, byOf } from '../identity/actor.ts'
import { mayRead, requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Channel } from './channel.ts'
import { getChannel, type ChannelContext } from './manage-channels.ts'
import { enqueuePublish, markMembersStale } from './stale-names.ts'
import { lockChannel } from './store.ts'
import { MAX_PINS } from './virtual-channel.ts'
import { requireMembers, setMembers } from './virtual-members.ts'
import * as store from './virtual-store.ts'

/**
 * Members and their order anew. @throws AppError conflict, bad-request, not-found and those of permission
 */
export async function changeMembers(
  ctx: ChannelContext,
  channel: Channel,
  names: readonly string[],
): Promise<void> {
  requirePermission(ctx.actor, 'channel:edit', channel)
  requireVirtual(channel)
  const known = await store.listMembers(ctx.db, channel.id)
  const members: Channel[] = []
  for (const one of names) members.push(await getChannel(ctx, one))
  requireMembers(ctx.actor, members, known)
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    const locked = await lockChannel(tx, channel.id)
    if (!locked) throw new AppError('not-found', `there is no channel ${channel.name}`)
    const before = await store.listMembers(tx, channel.id)
    // of members that go, too: their names have to go
    await markMembersStale(tx, channel.id, { kind: 'members', change: 'order', ...byOf(ctx.actor) })
    await setMembers(tx, locked, members)
    await markMembersStale(tx, channel.id, { kind: 'members', change: 'order', ...byOf(ctx.actor) })
    await enqueuePublish(tx, channel.id, at)
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'channel.members_changed',
      target: channel.name,
      details: {
        before: before.map(({ channel: member }) => member.name),
        after: members.map(({ name }) => name),
      },
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
    const member = members.find((one) => one.channel.name === memberName)?.channel
    if (!member || !mayRead(ctx.actor, member))
      throw new AppError('not-found', `${memberName} is no member of ${channel.name}`)
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

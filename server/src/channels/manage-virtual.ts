/** What people do with virtual channels: say which members they have, in which order, and pin names to one. */
import { isPackageName } from '@terrarium/conda/names.ts'
import { appendEvent } from '../audit/append-event.ts'
import { actorId } from '../identity/actor.ts'
import { mayRead, requirePermission } from '../identity/require-permission.ts'
import type { Db, Tx } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Channel, Privacy } from './channel.ts'
import { getChannel, type ChannelContext } from './manage-channels.ts'
import { enqueuePublish, markMembersStale } from './stale-names.ts'
import { lockChannel } from './store.ts'
import { isMoreOpen, MAX_MEMBERS, MAX_PINS, type Member } from './virtual-channel.ts'
import * as store from './virtual-store.ts'

/**
 * The channels of these names, for a virtual channel that is to show them.
 * @throws AppError not-found, permission-denied, bad-request
 */
export async function findMembers(
  ctx: ChannelContext,
  names: readonly string[],
  known: readonly Member[] = [],
): Promise<Channel[]> {
  if (names.length > MAX_MEMBERS)
    throw new AppError('bad-request', `a virtual channel has at most ${MAX_MEMBERS} members`)
  const members: Channel[] = []
  for (const name of names) {
    const member = await getChannel(ctx, name)
    if (members.some(({ id }) => id === member.id))
      throw new AppError('bad-request', `${name} stands among the members twice`)
    if (member.kind === 'virtual') {
      // so that no circle can come about, and every name has an owner that holds it
      throw new AppError('bad-request', `${name} is a virtual channel itself: name its members instead`)
    }
    // whoever reads the virtual channel gets what the member shows to those it is shared with
    if (member.privacy !== 'public' && !known.some(({ channel }) => channel.id === member.id))
      requirePermission(ctx.actor, 'channel-share:edit', member)
    members.push(member)
  }
  return members
}

/** In the transaction that makes or changes the virtual channel. @throws AppError conflict */
export async function setMembers(
  tx: Tx,
  channel: Pick<Channel, 'id' | 'name' | 'privacy'>,
  members: readonly Channel[],
): Promise<void> {
  for (const { id } of members) {
    const member = await lockChannel(tx, id)
    if (!member) throw new AppError('not-found', 'a member was deleted meanwhile')
    requireNotMoreOpen(channel.name, channel.privacy, member)
  }
  await store.replaceMembers(
    tx,
    channel.id,
    members.map(({ id }) => id),
  )
}

function requireNotMoreOpen(virtual: string, privacy: Privacy, member: Channel): void {
  if (!isMoreOpen(privacy, member.privacy)) return
  throw new AppError(
    'conflict',
    `the virtual channel ${virtual} would be ${privacy}, and its member ${member.name} is ${member.privacy}: ` +
      `it would show to more people what ${member.name} holds`,
  )
}

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
  const members = await findMembers(ctx, names, known)
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    const locked = await lockChannel(tx, channel.id)
    if (!locked) throw new AppError('not-found', `there is no channel ${channel.name}`)
    const before = await store.listMembers(tx, channel.id)
    // of members that go, too: their names have to go
    await markMembersStale(tx, channel.id, { kind: 'members', change: 'order', ...byOf(ctx) })
    await setMembers(tx, locked, members)
    await markMembersStale(tx, channel.id, { kind: 'members', change: 'order', ...byOf(ctx) })
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

/** That another privacy of a channel shows nothing to more people than before. @throws AppError conflict */
export async function requirePrivacyFits(tx: Db, channel: Channel, privacy: Privacy): Promise<void> {
  for (const { channel: member } of await store.listMembers(tx, channel.id))
    requireNotMoreOpen(channel.name, privacy, member)
  for (const virtual of await store.listVirtualsOf(tx, channel.id)) {
    if (!isMoreOpen(virtual.privacy, privacy)) continue
    throw new AppError(
      'conflict',
      `the virtual channel ${virtual.name} is ${virtual.privacy} and shows what ${channel.name} holds: ` +
        `make it ${privacy} first, or take ${channel.name} out of it`,
    )
  }
}

/** @throws AppError conflict when a virtual channel outside of `leaving` shows what the channel holds */
export async function requireUnused(tx: Db, channel: Channel, leaving: readonly Channel[]): Promise<void> {
  const users = (await store.listVirtualsOf(tx, channel.id)).filter(
    ({ id }) => !leaving.some((one) => one.id === id),
  )
  if (users.length === 0) return
  throw new AppError(
    'conflict',
    `the channel ${channel.name} is a member of ${users.map(({ name }) => name).join(', ')}: take it out of there first`,
  )
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
  await markMembersStale(tx, channel.id, { kind: 'members', change: 'pin', ...byOf(ctx) }, names)
  await enqueuePublish(tx, channel.id, ctx.now())
}

function requireVirtual(channel: Channel): void {
  if (channel.kind === 'virtual') return
  throw new AppError('conflict', `${channel.name} is no virtual channel: it has no members`)
}

function byOf(ctx: ChannelContext): { by?: string } {
  return ctx.actor.kind === 'user' ? { by: ctx.actor.name } : {}
}

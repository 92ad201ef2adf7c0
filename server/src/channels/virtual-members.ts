/**
 * What has to hold of the members of virtual channels, whatever changes: who may name them, how open they are, and that
 * what a member had goes to nobody else when it is closed or deleted. Why so: docs/adr/0201.
 */
import { appendEvent } from '../audit/append-event.ts'
import { actorId, byOf, type Actor } from '../identity/actor.ts'
import { mayDo, mayRead, requirePermission } from '../identity/require-permission.ts'
import type { Tx } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Channel, Privacy } from './channel.ts'
import { enqueuePublish, markMembersStale, markMemberStale } from './stale-names.ts'
import { findChannelById } from './store.ts'
import { isMoreOpen, mayShow, MAX_MEMBERS, type Member } from './virtual-channel.ts'
import * as store from './virtual-store.ts'

/** What these rules need of whoever changes something. */
interface Change {
  readonly actor: Actor
  readonly now: () => Date
}

/**
 * Makes these the members, in this order, with a publish. Those that were deleted keep their places.
 * In a transaction that holds `lockMemberships`.
 * @throws AppError permission-denied, bad-request, conflict, not-found
 */
export async function setMembers(
  tx: Tx,
  { actor, now }: Change,
  channel: Channel,
  ids: readonly string[],
): Promise<readonly Channel[]> {
  const known = await store.listMembers(tx, channel.id)
  const members: Channel[] = []
  for (const id of ids) {
    const member = await findChannelById(tx, id)
    if (!member) throw new AppError('not-found', 'a member was deleted meanwhile')
    if (!known.some((one) => one.id === id)) requireNewMember(actor, channel, member)
    members.push(member)
  }
  requireList(members)
  const deleted = known.filter((member) => member.channel === undefined)
  if (members.length + deleted.length > MAX_MEMBERS)
    throw new AppError('bad-request', `a virtual channel has at most ${MAX_MEMBERS} members, also lost ones`)
  const places = freePlaces(deleted)
  const placed = members.map((member) => ({
    id: member.id,
    position: places.next().value,
    isAllowed: member.privacy !== 'public' || member.ownerId === channel.ownerId,
    beforePublic: member.privacy !== 'public',
  }))
  const cause = { kind: 'members', change: 'order', ...byOf(actor) } as const
  // of members that go, too: their names have to go
  await markMembersStale(tx, channel.id, cause)
  await store.replaceMembers(tx, channel.id, [...placed, ...deleted])
  await markMembersStale(tx, channel.id, cause)
  await enqueuePublish(tx, channel.id, now())
  return members
}

function requireList(members: readonly Channel[]): void {
  for (const [index, member] of members.entries()) {
    if (members.findIndex(({ id }) => id === member.id) !== index)
      throw new AppError('bad-request', `${member.name} stands among the members twice`)
  }
}

function requireNewMember(actor: Actor, virtual: Channel, member: Channel): void {
  if (member.kind === 'virtual') {
    // so that no circle can come about, and every name has an owner that holds it
    throw new AppError('bad-request', `${member.name} is a virtual channel itself: name its members instead`)
  }
  // whoever reads the virtual channel gets what the member shows to those it is shared with
  if (member.privacy !== 'public') requirePermission(actor, 'channel-share:edit', member)
  if (isMoreOpen(virtual.privacy, member.privacy)) throw tooOpen(virtual.name, virtual.privacy, member)
}

/** Places from 0 on that no deleted member has. */
function* freePlaces(deleted: readonly Member[]): Generator<number, never> {
  const taken = new Set(deleted.map(({ position }) => position))
  for (let place = 0; ; place += 1) if (!taken.has(place)) yield place
}

function tooOpen(virtual: string, privacy: Privacy, member: Channel): AppError {
  return new AppError(
    'conflict',
    `the virtual channel ${virtual} would be ${privacy}, and its member ${member.name} is ${member.privacy}: ` +
      `it would show to more people what ${member.name} holds`,
  )
}

/** That a virtual channel with another privacy shows to nobody more than they may see. @throws AppError conflict */
export async function requireMembersFit(tx: Tx, virtual: Channel, privacy: Privacy): Promise<void> {
  for (const { channel: member, lost } of await store.listMembers(tx, virtual.id)) {
    if (member && !lost && isMoreOpen(privacy, member.privacy)) throw tooOpen(virtual.name, privacy, member)
  }
}

/**
 * After a channel became more or less open, or its owner said where it may be shown: virtual channels lose it, or have
 * it back. Its owner asks nobody for that. In a transaction that holds `lockMemberships`.
 * @param changed as it is by now
 */
export async function settleMemberships(tx: Tx, change: Change, changed: Channel): Promise<void> {
  for (const { virtual, member } of await store.listMembershipsOf(tx, changed.id))
    await settle(tx, change, virtual, changed, member)
  for (const member of await store.listMembers(tx, changed.id))
    if (member.channel) await settle(tx, change, changed, member.channel, member)
}

async function settle(
  tx: Tx,
  change: Change,
  virtual: Channel,
  channel: Channel,
  member: Member,
): Promise<void> {
  if (!mayShow(virtual.privacy, channel.privacy, member.isAllowed)) {
    if (!member.lost) await lose(tx, change, virtual, member, 'closed')
    return
  }
  // or the owner of a member could take names from others, by closing it and allowing it
  const isFirst =
    channel.privacy !== 'public' && !member.beforePublic && mayDo(change.actor, 'channel:edit', virtual)
  if (isFirst) await store.updateMember(tx, virtual.id, member.id, { beforePublic: true })
  if (member.lost) {
    await store.regainMember(tx, virtual.id, member.id)
    await lookAgain(tx, change, virtual, member, 'returned')
    await tell(tx, change, 'channel.member_returned', virtual, { member: member.name })
  } else if (isFirst) await lookAgain(tx, change, virtual, member, 'privacy')
}

/** Before channels are deleted: virtual channels that stay keep the names of those they lose. */
export async function loseDeleted(tx: Tx, change: Change, leaving: readonly Channel[]): Promise<void> {
  const isLeaving = ({ id }: Channel): boolean => leaving.some((one) => one.id === id)
  for (const channel of leaving) {
    for (const { virtual, member } of await store.listMembershipsOf(tx, channel.id))
      if (!isLeaving(virtual)) await lose(tx, change, virtual, member, 'deleted')
  }
}

async function lose(
  tx: Tx,
  change: Change,
  virtual: Channel,
  member: Member,
  how: 'closed' | 'deleted',
): Promise<void> {
  await store.loseMember(tx, virtual.id, member, how, change.now())
  await lookAgain(tx, change, virtual, member, 'lost')
  await tell(tx, change, 'channel.member_lost', virtual, { member: member.name, how })
}

async function lookAgain(
  tx: Tx,
  { actor, now }: Change,
  virtual: Channel,
  member: Member,
  change: 'lost' | 'returned' | 'privacy',
): Promise<void> {
  const cause = { kind: 'members', change, member: member.name, ...byOf(actor) } as const
  await markMemberStale(tx, virtual.id, member.id, cause, now())
}

async function tell(
  tx: Tx,
  { actor, now }: Change,
  action: 'channel.member_lost' | 'channel.member_returned',
  virtual: Channel,
  details: { readonly member: string; readonly how?: string },
): Promise<void> {
  await appendEvent(tx, { at: now(), actorId: actorId(actor), action, target: virtual.name, details })
}

/**
 * Whether somebody may know what a member is called. Whoever edits a virtual channel has to know what it is made of; to
 * others the name would tell of a channel that they may not see.
 */
export function maySeeMember(actor: Actor, virtual: Channel, { channel }: Member): boolean {
  return mayDo(actor, 'channel:edit', virtual) || (channel !== undefined && mayRead(actor, channel))
}

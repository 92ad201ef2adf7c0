/** What has to hold of the members of virtual channels, whatever changes: who may name them, and how open they are. */
import type { Actor } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import type { Db, Tx } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Channel, Privacy } from './channel.ts'
import { lockChannel } from './store.ts'
import { isMoreOpen, MAX_MEMBERS, type Member } from './virtual-channel.ts'
import * as store from './virtual-store.ts'

/**
 * That these channels may become the members of one virtual channel.
 * @param known those it has already
 * @throws AppError permission-denied, bad-request
 */
export function requireMembers(
  actor: Actor,
  members: readonly Channel[],
  known: readonly Member[] = [],
): void {
  if (members.length > MAX_MEMBERS)
    throw new AppError('bad-request', `a virtual channel has at most ${MAX_MEMBERS} members`)
  for (const [index, member] of members.entries()) {
    if (members.findIndex(({ id }) => id === member.id) !== index)
      throw new AppError('bad-request', `${member.name} stands among the members twice`)
    if (member.kind === 'virtual') {
      // so that no circle can come about, and every name has an owner that holds it
      throw new AppError(
        'bad-request',
        `${member.name} is a virtual channel itself: name its members instead`,
      )
    }
    // whoever reads the virtual channel gets what the member shows to those it is shared with
    if (member.privacy !== 'public' && !known.some(({ channel }) => channel.id === member.id))
      requirePermission(actor, 'channel-share:edit', member)
  }
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

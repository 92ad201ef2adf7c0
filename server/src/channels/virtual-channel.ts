/**
 * Virtual channels: which member a package name comes from, and how far such a channel may be open. Pure rules;
 * `virtual-store.ts` has the SQL. Why a name has one owner, and why nothing falls through: docs/adr/0080.
 */
import { matchesName } from '../identity/name-pattern.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Channel, Privacy } from './channel.ts'

export interface Member {
  readonly channel: Channel
  /** From 0; the lower is asked first among members that are equally open. */
  readonly position: number
}

export interface Pin {
  /** A package name, or a pattern such as `acme-*`. */
  readonly name: string
  readonly memberId: string
}

export const MAX_MEMBERS = 50
export const MAX_PINS = 1000

/**
 * The member that a name comes from, alone: the one it is pinned to, else the first that has it, of those that
 * are not public, else of the public ones.
 *
 * @param holders ids of the members that have the name, or ever had: the last file that went leaves it owned, or
 *   whoever makes a private package go would hand its name to the world
 */
export function ownerOf(
  name: string,
  members: readonly Member[],
  pins: readonly Pin[],
  holders: ReadonlySet<string>,
): string | undefined {
  const pin = findPin(name, pins)
  if (pin) return pin.memberId
  return inOrder(members).find(({ channel }) => holders.has(channel.id))?.channel.id
}

/** A pin of the name itself counts before a pattern, and of patterns the first in the order of the alphabet. */
export function findPin(name: string, pins: readonly Pin[]): Pin | undefined {
  return pins.find((one) => one.name === name) ?? pins.find((one) => matchesName(one.name, name))
}

function inOrder(members: readonly Member[]): Member[] {
  const rank = ({ channel }: Member): number => (channel.privacy === 'public' ? 1 : 0)
  return [...members].sort((a, b) => rank(a) - rank(b) || a.position - b.position)
}

const openness: Readonly<Record<Privacy, number>> = { private: 0, authenticated: 1, public: 2 }

/** Whether a virtual channel with this privacy would show to more people what a member shows. */
export function isMoreOpen(virtual: Privacy, member: Privacy): boolean {
  return openness[virtual] > openness[member]
}

/** @throws AppError conflict: what a virtual channel has comes from its members alone */
export function requireOwnContents(channel: Pick<Channel, 'name' | 'kind'>, what: string): void {
  if (channel.kind === 'default') return
  throw new AppError(
    'conflict',
    `${channel.name} is a virtual channel and shows what its members have: ${what} one of them instead`,
  )
}

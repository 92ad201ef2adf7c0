/**
 * Virtual channels: which member a package name comes from, and how far such a channel may be open. Pure rules;
 * `virtual-store.ts` has the SQL. Why a name has one owner, and why nothing falls through: docs/adr/0080.
 */
import { matchesName } from '../identity/name-pattern.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Channel, Privacy } from './channel.ts'

export interface Member {
  readonly id: string
  /** What it is called; of a deleted one, what it was called. */
  readonly name: string
  /** Undefined once it is deleted. */
  readonly channel: Channel | undefined
  /** From 0; the lower is asked first. */
  readonly position: number
  /**
   * It goes before those that always were public. Whoever opens it later takes none of its names away, and whoever
   * closes it goes no further to the front, but for those who may edit the virtual channel.
   */
  readonly beforePublic: boolean
  /** Somebody who may share it had it shown here, also while it is not public. */
  readonly isAllowed: boolean
  /** It is not shown any more, and holds the names that it had then. */
  readonly lost: { readonly how: 'closed' | 'deleted'; readonly at: Date } | undefined
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
 * go before public ones, else of the others. A lost one owns its names as before, and nobody gets them.
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
  return inOrder(members).find(({ id }) => holders.has(id))?.id
}

/** The pin that says most of the name: of the name itself, else the pattern with the most characters that are no `*`. */
export function findPin(name: string, pins: readonly Pin[]): Pin | undefined {
  return pins
    .filter((pin) => pin.name === name || matchesName(pin.name, name))
    .sort((a, b) => precision(b, name) - precision(a, name) || (a.name < b.name ? -1 : 1))[0]
}

function precision(pin: Pin, name: string): number {
  return pin.name === name ? Infinity : pin.name.replaceAll('*', '').length
}

function inOrder(members: readonly Member[]): Member[] {
  return [...members].sort(
    (a, b) => Number(b.beforePublic) - Number(a.beforePublic) || a.position - b.position,
  )
}

const openness: Readonly<Record<Privacy, number>> = { private: 0, authenticated: 1, public: 2 }

/** Whether a virtual channel with this privacy would show to more people what a member shows. */
export function isMoreOpen(virtual: Privacy, member: Privacy): boolean {
  return openness[virtual] > openness[member]
}

/**
 * Whether readers of a virtual channel may have what a member has: what is not public takes the word of somebody who
 * may share it, and is shown to no more people than read the member.
 */
export function mayShow(virtual: Privacy, member: Privacy, isAllowed: boolean): boolean {
  return member === 'public' || (isAllowed && !isMoreOpen(virtual, member))
}

/** @throws AppError conflict: what a virtual channel has comes from its members alone */
export function requireOwnContents(channel: Pick<Channel, 'name' | 'kind'>, what: string): void {
  if (channel.kind === 'default') return
  throw new AppError(
    'conflict',
    `${channel.name} is a virtual channel and shows what its members have: ${what} one of them instead`,
  )
}

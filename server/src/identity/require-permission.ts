/**
 * The one question "may this actor do that". Every operation asks it itself, so that HTTP, jobs and
 * admin verbs cannot forget it. What an actor may not see does not exist for them (404); what they may
 * see but not do is refused (403); whoever is nobody is asked who they are (401).
 *
 * Roles say which things one may do and how far; access to a channel (it is public, it is one's own, it is
 * shared) says where. So the level on a resource of a channel is the higher of
 *   - what roles give that reach every channel, and
 *   - the lower of what the other roles give and of the access to this channel.
 * A token can only take away from that, and nothing of what anybody may do without one.
 */
import { AppError } from '../vocabulary/errors.ts'
import {
  higher,
  lower,
  openedByPrivacy,
  reaches,
  ruleOf,
  scopesOf,
  type Level,
  type Permission,
  type Resource,
} from '../vocabulary/permissions.ts'
import type { Account, Actor, Share } from './actor.ts'
import { matchesName } from './name-pattern.ts'
import { unauthenticated } from './unauthenticated.ts'

/** What the answer depends on, of the channel that is asked about. */
export interface GuardedChannel {
  readonly id: string
  readonly name: string
  readonly privacy: 'public' | 'authenticated' | 'private'
  readonly ownerId: string
}

/** @throws AppError unauthenticated, not-found, permission-denied */
export function requirePermission(actor: Actor, permission: Permission, channel?: GuardedChannel): void {
  if (mayDo(actor, permission, channel)) return
  // 401 and not 404: a client that sees 404 remembers for days that the channel has no shards
  if (actor.kind === 'nobody') throw unauthenticated(actor)
  if (channel && !mayRead(actor, channel)) throw noChannel(actor, channel.name)
  throw denied(actor, permission, channel)
}

/**
 * The same for one package of a channel: a share can be for certain names only.
 * @throws AppError unauthenticated, not-found, permission-denied
 */
export function requireNamePermission(
  actor: Actor,
  permission: Permission,
  channel: GuardedChannel,
  packageName: string,
): void {
  requirePermission(actor, permission, channel)
  if (actor.kind === 'nobody') return
  const { resource, level } = ruleOf(permission)
  const limit = actor.limit?.channels?.get(channel.id)
  const anybody = anybodysLevel(actor, resource, channel, undefined)
  if (limit && !reaches(anybody, level) && !holdsName(limit, level, packageName)) {
    throw nameDenied(packageName, channel, namesOf(limit, level))
  }
  const share = actor.shares.get(channel.id)
  const regardlessOfShare = higher(
    actor.rights.all[resource] ?? 'none',
    actor.id === channel.ownerId ? (actor.rights.own[resource] ?? 'none') : 'none',
  )
  if (reaches(regardlessOfShare, level) || !share) return
  if (!holdsName(share, level, packageName)) throw nameDenied(packageName, channel, namesOf(share, level))
}

/** In the same words whether there is none or the actor may not see it, or they would tell. */
export function noChannel(actor: Actor, name: string): AppError {
  if (actor.kind === 'nobody' || actor.isAdmin)
    return new AppError('not-found', `there is no channel ${name}`)
  const who = actor.limit ? `this token of ${actor.name}` : actor.name
  return new AppError(
    'not-found',
    `there is no channel ${name} that ${who} may see: check its name, or ask its owner to share it`,
  )
}

export function mayRead(actor: Actor, channel: GuardedChannel): boolean {
  return mayDo(actor, 'channel:read', channel)
}

/** The question without the refusal, for lists and for pages that show what one may do. */
export function mayDo(actor: Actor, permission: Permission, channel?: GuardedChannel): boolean {
  const { resource, level, anyRole } = ruleOf(permission)
  if (reaches(anybodysLevel(actor, resource, channel, anyRole), level)) return true
  if (actor.kind === 'nobody') return false
  const own = channel
    ? levelOn(actor, resource, channel)
    : anyRole && !actor.isService // an account of programs makes nothing of its own
      ? higher(actor.rights.all[resource] ?? 'none', actor.rights.own[resource] ?? 'none')
      : (actor.rights.all[resource] ?? 'none')
  if (!reaches(own, level)) return false
  if (actor.limit && !tokenAllows(actor, permission, level, channel)) return false
  // a right to do something where one may not look is none: a role may be for vulnerabilities alone
  return !channel || permission === 'channel:read' || mayRead(actor, channel)
}

/** Whether whoever asks without a token may do it too, so that what others share may keep the answer. */
export function mayAnybody(actor: Actor, permission: Permission, channel: GuardedChannel): boolean {
  const { resource, level, anyRole } = ruleOf(permission)
  return reaches(anybodysLevel(actor, resource, channel, anyRole), level)
}

/** What the actor may do with public things like anybody else, whatever their token is limited to. */
function anybodysLevel(
  actor: Actor,
  resource: Resource,
  channel: GuardedChannel | undefined,
  anyRole: true | undefined,
): Level {
  const level = actor.rights.everyone[resource] ?? 'none'
  if (!channel) return anyRole ? level : 'none'
  return channel.privacy === 'public' && openedByPrivacy.has(resource) ? lower(level, 'read') : 'none'
}

/** What roles and access to a channel give on a resource of it, before a token takes away. */
export function levelOn(actor: Account, resource: Resource, channel: GuardedChannel): Level {
  return higher(
    actor.rights.all[resource] ?? 'none',
    lower(accessTo(actor, channel, resource), actor.rights.own[resource] ?? 'none'),
  )
}

function accessTo(actor: Account, channel: GuardedChannel, resource: Resource): Level {
  if (actor.id === channel.ownerId) return 'manage'
  const shared = actor.shares.get(channel.id)?.level ?? 'none'
  if (shared !== 'none') return shared
  return channel.privacy !== 'private' && openedByPrivacy.has(resource) ? 'read' : 'none'
}

function tokenAllows(
  { limit }: Account,
  permission: Permission,
  level: Level,
  channel: GuardedChannel | undefined,
): boolean {
  if (limit?.scopes) {
    const { scopes } = limit
    const needed = scopesOf(permission)
    if (needed && !needed.some((scope) => scopes.has(scope))) return false
  }
  if (limit?.channels)
    return channel !== undefined && reaches(limit.channels.get(channel.id)?.level ?? 'none', level)
  return true
}

function namesOf(share: Share, level: Level): readonly string[] | undefined {
  return level === 'read' ? share.readNames : share.writeNames
}

function holdsName(share: Share, level: Level, packageName: string): boolean {
  return namesOf(share, level)?.some((pattern) => matchesName(pattern, packageName)) ?? true
}

function denied(actor: Account, permission: Permission, channel: GuardedChannel | undefined): AppError {
  const { resource, level } = ruleOf(permission)
  const where = channel ? ` in the channel ${channel.name}` : ''
  const limited = actor.limit !== undefined
  const hint = limited ? '; the token is limited, and its owner may be allowed more' : ''
  return new AppError(
    'permission-denied',
    `you may not do this: it needs ${permission} (${level} on ${resource})${where}${hint}`,
    { details: { permission, resource, level, ...(limited && { scopes: scopesOf(permission) ?? [] }) } },
  )
}

function nameDenied(packageName: string, channel: GuardedChannel, names: readonly string[] = []): AppError {
  return new AppError(
    'permission-denied',
    `you may not do this with ${packageName} in the channel ${channel.name}: your right there is for ${names.join(', ')}`,
    { details: { name: packageName, name_patterns: names } },
  )
}

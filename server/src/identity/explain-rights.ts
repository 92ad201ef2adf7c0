/**
 * What somebody may do in a channel, and why: "may write to `team-a` because group `team-a-dev` has write".
 * The levels are those of `require-permission.ts`, asked resource by resource; the reasons are what the same
 * standing holds.
 */
import { AppError } from '../vocabulary/errors.ts'
import {
  higher,
  levels,
  lower,
  openedByPrivacy,
  permissions,
  reaches,
  resources,
  scopesOf,
  type Level,
  type Permission,
  type Resource,
} from '../vocabulary/permissions.ts'
import type { Actor } from './actor.ts'
import { listChannelsOwnedBy, listGuardedChannels } from './channel-lookup.ts'
import type { IdentityContext } from './context.ts'
import { levelOn, mayDo, requirePermission, type GuardedChannel } from './require-permission.ts'
import { requireUser } from './require-account.ts'
import { loadStanding } from './standing-store.ts'
import { findUserById } from './store.ts'
import { toActor, type HeldRole, type HeldShare, type Standing } from './standing.ts'

export interface Right {
  readonly resource: Resource
  readonly level: Level
  /** Sentences, each with its own level; the highest decides. */
  readonly reasons: readonly { readonly level: Level; readonly text: string }[]
}

export interface ExplainedRights {
  readonly user: { readonly id: string; readonly name: string }
  readonly channel: string
  readonly rights: readonly Right[]
}

/** @throws AppError not-found, permission-denied */
export async function explainRights(
  ctx: IdentityContext,
  userId: string,
  channel: GuardedChannel,
): Promise<ExplainedRights> {
  const actor = requireUser(ctx.actor)
  requirePermission(actor, 'channel:read', channel)
  // one's own rights, those in a channel one manages, or everybody's
  if (actor.id !== userId && !mayDo(actor, 'channel-share:edit', channel))
    requirePermission(actor, 'role:read')
  const standing = await loadStanding(ctx.db, userId)
  if (!standing) throw new AppError('not-found', `there is no account ${userId}, or it is disabled`)
  return {
    user: { id: standing.id, name: standing.name },
    channel: channel.name,
    rights: explain(standing, channel),
  }
}

export interface Holdings {
  readonly user: { readonly id: string; readonly name: string; readonly isDisabled: boolean }
  readonly roles: readonly {
    readonly name: string
    readonly reach: 'own' | 'all'
    readonly because: string
  }[]
  readonly groups: Standing['groups']
  readonly channels: readonly { readonly name: string; readonly level: Level; readonly because: string }[]
  readonly rights: readonly {
    readonly resource: Resource
    /** By roles that reach everything. */
    readonly everywhere: Level
    /** The most that it can come to in a channel with access, and on what is the account's own. */
    readonly withAccess: Level
    readonly reasons: Right['reasons']
  }[]
}

/**
 * All that an account holds, wherever, each with where it comes from. Of one that is disabled, what it would hold.
 * @throws AppError not-found, permission-denied
 */
export async function explainHoldings(ctx: IdentityContext, userId: string): Promise<Holdings> {
  const actor = requireUser(ctx.actor)
  if (actor.id !== userId || actor.limit) requirePermission(actor, 'role:read')
  const user = await findUserById(ctx.db, userId)
  const standing = await loadStanding(ctx.db, userId, 'also disabled')
  if (!user || !standing) throw new AppError('not-found', `there is no account ${userId}`)
  const names = new Map((await listGuardedChannels(ctx.db)).map(({ id, name }) => [id, name]))
  const shared = standing.shares.map((share) => ({
    ...{ name: names.get(share.channelId) ?? share.channelId, level: share.level },
    because: shareText(share),
  }))
  const owned = (await listChannelsOwnedBy(ctx.db, userId)).map((name) => ({
    ...{ name, level: 'manage' as const, because: `${standing.name} owns the channel` },
  }))
  return {
    user: { id: standing.id, name: standing.name, isDisabled: user.isDisabled },
    roles: standing.roles.map(({ name, reach, via }) => ({ name, reach, because: becauseOf(via) })),
    groups: standing.groups,
    channels: [...owned, ...shared].sort((a, b) => (a.name < b.name ? -1 : 1)),
    rights: (Object.keys(resources) as Resource[]).flatMap((resource) => {
      const right = heldOn(standing, resource)
      return right.withAccess === 'none' ? [] : [{ resource, ...right }]
    }),
  }
}

function heldOn(
  { roles }: Standing,
  resource: Resource,
): { everywhere: Level; withAccess: Level; reasons: Right['reasons'] } {
  const given = roles.flatMap((role) => {
    const level = role.permissions[resource] ?? 'none'
    return level === 'none' ? [] : [{ role, level }]
  })
  const highest = (among: typeof given): Level =>
    among.reduce<Level>((level, one) => higher(level, one.level), 'none')
  return {
    everywhere: highest(given.filter(({ role }) => role.reach === 'all')),
    withAccess: highest(given),
    reasons: given.map(({ role, level }) => ({
      level,
      text: `the role ${role.name}${viaRole(role)} gives ${level} ${role.reach === 'all' ? 'everywhere' : 'where there is access'}`,
    })),
  }
}

function becauseOf(via: HeldRole['via']): string {
  switch (via.kind) {
    case 'everyone':
      return 'everybody has it'
    case 'accounts':
      return 'every account has it'
    case 'group':
      return `the group ${via.name} has it`
    case 'user':
      return 'it was granted to the account'
  }
}

export function explain(standing: Standing, channel: GuardedChannel): Right[] {
  const actor = toActor(standing)
  return (Object.keys(resources) as Resource[])
    .map((resource) => ({
      resource,
      level: levelOn(actor, resource, channel),
      reasons: reasonsFor(standing, resource, channel).filter(({ level }) => level !== 'none'),
    }))
    .filter(({ level }) => level !== 'none')
}

function reasonsFor(
  standing: Standing,
  resource: Resource,
  channel: GuardedChannel,
): { level: Level; text: string }[] {
  const everywhere = standing.roles
    .filter(({ reach }) => reach === 'all')
    .map((role) => ({
      level: role.permissions[resource] ?? 'none',
      text: `the role ${role.name}${viaRole(role)} gives ${role.permissions[resource] ?? 'none'} on ${resource} in every channel`,
    }))
  const own = standing.roles
    .filter(({ reach }) => reach === 'own')
    .reduce<Level>((level, { permissions: matrix }) => higher(level, matrix[resource] ?? 'none'), 'none')
  const here = accessReasons(standing, resource, channel).map(({ level, text }) => {
    const bounded = lower(level, own)
    return {
      level: bounded,
      text: bounded === level ? text : `${text}, of which roles allow ${bounded} on ${resource}`,
    }
  })
  return [...everywhere, ...here]
}

function accessReasons(
  standing: Standing,
  resource: Resource,
  channel: GuardedChannel,
): { level: Level; text: string }[] {
  if (standing.id === channel.ownerId) {
    return [{ level: 'manage', text: `${standing.name} owns the channel` }]
  }
  const shares = standing.shares.filter(({ channelId }) => channelId === channel.id)
  const shared = shares.map((share) => ({ level: share.level, text: shareText(share) }))
  if (channel.privacy === 'private' || !openedByPrivacy.has(resource)) return shared
  const who = channel.privacy === 'public' ? 'for everybody' : 'for everybody with an account'
  return [...shared, { level: 'read', text: `the channel is ${who} to read` }]
}

function viaRole({ via }: HeldRole): string {
  switch (via.kind) {
    case 'everyone':
      return ', which everyone has,'
    case 'accounts':
      return ', which every account has,'
    case 'group':
      return ` of group ${via.name}`
    case 'user':
      return ''
  }
}

function shareText({ via, level, writeNames }: HeldShare): string {
  const who = via.kind === 'group' ? `group ${via.name}` : 'the account itself'
  const names = writeNames ? ` for ${writeNames.join(', ')}` : ''
  return `${who} has ${level}${names}`
}

/** The scopes an actor can make use of: in a channel, or anywhere when none is given. */
export function scopesHeld(actor: Actor, channel?: GuardedChannel): string[] {
  const held = (Object.keys(permissions) as Permission[])
    .filter((permission) => (channel ? mayDo(actor, permission, channel) : mayDoAnywhere(actor, permission)))
    .flatMap((permission) => scopesOf(permission) ?? [])
  const within = actor.kind === 'user' ? actor.limit?.scopes : undefined
  return [...new Set(held)].filter((scope) => within?.has(scope) ?? true).sort()
}

function mayDoAnywhere(actor: Actor, permission: Permission): boolean {
  const { resource, level } = permissions[permission]
  const own = actor.kind === 'user' ? (actor.rights.own[resource] ?? 'none') : 'none'
  const best = [own, actor.rights.all[resource] ?? 'none', actor.rights.everyone[resource] ?? 'none']
  return best.some((held) => reaches(held, level))
}

/** The highest level on each resource, as the contract lists an account's permissions. */
export function permissionsHeld(actor: Actor): { resource: Resource; level: Level }[] {
  return (Object.keys(resources) as Resource[])
    .map((resource) => ({
      resource,
      level: levels.findLast((level) =>
        [actor.rights.all, actor.rights.own, actor.rights.everyone].some((matrix) =>
          reaches(matrix[resource] ?? 'none', level),
        ),
      )!, // every matrix reaches none
    }))
    .filter(({ level }) => level !== 'none')
}

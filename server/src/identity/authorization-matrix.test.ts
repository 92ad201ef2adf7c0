/**
 * The authorization matrix, generated from the table of roles and of permissions: every kind of account, with
 * every kind of access and token, asks every permission of every kind of channel. What should come out is
 * worked out a second time here, plainly and slowly. T-AUTHZ-01, T-AUTHZ-03.
 */
import { describe, expect, test } from 'vitest'
import {
  allScopes,
  levels,
  openedByPrivacy,
  permissions,
  resources,
  scopesOf,
  type Level,
  type Permission,
  type Resource,
} from '../vocabulary/permissions.ts'
import { nobody, type Account, type Actor, type TokenLimit } from './actor.ts'
import { builtInRoles, type BuiltInRoleName } from './built-in-roles.ts'
import { explain } from './explain-rights.ts'
import { levelOn, mayDo, type GuardedChannel } from './require-permission.ts'
import { toActor, type HeldRole, type HeldShare, type Standing } from './standing.ts'
import { heldRole } from './testing/actors.ts'

const rank = (level: Level | undefined): number => levels.indexOf(level ?? 'none')
const allPermissions = Object.keys(permissions) as Permission[]

const custom = (name: string, reach: 'own' | 'all', matrix: HeldRole['permissions']): HeldRole => ({
  ...{ name, reach, permissions: matrix },
  via: { kind: 'group', id: 'g', name: 'g' },
})
const granted = (Object.keys(builtInRoles) as BuiltInRoleName[]).filter(
  (name) => builtInRoles[name].givenTo === 'granted',
)
const roleSets: Readonly<Record<string, readonly HeldRole[]>> = {
  none: [],
  ...Object.fromEntries(granted.map((name) => [name, [heldRole(name)]])),
  'all of them but admin': granted.filter((name) => name !== 'admin').map((name) => heldRole(name)),
  librarian: [custom('librarian', 'all', { channel: 'read', artifact: 'manage' })],
  'vulnerabilities alone': [custom('blind', 'all', { cve: 'manage' })],
  'own with more': [custom('more', 'own', { job: 'manage', 'policy.exception': 'manage' })],
}

const accesses = ['none', 'read', 'write', 'manage', 'owner'] as const
const privacies = ['public', 'authenticated', 'private'] as const
const limits: Readonly<Record<string, TokenLimit | undefined>> = {
  none: undefined,
  'every scope': { scopes: new Set(allScopes) },
  'one scope': { scopes: new Set(['artifact:create']) },
  'scopes of reading': { scopes: new Set(allScopes.filter((scope) => scope.endsWith(':view'))) },
  'this channel, reading': { channels: new Map([['c', { level: 'read' }]]) },
  'this channel, all': { channels: new Map([['c', { level: 'manage' }]]) },
  'another channel': { channels: new Map([['d', { level: 'manage' }]]) },
  'this channel, one scope': {
    scopes: new Set(['artifact:download']),
    channels: new Map([['c', { level: 'manage' }]]),
  },
}

interface Case {
  readonly roles: string
  readonly access: (typeof accesses)[number]
  readonly limit: string
  readonly isService: boolean
}

const accountCases: Case[] = Object.keys(roleSets).flatMap((roles) =>
  accesses.flatMap((access) =>
    Object.keys(limits).flatMap((limit) =>
      [false, true].map((isService): Case => ({ roles, access, limit, isService })),
    ),
  ),
)

function standingOf({ roles, access, isService }: Case): Standing {
  const shares: HeldShare[] =
    access === 'none' || access === 'owner' ? [] : [{ channelId: 'c', level: access, via: { kind: 'user' } }]
  const base = [heldRole('everyone'), heldRole('author')]
  return { id: 'me', name: 'me', isService, groups: [], roles: [...base, ...(roleSets[roles] ?? [])], shares }
}

const channelOf = (privacy: (typeof privacies)[number], owned: boolean): GuardedChannel => ({
  ...{ id: 'c', name: 'c', privacy },
  ownerId: owned ? 'me' : 'someone-else',
})

/** Plainly: what should be allowed, from the tables and the rules of docs/ACCESS.md alone. */
function shouldAllow(
  one: Case | 'nobody',
  permission: Permission,
  channel: GuardedChannel | undefined,
): boolean {
  const rule: { resource: Resource; level: Level; anyRole?: true } = permissions[permission]
  const everyone = builtInRoles.everyone.permissions as Partial<Record<Resource, Level>>
  const enough = (level: Level | undefined) => rank(level) >= rank(rule.level)

  const openToAll = channel
    ? channel.privacy === 'public' && openedByPrivacy.has(rule.resource) && rule.level === 'read'
    : rule.anyRole === true
  if (openToAll && enough(everyone[rule.resource])) return true
  if (one === 'nobody') return false

  const { roles } = standingOf(one)
  const fromRoles = (reach: 'own' | 'all') =>
    roles.filter((role) => role.reach === reach).map((role) => role.permissions[rule.resource])
  const everywhere = fromRoles('all').some(enough)
  const here = fromRoles('own').some(enough)
  const access: Level =
    one.access === 'owner'
      ? 'manage'
      : one.access !== 'none'
        ? one.access
        : channel && channel.privacy !== 'private' && openedByPrivacy.has(rule.resource)
          ? 'read'
          : 'none'
  const held = channel
    ? everywhere || (here && enough(access))
    : everywhere || (here && rule.anyRole === true && !one.isService)
  if (!held) return false

  const limit = limits[one.limit]
  const needed = scopesOf(permission)
  if (limit?.scopes && needed && !needed.some((scope) => limit.scopes?.has(scope))) return false
  if (limit?.channels && !(channel && enough(limit.channels.get(channel.id)?.level))) return false
  return !channel || permission === 'channel:read' || shouldAllow(one, 'channel:read', channel)
}

test('the matrix has more than twenty thousand cases, and each comes out as the rules say, within two minutes', () => {
  const startedMs = performance.now()
  let cases = 0
  const wrong: string[] = []
  const ask = (one: Case | 'nobody', actor: Actor): void => {
    const owned = one !== 'nobody' && one.access === 'owner'
    const channels = [...privacies.map((privacy) => channelOf(privacy, owned)), undefined]
    for (const permission of allPermissions) {
      for (const channel of channels) {
        cases += 1
        if (mayDo(actor, permission, channel) === shouldAllow(one, permission, channel)) continue
        wrong.push(`${JSON.stringify(one)} ${permission} ${channel?.privacy ?? 'without a channel'}`)
      }
    }
  }
  ask('nobody', nobody)
  for (const one of accountCases) ask(one, toActor(standingOf(one), undefined, limits[one.limit]))

  expect(wrong.slice(0, 20)).toEqual([])
  expect(cases).toBeGreaterThan(20_000)
  // it takes a second; this is for the day when somebody makes it walk through HTTP
  expect(performance.now() - startedMs).toBeLessThan(120_000)
})

const actorOf = (one: Case): Account => toActor(standingOf(one), undefined, limits[one.limit])
const opened = (actor: Actor, owned: boolean): Set<string> =>
  new Set(
    allPermissions.flatMap((permission) =>
      [...privacies.map((privacy) => channelOf(privacy, owned)), undefined]
        .filter((channel) => mayDo(actor, permission, channel))
        .map((channel) => `${permission} ${channel?.privacy ?? ''}`),
    ),
  )

describe('whatever an account holds', () => {
  test('a limited token opens nothing that the account does not open', () => {
    for (const one of accountCases.filter(({ limit }) => limit !== 'none')) {
      const whole = opened(actorOf({ ...one, limit: 'none' }), one.access === 'owner')
      expect([...opened(actorOf(one), one.access === 'owner')].filter((right) => !whole.has(right))).toEqual(
        [],
      )
    }
  })

  test('one more role never takes anything away', () => {
    for (const one of accountCases.filter(({ roles, limit }) => roles === 'none' && limit === 'none')) {
      const owned = one.access === 'owner'
      const before = opened(actorOf(one), owned)
      for (const roles of Object.keys(roleSets)) {
        const after = opened(actorOf({ ...one, roles }), owned)
        expect([...before].filter((right) => !after.has(right))).toEqual([])
      }
    }
  })

  test('nobody may do what an account without any right may not', () => {
    const stranger = opened(
      actorOf({ roles: 'none', access: 'none', limit: 'none', isService: false }),
      false,
    )
    expect([...opened(nobody, false)].filter((right) => !stranger.has(right))).toEqual([])
  })

  test('an auditor changes nothing', () => {
    const auditor = actorOf({ roles: 'auditor', access: 'none', limit: 'none', isService: false })
    const changing = allPermissions.filter((permission) => permissions[permission].level !== 'read')
    const channels = privacies.map((privacy) => channelOf(privacy, false))
    const may = changing.filter((permission) =>
      channels.some((channel) => mayDo(auditor, permission, channel)),
    )
    expect(may).toEqual([])
  })

  test('the explanation names a reason that is as high as the level, and none that is higher', () => {
    for (const one of accountCases.filter(({ limit }) => limit === 'none')) {
      const standing = standingOf(one)
      for (const privacy of privacies) {
        const channel = channelOf(privacy, one.access === 'owner')
        for (const { resource, level, reasons } of explain(standing, channel)) {
          expect(level).toBe(levelOn(toActor(standing), resource, channel))
          expect(Math.max(...reasons.map((reason) => rank(reason.level)))).toBe(rank(level))
        }
      }
    }
  })
})

test('every resource is in the table of roles', () => {
  expect(Object.keys(builtInRoles.admin.permissions).sort()).toEqual(Object.keys(resources).sort())
})

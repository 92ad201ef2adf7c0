import { describe, expect, test } from 'vitest'
import { AppError } from '../vocabulary/errors.ts'
import { permissions, type Permission } from '../vocabulary/permissions.ts'
import { nobody, type Actor } from './actor.ts'
import { reachOf } from './reach.ts'
import {
  mayDo,
  mayRead,
  requireNamePermission,
  requirePermission,
  type GuardedChannel,
} from './require-permission.ts'
import { account } from './testing/actors.ts'

const channelOf = (privacy: GuardedChannel['privacy']): GuardedChannel => ({
  id: 'c',
  name: 'c',
  privacy,
  ownerId: 'owner',
})
const [open, inner, hidden] = [channelOf('public'), channelOf('authenticated'), channelOf('private')]
const elsewhere: GuardedChannel = { id: 'other', name: 'other', privacy: 'private', ownerId: 'someone-else' }

function answer(actor: Actor, permission: Permission, channel?: GuardedChannel): string {
  try {
    requirePermission(actor, permission, channel)
    return 'yes'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

const stranger = account({})
const owner = account({ id: 'owner' })
const sharing = (level: 'read' | 'write' | 'manage', writeNames?: string[]) =>
  account({ shares: { c: { level, writeNames } } })

describe('access to a channel says where, roles say what', () => {
  test.each<[string, Actor, Permission, GuardedChannel, string]>([
    ['anybody reads what is public', nobody, 'artifact:read', open, 'yes'],
    ['and writes nothing', nobody, 'artifact:create', open, 'unauthenticated'],
    ['whoever signs in reads what is for accounts', stranger, 'artifact:read', inner, 'yes'],
    ['nobody does not', nobody, 'artifact:read', inner, 'unauthenticated'],
    ['what is private is not there for a stranger', stranger, 'artifact:read', hidden, 'not-found'],
    ['not even to write into', stranger, 'artifact:create', hidden, 'not-found'],
    ['being public opens packages, not policies', stranger, 'policy:read', open, 'permission-denied'],
    ['nor who it is shared with', stranger, 'channel-share:read', open, 'permission-denied'],
    ['the owner manages', owner, 'channel:edit', hidden, 'yes'],
    ['a share to read opens', sharing('read'), 'artifact:read', hidden, 'yes'],
    ['and no more than that', sharing('read'), 'artifact:create', hidden, 'permission-denied'],
    ['a share to write is for uploads', sharing('write'), 'artifact:create', hidden, 'yes'],
    ['and not for removals', sharing('write'), 'artifact:delete', hidden, 'permission-denied'],
    ['a share to manage is', sharing('manage'), 'artifact:delete', hidden, 'yes'],
    ['a share is of one channel', sharing('manage'), 'artifact:read', elsewhere, 'not-found'],
    ['a curator reads every channel', account({ roles: ['curator'] }), 'artifact:read', hidden, 'yes'],
    ['and curates', account({ roles: ['curator'] }), 'vulnerability:edit', hidden, 'yes'],
    ['and uploads nowhere', account({ roles: ['curator'] }), 'artifact:create', hidden, 'permission-denied'],
    ['an auditor sees all', account({ roles: ['auditor'] }), 'channel-share:read', hidden, 'yes'],
    ['and changes nothing', account({ roles: ['auditor'] }), 'channel:edit', hidden, 'permission-denied'],
    ['an administrator may', account({ roles: ['admin'] }), 'channel:edit', hidden, 'yes'],
  ])('%s', (_what, actor, permission, channel, expected) => {
    expect(answer(actor, permission, channel)).toBe(expected)
  })

  test.each<[string, Actor, Permission, string]>([
    ['an account makes channels', stranger, 'channel:create', 'yes'],
    ['nobody makes none', nobody, 'channel:create', 'unauthenticated'],
    ['an account has no policies of the whole server', stranger, 'policy:edit', 'permission-denied'],
    ['nor has the owner of a channel', owner, 'policy:edit', 'permission-denied'],
    ['anybody reads about vulnerabilities', nobody, 'vulnerability:read', 'yes'],
    ['a curator curates', account({ roles: ['curator'] }), 'vulnerability:edit', 'yes'],
    ['an auditor reads the audit log', account({ roles: ['auditor'] }), 'audit:read', 'yes'],
    ['an auditor edits no role', account({ roles: ['auditor'] }), 'role:edit', 'permission-denied'],
    ['an administrator edits roles', account({ roles: ['admin'] }), 'role:edit', 'yes'],
  ])('without a channel: %s', (_what, actor, permission, expected) => {
    expect(answer(actor, permission)).toBe(expected)
  })
})

describe('a token takes away', () => {
  const scoped = (...scopes: string[]) => account({ roles: ['admin'], limit: { scopes: new Set(scopes) } })
  const within = (level: 'read' | 'write' | 'manage', roles: 'admin'[] = ['admin']) =>
    account({ roles, limit: { channels: new Map([['c', { level }]]) } })

  test.each<[string, Actor, Permission, GuardedChannel | undefined, string]>([
    ['scopes let through what they name', scoped('artifact:create'), 'artifact:create', hidden, 'yes'],
    ['nothing else', scoped('artifact:create'), 'artifact:delete', hidden, 'permission-denied'],
    ['not even reading', scoped('artifact:create'), 'artifact:read', hidden, 'permission-denied'],
    ['an administrator is bound too', scoped('artifact:create'), 'role:edit', undefined, 'permission-denied'],
    ['to see the channel is part of it', scoped('artifact:create'), 'channel:read', hidden, 'yes'],
    ['what anybody may do stays', scoped('artifact:create'), 'artifact:read', open, 'yes'],
    ['a token of a channel is good there', within('write'), 'artifact:create', hidden, 'yes'],
    ['up to its level', within('read'), 'artifact:create', hidden, 'permission-denied'],
    ['and nowhere else', within('manage'), 'artifact:read', elsewhere, 'not-found'],
    ['nor for the server', within('manage'), 'role:edit', undefined, 'permission-denied'],
    ['nor beyond its owner', within('manage', []), 'artifact:read', hidden, 'not-found'],
  ])('%s', (_what, actor, permission, channel, expected) => {
    expect(answer(actor, permission, channel)).toBe(expected)
  })

  test('an administrator with a limited token is no administrator', () => {
    expect(scoped('channel:view').isAdmin).toBe(false)
    expect(account({ roles: ['admin'] }).isAdmin).toBe(true)
  })
})

describe('a share for certain names', () => {
  const partly = sharing('write', ['acme-*', 'tool'])
  const name = (actor: Actor, packageName: string): string => {
    try {
      requireNamePermission(actor, 'artifact:create', hidden, packageName)
      return 'yes'
    } catch (error) {
      if (error instanceof AppError) return error.code
      throw error
    }
  }

  test.each([
    [partly, 'acme-core', 'yes'],
    [partly, 'acme-', 'yes'],
    [partly, 'tool', 'yes'],
    [partly, 'tools', 'permission-denied'],
    [partly, 'numpy', 'permission-denied'],
    [sharing('write'), 'numpy', 'yes'],
    [owner, 'numpy', 'yes'],
    [account({ roles: ['admin'], shares: { c: { level: 'write', writeNames: [] } } }), 'numpy', 'yes'],
    [
      account({
        roles: ['admin'],
        limit: { channels: new Map([['c', { level: 'write', writeNames: ['x'] }]]) },
      }),
      'numpy',
      'permission-denied',
    ],
  ])('%#', (actor, packageName, expected) => {
    expect(name(actor, packageName)).toBe(expected)
  })
})

test('a list shows what may be read, and nothing else', () => {
  const actors = [
    nobody,
    stranger,
    owner,
    sharing('read'),
    account({ roles: ['auditor'] }),
    account({ roles: ['auditor'], limit: { channels: new Map([['c', { level: 'read' }]]) } }),
    account({ limit: { channels: new Map([['c', { level: 'read' }]]) } }),
    account({ shares: { c: { level: 'read' } }, limit: { scopes: new Set(['cve:view']) } }),
  ]
  for (const actor of actors) {
    for (const channel of [open, inner, hidden, elsewhere]) {
      expect(listed(actor, channel)).toBe(mayRead(actor, channel))
    }
  }
})

/** As the database chooses: `isWithinReach` of channels/store.ts. */
function listed(actor: Actor, channel: GuardedChannel): boolean {
  const reach = reachOf(actor)
  if (reach === 'all') return true
  if (reach.anybody && channel.privacy === 'public') return true
  if (!reach.own || (reach.only && !reach.only.includes(channel.id))) return false
  if (reach.own === 'all') return true
  return (
    reach.own.privacies.some((privacy) => privacy === channel.privacy) ||
    reach.own.ownerId === channel.ownerId ||
    reach.own.channelIds.includes(channel.id)
  )
}

test('nothing but a role that manages everything opens every permission', () => {
  const all = Object.keys(permissions) as Permission[]
  const opened = (actor: Actor): Permission[] => all.filter((permission) => mayDo(actor, permission, hidden))
  expect(opened(account({ roles: ['admin'] }))).toEqual(all)
  expect(opened(stranger)).toEqual([])
  expect(opened(nobody)).toEqual([])
})

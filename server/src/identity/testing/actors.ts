/** Accounts with given rights, for tests of rules: no database. */
import type { Account, Matrix, Share, TokenLimit } from '../actor.ts'
import { builtInRoles, type BuiltInRoleName } from '../built-in-roles.ts'
import { toActor, type HeldRole } from '../standing.ts'

export function heldRole(name: BuiltInRoleName, permissions?: Matrix): HeldRole {
  const role = builtInRoles[name]
  const kind = role.givenTo === 'granted' ? 'user' : role.givenTo
  return { name, reach: role.reach, permissions: permissions ?? role.permissions, via: { kind } }
}

export function account(options: {
  id?: string
  roles?: readonly BuiltInRoleName[]
  shares?: Readonly<Record<string, Share>>
  limit?: TokenLimit
}): Account {
  const { id = 'someone', roles = [], shares = {}, limit } = options
  return toActor(
    {
      id,
      name: id,
      isService: false,
      groups: [],
      roles: (['everyone', 'author', ...roles] as const).map((name) => heldRole(name)),
      shares: Object.entries(shares).map(([channelId, share]) => ({
        channelId,
        ...share,
        via: { kind: 'user' },
      })),
    },
    undefined,
    limit,
  )
}

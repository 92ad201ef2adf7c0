/**
 * What an account holds, with where each thing comes from, and the actor made of it. The explanation of
 * somebody's rights (`explain-rights.ts`) reads the same standing, so that the two cannot disagree.
 */
import { higher, levels, reaches, resources, type Level, type Resource } from '../vocabulary/permissions.ts'
import type { Account, Credential, Matrix, Share, TokenLimit } from './actor.ts'
import { builtInRole } from './built-in-roles.ts'

export interface HeldRole {
  readonly name: string
  readonly reach: 'own' | 'all'
  readonly permissions: Matrix
  /** `everyone` and `accounts` need no grant. */
  readonly via: { readonly kind: 'everyone' | 'accounts' | 'user' } | GroupRef
}

export interface HeldShare extends Share {
  readonly channelId: string
  readonly via: { readonly kind: 'user' } | GroupRef
}

export interface GroupRef {
  readonly kind: 'group'
  readonly id: string
  readonly name: string
}

export interface Standing {
  readonly id: string
  readonly name: string
  readonly isService: boolean
  readonly roles: readonly HeldRole[]
  readonly groups: readonly { readonly id: string; readonly name: string }[]
  readonly shares: readonly HeldShare[]
}

export function toActor(standing: Standing, credential?: Credential, limit?: TokenLimit): Account {
  const own = standing.roles.filter(({ reach }) => reach === 'own')
  const all = standing.roles.filter(({ reach }) => reach === 'all')
  const roles = new Set(standing.roles.filter(({ via }) => via.kind !== 'everyone').map(({ name }) => name))
  return {
    kind: 'user',
    id: standing.id,
    name: standing.name,
    isService: standing.isService,
    isAdmin: roles.has('admin') && limit === undefined,
    roles: [...roles].sort(),
    groups: standing.groups,
    rights: {
      own: merge(own.map(({ permissions }) => permissions)),
      all: merge(all.map(({ permissions }) => permissions)),
      everyone: merge(
        standing.roles.filter(({ via }) => via.kind === 'everyone').map(({ permissions }) => permissions),
      ),
    },
    shares: mergeShares(standing.shares),
    credential,
    limit,
  }
}

/** The highest level for each resource. */
export function merge(matrices: readonly Matrix[]): Matrix {
  const merged: Partial<Record<Resource, Level>> = {}
  for (const matrix of matrices) {
    for (const [resource, level] of Object.entries(matrix) as [Resource, Level][]) {
      merged[resource] = higher(merged[resource] ?? 'none', level)
    }
  }
  return merged
}

/**
 * Of several shares of one channel the highest level; names are those of every share that allows to write,
 * so that one more share never takes anything away.
 */
function mergeShares(shares: readonly HeldShare[]): ReadonlyMap<string, Share> {
  const merged = new Map<string, Share>()
  for (const share of shares) {
    const before = merged.get(share.channelId)
    merged.set(share.channelId, before ? joinShares(before, share) : share)
  }
  return merged
}

/** What two grants for one channel come to. */
export function joinShares(a: Share, b: Share): Share {
  const writing = [a, b].filter(({ level }) => reaches(level, 'write'))
  return {
    level: higher(a.level, b.level),
    writeNames: joinNames(writing.map(({ writeNames }) => writeNames)),
    readNames: joinNames([a.readNames, b.readNames]),
  }
}

function joinNames(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  return lists.includes(undefined) ? undefined : [...new Set(lists.flatMap((list) => list ?? []))]
}

/** The matrix of a role: the edited one, or the built-in's; unknown resources and levels give nothing. */
export function matrixOf(name: string, stored: string | null): Matrix {
  if (name === 'admin' || stored === null) return builtInRole(name)?.permissions ?? {}
  const known = Object.entries(JSON.parse(stored) as Record<string, unknown>).filter(
    ([resource, level]) => Object.hasOwn(resources, resource) && levels.includes(level as Level),
  )
  return Object.fromEntries(known)
}

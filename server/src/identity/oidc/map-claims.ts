/**
 * What the claims of a provider come to here: a name, groups and roles, each with the reason, so that an
 * administrator can ask before anybody signs in ("these claims give these groups, because …"). Pure.
 */
import type { OidcSettings } from '../../platform/oidc-settings.ts'
import { matchesName } from '../name-pattern.ts'

export interface MappedValue {
  /** As the claim has it. */
  readonly value: string
  /** The group or role here; undefined when it comes to nothing. */
  readonly name: string | undefined
  /** Whether the configuration names it, or only a pattern lets it in. */
  readonly isMapped: boolean
  readonly reason: string
}

export interface MappedClaims {
  /** What an account would be called; undefined when the claim is not there. */
  readonly username: string | undefined
  readonly displayName: string | undefined
  readonly email: string | undefined
  readonly groups: readonly MappedValue[]
  readonly roles: readonly MappedValue[]
  /** Claims that the configuration names and that are not there, or not as they have to be. */
  readonly missing: readonly string[]
}

export type UnmappedClaims = Readonly<Record<string, unknown>>

const MAX_VALUES = 1000
const GROUP_NAME = /^[A-Za-z0-9][A-Za-z0-9._@+/ -]{0,99}$/

export function mapClaims(settings: OidcSettings, claims: UnmappedClaims): MappedClaims {
  const groups = readList(claims, settings.groups_claim)
  const roles = readList(claims, settings.roles_claim)
  const username = textOf(readClaim(claims, settings.username_claim))
  return {
    username: username === undefined ? undefined : toUserName(username),
    displayName: textOf(claims['name']),
    // an address that nobody has verified is anybody's
    email: claims['email_verified'] === true ? textOf(claims['email']) : undefined,
    groups: (groups ?? []).map((value) => mapGroup(settings, value)),
    roles: (roles ?? []).map((value) => mapRole(settings, value)),
    missing: [
      ...(username === undefined ? [settings.username_claim] : []),
      ...(groups === undefined ? [settings.groups_claim] : []),
      ...(roles === undefined ? [settings.roles_claim] : []),
    ],
  }
}

function mapGroup(settings: OidcSettings, value: string): MappedValue {
  const { group_map: map, import_groups: patterns, groups_claim: claim } = settings
  const mapped = Object.hasOwn(map, value) ? map[value] : undefined
  if (mapped !== undefined)
    return { value, name: mapped, isMapped: true, reason: `group_map names it, in the claim ${claim}` }
  const name = value.replace(/^\/+/, '') // Keycloak spells the path of a group
  const pattern = patterns.find((candidate) => matchesName(candidate, name))
  if (pattern === undefined) {
    const reason = 'neither group_map names it nor does a pattern of import_groups match it'
    return { value, name: undefined, isMapped: false, reason }
  }
  if (!GROUP_NAME.test(name)) {
    return { value, name: undefined, isMapped: false, reason: 'it cannot be the name of a group here' }
  }
  return { value, name, isMapped: false, reason: `import_groups has "${pattern}", in the claim ${claim}` }
}

function mapRole({ role_map: map, roles_claim: claim }: OidcSettings, value: string): MappedValue {
  const name = Object.hasOwn(map, value) ? map[value] : undefined
  return name === undefined
    ? { value, name, isMapped: false, reason: 'role_map does not name it' }
    : { value, name, isMapped: true, reason: `role_map names it, in the claim ${claim}` }
}

/** A claim by its name, or by a path into it, `realm_access.roles`; names with dots in them come first. */
function readClaim(claims: UnmappedClaims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  let at: unknown = claims
  for (const part of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined
    at = (at as Record<string, unknown>)[part]
  }
  return at
}

/** One text counts as a list of one; undefined when it is neither. */
function readList(claims: UnmappedClaims, path: string): string[] | undefined {
  const value = readClaim(claims, path)
  const list = typeof value === 'string' ? [value] : value
  if (!Array.isArray(list)) return undefined
  const texts = list.filter((item): item is string => typeof item === 'string' && item !== '')
  return [...new Set(texts)].slice(0, MAX_VALUES)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 300) : undefined
}

/** What an account's name may hold (manage-users.ts), made of what the provider says. */
function toUserName(text: string): string | undefined {
  const name = text
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9._@+-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 150)
  return name === '' ? undefined : name
}

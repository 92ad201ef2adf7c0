/**
 * Makes an account hold what its provider says of it, and nothing more of what the provider said before. What
 * administrators gave by hand stays. Rights are computed from this whenever they are asked for, so that tokens
 * and sessions lose with it what rested on it.
 */
import { appendEvent } from '../../audit/append-event.ts'
import type { Db } from '../../platform/database/db.ts'
import { ADMIN_ROLE, countAdministrators } from '../administrators.ts'
import { deleteMember, findGroupByName, insertGroup, putMember } from '../group-store.ts'
import { deleteGrant, findRole } from '../role-store.ts'
import { insertGrant, type UserRow } from '../store.ts'
import type { MappedClaims, MappedValue } from './map-claims.ts'
import * as store from './store.ts'

export interface ResolvedValue extends MappedValue {
  /** Of the group or role; undefined for a group that is made when somebody comes who is in it. */
  readonly id: string | undefined
}

export interface ResolvedClaims {
  readonly groups: readonly ResolvedValue[]
  readonly roles: readonly ResolvedValue[]
}

/** What the claims come to with the groups and roles there are, each with the reason. */
export async function resolveClaims(db: Db, claims: MappedClaims): Promise<ResolvedClaims> {
  const groups: ResolvedValue[] = []
  for (const group of claims.groups) groups.push(await resolveGroup(db, group))
  const roles: ResolvedValue[] = []
  for (const role of claims.roles) roles.push(await resolveRole(db, role))
  return { groups, roles }
}

async function resolveGroup(db: Db, mapped: MappedValue): Promise<ResolvedValue> {
  const { name } = mapped
  if (name === undefined) return { ...mapped, id: undefined }
  const found = await findGroupByName(db, name)
  if (!found) return { ...mapped, id: undefined, reason: `${mapped.reason}; the group is made then` }
  // or whoever names groups at the provider could join one that was made here, with all that it holds
  if (!found.isRemote && !mapped.isMapped) {
    const reason = `the group ${name} was made here: only group_map can put somebody in it`
    return { ...mapped, name: undefined, id: undefined, reason }
  }
  return { ...mapped, id: found.id }
}

async function resolveRole(db: Db, mapped: MappedValue): Promise<ResolvedValue> {
  const { name } = mapped
  if (name === undefined) return { ...mapped, id: undefined }
  const found = await findRole(db, name)
  if (!found) return { ...mapped, name: undefined, id: undefined, reason: `there is no role ${name}` }
  if (found.givenTo !== 'granted') {
    const reason = `the role ${name} is everybody's already`
    return { ...mapped, name: undefined, id: undefined, reason }
  }
  return { ...mapped, id: found.id }
}

/** Whether what the account holds from the issuer is what the claims say. */
export async function holdsClaims(
  db: Db,
  user: UserRow,
  issuer: string,
  claims: ResolvedClaims,
): Promise<boolean> {
  const given = await store.loadGiven(db, user.id, issuer)
  return sameNames(given.groups, namesOf(claims.groups)) && sameNames(given.roles, namesOf(claims.roles))
}

/**
 * Call it in a transaction of `Access.change`. What the provider takes is taken, also from the last administrator
 * (administrators.ts says why); that there is none any more is an event of its own, and `true` for whoever logs it.
 */
export async function applyClaims(
  tx: Db,
  user: UserRow,
  issuer: string,
  claims: ResolvedClaims,
  at: Date,
): Promise<boolean> {
  const before = await countAdministrators(tx)
  await replaceGiven(tx, user, issuer, claims, at)
  if (before.all === 0 || (await countAdministrators(tx)).all > 0) return false
  const details = { user: user.name, source: issuer }
  await appendEvent(tx, {
    ...{ at, actorId: undefined, action: 'role.last_administrator_lost' },
    ...{ target: ADMIN_ROLE, details },
  })
  return true
}

async function replaceGiven(
  tx: Db,
  user: UserRow,
  issuer: string,
  claims: ResolvedClaims,
  at: Date,
): Promise<void> {
  const given = await store.loadGiven(tx, user.id, issuer)
  const wantedGroups = namesOf(claims.groups)
  const wantedRoles = namesOf(claims.roles)
  const event = { at, actorId: undefined }
  for (const { id, name } of given.groups) {
    if (wantedGroups.has(name)) continue
    await deleteMember(tx, id, user.id, issuer)
    const details = { user: user.name, source: issuer }
    await appendEvent(tx, { ...event, action: 'group.member_removed', target: name, details })
  }
  const held = new Set(given.groups.map(({ name }) => name))
  for (const name of wantedGroups) {
    if (held.has(name)) continue
    const groupId = (await findGroupByName(tx, name))?.id ?? (await makeGroup(tx, name, issuer, at))
    await putMember(tx, { groupId, userId: user.id, permission: 'read', source: issuer, at })
    const details = { user: user.name, source: issuer }
    await appendEvent(tx, { ...event, action: 'group.member_added', target: name, details })
  }
  await applyRoles(tx, user, issuer, { given: given.roles, wanted: wantedRoles }, at)
}

async function applyRoles(
  tx: Db,
  user: UserRow,
  issuer: string,
  roles: { given: store.Standing['roles']; wanted: ReadonlySet<string> },
  at: Date,
): Promise<void> {
  const subject = { kind: 'user', id: user.id } as const
  const details = { user: user.name, source: issuer }
  for (const { id, name } of roles.given) {
    if (roles.wanted.has(name)) continue
    await deleteGrant(tx, id, subject, issuer)
    await appendEvent(tx, { at, actorId: undefined, action: 'role.revoked', target: name, details })
  }
  for (const name of roles.wanted) {
    if (roles.given.some((role) => role.name === name)) continue
    const role = await findRole(tx, name)
    if (!role) continue // it was taken away since the claims were resolved
    await insertGrant(tx, role.id, subject, issuer, at)
    await appendEvent(tx, { at, actorId: undefined, action: 'role.granted', target: name, details })
  }
}

async function makeGroup(tx: Db, name: string, issuer: string, at: Date): Promise<string> {
  const id = await insertGroup(tx, { name, description: '', isRemote: true, at })
  const details = { source: issuer }
  await appendEvent(tx, { at, actorId: undefined, action: 'group.created', target: name, details })
  return id
}

function namesOf(values: readonly ResolvedValue[]): ReadonlySet<string> {
  return new Set(values.flatMap(({ name }) => name ?? []))
}

function sameNames(given: readonly { readonly name: string }[], wanted: ReadonlySet<string>): boolean {
  return given.length === wanted.size && given.every(({ name }) => wanted.has(name))
}

/** Roles: what they give, and who holds them. */
import { appendEvent } from '../audit/append-event.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import { reaches, type Level, type Resource } from '../vocabulary/permissions.ts'
import { actorId, type Matrix } from './actor.ts'
import { keepAdministrator } from './administrators.ts'
import type { IdentityContext } from './context.ts'
import { findGroup } from './group-store.ts'
import { requireUser } from './require-account.ts'
import { requirePermission } from './require-permission.ts'
import * as store from './role-store.ts'
import { findUserById, insertGrant, type Subject } from './store.ts'

const NAME = /^[a-z][a-z0-9_-]*$/
const MAX_NAME_LENGTH = 64

export interface RoleRequest {
  readonly name: string
  readonly description?: string | undefined
  readonly reach?: 'own' | 'all' | undefined
  readonly givenTo?: 'everyone' | 'accounts' | 'granted' | undefined
  readonly permissions: Matrix
}

export async function listRoles(ctx: IdentityContext): Promise<store.Role[]> {
  requirePermission(ctx.actor, 'role:read')
  return store.listRoles(ctx.db)
}

/** @throws AppError bad-request, conflict, permission-denied */
export async function createRole(ctx: IdentityContext, request: RoleRequest): Promise<store.Role> {
  requirePermission(ctx.actor, 'role:edit')
  checkName(request.name)
  requireHeld(ctx, request.permissions)
  const at = ctx.now()
  const values = {
    name: request.name,
    description: request.description ?? '',
    reach: request.reach ?? 'own',
    givenTo: request.givenTo ?? 'granted',
    permissions: request.permissions,
  } as const
  return ctx.access.change(async (tx) => {
    if (await store.findRole(tx, request.name)) {
      throw new AppError('conflict', `there is a role ${request.name} already`)
    }
    await store.insertRole(tx, values, at)
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'role.created',
      target: request.name,
      after: describe(values),
    })
    return getRole(tx, request.name)
  })
}

/** @throws AppError bad-request, conflict, not-found, permission-denied */
export async function updateRole(
  ctx: IdentityContext,
  id: string,
  change: Partial<RoleRequest>,
): Promise<store.Role> {
  requirePermission(ctx.actor, 'role:edit')
  const role = await getRole(ctx.db, id)
  refuseAdmin(role)
  if (role.isBuiltIn && change.name !== undefined && change.name !== role.name) {
    throw new AppError('conflict', `the role ${role.name} came with the product and keeps its name`)
  }
  if (role.name === 'everyone' && change.givenTo !== undefined && change.givenTo !== 'everyone') {
    throw new AppError('conflict', 'the role everyone is given to everyone')
  }
  if (change.name !== undefined) checkName(change.name)
  requireHeld(ctx, change.permissions ?? {})
  const at = ctx.now()
  const values = {
    name: change.name ?? role.name,
    description: change.description ?? role.description,
    reach: role.isBuiltIn ? role.reach : (change.reach ?? role.reach),
    givenTo: change.givenTo ?? role.givenTo,
    permissions: change.permissions ?? role.permissions,
  }
  return ctx.access.change(async (tx) => {
    const other = await store.findRole(tx, values.name)
    if (other && other.id !== role.id)
      throw new AppError('conflict', `there is a role ${values.name} already`)
    await store.updateRole(tx, role.id, values, at)
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'role.updated',
      target: role.name,
      before: describe(role),
      after: describe(values),
    })
    return getRole(tx, role.id)
  })
}

/** @throws AppError conflict for a role that came with the product; not-found, permission-denied */
export async function deleteRole(ctx: IdentityContext, id: string): Promise<void> {
  requirePermission(ctx.actor, 'role:edit')
  const role = await getRole(ctx.db, id)
  if (role.isBuiltIn) throw new AppError('conflict', `the role ${role.name} came with the product and stays`)
  await ctx.access.change(async (tx) => {
    await store.deleteRole(tx, role.id)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'role.deleted',
      target: role.name,
      before: describe(role),
    })
  })
}

export async function listGrants(ctx: IdentityContext, id: string): Promise<store.Grant[]> {
  requirePermission(ctx.actor, 'role:read')
  return store.listGrants(ctx.db, (await getRole(ctx.db, id)).id)
}

/** Gives a role to an account or a group. @throws AppError not-found, permission-denied, conflict */
export async function grantRole(ctx: IdentityContext, id: string, subject: Subject): Promise<void> {
  requirePermission(ctx.actor, 'role:edit')
  const role = await getRole(ctx.db, id)
  requireHeld(ctx, role.permissions)
  const name = await nameOf(ctx.db, subject)
  const at = ctx.now()
  await ctx.access.change(async (tx) => {
    await insertGrant(tx, role.id, subject, 'local', at)
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'role.granted',
      target: role.name,
      details: { [subject.kind]: name },
    })
  })
}

/** @throws AppError not-found; conflict when nobody would be left who can manage */
export async function revokeRole(ctx: IdentityContext, id: string, subject: Subject): Promise<void> {
  requirePermission(ctx.actor, 'role:edit')
  const role = await getRole(ctx.db, id)
  const name = await nameOf(ctx.db, subject)
  await ctx.access.change(async (tx) => {
    const isTaken = await keepAdministrator(tx, () => store.deleteGrant(tx, role.id, subject, 'local'))
    if (!isTaken) throw new AppError('not-found', `${name} was not given the role ${role.name} here`)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'role.revoked',
      target: role.name,
      details: { [subject.kind]: name },
    })
  })
}

async function getRole(db: Db, idOrName: string): Promise<store.Role> {
  const role = await store.findRole(db, idOrName)
  if (!role) throw new AppError('not-found', `there is no role ${idOrName}`)
  return role
}

async function nameOf(db: Db, { kind, id }: Subject): Promise<string> {
  const found = kind === 'user' ? await findUserById(db, id) : await findGroup(db, id)
  if (!found) throw new AppError('not-found', `there is no ${kind === 'user' ? 'account' : 'group'} ${id}`)
  return found.name
}

/**
 * Whoever may edit roles without being administrator could otherwise make themselves one.
 * @throws AppError permission-denied
 */
export function requireHeld(ctx: Pick<IdentityContext, 'actor'>, permissions: Matrix): void {
  const actor = requireUser(ctx.actor)
  for (const [resource, level] of Object.entries(permissions) as [Resource, Level][]) {
    if (reaches(actor.rights.all[resource] ?? 'none', level)) continue
    throw new AppError(
      'permission-denied',
      `you do not hold ${level} on ${resource}, so that you cannot give it`,
    )
  }
}

function checkName(name: string): void {
  if (name.length <= MAX_NAME_LENGTH && NAME.test(name)) return
  throw new AppError(
    'bad-request',
    `a role's name starts with a-z and goes on with up to ${MAX_NAME_LENGTH} of a-z, 0-9, "-" and "_"`,
  )
}

function refuseAdmin(role: store.Role): void {
  if (role.name !== 'admin') return
  throw new AppError('conflict', 'the role admin manages everything, and cannot be edited')
}

function describe(role: store.RoleValues): Record<string, unknown> {
  const { name, reach, givenTo, permissions } = role
  return { name, reach, given_to: givenTo, permissions }
}

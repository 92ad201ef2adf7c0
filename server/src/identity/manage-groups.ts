/** Groups and who is in them. Whoever manages a group may do so without being administrator. */
import { appendEvent } from '../audit/append-event.ts'
import { AppError } from '../vocabulary/errors.ts'
import { actorId } from './actor.ts'
import type { IdentityContext } from './context.ts'
import * as store from './group-store.ts'
import { keepAdministrator } from './administrators.ts'
import { requireUser } from './require-account.ts'
import { mayDo, requirePermission } from './require-permission.ts'
import { findUserById } from './store.ts'

const NAME = /^[A-Za-z0-9_\-/][^\p{Cc}]*$/u
const MAX_NAME_LENGTH = 200

export interface GroupView extends store.Group {
  /** What the actor may do with it. */
  readonly permission: 'read' | 'manage'
  readonly members: number | undefined
}

export async function listGroups(
  ctx: IdentityContext,
  page: { q?: string | undefined; offset: number; limit: number },
  withCounts: boolean,
): Promise<{ total: number; items: GroupView[] }> {
  requirePermission(ctx.actor, 'group:read')
  const { total, items } = await store.listGroups(ctx.db, page)
  return { total, items: await view(ctx, items, withCounts) }
}

/** @throws AppError not-found, permission-denied */
export async function getGroup(ctx: IdentityContext, id: string): Promise<GroupView> {
  requirePermission(ctx.actor, 'group:read')
  const group = await store.findGroup(ctx.db, id)
  if (!group) throw new AppError('not-found', `there is no group ${id}`)
  const [seen] = await view(ctx, [group], true)
  return seen! // one in, one out
}

async function view(
  ctx: IdentityContext,
  groups: readonly store.Group[],
  withCounts: boolean,
): Promise<GroupView[]> {
  const manages = mayDo(ctx.actor, 'group:edit')
  const own = await store.listMembershipsOf(ctx.db, requireUser(ctx.actor).id)
  const counts = withCounts
    ? await store.countMembers(
        ctx.db,
        groups.map(({ id }) => id),
      )
    : undefined
  return groups.map((group) => ({
    ...group,
    permission: manages ? 'manage' : (own.get(group.id) ?? 'read'),
    members: counts && (counts.get(group.id) ?? 0),
  }))
}

/** The group, if the actor may change it. */
async function requireManaged(ctx: IdentityContext, id: string): Promise<GroupView> {
  const group = await getGroup(ctx, id)
  const limited = ctx.actor.kind === 'user' && ctx.actor.limit !== undefined
  if (group.permission !== 'manage' || limited) requirePermission(ctx.actor, 'group:edit')
  return group
}

/** @throws AppError bad-request, conflict, permission-denied */
export async function createGroup(
  ctx: IdentityContext,
  request: { name: string; description: string },
): Promise<GroupView> {
  requirePermission(ctx.actor, 'group:edit')
  checkName(request.name)
  const at = ctx.now()
  const id = await ctx.access.change(async (tx) => {
    await refuseTaken(tx, request.name, undefined)
    const created = await store.insertGroup(tx, { ...request, at })
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'group.created',
      target: request.name,
      after: request,
    })
    return created
  })
  return getGroup(ctx, id)
}

/** @throws AppError bad-request, conflict, not-found, permission-denied */
export async function updateGroup(
  ctx: IdentityContext,
  id: string,
  request: { name: string; description: string },
): Promise<GroupView> {
  const group = await requireManaged(ctx, id)
  if (request.name !== group.name) {
    refuseRemote(group)
    checkName(request.name)
  }
  const at = ctx.now()
  await ctx.access.change(async (tx) => {
    await refuseTaken(tx, request.name, id)
    await store.updateGroup(tx, id, { ...request, at })
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'group.updated',
      target: group.name,
      before: { name: group.name, description: group.description },
      after: request,
    })
  })
  return getGroup(ctx, id)
}

/** With what it was given. @throws AppError not-found, permission-denied; conflict when no administrator is left */
export async function deleteGroup(ctx: IdentityContext, id: string): Promise<void> {
  requirePermission(ctx.actor, 'group:edit')
  const group = await getGroup(ctx, id)
  await ctx.access.change(async (tx) => {
    await keepAdministrator(tx, () => store.deleteGroup(tx, id))
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'group.deleted',
      target: group.name,
      before: { name: group.name, description: group.description },
    })
  })
}

/** For whoever may change the group, is in it, or may see people. */
export async function listMembers(ctx: IdentityContext, id: string): Promise<store.Membership[]> {
  const group = await getGroup(ctx, id)
  if (group.permission !== 'manage') requirePermission(ctx.actor, 'user:read')
  return store.listMembers(ctx.db, id)
}

/** @throws AppError not-found, permission-denied */
export async function addMember(
  ctx: IdentityContext,
  id: string,
  userId: string,
  permission: 'read' | 'manage',
): Promise<GroupView> {
  const group = await requireManaged(ctx, id)
  const user = await findUserById(ctx.db, userId)
  if (!user) throw new AppError('not-found', `there is no account ${userId}`)
  await requireGivable(ctx, id)
  const at = ctx.now()
  await ctx.access.change(async (tx) => {
    await store.putMember(tx, { groupId: id, userId, permission, source: 'local', at })
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'group.member_added',
      target: group.name,
      details: { user: user.name, permission },
    })
  })
  return getGroup(ctx, id)
}

/** @throws AppError not-found, permission-denied; conflict for a member that a directory put there */
export async function removeMember(ctx: IdentityContext, id: string, userId: string): Promise<GroupView> {
  const group = await requireManaged(ctx, id)
  const user = await findUserById(ctx.db, userId)
  await ctx.access.change(async (tx) => {
    const isOut = await keepAdministrator(tx, () => store.deleteMember(tx, id, userId, 'local'))
    if (!user || !isOut) {
      const remote = (await store.listMembers(tx, id)).find((member) => member.userId === userId)
      if (remote) {
        throw new AppError(
          'conflict',
          `${remote.name} is in the group because ${remote.source} says so; change it there`,
        )
      }
      throw new AppError('not-found', `the group ${group.name} has no member ${userId}`)
    }
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'group.member_removed',
      target: group.name,
      details: { user: user.name },
    })
  })
  return getGroup(ctx, id)
}

/** Whoever manages a group that holds roles could otherwise give roles that they may not give. */
async function requireGivable(ctx: IdentityContext, groupId: string): Promise<void> {
  const held = await ctx.db
    .selectFrom('role_grants')
    .select('role_id')
    .where('subject_kind', '=', 'group')
    .where('subject_id', '=', groupId)
    .executeTakeFirst()
  if (held) requirePermission(ctx.actor, 'role:edit')
}

async function refuseTaken(
  tx: IdentityContext['db'],
  name: string,
  exceptId: string | undefined,
): Promise<void> {
  const other = await store.findGroupByName(tx, name)
  if (other && other.id !== exceptId) throw new AppError('conflict', `there is a group ${name} already`)
}

function refuseRemote(group: store.Group): void {
  if (!group.isRemote) return
  throw new AppError(
    'conflict',
    `the group ${group.name} comes from a directory and keeps the name it has there`,
  )
}

function checkName(name: string): void {
  if (name.length <= MAX_NAME_LENGTH && NAME.test(name)) return
  throw new AppError(
    'bad-request',
    `a group's name starts with a letter, a digit, "_", "-" or "/" and has up to ${MAX_NAME_LENGTH} characters`,
  )
}

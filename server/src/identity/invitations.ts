/**
 * Invitations: an administrator names the account and what it will hold, and gets a link to hand over; who
 * has the link sets the password. Nobody but the invited ever knows it.
 */
import { appendEvent } from '../audit/append-event.ts'
import type { Secret } from '../platform/secret.ts'
import { AppError } from '../vocabulary/errors.ts'
import { actorId } from './actor.ts'
import type { IdentityContext, IdentityParts } from './context.ts'
import { findGroup, putMember } from './group-store.ts'
import * as store from './invitation-store.ts'
import { requireHeld } from './manage-roles.ts'
import { checkUserName, refuseTakenName } from './manage-users.ts'
import { checkNewPassword, hashPassword } from './passwords.ts'
import { requireUser } from './require-account.ts'
import { requirePermission } from './require-permission.ts'
import { findRole } from './role-store.ts'
import { startSession, type StartedSession } from './sign-in.ts'
import { findUserById, insertGrant, insertUser } from './store.ts'
import { newTokenSecret, tokenDigest } from './token-secret.ts'

const HOUR_MS = 3600 * 1000
export const MAX_INVITATION_HOURS = 30 * 24

export interface InvitationRequest {
  readonly name: string
  readonly email?: string | undefined
  /** Ids. */
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly hours: number
}

/** @throws AppError bad-request, conflict, not-found, permission-denied */
export async function invite(
  ctx: IdentityContext,
  request: InvitationRequest,
): Promise<{ id: string; secret: Secret; expiresAt: Date }> {
  requirePermission(ctx.actor, 'user:edit')
  checkUserName(request.name)
  const roles: string[] = []
  const groups: string[] = []
  for (const wanted of request.roles) {
    requirePermission(ctx.actor, 'role:edit')
    const role = await findRole(ctx.db, wanted)
    if (!role) throw new AppError('not-found', `there is no role ${wanted}`)
    requireHeld(ctx, role.permissions)
    roles.push(role.id)
  }
  for (const wanted of request.groups) {
    requirePermission(ctx.actor, 'group:edit')
    const group = await findGroup(ctx.db, wanted)
    if (!group) throw new AppError('not-found', `there is no group ${wanted}`)
    groups.push(group.id)
  }
  const secret = newTokenSecret('invitation')
  const at = ctx.now()
  const expiresAt = new Date(at.getTime() + request.hours * HOUR_MS)
  const id = await ctx.db.transaction().execute(async (tx) => {
    await refuseTakenName(tx, request.name)
    const created = await store.insertInvitation(tx, {
      ...{ name: request.name, email: request.email, roles, groups, at, expiresAt },
      digest: tokenDigest(secret),
      invitedBy: requireUser(ctx.actor).id,
    })
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'invitation.created',
      target: request.name,
      after: { id: created, roles, groups, expires_at: expiresAt.toISOString() },
    })
    return created
  })
  return { id, secret, expiresAt }
}

export async function listInvitations(ctx: IdentityContext): Promise<store.Invitation[]> {
  requirePermission(ctx.actor, 'user:edit')
  return store.listInvitations(ctx.db, ctx.now())
}

/** @throws AppError not-found, permission-denied */
export async function withdrawInvitation(ctx: IdentityContext, id: string): Promise<void> {
  requirePermission(ctx.actor, 'user:edit')
  await ctx.db.transaction().execute(async (tx) => {
    const invitation = await store.takeInvitation(tx, { id })
    if (!invitation) throw new AppError('not-found', `there is no invitation ${id}`)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'invitation.withdrawn',
      target: invitation.name,
    })
  })
}

/**
 * Makes the account and signs it in. An invitation is good once, and no more than whoever sent it is still
 * good for: an inviter who was disabled invites nobody.
 * @throws AppError wrong-credentials for an invitation that is none, was used or is over; bad-request, conflict
 */
export async function acceptInvitation(
  parts: IdentityParts,
  secret: Secret,
  password: Secret,
  origin: { address?: string | undefined; userAgent?: string | undefined },
): Promise<StartedSession> {
  const at = parts.now()
  const known = await store.findInvitation(parts.db, tokenDigest(secret))
  if (!known || known.expiresAt <= at) throw noInvitation()
  checkNewPassword(password, known.name)
  const passwordHash = await hashPassword(password)
  return parts.access.change(async (tx) => {
    const invitation = await store.takeInvitation(tx, { id: known.id })
    const inviter = invitation && (await findUserById(tx, invitation.invitedBy))
    if (!invitation || !inviter || inviter.isDisabled) throw noInvitation()
    await refuseTakenName(tx, invitation.name)
    const { name, email } = invitation
    const id = await insertUser(tx, { name, email, passwordHash, at })
    for (const role of invitation.roles) {
      if (await findRole(tx, role)) await insertGrant(tx, role, { kind: 'user', id }, 'local', at)
    }
    for (const groupId of invitation.groups) {
      if (await findGroup(tx, groupId))
        await putMember(tx, { groupId, userId: id, permission: 'read', source: 'local', at })
    }
    await appendEvent(tx, {
      at,
      actorId: id,
      action: 'invitation.accepted',
      target: name,
      details: { invited_by: inviter.name },
      after: { roles: invitation.roles, groups: invitation.groups },
    })
    const user = await findUserById(tx, id)
    return startSession(tx, parts, user!, { ...origin, method: 'password' }, at) // inserted above
  })
}

function noInvitation(): AppError {
  return new AppError('wrong-credentials', 'the invitation was used, withdrawn or is over; ask for another')
}

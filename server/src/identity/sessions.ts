/** What people see of where they are signed in, and how they end it. */
import { appendEvent } from '../audit/append-event.ts'
import { AppError } from '../vocabulary/errors.ts'
import { actorId } from './actor.ts'
import type { IdentityContext } from './context.ts'
import { requireUser } from './require-account.ts'
import { requirePermission } from './require-permission.ts'
import * as store from './session-store.ts'
import { findUserById, type UserRow } from './store.ts'

/** @throws AppError unauthenticated, permission-denied, not-found */
export async function requireUserById(
  ctx: IdentityContext,
  userId: string,
  what: 'user:read' | 'user:edit',
): Promise<UserRow> {
  const actor = requireUser(ctx.actor)
  if (actor.id !== userId || actor.limit) requirePermission(actor, what)
  const user = await findUserById(ctx.db, userId)
  if (!user) throw new AppError('not-found', `there is no account ${userId}`)
  return user
}

export async function listSessionsOf(ctx: IdentityContext, userId: string): Promise<store.SessionRow[]> {
  await requireUserById(ctx, userId, 'user:edit')
  await ctx.access.flushUses()
  return store.listSessions(ctx.db, userId, ctx.now())
}

/** @throws AppError not-found, also for a session of somebody else */
export async function endSession(ctx: IdentityContext, userId: string, sessionId: string): Promise<void> {
  const user = await requireUserById(ctx, userId, 'user:edit')
  await ctx.access.change(async (tx) => {
    if (!(await store.deleteSession(tx, userId, sessionId))) {
      throw new AppError('not-found', `${user.name} has no session ${sessionId}`)
    }
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'session.ended',
      target: user.name,
      details: { id: sessionId },
    })
  })
}

/** Ends every session but the one that asks. @returns how many */
export async function endOtherSessions(ctx: IdentityContext, userId: string): Promise<number> {
  const user = await requireUserById(ctx, userId, 'user:edit')
  const own = ctx.actor.kind === 'user' && ctx.actor.id === userId ? ctx.actor.credential : undefined
  return ctx.access.change(async (tx) => {
    const count = await store.deleteSessionsOf(tx, userId, own?.kind === 'session' ? own.id : undefined)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'session.ended',
      target: user.name,
      details: { count },
    })
    return count
  })
}

/** Ends the session that asks; whoever has none is signed out already. */
export async function signOut(ctx: IdentityContext): Promise<void> {
  const { actor } = ctx
  if (actor.kind !== 'user' || actor.credential?.kind !== 'session') return
  const { id } = actor.credential
  await ctx.access.change(async (tx) => {
    await store.deleteSession(tx, actor.id, id)
    await appendEvent(tx, { at: ctx.now(), actorId: actor.id, action: 'logout', target: actor.name })
  })
}

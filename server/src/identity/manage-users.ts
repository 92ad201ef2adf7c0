/** Accounts of people, as administrators and their owners see and change them. */
import { appendEvent } from '../audit/append-event.ts'
import type { Db } from '../platform/database/db.ts'
import type { Secret } from '../platform/secret.ts'
import { AppError } from '../vocabulary/errors.ts'
import { actorId } from './actor.ts'
import { keepAdministrator } from './administrators.ts'
import { listChannelsOwnedBy } from './channel-lookup.ts'
import type { IdentityContext } from './context.ts'
import { requireHeld } from './manage-roles.ts'
import { checkNewPassword, hashPassword, newPassword, requirePassword } from './passwords.ts'
import { requirePerson } from './require-account.ts'
import { requirePermission } from './require-permission.ts'
import { dropSecondFactor } from './second-factor.ts'
import { deleteSessionsOf } from './session-store.ts'
import { requireUserById } from './sessions.ts'
import { loadStanding } from './standing-store.ts'
import { toActor } from './standing.ts'
import * as store from './store.ts'
import { deleteTokensOf } from './token-store.ts'

// what conda, a path and a header can carry, and an address of mail
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]*$/
const MAX_NAME_LENGTH = 200

/** @throws AppError bad-request */
export function checkUserName(name: string): void {
  if (name.length <= MAX_NAME_LENGTH && NAME.test(name)) return
  throw new AppError(
    'bad-request',
    `an account's name starts with a letter or digit and goes on with up to ${MAX_NAME_LENGTH} of A-Z, a-z, 0-9, ".", "_", "@", "+" and "-"`,
  )
}

/** @throws AppError conflict */
export async function refuseTakenName(db: Db, name: string): Promise<void> {
  if (await store.findUserByName(db, name))
    throw new AppError('conflict', `there is an account ${name} already`)
}

/**
 * Whoever may change somebody's account can be them a moment later: that takes all that they hold.
 * @throws AppError permission-denied
 */
export async function requireNoLess(ctx: IdentityContext, userId: string): Promise<void> {
  const standing = await loadStanding(ctx.db, userId)
  if (standing) requireHeld(ctx, toActor(standing).rights.all)
}

export async function listUsers(
  ctx: IdentityContext,
  query: { q?: string | undefined; offset: number; limit: number },
): Promise<{ total: number; items: store.UserRow[] }> {
  requirePermission(ctx.actor, 'user:read')
  return store.listUsers(ctx.db, { q: query.q, kind: 'person' }, query)
}

export async function getUser(ctx: IdentityContext, userId: string): Promise<store.UserRow> {
  return requireUserById(ctx, userId, 'user:read')
}

/**
 * An account with a password; people are better invited.
 * @returns the password when one was made, shown this once
 * @throws AppError bad-request, conflict, permission-denied
 */
export async function createUser(
  ctx: IdentityContext,
  request: {
    name: string
    displayName?: string | undefined
    email?: string | undefined
    password?: Secret | undefined
  },
): Promise<{ user: store.UserRow; password: Secret | undefined }> {
  requirePermission(ctx.actor, 'user:edit')
  checkUserName(request.name)
  if (request.password) checkNewPassword(request.password, request.name)
  const made = request.password ? undefined : newPassword()
  const passwordHash = await hashPassword(request.password ?? made!) // one of the two is there
  const { name, displayName, email } = request
  const at = ctx.now()
  const id = await ctx.access.change(async (tx) => {
    await refuseTakenName(tx, name)
    const created = await store.insertUser(tx, { name, displayName, email, passwordHash, at })
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'user.created',
      target: name,
      after: { name, email: email ?? null },
    })
    return created
  })
  return { user: await getUser(ctx, id), password: made }
}

/** @throws AppError not-found, permission-denied; conflict when no administrator is left */
export async function updateUser(
  ctx: IdentityContext,
  userId: string,
  change: {
    displayName?: string | undefined
    email?: string | null | undefined
    isDisabled?: boolean | undefined
  },
): Promise<store.UserRow> {
  const user = await requireUserById(ctx, userId, 'user:edit')
  const disables = change.isDisabled !== undefined && change.isDisabled !== user.isDisabled
  if (disables || actorId(ctx.actor) !== userId) {
    requirePermission(ctx.actor, 'user:edit')
    await requireNoLess(ctx, userId)
  }
  const at = ctx.now()
  await ctx.access.change(async (tx) => {
    await keepAdministrator(tx, () => store.updateUser(tx, userId, change))
    if (disables) {
      if (change.isDisabled === true) await deleteSessionsOf(tx, userId)
      await appendEvent(tx, {
        at,
        actorId: actorId(ctx.actor),
        action: change.isDisabled === true ? 'user.disabled' : 'user.enabled',
        target: user.name,
      })
    }
    if (change.displayName !== undefined || change.email !== undefined) {
      await appendEvent(tx, {
        at,
        actorId: actorId(ctx.actor),
        action: 'user.updated',
        target: user.name,
        before: { display_name: user.displayName, email: user.email ?? null },
        after: {
          display_name: change.displayName ?? user.displayName,
          email: change.email === undefined ? (user.email ?? null) : change.email,
        },
      })
    }
  })
  return getUser(ctx, userId)
}

/**
 * Takes the account away with its tokens, sessions, roles and shares. The audit log keeps its name.
 * @throws AppError not-found, permission-denied; conflict while it owns channels, or when no administrator is left
 */
export async function deleteUser(ctx: IdentityContext, userId: string): Promise<void> {
  requirePermission(ctx.actor, 'user:edit')
  const user = await requireUserById(ctx, userId, 'user:edit')
  await requireNoLess(ctx, userId)
  await ctx.access.change(async (tx) => {
    const owned = await listChannelsOwnedBy(tx, userId)
    if (owned.length > 0) {
      throw new AppError(
        'conflict',
        `${user.name} owns ${owned.length} channels (${owned.slice(0, 5).join(', ')}); give them another owner first`,
        { details: { channels: owned.slice(0, 100) } },
      )
    }
    await keepAdministrator(tx, () => store.deleteUser(tx, userId))
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: user.kind === 'service' ? 'service_account.deleted' : 'user.deleted',
      target: user.name,
    })
  })
}

/** A new password for one's own account; every other session ends. @throws AppError wrong-credentials, bad-request */
export async function changeOwnPassword(ctx: IdentityContext, old: Secret, wanted: Secret): Promise<void> {
  const actor = requirePerson(ctx.actor)
  await requirePassword(ctx.db, actor.id, old)
  checkNewPassword(wanted, actor.name)
  const passwordHash = await hashPassword(wanted)
  const { credential } = actor
  await ctx.access.change(async (tx) => {
    await store.updatePasswordHash(tx, actor.id, passwordHash)
    await deleteSessionsOf(tx, actor.id, credential?.kind === 'session' ? credential.id : undefined)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actor.id,
      action: 'user.password_changed',
      target: actor.name,
    })
  })
}

/**
 * For somebody who forgot it: a new password, shown once; sessions end, and tokens too when they may be in
 * wrong hands.
 * @throws AppError not-found, permission-denied
 */
export async function resetPasswordOf(
  ctx: IdentityContext,
  userId: string,
  options: { dropTokens: boolean; dropSecondFactor: boolean },
): Promise<Secret> {
  requirePermission(ctx.actor, 'user:edit')
  const user = await requireUserById(ctx, userId, 'user:edit')
  if (user.kind === 'service') throw new AppError('conflict', 'a service account has no password')
  await requireNoLess(ctx, userId)
  const password = newPassword()
  const passwordHash = await hashPassword(password)
  await ctx.access.change(async (tx) => {
    await store.updatePasswordHash(tx, userId, passwordHash)
    await store.resetFailures(tx, userId)
    const sessions = await deleteSessionsOf(tx, userId)
    const tokens = options.dropTokens ? await deleteTokensOf(tx, userId) : 0
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'user.password_changed',
      target: user.name,
      details: { sessions_ended: sessions, tokens_dropped: tokens },
    })
    if (options.dropSecondFactor && user.hasSecondFactor) await dropSecondFactor(tx, ctx, user)
  })
  return password
}

/**
 * For somebody who lost the authenticator app and the recovery codes, and knows the password still.
 * @throws AppError not-found, permission-denied
 */
export async function resetSecondFactorOf(ctx: IdentityContext, userId: string): Promise<void> {
  requirePermission(ctx.actor, 'user:edit')
  const user = await requireUserById(ctx, userId, 'user:edit')
  await requireNoLess(ctx, userId)
  if (!user.hasSecondFactor) throw new AppError('not-found', `${user.name} has no second factor`)
  await ctx.access.change((tx) => dropSecondFactor(tx, ctx, user))
}

/** Lets somebody in again who is locked out after wrong attempts. */
export async function unlockUser(ctx: IdentityContext, userId: string): Promise<void> {
  requirePermission(ctx.actor, 'user:edit')
  const user = await requireUserById(ctx, userId, 'user:edit')
  await ctx.db.transaction().execute(async (tx) => {
    await store.resetFailures(tx, userId)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'user.unlocked',
      target: user.name,
    })
  })
}

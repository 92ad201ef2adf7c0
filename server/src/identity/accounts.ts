/** The first administrator, and what whoever has the data folder may do at the machine. */
import { appendEvent } from '../audit/append-event.ts'
import type { Db } from '../platform/database/db.ts'
import { Secret } from '../platform/secret.ts'
import { AppError } from '../vocabulary/errors.ts'
import { Access } from './access.ts'
import { ADMIN_ROLE } from './administrators.ts'
import { checkUserName } from './manage-users.ts'
import { hashPassword, newPassword } from './passwords.ts'
import { deleteSessionsOf } from './session-store.ts'
import * as store from './store.ts'
import { newTokenSecret, tokenDigest } from './token-secret.ts'
import { insertToken } from './token-store.ts'
import { deleteRecoveryCodes, setTotp } from './second-factor-store.ts'

export { requireUser } from './require-account.ts'

const DAY_MS = 24 * 3600 * 1000

/**
 * On the first start makes the administrator `admin`.
 *
 * @param wanted the password from the configuration; without it one is made
 * @returns the password that was made and must be shown once, or undefined
 */
export async function ensureAdministrator(
  db: Db,
  wanted: string | undefined,
  now: Date,
): Promise<Secret | undefined> {
  if ((await store.countUsers(db)) > 0) return undefined
  const password = wanted === undefined ? newPassword() : new Secret(wanted)
  const passwordHash = await hashPassword(password)
  await db.transaction().execute(async (tx) => {
    await store.insertUser(tx, { name: 'admin', passwordHash, isAdmin: true, at: now })
    await appendEvent(tx, { at: now, actorId: undefined, action: 'user.created', target: 'admin' })
  })
  return wanted === undefined ? password : undefined
}

/**
 * For whoever has the data folder and lost the password: a new one, without lock and second factor, and an
 * end of every session.
 * @throws AppError not-found
 */
export async function resetPassword(db: Db, name: string, now: Date): Promise<Secret> {
  const user = await store.findUserByName(db, name)
  if (user?.kind !== 'person') throw new AppError('not-found', `there is no user ${name}`)
  const password = newPassword()
  const passwordHash = await hashPassword(password)
  const access = new Access({ db, now: () => now })
  await access.change(async (tx) => {
    await letIn(tx, user.id, passwordHash)
    await appendEvent(tx, { at: now, actorId: undefined, action: 'user.password_changed', target: name })
  })
  return password
}

/**
 * For whoever has the data folder when nobody can manage the server any more (break glass): the account `name`, made
 * or enabled again when it has to be, gets the role admin here, so that no provider takes it, and a new password
 * without lock and second factor; every session of it ends.
 * @throws AppError bad-request for a name that no account can have, conflict for a service account
 */
export async function makeAdministrator(
  db: Db,
  name: string,
  now: Date,
): Promise<{ password: Secret; isNew: boolean }> {
  checkUserName(name)
  const user = await store.findUserByName(db, name)
  if (user?.kind === 'service')
    throw new AppError('conflict', `${name} is a service account; an administrator is a person`)
  const password = newPassword()
  const passwordHash = await hashPassword(password)
  const by = { at: now, actorId: undefined, target: name }
  const details = { source: 'make-admin' }
  await new Access({ db, now: () => now }).change(async (tx) => {
    const id = user?.id ?? (await store.insertUser(tx, { name, passwordHash, at: now }))
    if (user) {
      await letIn(tx, user.id, passwordHash)
      if (user.isDisabled) {
        await store.updateUser(tx, id, { isDisabled: false })
        await appendEvent(tx, { ...by, action: 'user.enabled', details })
      }
      await appendEvent(tx, { ...by, action: 'user.password_changed', details })
    } else await appendEvent(tx, { ...by, action: 'user.created', details })
    await store.insertGrant(tx, ADMIN_ROLE, { kind: 'user', id }, 'local', now)
    await appendEvent(tx, {
      ...{ ...by, action: 'role.granted', target: ADMIN_ROLE },
      details: { user: name, ...details },
    })
  })
  return { password, isNew: !user }
}

/** With the new password and nothing else. */
async function letIn(tx: Db, userId: string, passwordHash: string): Promise<void> {
  await store.updatePasswordHash(tx, userId, passwordHash)
  await store.resetFailures(tx, userId)
  await setTotp(tx, userId, null, null)
  await deleteRecoveryCodes(tx, userId)
  await deleteSessionsOf(tx, userId)
}

/** For whoever has the data folder: a token for any account. @throws AppError not-found */
export async function createTokenForUser(
  db: Db,
  userName: string,
  options: { name: string; days: number },
  now: Date,
): Promise<{ id: string; secret: Secret; expiresAt: Date }> {
  const user = await store.findUserByName(db, userName)
  if (!user) throw new AppError('not-found', `there is no user ${userName}`)
  const secret = newTokenSecret(user.kind === 'service' ? 'service' : 'user')
  const expiresAt = new Date(now.getTime() + options.days * DAY_MS)
  const id = await db.transaction().execute(async (tx) => {
    const tokenId = await insertToken(tx, {
      userId: user.id,
      name: options.name,
      digest: tokenDigest(secret),
      at: now,
      expiresAt,
    })
    await appendEvent(tx, {
      at: now,
      actorId: undefined,
      action: 'token.created',
      target: userName,
      after: { id: tokenId, name: options.name, expires_at: expiresAt.toISOString() },
    })
    return tokenId
  })
  return { id, secret, expiresAt }
}

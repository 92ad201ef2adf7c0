/** What people do with their account: start with one, sign in, make and drop tokens. */
import { appendEvent } from '../audit/append-event.ts'
import type { Db } from '../platform/database/db.ts'
import { Secret } from '../platform/secret.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Account, Actor } from './actor.ts'
import { hashPassword, newPassword, passwordMatches } from './passwords.ts'
import type { Access } from './access.ts'
import { insertSession } from './session-store.ts'
import * as store from './store.ts'
import { deleteToken as deleteTokenRow, insertToken } from './token-store.ts'
import { newTokenSecret, tokenDigest } from './token-secret.ts'

const DAY_MS = 24 * 3600 * 1000
const SESSION_DAYS = 1
export const MAX_TOKEN_DAYS = 366

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
  const made = await db.transaction().execute(async (tx) => {
    if ((await store.countUsers(tx)) > 0) return false // another server starts beside this one
    await store.insertUser(tx, { name: 'admin', passwordHash, isAdmin: true, at: now })
    await appendEvent(tx, { at: now, actorId: undefined, action: 'user.created', target: 'admin' })
    return true
  })
  return made && wanted === undefined ? password : undefined
}

/** For whoever has the data folder and lost the password. @throws AppError not-found */
export async function resetPassword(db: Db, name: string, now: Date): Promise<Secret> {
  const user = await store.findUserByName(db, name)
  if (!user) throw new AppError('not-found', `there is no user ${name}`)
  const password = newPassword()
  const passwordHash = await hashPassword(password)
  await db.transaction().execute(async (tx) => {
    await store.updatePasswordHash(tx, user.id, passwordHash)
    await appendEvent(tx, { at: now, actorId: undefined, action: 'user.password_changed', target: name })
  })
  return password
}

/** @throws AppError wrong-credentials, the same for an unknown name and a wrong password */
export async function signIn(db: Db, name: string, password: Secret, now: Date): Promise<Secret> {
  const user = await store.findUserByName(db, name)
  const matches = await passwordMatches(user?.passwordHash ?? null, password)
  if (!user || !matches || user.isDisabled) {
    throw new AppError('wrong-credentials', 'user name or password is wrong')
  }
  const secret = newTokenSecret()
  await insertSession(db, {
    userId: user.id,
    digest: tokenDigest(secret),
    method: 'password',
    at: now,
    expiresAt: new Date(now.getTime() + SESSION_DAYS * DAY_MS),
  })
  return secret
}

/** A token for the actor's own use. @throws AppError unauthenticated, bad-request */
export async function createToken(
  db: Db,
  actor: Actor,
  options: { name: string; days: number },
  now: Date,
): Promise<{ id: string; secret: Secret; expiresAt: Date }> {
  const user = requireUser(actor)
  if (options.days < 1 || options.days > MAX_TOKEN_DAYS) {
    throw new AppError('bad-request', `a token lives 1 to ${MAX_TOKEN_DAYS} days, not ${options.days}`)
  }
  return createTokenFor(db, user.id, user.name, options.name, options.days, now)
}

/** For whoever has the data folder: a token for any user. @throws AppError not-found */
export async function createTokenForUser(
  db: Db,
  userName: string,
  options: { name: string; days: number },
  now: Date,
): Promise<{ id: string; secret: Secret; expiresAt: Date }> {
  const user = await store.findUserByName(db, userName)
  if (!user) throw new AppError('not-found', `there is no user ${userName}`)
  return createTokenFor(db, user.id, user.name, options.name, options.days, now)
}

async function createTokenFor(
  db: Db,
  userId: string,
  userName: string,
  name: string,
  days: number,
  now: Date,
): Promise<{ id: string; secret: Secret; expiresAt: Date }> {
  const secret = newTokenSecret()
  const expiresAt = new Date(now.getTime() + days * DAY_MS)
  const id = await db.transaction().execute(async (tx) => {
    const tokenId = await insertToken(tx, {
      userId,
      name,
      digest: tokenDigest(secret),
      at: now,
      expiresAt,
    })
    await appendEvent(tx, {
      at: now,
      actorId: userId,
      action: 'token.created',
      target: userName,
      details: { name },
    })
    return tokenId
  })
  return { id, secret, expiresAt }
}

/** @throws AppError unauthenticated, not-found */
export async function deleteToken(access: Access, actor: Actor, id: string, now: Date): Promise<void> {
  const user = requireUser(actor)
  await access.change(async (tx) => {
    if (!(await deleteTokenRow(tx, user.id, id))) throw new AppError('not-found', `you have no token ${id}`)
    await appendEvent(tx, {
      at: now,
      actorId: user.id,
      action: 'token.deleted',
      target: user.name,
      details: { id },
    })
  })
}

/** @throws AppError unauthenticated for nobody */
export function requireUser(actor: Actor): Account {
  if (actor.kind === 'user') return actor
  throw new AppError('unauthenticated', 'this needs a token: none came with the request, or it is not valid')
}

/** Signing in with a built-in account, and what a session is afterwards. */
import { appendEvent } from '../audit/append-event.ts'
import type { Db, Tx } from '../platform/database/db.ts'
import type { Secret } from '../platform/secret.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { IdentityParts } from './context.ts'
import { lockMsAfter } from './lock-out.ts'
import { passwordMatches } from './passwords.ts'
import { checkSecondFactor } from './second-factor.ts'
import { deleteExpiredSessions, insertSession } from './session-store.ts'
import * as store from './store.ts'
import { newTokenSecret, tokenDigest } from './token-secret.ts'

const HOUR_MS = 3600 * 1000
const MAX_UNKNOWN_NAMES = 10_000

export interface SignInAttempt {
  readonly name: string
  readonly password: Secret
  /** Of the second factor, or a recovery code. */
  readonly code?: Secret | undefined
  readonly address?: string | undefined
  readonly userAgent?: string | undefined
}

export interface StartedSession {
  readonly id: string
  readonly secret: Secret
  readonly expiresAt: Date
  readonly user: store.UserRow
}

/**
 * @throws AppError wrong-credentials, the same for an unknown name, a wrong password and a disabled account;
 *   second-factor-needed when all is right but a code is missing; too-many-requests while it is locked
 */
export async function signIn(parts: IdentityParts, attempt: SignInAttempt): Promise<StartedSession> {
  const user = await store.findUserByName(parts.db, attempt.name)
  if (!user || user.kind !== 'person') return refuseUnknown(parts, attempt)
  return proveAccount(parts, user, attempt, (tx, at) =>
    startSession(tx, parts, user, { ...attempt, method: 'password' }, at),
  )
}

/**
 * Has somebody show that the account is theirs, by password and second factor, and does what is to be done for them in
 * the transaction that finds so. A wrong attempt counts towards the lock.
 * @throws AppError wrong-credentials, second-factor-needed, too-many-requests
 */
export async function proveAccount<T>(
  parts: IdentityParts,
  user: store.UserRow,
  proof: { readonly password: Secret; readonly code?: Secret | undefined },
  work: (tx: Tx, at: Date) => Promise<T>,
): Promise<T> {
  const failures = await countAttempt(parts, user)
  const matches = await passwordMatches(user.passwordHash, proof.password)
  if (!matches || user.isDisabled) {
    await recordFailure(parts, user, failures, matches ? 'disabled' : 'password')
    throw wrongCredentials()
  }
  const at = parts.now()
  const outcome = await parts.db.transaction().execute(async (tx) => {
    const factor = await checkSecondFactor(tx, parts.box, user, proof.code, at)
    if (factor === 'missing' || factor === 'wrong') return factor
    await store.resetFailures(tx, user.id)
    return { done: await work(tx, at) }
  })
  if (outcome === 'missing') {
    await store.undoAttempt(parts.db, user.id) // the password was right, and what is left to guess is not free
    throw new AppError(
      'second-factor-needed',
      'the account has a second factor: give a code of the app, or a recovery code',
    )
  }
  if (outcome === 'wrong') {
    await recordFailure(parts, user, failures, 'second factor')
    throw wrongCredentials()
  }
  return outcome.done
}

/** A session for somebody whose identity is settled. Call it in the transaction that settles it. */
export async function startSession(
  tx: Db,
  parts: IdentityParts,
  user: store.UserRow,
  origin: {
    /** `password`, or the issuer that vouches. */
    readonly method: string
    readonly address?: string | undefined
    readonly userAgent?: string | undefined
    readonly providerSession?: string | undefined
  },
  at: Date,
): Promise<StartedSession> {
  const secret = newTokenSecret('session')
  const expiresAt = new Date(at.getTime() + parts.rules.sessionHours * HOUR_MS)
  await deleteExpiredSessions(tx, at)
  await store.setLastLogin(tx, user.id, at)
  const digest = tokenDigest(secret)
  const id = await insertSession(tx, { ...origin, userId: user.id, digest, at, expiresAt })
  await appendEvent(tx, {
    at,
    actorId: user.id,
    action: 'login.succeeded',
    target: user.name,
    details: { method: origin.method },
  })
  return { id, secret, expiresAt, user }
}

/** @returns how many wrong attempts there were with this one, should it be wrong */
async function countAttempt(parts: IdentityParts, user: store.UserRow): Promise<number> {
  const at = parts.now()
  // In one transaction, which holds the row: those under way already count, and on PostgreSQL another attempt
  // could slip in between. Many at once get no more than one by one.
  const failures = await parts.db.transaction().execute(async (tx) => {
    const count = await store.countAttempt(tx, user.id, at)
    const ms = count === undefined ? 0 : lockMsAfter(count)
    if (ms > 0) await store.lockUntil(tx, user.id, new Date(at.getTime() + ms))
    return count
  })
  if (failures === undefined) throw locked(user.lockedUntil ?? at, at)
  return failures
}

async function recordFailure(
  parts: IdentityParts,
  user: store.UserRow,
  failures: number,
  reason: string,
): Promise<void> {
  const at = parts.now()
  const lockMs = lockMsAfter(failures)
  await parts.db.transaction().execute(async (tx) => {
    await appendEvent(tx, {
      at,
      actorId: undefined,
      action: 'login.failed',
      target: user.name,
      details: { reason, failures },
    })
    if (lockMs > 0) {
      await appendEvent(tx, {
        at,
        actorId: undefined,
        action: 'login.locked',
        target: user.name,
        details: { seconds: lockMs / 1000 },
      })
    }
  })
}

async function refuseUnknown(parts: IdentityParts, attempt: SignInAttempt): Promise<never> {
  const at = parts.now()
  // counted like the known, or the lock would tell which names have an account
  const { unknownNames } = parts
  const known = unknownNames.get(attempt.name)
  if (known && known.lockedUntilMs > at.getTime()) throw locked(new Date(known.lockedUntilMs), at)
  const failures = (known?.failures ?? 0) + 1
  if (unknownNames.size >= MAX_UNKNOWN_NAMES) unknownNames.clear()
  unknownNames.set(attempt.name, { failures, lockedUntilMs: at.getTime() + lockMsAfter(failures) })
  await passwordMatches(null, attempt.password)
  await parts.db.transaction().execute((tx) =>
    // without the name: people type their password there
    appendEvent(tx, { at, actorId: undefined, action: 'login.failed', target: 'unknown account' }),
  )
  throw wrongCredentials()
}

function locked(until: Date, at: Date): AppError {
  const seconds = Math.max(1, Math.ceil((until.getTime() - at.getTime()) / 1000))
  return new AppError('too-many-requests', `too many wrong attempts: try again in ${seconds} s`, {
    details: { retry_after: seconds },
  })
}

function wrongCredentials(): AppError {
  return new AppError('wrong-credentials', 'user name or password is wrong')
}

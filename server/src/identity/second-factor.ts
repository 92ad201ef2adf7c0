/**
 * The second factor of built-in accounts: codes of an authenticator app (RFC 6238), and recovery codes for
 * the day the phone is gone. It counts from the moment a first code has shown that the app has the seed.
 */
import { createHash, randomInt } from 'node:crypto'
import * as OTPAuth from 'otpauth'
import { appendEvent } from '../audit/append-event.ts'
import type { Tx } from '../platform/database/db.ts'
import { Secret } from '../platform/secret.ts'
import type { SecretBox } from '../platform/secret-box.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Account } from './actor.ts'
import type { IdentityContext } from './context.ts'
import { requirePassword } from './passwords.ts'
import { requirePerson } from './require-account.ts'
import * as store from './second-factor-store.ts'

const PERIOD_SECONDS = 30
/** Clocks of phones are a little off. */
const WINDOW = 1
const SEED_BYTES = 20
const RECOVERY_CODES = 10
// without letters and digits that are read for one another
const RECOVERY_ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz'
const RECOVERY_LENGTH = 12

const purposeOf = (userId: string): string => `totp of ${userId}`

function totpOf(secret: OTPAuth.Secret, name: string): OTPAuth.TOTP {
  return new OTPAuth.TOTP({ issuer: 'Terrarium', label: name, secret, period: PERIOD_SECONDS, digits: 6 })
}

/** A seed for an app, not in force yet. @throws AppError wrong-credentials, conflict */
export async function startSecondFactor(
  ctx: IdentityContext,
  password: Secret,
): Promise<{ secret: Secret; uri: Secret }> {
  const user = requirePerson(ctx.actor)
  await requirePassword(ctx.db, user.id, password)
  const factor = await store.findTotp(ctx.db, user.id)
  if (factor?.confirmedAt) throw new AppError('conflict', 'the account has a second factor; remove it first')
  const seed = new OTPAuth.Secret({ size: SEED_BYTES })
  await store.setTotp(ctx.db, user.id, ctx.box.seal(new Secret(seed.base32), purposeOf(user.id)), null)
  return { secret: new Secret(seed.base32), uri: new Secret(totpOf(seed, user.name).toString()) }
}

/**
 * Puts the seed in force once a code shows that the app has it.
 * @returns recovery codes, shown this once
 * @throws AppError wrong-credentials, not-found, conflict
 */
export async function confirmSecondFactor(ctx: IdentityContext, code: Secret): Promise<Secret[]> {
  const user = requirePerson(ctx.actor)
  const at = ctx.now()
  return ctx.access.change(async (tx) => {
    const factor = await store.findTotp(tx, user.id)
    if (!factor) throw new AppError('not-found', 'no second factor is being set up')
    if (factor.confirmedAt) throw new AppError('conflict', 'the second factor is in force already')
    const step = findStep(ctx.box, user, factor.sealed, code, at)
    if (step === undefined) throw wrongCode()
    await store.setTotp(tx, user.id, factor.sealed, at)
    await store.useStep(tx, user.id, step)
    await appendEvent(tx, { at, actorId: user.id, action: 'user.second_factor_added', target: user.name })
    return makeRecoveryCodes(tx, user, at)
  })
}

/** @throws AppError wrong-credentials */
export async function removeSecondFactor(ctx: IdentityContext, password: Secret): Promise<void> {
  const user = requirePerson(ctx.actor)
  await requirePassword(ctx.db, user.id, password)
  await ctx.access.change((tx) => dropSecondFactor(tx, ctx, user))
}

/** In the transaction of whatever else is done to the account. */
export async function dropSecondFactor(
  tx: Tx,
  ctx: IdentityContext,
  user: { readonly id: string; readonly name: string },
): Promise<void> {
  const actorId = ctx.actor.kind === 'user' ? ctx.actor.id : undefined
  await store.setTotp(tx, user.id, null, null)
  await store.deleteRecoveryCodes(tx, user.id)
  await appendEvent(tx, { at: ctx.now(), actorId, action: 'user.second_factor_removed', target: user.name })
}

/** New codes in place of the old ones. @throws AppError wrong-credentials, not-found */
export async function renewRecoveryCodes(ctx: IdentityContext, password: Secret): Promise<Secret[]> {
  const user = requirePerson(ctx.actor)
  await requirePassword(ctx.db, user.id, password)
  return ctx.db.transaction().execute(async (tx) => {
    const factor = await store.findTotp(tx, user.id)
    if (!factor?.confirmedAt) throw new AppError('not-found', 'the account has no second factor')
    return makeRecoveryCodes(tx, user, ctx.now())
  })
}

async function makeRecoveryCodes(tx: Tx, user: Account, at: Date): Promise<Secret[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () => newRecoveryCode())
  await store.deleteRecoveryCodes(tx, user.id)
  await store.insertRecoveryCodes(tx, user.id, codes.map(digestOf), at)
  await appendEvent(tx, { at, actorId: user.id, action: 'user.recovery_codes_made', target: user.name })
  return codes.map((code) => new Secret(`${code.slice(0, 4)}-${code.slice(4, 8)}-${code.slice(8)}`))
}

function newRecoveryCode(): string {
  return Array.from(
    { length: RECOVERY_LENGTH },
    () => RECOVERY_ALPHABET[randomInt(RECOVERY_ALPHABET.length)],
  ).join('')
}

function digestOf(code: string): string {
  return createHash('sha256').update(code).digest('hex')
}

export type SecondFactorResult = 'none' | 'missing' | 'wrong' | 'passed' | 'recovered'

/**
 * Checks the second factor of somebody who signs in, in the transaction that lets them in: a code, of either
 * kind, is used up by it.
 */
export async function checkSecondFactor(
  tx: Tx,
  box: SecretBox,
  user: { readonly id: string; readonly name: string },
  code: Secret | undefined,
  at: Date,
): Promise<SecondFactorResult> {
  const factor = await store.findTotp(tx, user.id)
  if (!factor?.confirmedAt) return 'none'
  if (!code) return 'missing'
  const step = findStep(box, user, factor.sealed, code, at)
  // or a code that was looked at over a shoulder would be good for another half minute
  if (step !== undefined) return (await store.useStep(tx, user.id, step)) ? 'passed' : 'wrong'
  const written = code.reveal().toLowerCase().replace(/[\s-]/g, '')
  if (!(await store.deleteRecoveryCode(tx, user.id, digestOf(written)))) return 'wrong'
  await appendEvent(tx, { at, actorId: user.id, action: 'user.recovery_code_used', target: user.name })
  return 'recovered'
}

/** Which half minute the code is of, or undefined when it is of none that counts. */
function findStep(
  box: SecretBox,
  user: { readonly id: string; readonly name: string },
  sealed: string,
  code: Secret,
  at: Date,
): number | undefined {
  const token = code.reveal().replace(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return undefined
  const seed = OTPAuth.Secret.fromBase32(box.open(sealed, purposeOf(user.id)).reveal())
  const delta = totpOf(seed, user.name).validate({ token, timestamp: at.getTime(), window: WINDOW })
  return delta === null ? undefined : Math.floor(at.getTime() / 1000 / PERIOD_SECONDS) + delta
}

function wrongCode(): AppError {
  return new AppError('wrong-credentials', 'the code is wrong, or was used already')
}

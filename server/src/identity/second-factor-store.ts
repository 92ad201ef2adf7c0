/** The SQL of second factors. */
import type { Db } from '../platform/database/db.ts'

export interface TotpRow {
  readonly sealed: string
  readonly confirmedAt: Date | undefined
}

export async function findTotp(db: Db, userId: string): Promise<TotpRow | undefined> {
  const row = await db
    .selectFrom('users')
    .select(['totp_secret', 'totp_confirmed_at'])
    .where('id', '=', userId)
    .executeTakeFirst()
  if (!row?.totp_secret) return undefined
  return {
    sealed: row.totp_secret,
    confirmedAt: row.totp_confirmed_at === null ? undefined : new Date(row.totp_confirmed_at),
  }
}

export async function setTotp(
  db: Db,
  userId: string,
  sealed: string | null,
  confirmedAt: Date | null,
): Promise<void> {
  await db
    .updateTable('users')
    .set({ totp_secret: sealed, totp_confirmed_at: confirmedAt?.getTime() ?? null, totp_used_step: null })
    .where('id', '=', userId)
    .execute()
}

/** False when this step, or a later one, was used before. */
export async function useStep(db: Db, userId: string, step: number): Promise<boolean> {
  const result = await db
    .updateTable('users')
    .set({ totp_used_step: step })
    .where('id', '=', userId)
    .where((eb) => eb.or([eb('totp_used_step', 'is', null), eb('totp_used_step', '<', step)]))
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export async function insertRecoveryCodes(
  db: Db,
  userId: string,
  digests: readonly string[],
  at: Date,
): Promise<void> {
  await db
    .insertInto('recovery_codes')
    .values(digests.map((digest) => ({ user_id: userId, code_sha256: digest, created_at: at.getTime() })))
    .execute()
}

export async function deleteRecoveryCodes(db: Db, userId: string): Promise<void> {
  await db.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
}

/** False when there is no such code. */
export async function deleteRecoveryCode(db: Db, userId: string, digest: string): Promise<boolean> {
  const result = await db
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('code_sha256', '=', digest)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

export async function countRecoveryCodes(db: Db, userId: string): Promise<number> {
  const { count } = await db
    .selectFrom('recovery_codes')
    .where('user_id', '=', userId)
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

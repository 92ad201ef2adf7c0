/** The SQL of people and tokens. */
import { newId } from '../platform/ids.ts'
import type { Db } from '../platform/database/db.ts'
import type { Actor } from './actor.ts'

export interface UserRow {
  readonly id: string
  readonly name: string
  readonly passwordHash: string | null
  readonly isAdmin: boolean
  readonly isDisabled: boolean
}

const userColumns = ['id', 'name', 'password_hash', 'is_admin', 'is_disabled'] as const

interface UserColumns {
  id: string
  name: string
  password_hash: string | null
  is_admin: number
  is_disabled: number
}

function toUser(row: UserColumns): UserRow {
  return {
    id: row.id,
    name: row.name,
    passwordHash: row.password_hash,
    isAdmin: row.is_admin === 1,
    isDisabled: row.is_disabled === 1,
  }
}

export async function findUserByName(db: Db, name: string): Promise<UserRow | undefined> {
  const row = await db.selectFrom('users').select(userColumns).where('name', '=', name).executeTakeFirst()
  return row && toUser(row)
}

export async function countUsers(db: Db): Promise<number> {
  const row = await db
    .selectFrom('users')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function insertUser(
  db: Db,
  user: { name: string; passwordHash: string; isAdmin: boolean; at: Date },
): Promise<string> {
  const id = newId()
  await db
    .insertInto('users')
    .values({
      id,
      name: user.name,
      password_hash: user.passwordHash,
      is_admin: user.isAdmin ? 1 : 0,
      is_disabled: 0,
      created_at: user.at.getTime(),
    })
    .execute()
  return id
}

export async function updatePasswordHash(db: Db, userId: string, passwordHash: string): Promise<void> {
  await db.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', userId).execute()
}

export interface TokenRow {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

export async function insertToken(
  db: Db,
  token: { userId: string; name: string; digest: string; at: Date; expiresAt: Date },
): Promise<string> {
  const id = newId()
  await db
    .insertInto('tokens')
    .values({
      id,
      user_id: token.userId,
      name: token.name,
      secret_sha256: token.digest,
      created_at: token.at.getTime(),
      expires_at: token.expiresAt.getTime(),
    })
    .execute()
  return id
}

export async function listTokens(db: Db, userId: string): Promise<TokenRow[]> {
  const rows = await db
    .selectFrom('tokens')
    .select(['id', 'name', 'created_at', 'expires_at'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  }))
}

export async function deleteToken(db: Db, userId: string, id: string): Promise<boolean> {
  const result = await db
    .deleteFrom('tokens')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Who a token speaks for, or undefined when it is unknown, has run out, or its owner is disabled. */
export async function findActorByTokenDigest(db: Db, digest: string, now: Date): Promise<Actor | undefined> {
  const row = await db
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .select(['users.id', 'users.name', 'users.is_admin'])
    .where('tokens.secret_sha256', '=', digest)
    .where('tokens.expires_at', '>', now.getTime())
    .where('users.is_disabled', '=', 0)
    .executeTakeFirst()
  return row && { kind: 'user', id: row.id, name: row.name, isAdmin: row.is_admin === 1 }
}

/** The SQL of accounts. */
import { newId } from '../platform/ids.ts'
import { sql } from 'kysely'
import type { DatabaseSchema } from '../db/schema.gen.ts'
import { containsText, inChunks, type Db } from '../platform/database/db.ts'

export interface UserRow {
  readonly id: string
  readonly name: string
  readonly kind: 'person' | 'service'
  readonly displayName: string
  readonly email: string | undefined
  /** Of a service account, when it belongs to one. */
  readonly channelId: string | undefined
  readonly passwordHash: string | null
  readonly isDisabled: boolean
  readonly createdAt: Date
  readonly lastLoginAt: Date | undefined
  readonly failedLogins: number
  readonly lockedUntil: Date | undefined
  readonly hasSecondFactor: boolean
}

const userColumns = [
  ...(['id', 'name', 'kind', 'display_name', 'email', 'channel_id', 'password_hash', 'is_disabled'] as const),
  ...(['created_at', 'last_login_at', 'failed_logins', 'locked_until', 'totp_confirmed_at'] as const),
] as const

type UserColumns = Pick<DatabaseSchema['users'], (typeof userColumns)[number]>

function toUser(row: UserColumns): UserRow {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind === 'service' ? 'service' : 'person',
    displayName: row.display_name,
    email: row.email ?? undefined,
    channelId: row.channel_id ?? undefined,
    passwordHash: row.password_hash,
    isDisabled: row.is_disabled === 1,
    createdAt: new Date(row.created_at),
    lastLoginAt: row.last_login_at === null ? undefined : new Date(row.last_login_at),
    failedLogins: row.failed_logins,
    lockedUntil: row.locked_until === null ? undefined : new Date(row.locked_until),
    hasSecondFactor: row.totp_confirmed_at !== null,
  }
}

export async function findUserByName(db: Db, name: string): Promise<UserRow | undefined> {
  const row = await db.selectFrom('users').select(userColumns).where('name', '=', name).executeTakeFirst()
  return row && toUser(row)
}

export async function findUserById(db: Db, id: string): Promise<UserRow | undefined> {
  const row = await db.selectFrom('users').select(userColumns).where('id', '=', id).executeTakeFirst()
  return row && toUser(row)
}

export interface UserQuery {
  readonly q?: string | undefined
  readonly kind: 'person' | 'service'
  /** Service accounts of one channel. */
  readonly channelId?: string | undefined
}

export async function listUsers(
  db: Db,
  query: UserQuery,
  page: { offset: number; limit: number },
): Promise<{ total: number; items: UserRow[] }> {
  const matching = db
    .selectFrom('users')
    .where('kind', '=', query.kind)
    .$if(query.channelId !== undefined, (qb) => qb.where('channel_id', '=', query.channelId ?? ''))
    .$if(Boolean(query.q), (qb) =>
      qb.where((eb) =>
        eb.or([containsText('name', query.q ?? ''), containsText('display_name', query.q ?? '')]),
      ),
    )
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .select(userColumns)
    .orderBy('name')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return { total: Number(count), items: rows.map(toUser) }
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
  user: {
    name: string
    passwordHash: string | null
    isAdmin?: boolean
    kind?: 'person' | 'service'
    displayName?: string | undefined
    email?: string | undefined
    channelId?: string | undefined
    at: Date
  },
): Promise<string> {
  const id = newId()
  await db
    .insertInto('users')
    .values({
      id,
      name: user.name,
      kind: user.kind ?? 'person',
      display_name: user.displayName ?? '',
      email: user.email ?? null,
      channel_id: user.channelId ?? null,
      failed_logins: 0,
      password_hash: user.passwordHash,
      is_admin: 0, // read no more: roles are granted
      is_disabled: 0,
      created_at: user.at.getTime(),
    })
    .execute()
  if (user.isAdmin === true) await insertGrant(db, 'admin', { kind: 'user', id }, 'local', user.at)
  return id
}

export async function updateUser(
  db: Db,
  id: string,
  change: {
    displayName?: string | undefined
    email?: string | null | undefined
    isDisabled?: boolean | undefined
  },
): Promise<void> {
  const values = {
    ...(change.displayName !== undefined && { display_name: change.displayName }),
    ...(change.email !== undefined && { email: change.email }),
    ...(change.isDisabled !== undefined && { is_disabled: change.isDisabled ? 1 : 0 }),
  }
  if (Object.keys(values).length > 0) await db.updateTable('users').set(values).where('id', '=', id).execute()
}

/** Goes with all that hangs on the account; what it owns must have another owner before. */
export async function deleteUser(db: Db, id: string): Promise<void> {
  await db.deleteFrom('tokens').where('user_id', '=', id).execute()
  await db.deleteFrom('role_grants').where('subject_kind', '=', 'user').where('subject_id', '=', id).execute()
  await db
    .deleteFrom('channel_shares')
    .where('subject_kind', '=', 'user')
    .where('subject_id', '=', id)
    .execute()
  await db.deleteFrom('users').where('id', '=', id).execute()
}

/**
 * Counts an attempt to sign in, before it is checked.
 * @returns how many there were in a row; undefined while the account is locked
 */
export async function countAttempt(db: Db, userId: string, now: Date): Promise<number | undefined> {
  const row = await db
    .updateTable('users')
    .set({ failed_logins: sql`failed_logins + 1` })
    .where('id', '=', userId)
    .where((eb) => eb.or([eb('locked_until', 'is', null), eb('locked_until', '<=', now.getTime())]))
    .returning('failed_logins')
    .executeTakeFirst()
  return row?.failed_logins
}

export async function lockUntil(db: Db, userId: string, until: Date): Promise<void> {
  await db.updateTable('users').set({ locked_until: until.getTime() }).where('id', '=', userId).execute()
}

export async function resetFailures(db: Db, userId: string): Promise<void> {
  await db
    .updateTable('users')
    .set({ failed_logins: 0, locked_until: null })
    .where('id', '=', userId)
    .execute()
}

/** Takes back one attempt that was no wrong one, and no right one either. */
export async function undoAttempt(db: Db, userId: string): Promise<void> {
  await db
    .updateTable('users')
    .set({ failed_logins: sql`failed_logins - 1`, locked_until: null })
    .where('id', '=', userId)
    .where('failed_logins', '>', 0)
    .execute()
}

export async function setLastLogin(db: Db, userId: string, at: Date): Promise<void> {
  await db.updateTable('users').set({ last_login_at: at.getTime() }).where('id', '=', userId).execute()
}

export async function updatePasswordHash(db: Db, userId: string, passwordHash: string): Promise<void> {
  await db.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', userId).execute()
}

/** Who holds a role or a share. */
export interface Subject {
  readonly kind: 'user' | 'group'
  readonly id: string
}

/** Gives a role; `source` is `local`, or the issuer whose claim says so. Giving it twice is once. */
export async function insertGrant(
  db: Db,
  roleId: string,
  subject: Subject,
  source: string,
  at: Date,
): Promise<void> {
  await db
    .insertInto('role_grants')
    .values({
      role_id: roleId,
      subject_kind: subject.kind,
      subject_id: subject.id,
      source,
      created_at: at.getTime(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Names of accounts by id; unknown ids are left out. */
export async function findUserNames(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for (const chunk of inChunks(ids)) {
    const rows = await db.selectFrom('users').select(['id', 'name']).where('id', 'in', chunk).execute()
    for (const { id, name } of rows) names.set(id, name)
  }
  return names
}

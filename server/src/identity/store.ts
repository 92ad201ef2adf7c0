/** The SQL of accounts. */
import { newId } from '../platform/ids.ts'
import { inChunks, type Db } from '../platform/database/db.ts'

export interface UserRow {
  readonly id: string
  readonly name: string
  readonly passwordHash: string | null
  readonly isDisabled: boolean
}

const userColumns = ['id', 'name', 'password_hash', 'is_disabled'] as const

interface UserColumns {
  id: string
  name: string
  password_hash: string | null
  is_disabled: number
}

function toUser(row: UserColumns): UserRow {
  return {
    id: row.id,
    name: row.name,
    passwordHash: row.password_hash,
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
      kind: 'person',
      display_name: '',
      failed_logins: 0,
      password_hash: user.passwordHash,
      is_admin: 0, // read no more: roles are granted
      is_disabled: 0,
      created_at: user.at.getTime(),
    })
    .execute()
  if (user.isAdmin) await insertGrant(db, 'admin', { kind: 'user', id }, 'local', user.at)
  return id
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

/** The SQL that gathers what an account holds. */
import { sql, type RawBuilder, type SqlBool } from 'kysely'
import type { Db } from '../platform/database/db.ts'
import type { Level } from '../vocabulary/permissions.ts'
import type { Matrix } from './actor.ts'
import { matrixOf, type HeldRole, type HeldShare, type Standing } from './standing.ts'

/** What the account holds, or undefined when there is none, or it is disabled and that is not asked for. */
export async function loadStanding(
  db: Db,
  userId: string,
  which: 'enabled' | 'also disabled' = 'enabled',
): Promise<Standing | undefined> {
  const user = await db
    .selectFrom('users')
    .select(['id', 'name', 'kind', 'is_disabled'])
    .where('id', '=', userId)
    .executeTakeFirst()
  if (!user || (user.is_disabled === 1 && which === 'enabled')) return undefined
  const groups = await listGroupsOf(db, userId)
  const names = new Map(groups.map(({ id, name }) => [id, name]))
  return {
    id: user.id,
    name: user.name,
    isService: user.kind === 'service',
    groups,
    roles: await listRoles(db, userId, names),
    shares: await listShares(db, userId, names),
  }
}

/** What anybody may do. */
export async function loadEveryone(db: Db): Promise<Matrix> {
  const role = await db
    .selectFrom('roles')
    .select('permissions')
    .where('id', '=', 'everyone')
    .executeTakeFirst()
  return matrixOf('everyone', role?.permissions ?? null)
}

async function listGroupsOf(db: Db, userId: string): Promise<{ id: string; name: string }[]> {
  return db
    .selectFrom('groups')
    .select(['id', 'name'])
    .where('id', 'in', (eb) =>
      eb.selectFrom('group_members').select('group_id').where('user_id', '=', userId),
    )
    .orderBy('name')
    .execute()
}

type GroupNames = ReadonlyMap<string, string>

async function listRoles(db: Db, userId: string, groups: GroupNames): Promise<HeldRole[]> {
  const given = await db
    .selectFrom('roles')
    .select(['name', 'reach', 'given_to', 'permissions'])
    .where('given_to', 'in', ['everyone', 'accounts'])
    .execute()
  const granted = await db
    .selectFrom('role_grants')
    .innerJoin('roles', 'roles.id', 'role_grants.role_id')
    .select(['name', 'reach', 'permissions', 'subject_kind', 'subject_id'])
    .where(ofSubject(userId))
    .execute()
  return [
    ...given.map((row): HeldRole => ({
      ...toRole(row),
      via: { kind: row.given_to === 'everyone' ? 'everyone' : 'accounts' },
    })),
    ...granted.map((row): HeldRole => ({ ...toRole(row), via: viaOf(row, groups) })),
  ]
}

async function listShares(db: Db, userId: string, groups: GroupNames): Promise<HeldShare[]> {
  const rows = await db
    .selectFrom('channel_shares')
    .select(['channel_id', 'permission', 'name_patterns', 'subject_kind', 'subject_id'])
    .where(ofSubject(userId))
    .execute()
  return rows.map((row) => ({
    channelId: row.channel_id,
    level: row.permission as Level, // only this subject writes it
    writeNames: row.name_patterns === null ? undefined : (JSON.parse(row.name_patterns) as string[]),
    via: viaOf(row, groups),
  }))
}

function toRole(row: { name: string; reach: string; permissions: string | null }): Omit<HeldRole, 'via'> {
  return {
    name: row.name,
    reach: row.reach === 'all' ? 'all' : 'own',
    permissions: matrixOf(row.name, row.permissions),
  }
}

function viaOf(
  row: { subject_kind: string; subject_id: string },
  groups: GroupNames,
): { kind: 'user' } | { kind: 'group'; id: string; name: string } {
  if (row.subject_kind === 'user') return { kind: 'user' }
  return { kind: 'group', id: row.subject_id, name: groups.get(row.subject_id) ?? row.subject_id }
}

/** Rows that speak of the account itself or of one of its groups. */
function ofSubject(userId: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`(subject_kind = 'user' and subject_id = ${userId} or subject_kind = 'group'
    and subject_id in (select group_id from group_members where user_id = ${userId}))`
}

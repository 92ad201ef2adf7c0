/** The SQL of roles and of who holds them. */
import { newId } from '../platform/ids.ts'
import type { DatabaseSchema } from '../db/schema.gen.ts'
import type { Db } from '../platform/database/db.ts'
import type { Matrix } from './actor.ts'
import { builtInRole } from './built-in-roles.ts'
import { matrixOf } from './standing.ts'
import type { Subject } from './store.ts'

export interface Role {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly isBuiltIn: boolean
  readonly reach: 'own' | 'all'
  readonly givenTo: 'everyone' | 'accounts' | 'granted'
  readonly permissions: Matrix
}

function toRole(row: DatabaseSchema['roles']): Role {
  return {
    id: row.id,
    name: row.name,
    description: row.description || (builtInRole(row.name)?.description ?? ''),
    isBuiltIn: row.is_built_in === 1,
    reach: row.reach === 'all' ? 'all' : 'own',
    givenTo: row.given_to === 'everyone' || row.given_to === 'accounts' ? row.given_to : 'granted',
    permissions: matrixOf(row.name, row.permissions),
  }
}

export async function listRoles(db: Db): Promise<Role[]> {
  return (await db.selectFrom('roles').selectAll().orderBy('name').execute()).map(toRole)
}

/** By id or by name. */
export async function findRole(db: Db, idOrName: string): Promise<Role | undefined> {
  const row = await db
    .selectFrom('roles')
    .selectAll()
    .where((eb) => eb.or([eb('id', '=', idOrName), eb('name', '=', idOrName)]))
    .executeTakeFirst()
  return row && toRole(row)
}

export interface RoleValues {
  readonly name: string
  readonly description: string
  readonly reach: 'own' | 'all'
  readonly givenTo: 'everyone' | 'accounts' | 'granted'
  readonly permissions: Matrix
}

export async function insertRole(db: Db, role: RoleValues, at: Date): Promise<string> {
  const id = newId()
  await db
    .insertInto('roles')
    .values({ id, is_built_in: 0, created_at: at.getTime(), ...toColumns(role, at) })
    .execute()
  return id
}

export async function updateRole(db: Db, id: string, role: RoleValues, at: Date): Promise<void> {
  await db.updateTable('roles').set(toColumns(role, at)).where('id', '=', id).execute()
}

function toColumns(role: RoleValues, at: Date) {
  return {
    name: role.name,
    description: role.description,
    reach: role.reach,
    given_to: role.givenTo,
    permissions: JSON.stringify(role.permissions),
    updated_at: at.getTime(),
  }
}

export async function deleteRole(db: Db, id: string): Promise<void> {
  await db.deleteFrom('roles').where('id', '=', id).execute()
}

export interface Grant {
  readonly roleId: string
  readonly subject: Subject
  /** Of the account or the group. */
  readonly name: string
  /** `local`, or the issuer whose claim says so. */
  readonly source: string
}

export async function listGrants(db: Db, roleId: string): Promise<Grant[]> {
  const rows = await db
    .selectFrom('role_grants')
    .leftJoin('users', (join) => join.onRef('users.id', '=', 'subject_id').on('subject_kind', '=', 'user'))
    .leftJoin('groups', (join) => join.onRef('groups.id', '=', 'subject_id').on('subject_kind', '=', 'group'))
    .select(['role_id', 'subject_kind', 'subject_id', 'source', 'users.name as user', 'groups.name as group'])
    .where('role_id', '=', roleId)
    .orderBy('subject_kind')
    .orderBy('subject_id')
    .execute()
  return rows.map((row) => ({
    roleId: row.role_id,
    subject: { kind: row.subject_kind === 'group' ? 'group' : 'user', id: row.subject_id },
    name: row.user ?? row.group ?? row.subject_id,
    source: row.source,
  }))
}

/** Takes a role away as far as `source` gave it; false when it had not. */
export async function deleteGrant(
  db: Db,
  roleId: string,
  subject: Subject,
  source: string,
): Promise<boolean> {
  const result = await db
    .deleteFrom('role_grants')
    .where('role_id', '=', roleId)
    .where('subject_kind', '=', subject.kind)
    .where('subject_id', '=', subject.id)
    .where('source', '=', source)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

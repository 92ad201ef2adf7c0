/** The SQL of groups. */
import { newId } from '../platform/ids.ts'
import { containsText, type Db } from '../platform/database/db.ts'

export interface Group {
  readonly id: string
  readonly name: string
  readonly description: string
  /** Comes from a directory. */
  readonly isRemote: boolean
  readonly createdAt: Date
  readonly updatedAt: Date
}

interface GroupRow {
  id: string
  name: string
  description: string
  is_remote: number
  created_at: number
  updated_at: number
}

function toGroup(row: GroupRow): Group {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    isRemote: row.is_remote === 1,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}

export async function findGroup(db: Db, id: string): Promise<Group | undefined> {
  const row = await db.selectFrom('groups').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toGroup(row)
}

export async function findGroupByName(db: Db, name: string): Promise<Group | undefined> {
  const row = await db.selectFrom('groups').selectAll().where('name', '=', name).executeTakeFirst()
  return row && toGroup(row)
}

export async function listGroups(
  db: Db,
  page: { q?: string | undefined; offset: number; limit: number },
): Promise<{ total: number; items: Group[] }> {
  const matching = db
    .selectFrom('groups')
    .$if(Boolean(page.q), (query) => query.where(containsText('name', page.q ?? '')))
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching.selectAll().orderBy('name').offset(page.offset).limit(page.limit).execute()
  return { total: Number(count), items: rows.map(toGroup) }
}

/** Members of some groups; who is in one twice, by hand and by a claim, counts once. */
export async function countMembers(db: Db, groupIds: readonly string[]): Promise<Map<string, number>> {
  if (groupIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('group_members')
    .select(['group_id', (eb) => eb.fn.count<number | string>('user_id').distinct().as('count')])
    .where('group_id', 'in', groupIds)
    .groupBy('group_id')
    .execute()
  return new Map(rows.map((row) => [row.group_id, Number(row.count)]))
}

export async function insertGroup(
  db: Db,
  group: { name: string; description: string; isRemote?: boolean; at: Date },
): Promise<string> {
  const id = newId()
  const at = group.at.getTime()
  await db
    .insertInto('groups')
    .values({
      id,
      name: group.name,
      description: group.description,
      is_remote: group.isRemote === true ? 1 : 0,
      created_at: at,
      updated_at: at,
    })
    .execute()
  return id
}

export async function updateGroup(
  db: Db,
  id: string,
  group: { name: string; description: string; at: Date },
): Promise<void> {
  await db
    .updateTable('groups')
    .set({ name: group.name, description: group.description, updated_at: group.at.getTime() })
    .where('id', '=', id)
    .execute()
}

/** With what it was given. */
export async function deleteGroup(db: Db, id: string): Promise<void> {
  await db
    .deleteFrom('role_grants')
    .where('subject_kind', '=', 'group')
    .where('subject_id', '=', id)
    .execute()
  await db
    .deleteFrom('channel_shares')
    .where('subject_kind', '=', 'group')
    .where('subject_id', '=', id)
    .execute()
  await db.deleteFrom('groups').where('id', '=', id).execute()
}

export interface Membership {
  readonly userId: string
  readonly name: string
  readonly permission: 'read' | 'manage'
  readonly source: string
}

export async function listMembers(db: Db, groupId: string): Promise<Membership[]> {
  const rows = await db
    .selectFrom('group_members')
    .innerJoin('users', 'users.id', 'group_members.user_id')
    .select(['users.id', 'users.name', 'permission', 'source'])
    .where('group_id', '=', groupId)
    .orderBy('users.name')
    .orderBy('source')
    .execute()
  return rows.map((row) => ({
    userId: row.id,
    name: row.name,
    permission: row.permission === 'manage' ? 'manage' : 'read',
    source: row.source,
  }))
}

/** What somebody may do with groups they are in: `manage` wins. */
export async function listMembershipsOf(db: Db, userId: string): Promise<Map<string, 'read' | 'manage'>> {
  const rows = await db
    .selectFrom('group_members')
    .select(['group_id', 'permission'])
    .where('user_id', '=', userId)
    .execute()
  const memberships = new Map<string, 'read' | 'manage'>()
  for (const { group_id: id, permission } of rows) {
    if (memberships.get(id) !== 'manage') memberships.set(id, permission === 'manage' ? 'manage' : 'read')
  }
  return memberships
}

/** Puts somebody in a group, or changes what they may do with it. */
export async function putMember(
  db: Db,
  member: { groupId: string; userId: string; permission: 'read' | 'manage'; source: string; at: Date },
): Promise<void> {
  await db
    .insertInto('group_members')
    .values({
      group_id: member.groupId,
      user_id: member.userId,
      permission: member.permission,
      source: member.source,
      created_at: member.at.getTime(),
    })
    .onConflict((conflict) =>
      conflict.columns(['group_id', 'user_id', 'source']).doUpdateSet({ permission: member.permission }),
    )
    .execute()
}

/** False when `source` had not put them there. */
export async function deleteMember(
  db: Db,
  groupId: string,
  userId: string,
  source: string,
): Promise<boolean> {
  const result = await db
    .deleteFrom('group_members')
    .where('group_id', '=', groupId)
    .where('user_id', '=', userId)
    .where('source', '=', source)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** The SQL of policies: the documents as their authors wrote them, every version, and where they apply. */
import type { Db } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'

export interface StoredPolicy {
  readonly id: string
  readonly name: string
  readonly version: number
  /** YAML or JSON, comments and all. */
  readonly document: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

interface PolicyRow {
  id: string
  name: string
  version: number
  document: string
  created_at: number
  updated_at: number
}

const columns = [
  'policies.id',
  'policies.name',
  'policies.version',
  'policies.document',
  'policies.created_at',
  'policies.updated_at',
] as const

function toPolicy(row: PolicyRow): StoredPolicy {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    document: row.document,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}

export async function findPolicyByName(db: Db, name: string): Promise<StoredPolicy | undefined> {
  const row = await db.selectFrom('policies').select(columns).where('name', '=', name).executeTakeFirst()
  return row && toPolicy(row)
}

export async function listPolicies(
  db: Db,
  page: { offset: number; limit: number },
): Promise<{ total: number; items: StoredPolicy[] }> {
  const { count } = await db
    .selectFrom('policies')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await db
    .selectFrom('policies')
    .select(columns)
    .orderBy('name')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return { total: Number(count), items: rows.map(toPolicy) }
}

/** Stores the next version of the policy of this name, the first one where there is none. */
export async function putPolicy(
  db: Db,
  policy: { name: string; document: string; actorId: string | undefined; at: Date },
): Promise<StoredPolicy> {
  const at = policy.at.getTime()
  const row = await db
    .insertInto('policies')
    .values({
      id: newId(),
      name: policy.name,
      version: 1,
      document: policy.document,
      created_at: at,
      updated_at: at,
    })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({
        version: eb('policies.version', '+', 1),
        document: eb.ref('excluded.document'),
        updated_at: eb.ref('excluded.updated_at'),
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
  await db
    .insertInto('policy_versions')
    .values({
      policy_id: row.id,
      version: row.version,
      document: row.document,
      actor_id: policy.actorId ?? null,
      created_at: at,
    })
    .execute()
  return toPolicy(row)
}

export async function deletePolicyRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('policies').where('id', '=', id).execute()
}

export async function listChannelPolicies(db: Db, channelId: string): Promise<StoredPolicy[]> {
  const rows = await db
    .selectFrom('policies')
    .innerJoin('channel_policies', 'channel_policies.policy_id', 'policies.id')
    .select(columns)
    .where('channel_policies.channel_id', '=', channelId)
    .orderBy('policies.name')
    .execute()
  return rows.map(toPolicy)
}

export async function listPolicyChannels(db: Db, policyId: string): Promise<{ id: string; name: string }[]> {
  return db
    .selectFrom('channel_policies')
    .innerJoin('channels', 'channels.id', 'channel_policies.channel_id')
    .select(['channels.id', 'channels.name'])
    .where('channel_policies.policy_id', '=', policyId)
    .orderBy('channels.name')
    .execute()
}

/** @returns false when it was assigned already */
export async function assign(db: Db, channelId: string, policyId: string): Promise<boolean> {
  const result = await db
    .insertInto('channel_policies')
    .values({ channel_id: channelId, policy_id: policyId })
    .onConflict((conflict) => conflict.columns(['channel_id', 'policy_id']).doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** @returns false when it was not assigned */
export async function unassign(db: Db, channelId: string, policyId: string): Promise<boolean> {
  const result = await db
    .deleteFrom('channel_policies')
    .where('channel_id', '=', channelId)
    .where('policy_id', '=', policyId)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

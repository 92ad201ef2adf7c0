/** The SQL of policies: the documents as their authors wrote them, every version, and where they apply. */
import type { Db } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'

export interface StoredPolicy {
  readonly id: string
  readonly name: string
  readonly version: number
  /** YAML or JSON, comments and all. */
  readonly document: string
  /** The mirror whose filters it says; see mirror-policy.ts. */
  readonly mirrorId: string | undefined
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface PolicyRow {
  id: string
  name: string
  version: number
  document: string
  mirror_id: string | null
  created_at: number
  updated_at: number
}

export const policyColumns = [
  'policies.id',
  'policies.name',
  'policies.version',
  'policies.document',
  'policies.mirror_id',
  'policies.created_at',
  'policies.updated_at',
] as const

export function toPolicy(row: PolicyRow): StoredPolicy {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    document: row.document,
    mirrorId: row.mirror_id ?? undefined,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}

export async function findPolicyByName(db: Db, name: string): Promise<StoredPolicy | undefined> {
  const row = await db
    .selectFrom('policies')
    .select(policyColumns)
    .where('name', '=', name)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return row && toPolicy(row)
}

/** Also of one that was deleted, whose texts are still there. */
export async function findIdByName(db: Db, name: string): Promise<string | undefined> {
  const row = await db.selectFrom('policies').select('id').where('name', '=', name).executeTakeFirst()
  return row?.id
}

export async function findPolicyOfMirror(db: Db, mirrorId: string): Promise<StoredPolicy | undefined> {
  const row = await db
    .selectFrom('policies')
    .select(policyColumns)
    .where('mirror_id', '=', mirrorId)
    .executeTakeFirst()
  return row && toPolicy(row)
}

export async function listPolicies(
  db: Db,
  page: { offset: number; limit: number },
): Promise<{ total: number; items: StoredPolicy[] }> {
  const { count } = await db
    .selectFrom('policies')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  const rows = await db
    .selectFrom('policies')
    .select(policyColumns)
    .where('deleted_at', 'is', null)
    .orderBy('name')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return { total: Number(count), items: rows.map(toPolicy) }
}

/** Stores the next version of the policy of this name, the first one where there never was one. */
export async function putPolicy(
  db: Db,
  policy: {
    name: string
    document: string
    actorId: string | undefined
    reason?: string | undefined
    mirrorId?: string | undefined
    at: Date
  },
): Promise<StoredPolicy> {
  const at = policy.at.getTime()
  const row = await db
    .insertInto('policies')
    .values({
      id: newId(),
      name: policy.name,
      version: 1,
      document: policy.document,
      mirror_id: policy.mirrorId ?? null,
      created_at: at,
      updated_at: at,
    })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({
        version: eb('policies.version', '+', 1),
        document: eb.ref('excluded.document'),
        mirror_id: eb.ref('excluded.mirror_id'),
        deleted_at: null,
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
      reason: policy.reason ?? null,
      created_at: at,
    })
    .execute()
  return toPolicy(row)
}

/** From then on it is a policy like any other. */
export async function releaseFromMirror(db: Db, id: string): Promise<void> {
  await db.updateTable('policies').set({ mirror_id: null }).where('id', '=', id).execute()
}

/** Takes it out of every list; its texts stay, to be read by whoever asks what held once. */
export async function markPolicyDeleted(db: Db, id: string, at: Date): Promise<void> {
  await db
    .updateTable('policies')
    .set({ deleted_at: at.getTime(), mirror_id: null })
    .where('id', '=', id)
    .execute()
}

export interface PolicyVersion {
  readonly version: number
  readonly document: string
  readonly actorId: string | undefined
  readonly reason: string | undefined
  readonly createdAt: Date
}

/** Newest first. */
export async function listVersions(
  db: Db,
  policyId: string,
  page: { offset: number; limit: number },
): Promise<{ total: number; items: PolicyVersion[] }> {
  const { count } = await db
    .selectFrom('policy_versions')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('policy_id', '=', policyId)
    .executeTakeFirstOrThrow()
  const rows = await db
    .selectFrom('policy_versions')
    .select(['version', 'document', 'actor_id', 'reason', 'created_at'])
    .where('policy_id', '=', policyId)
    .orderBy('version', 'desc')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return {
    total: Number(count),
    items: rows.map((row) => ({
      version: row.version,
      document: row.document,
      actorId: row.actor_id ?? undefined,
      reason: row.reason ?? undefined,
      createdAt: new Date(row.created_at),
    })),
  }
}

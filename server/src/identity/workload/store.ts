/** The SQL of trust rules. */
import type { DatabaseSchema } from '../../db/schema.gen.ts'
import { newId } from '../../platform/ids.ts'
import type { Db } from '../../platform/database/db.ts'
import type { TrustRule, TrustRuleRequest } from './trust-rule.ts'

function toRule(row: DatabaseSchema['trust_rules']): TrustRule {
  return {
    id: row.id,
    channelId: row.channel_id,
    name: row.name,
    issuer: row.issuer,
    claims: JSON.parse(row.claims) as Record<string, string>, // only insertRule writes it
    namePatterns: row.name_patterns === null ? undefined : (JSON.parse(row.name_patterns) as string[]),
    userId: row.user_id,
    createdAt: new Date(row.created_at),
    lastUsedAt: row.last_used_at === null ? undefined : new Date(row.last_used_at),
  }
}

export async function insertRule(
  db: Db,
  rule: TrustRuleRequest & { channelId: string; userId: string; createdBy: string | undefined; at: Date },
): Promise<string> {
  const id = newId()
  await db
    .insertInto('trust_rules')
    .values({
      id,
      channel_id: rule.channelId,
      name: rule.name,
      issuer: rule.issuer,
      claims: JSON.stringify(rule.claims),
      name_patterns: rule.namePatterns ? JSON.stringify(rule.namePatterns) : null,
      user_id: rule.userId,
      created_by: rule.createdBy ?? null,
      created_at: rule.at.getTime(),
    })
    .execute()
  return id
}

export async function listRulesOfChannel(
  db: Db,
  channelId: string,
  page: { offset: number; limit: number },
): Promise<{ total: number; items: TrustRule[] }> {
  const matching = db.selectFrom('trust_rules').where('channel_id', '=', channelId)
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching.selectAll().orderBy('name').offset(page.offset).limit(page.limit).execute()
  return { total: Number(count), items: rows.map(toRule) }
}

/** By id or by name. */
export async function findRule(db: Db, channelId: string, idOrName: string): Promise<TrustRule | undefined> {
  const row = await db
    .selectFrom('trust_rules')
    .selectAll()
    .where('channel_id', '=', channelId)
    .where((eb) => eb.or([eb('id', '=', idOrName), eb('name', '=', idOrName)]))
    .executeTakeFirst()
  return row && toRule(row)
}

export async function listRulesOfIssuer(db: Db, issuer: string): Promise<TrustRule[]> {
  const rows = await db
    .selectFrom('trust_rules')
    .selectAll()
    .where('issuer', '=', issuer)
    .orderBy('id')
    .execute()
  return rows.map(toRule)
}

export async function updateRule(
  db: Db,
  id: string,
  { issuer, claims, namePatterns }: Omit<TrustRuleRequest, 'name'>,
): Promise<void> {
  await db
    .updateTable('trust_rules')
    .set({
      ...{ issuer, claims: JSON.stringify(claims) },
      name_patterns: namePatterns ? JSON.stringify(namePatterns) : null,
    })
    .where('id', '=', id)
    .execute()
}

export async function setRuleUsed(db: Db, id: string, at: Date): Promise<void> {
  await db.updateTable('trust_rules').set({ last_used_at: at.getTime() }).where('id', '=', id).execute()
}

/** Tokens of an account that have run out: jobs leave one behind each. */
export async function deleteOldTokens(db: Db, userId: string, now: Date): Promise<void> {
  await db
    .deleteFrom('tokens')
    .where('user_id', '=', userId)
    .where('expires_at', '<', now.getTime())
    .execute()
}

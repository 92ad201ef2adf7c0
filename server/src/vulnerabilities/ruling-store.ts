/** The SQL of what people say of links. */
import { sql } from 'kysely'
import { isWithinReach } from '../channels/store.ts'
import type { Reach } from '../identity/reach.ts'
import { containsText, inChunks, type Db } from '../platform/database/db.ts'
import type { Relation } from './identity-link.ts'
import type { IdentityRuling } from './identity-ruling.ts'

export async function findRulings(
  db: Db,
  condaNames: readonly string[],
): Promise<Map<string, IdentityRuling[]>> {
  const found: IdentityRuling[] = []
  for (const chunk of inChunks(condaNames)) {
    const rows = await db
      .selectFrom('identity_rulings')
      .selectAll()
      .where('conda_name', 'in', chunk)
      .orderBy('identity')
      .execute()
    found.push(
      ...rows.map((row) => ({
        condaName: row.conda_name,
        identity: row.identity,
        // only putRuling writes them
        ruling: row.ruling as IdentityRuling['ruling'],
        relation: row.relation as Relation,
        reason: row.reason,
        actorId: row.actor_id,
        author: row.author,
        at: new Date(row.at),
      })),
    )
  }
  return Map.groupBy(found, ({ condaName }) => condaName)
}

/** conda names with a ruling about one of these identities. */
export async function findRuledNames(db: Db, identities: readonly string[]): Promise<string[]> {
  const names = new Set<string>()
  for (const chunk of inChunks(identities)) {
    const rows = await db
      .selectFrom('identity_rulings')
      .select('conda_name')
      .distinct()
      .where('identity', 'in', chunk)
      .execute()
    for (const row of rows) names.add(row.conda_name)
  }
  return [...names]
}

/** In the place of what was said of the same link before. */
export async function putRuling(tx: Db, ruling: IdentityRuling): Promise<void> {
  const row = {
    conda_name: ruling.condaName,
    identity: ruling.identity,
    ruling: ruling.ruling as string,
    relation: ruling.relation as string,
    reason: ruling.reason,
    actor_id: ruling.actorId,
    author: ruling.author,
    at: ruling.at.getTime(),
  }
  await tx
    .insertInto('identity_rulings')
    .values(row)
    .onConflict((conflict) => conflict.columns(['conda_name', 'identity']).doUpdateSet(row))
    .execute()
}

/** @returns false when there is none */
export async function deleteRuling(tx: Db, condaName: string, identity: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('identity_rulings')
    .where('conda_name', '=', condaName)
    .where('identity', '=', identity)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export interface UsedName {
  readonly name: string
  readonly files: number
  readonly downloads: number
}

/** Names of what the reader may see, the most used first. */
export async function listUsedNames(db: Db, reader: Reach, q: string | undefined): Promise<UsedName[]> {
  const rows = await db
    .selectFrom('channels')
    .innerJoin('channel_files as f', 'f.channel_id', 'channels.id')
    .leftJoin(
      (eb) =>
        eb
          .selectFrom('file_requests')
          .select((inner) => ['file_id', inner.fn.sum<number | string>('count').as('n')])
          .where('outcome', '=', 'served')
          .groupBy('file_id')
          .as('r'),
      (join) => join.onRef('r.file_id', '=', 'f.id'),
    )
    .select((eb) => [
      'f.name as name',
      eb.fn.countAll<number | string>().as('files'),
      sql<number | string>`coalesce(sum(r.n), 0)`.as('downloads'),
    ])
    .where((eb) => isWithinReach(eb, reader))
    .where('f.state', '=', 'present')
    .$if(Boolean(q), (qb) => qb.where(containsText('f.name', q ?? '')))
    .groupBy('f.name')
    .execute()
  return rows
    .map(({ name, files, downloads }) => ({ name, files: Number(files), downloads: Number(downloads) }))
    .sort((a, b) => b.downloads - a.downloads || b.files - a.files || (a.name < b.name ? -1 : 1))
}

export async function isNameVisible(db: Db, reader: Reach, condaName: string): Promise<boolean> {
  const row = await db
    .selectFrom('channels')
    .innerJoin('channel_files as f', 'f.channel_id', 'channels.id')
    .select('f.id')
    .where((eb) => isWithinReach(eb, reader))
    .where('f.state', '=', 'present')
    .where('f.name', '=', condaName)
    .executeTakeFirst()
  return row !== undefined
}

/** The list "known vulnerabilities of a channel": matches at (name, version) of what the channel has. */
import { sql } from 'kysely'
import { blockingEffects } from '../channels/channel-file.ts'
import { containsText, type Db } from '../platform/database/db.ts'
import { concernedFiles, statusAt } from './cve-query.ts'
import type { Severity } from './score.ts'
import { vulnerabilityStatuses, type VulnerabilityStatus } from './vulnerability-status.ts'

export interface ChannelCve {
  readonly name: string
  readonly version: string
  readonly vulnerabilityId: string
  readonly summary: string
  readonly score: number | null
  readonly severity: Severity
  /** Of its files, each once. */
  readonly statuses: readonly VulnerabilityStatus[]
  readonly verdict: 'affected' | 'indeterminate'
  readonly confidence: number
  readonly why: string
  readonly fixedIn: readonly string[]
  readonly publishedAt: Date | undefined
  readonly fileCount: number
  /** Of these files, those that policies keep from clients. */
  readonly blockedCount: number
}

export interface ChannelCveQuery {
  readonly package?: string | undefined
  readonly minScore?: number | undefined
  readonly q?: string | undefined
  /** What was known then. */
  readonly at?: Date | undefined
  readonly offset: number
  readonly limit: number
}

/** Gravest first. A match that holds on one system only is listed when the channel has a file for it. */
export async function listChannelCves(
  db: Db,
  channelId: string,
  query: ChannelCveQuery,
): Promise<{ total: number; items: ChannelCve[] }> {
  const matching = concernedFiles(db, { reader: 'all', channelId, at: query.at })
    .$if(query.package !== undefined, (qb) => qb.where('m.conda_name', '=', query.package ?? ''))
    .$if(query.minScore !== undefined, (qb) => qb.where('v.score', '>=', query.minScore ?? 0))
    .$if(query.q !== undefined, (qb) => qb.where(containsText('m.vulnerability_id', query.q ?? '')))
    .groupBy(['m.conda_name', 'm.version', 'm.vulnerability_id', 'm.platforms'])
  const { count } = await db
    .selectFrom(matching.select('m.vulnerability_id').as('rows'))
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .select((eb) => [
      'm.conda_name',
      'm.version',
      'm.vulnerability_id',
      eb.fn.max('v.summary').as('summary'),
      eb.fn.max('v.score').as('score'),
      eb.fn.max('v.severity').as('severity'),
      sql<number | string>`sum(distinct case ${statusAt(query.at)} ${sql.join(
        vulnerabilityStatuses.map((status, bit) => sql`when ${sql.lit(status)} then ${sql.lit(2 ** bit)}`),
        sql` `,
      )} end)`.as('statuses'),
      eb.fn.max('m.verdict').as('verdict'),
      eb.fn.max('m.confidence').as('confidence'),
      eb.fn.max('m.why').as('why'),
      eb.fn.max('m.fixed_in').as('fixed_in'),
      eb.fn.max('v.published_at').as('published_at'),
      eb.fn.count<number | string>('f.id').distinct().as('file_count'),
      sql<
        number | string
      >`count(distinct case when f.effect in (${sql.join(blockingEffects)}) then f.id end)`.as(
        'blocked_count',
      ),
    ])
    .orderBy((eb) => eb.fn.coalesce(eb.fn.max('v.score'), eb.lit(-1)), 'desc')
    .orderBy('m.conda_name')
    .orderBy('m.vulnerability_id')
    .orderBy('m.version')
    .offset(query.offset)
    .limit(query.limit)
    .execute()
  return {
    total: Number(count),
    items: rows.map((row) => ({
      name: row.conda_name,
      version: row.version,
      vulnerabilityId: row.vulnerability_id,
      summary: row.summary,
      score: row.score,
      severity: row.severity as Severity, // only an import writes it
      statuses: vulnerabilityStatuses.filter((_, bit) => (Number(row.statuses) & (2 ** bit)) !== 0),
      verdict: row.verdict as ChannelCve['verdict'], // only replaceMatches writes it
      confidence: row.confidence,
      why: row.why,
      fixedIn: JSON.parse(row.fixed_in) as string[],
      publishedAt: row.published_at === null ? undefined : new Date(row.published_at),
      fileCount: Number(row.file_count),
      blockedCount: Number(row.blocked_count),
    })),
  }
}

/**
 * What waits for a curator, by package and CVE: what nobody has looked at, what nobody can tell, what was proposed, what
 * one person decided before it was as grave as it is now, and what ends soon. What is in use comes first, then what is exploited, then the band of the score, the downloads, EPSS.
 */
import { sql } from 'kysely'
import type { Db } from '../../platform/database/db.ts'
import { concernedFiles, statusAt } from '../cve-query.ts'
import { isAbout, listCurations } from './curation-store.ts'
import type { Curation } from './curation.ts'

export const queueKinds = ['undecided', 'indeterminate', 'proposed', 'outgrown', 'expiring'] as const
export type QueueKind = (typeof queueKinds)[number]

/** Kinds that list what somebody said. */
export type CurationKind = 'proposed' | 'outgrown' | 'expiring'

export interface QueueClock {
  readonly now: Date
  /** From which score on what lessens a vulnerability takes a second approver. */
  readonly secondApproverScore: number
}

const DAY_MS = 86_400_000
/** How long before its end a curation comes up again. */
export const SOON_DAYS = 14
/** Over which time use is counted. */
const USE_DAYS = 90
/** Below it a match is a guess, which only a person who looks for it sees. */
const MIN_CONFIDENCE = 0.4

export interface QueuedMatch {
  readonly cve: string
  readonly condaName: string
  readonly summary: string
  readonly score: number | null
  readonly severity: string
  readonly kev: boolean
  readonly epss: number | null
  readonly confidence: number
  readonly versions: number
  readonly files: number
  readonly downloads: number
  readonly why: string
}

function undecided(db: Db, kind: 'undecided' | 'indeterminate', now: Date) {
  const since = Math.floor(now.getTime() / DAY_MS) - USE_DAYS
  return (
    concernedFiles(db, { reader: 'all' })
      .leftJoin('kev_entries as k', 'k.cve', 'v.id')
      .leftJoin('epss_scores as e', 'e.cve', 'v.id')
      .leftJoin(
        (eb) =>
          eb
            .selectFrom('file_requests')
            .select((inner) => ['file_id', inner.fn.sum<number | string>('count').as('n')])
            .where('outcome', '=', 'served')
            .where('day', '>=', since)
            .groupBy('file_id')
            .as('r'),
        (join) => join.onRef('r.file_id', '=', 'f.id'),
      )
      .where('m.verdict', '=', kind === 'indeterminate' ? 'indeterminate' : 'affected')
      .where('m.confidence', '>=', kind === 'indeterminate' ? 0 : MIN_CONFIDENCE)
      .where(sql<boolean>`${statusAt()} = 'reported'`)
      // somebody may have said so: then there is nothing to do
      .where(
        sql<boolean>`not exists (select 1 from curations as c where ${isAbout}
        and c.conda_name = f.name and c.state in ('in_force', 'proposed') and c.status = 'reported')`,
      )
      .groupBy(['v.id', 'm.conda_name'])
  )
}

/** The number of packages and CVEs that wait, or of curations. */
export async function countQueue(db: Db, clock: QueueClock): Promise<Record<QueueKind, number>> {
  const { now } = clock
  const curations = async (kind: CurationKind) =>
    (await listQueuedCurations(db, kind, clock, { offset: 0, limit: 1 })).total

  const count = async (kind: 'undecided' | 'indeterminate') => {
    const { n } = await db
      .selectFrom(undecided(db, kind, now).select('v.id').as('q'))
      .select((eb) => eb.fn.countAll<number | string>().as('n'))
      .executeTakeFirstOrThrow()
    return Number(n)
  }
  return {
    undecided: await count('undecided'),
    indeterminate: await count('indeterminate'),
    proposed: await curations('proposed'),
    outgrown: await curations('outgrown'),
    expiring: await curations('expiring'),
  }
}

export async function listQueuedMatches(
  db: Db,
  kind: 'undecided' | 'indeterminate',
  now: Date,
  page: { readonly offset: number; readonly limit: number },
): Promise<QueuedMatch[]> {
  const downloads = sql<number | string>`coalesce(sum(r.n), 0)`
  const score = sql<number | null>`max(v.score)`
  const rows = await undecided(db, kind, now)
    .select((eb) => [
      'v.id as cve',
      'm.conda_name as condaName',
      eb.fn.max('v.summary').as('summary'),
      score.as('score'),
      eb.fn.max('v.severity').as('severity'),
      eb.fn.max('k.cve').as('kev'),
      eb.fn.max('e.probability').as('epss'),
      eb.fn.max('m.confidence').as('confidence'),
      eb.fn.count<number | string>('m.version').distinct().as('versions'),
      eb.fn.count<number | string>('f.id').distinct().as('files'),
      downloads.as('downloads'),
      eb.fn.max('m.why').as('why'),
    ])
    .orderBy(sql`case when ${downloads} > 0 then 0 else 1 end`)
    .orderBy(sql`case when max(k.cve) is null then 1 else 0 end`)
    // nobody has scored it: as likely grave as not
    .orderBy(
      sql`case when ${score} >= 9 then 0 when ${score} >= 7 then 1 when ${score} is null then 2 when ${score} >= 4 then 3 else 4 end`,
    )
    .orderBy(downloads, 'desc')
    .orderBy(sql`coalesce(max(e.probability), 0)`, 'desc')
    .orderBy('v.id', 'desc')
    .orderBy('m.conda_name')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return rows.map(({ kev, versions, files, downloads: had, ...row }) => ({
    ...row,
    kev: kev !== null,
    versions: Number(versions),
    files: Number(files),
    downloads: Number(had),
  }))
}

export async function listQueuedCurations(
  db: Db,
  kind: CurationKind,
  { now, secondApproverScore }: QueueClock,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ total: number; items: Curation[] }> {
  switch (kind) {
    case 'proposed':
      return listCurations(db, { states: ['proposed'], ...page })
    case 'outgrown':
      return listCurations(db, { states: ['in_force'], outgrownFrom: secondApproverScore, ...page })
    case 'expiring': {
      const endsBefore = new Date(now.getTime() + SOON_DAYS * DAY_MS)
      return listCurations(db, { states: ['in_force'], endsBefore, ...page })
    }
  }
}

/** Lists of vulnerabilities of what channels have, and of the files that one concerns. */
import { sql } from 'kysely'
import { isWithinReach } from '../channels/store.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import type { ChosenScore } from './choose-score.ts'
import { coversFile, isAbout, isInForce } from './curation/curation-store.ts'
import { concernedFiles, knownCves, statusAt, type CveFilter, type FileFilter } from './cve-query.ts'
import type { Severity } from './score.ts'
import type { VulnerabilityStatus } from './vulnerability-status.ts'

export interface ListedCve {
  readonly id: string
  readonly aliases: readonly string[]
  readonly summary: string
  readonly score: number | null
  readonly severity: Severity
  readonly maximumScore: number | null
  readonly scores: readonly ChosenScore[]
  readonly sources: readonly string[]
  readonly publishedMs: number | null
  readonly modifiedMs: number | null
  readonly isDisputed: boolean
  readonly kev: {
    readonly addedMs: number
    readonly dueMs: number | null
    readonly isRansomware: boolean
  } | null
  readonly epss: { readonly probability: number; readonly percentile: number } | null
  /** Files that it concerns, of those that were asked for. */
  readonly fileCount: number
  /** Those files by status. */
  readonly statuses: Readonly<Partial<Record<VulnerabilityStatus, number>>>
  /** Somebody has said something of one of those files. */
  readonly isCurated: boolean
  readonly curatedMs: number | null
}

export const cveSorts = [
  'score',
  '-score',
  'published_at',
  '-published_at',
  'modified_at',
  '-modified_at',
  'created_at',
  '-created_at',
] as const
export type CveSort = (typeof cveSorts)[number]

export interface CveQuery extends FileFilter, CveFilter {
  readonly minPackages?: number | undefined
  readonly sort?: readonly CveSort[] | undefined
  readonly offset: number
  readonly limit: number
}

/** Within `knownCves`: about the same vulnerability. */
const isOuter = sql<boolean>`v.id = x.id`

const sortColumns = {
  score: 'x.score',
  published_at: 'x.published_at',
  modified_at: 'x.modified_at',
} as const

/** The gravest first, unless another order is asked for. */
export async function listCves(db: Db, query: CveQuery): Promise<{ total: number; items: ListedCve[] }> {
  const { minPackages = 1 } = query
  const concerned = concernedFiles(db, query)
  const matching = knownCves(db, query).where((eb) =>
    minPackages <= 1
      ? eb.exists(concerned.select('f.id').where(isOuter))
      : eb(
          concerned.select((inner) => inner.fn.count<number>('f.id').distinct().as('n')).where(isOuter),
          '>=',
          minPackages,
        ),
  )
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  let ordered = matching.select('x.id')
  for (const sort of query.sort ?? ['-score']) {
    const name = sort.replace('-', '').replace('created_at', 'published_at') as keyof typeof sortColumns
    ordered = ordered.orderBy(
      sql`coalesce(${sql.ref(sortColumns[name])}, -1)`,
      sort.startsWith('-') ? 'desc' : 'asc',
    )
  }
  const rows = await ordered.orderBy('x.id', 'desc').offset(query.offset).limit(query.limit).execute()
  const items = await describeCves(
    db,
    rows.map(({ id }) => id),
    query,
  )
  return { total: Number(count), items }
}

/** How many of what `listCves` lists are in each band. */
export async function countBySeverity(
  db: Db,
  query: FileFilter & CveFilter,
): Promise<Record<Severity, number>> {
  const rows = await knownCves(db, query)
    .where((eb) => eb.exists(concernedFiles(db, query).select('f.id').where(isOuter)))
    .select((eb) => ['x.severity as severity', eb.fn.countAll<number | string>().as('count')])
    .groupBy('x.severity')
    .execute()
  const counts = { critical: 0, high: 0, medium: 0, low: 0, none: 0, unscored: 0 }
  for (const row of rows) counts[row.severity as Severity] = Number(row.count)
  return counts
}

/** One vulnerability, also where it concerns nothing that was asked for; undefined where nobody knows it. */
export async function findCve(db: Db, id: string, filter: FileFilter): Promise<ListedCve | undefined> {
  return (await describeCves(db, [id], filter))[0]
}

async function describeCves(db: Db, ids: readonly string[], filter: FileFilter): Promise<ListedCve[]> {
  if (ids.length === 0) return []
  const rows = await knownCves(db, { at: filter.at })
    .selectAll('x')
    .select(['k.added_at', 'k.due_at', 'k.is_ransomware', 'e.probability', 'e.percentile'])
    .where('x.id', 'in', ids)
    .execute()
  const counts = await countByStatus(db, ids, filter)
  const curated = new Map<string, number>()
  for (const [key, at] of await findCurated(db, ids, filter)) {
    const [id = ''] = key.split(' ')
    curated.set(id, Math.max(at, curated.get(id) ?? 0))
  }
  const found = new Map(
    rows.map((row) => {
      const statuses = counts.get(row.id) ?? {}
      // written by the import
      const { scores } = JSON.parse(row.scores) as { scores: ChosenScore[] }
      const cve: ListedCve = {
        id: row.id,
        aliases: JSON.parse(row.aliases) as string[],
        summary: row.summary,
        score: row.score,
        severity: row.severity as Severity,
        maximumScore: row.maximum_score,
        scores,
        sources: JSON.parse(row.sources) as string[],
        publishedMs: row.published_at,
        modifiedMs: row.modified_at,
        isDisputed: row.is_disputed === 1,
        kev:
          row.added_at === null
            ? null
            : { addedMs: row.added_at, dueMs: row.due_at, isRansomware: row.is_ransomware === 1 },
        epss:
          row.probability === null || row.percentile === null
            ? null
            : { probability: row.probability, percentile: row.percentile },
        fileCount: Object.values(statuses).reduce((sum, count) => sum + count, 0),
        statuses,
        isCurated: curated.has(row.id),
        curatedMs: curated.get(row.id) ?? null,
      }
      return [row.id, cve]
    }),
  )
  return ids.flatMap((id) => found.get(id) ?? [])
}

async function countByStatus(
  db: Db,
  ids: readonly string[],
  filter: FileFilter,
): Promise<Map<string, Partial<Record<VulnerabilityStatus, number>>>> {
  const files = concernedFiles(db, filter)
    .where('v.id', 'in', ids)
    .select(['v.id as id', 'f.id as file', statusAt(filter.at).as('status')])
    .distinct()
  const rows = await db
    .selectFrom(files.as('r'))
    .select((eb) => ['r.id', 'r.status', eb.fn.countAll<number | string>().as('count')])
    .groupBy(['r.id', 'r.status'])
    .execute()
  const counts = new Map<string, Partial<Record<VulnerabilityStatus, number>>>()
  for (const { id, status, count } of rows) {
    counts.set(id, { ...counts.get(id), [status]: Number(count) })
  }
  return counts
}

/** Since when somebody has said something that holds, by vulnerability and file: `CVE-2021-3711 <sha256>`. */
async function findCurated(db: Db, ids: readonly string[], filter: FileFilter): Promise<Map<string, number>> {
  const rows = await concernedFiles(db, filter)
    .innerJoin('curations as c', (join) => join.on(isAbout).on(coversFile))
    .select((eb) => ['v.id as id', 'f.sha256 as sha256', eb.fn.max<number>('c.effective_at').as('at')])
    .where('v.id', 'in', ids)
    .where(isInForce(filter.at))
    .groupBy(['v.id', 'f.sha256'])
    .execute()
  return new Map(rows.map(({ id, sha256, at }) => [`${id} ${sha256}`, at]))
}

export interface ConcernedFile {
  readonly cve: string
  readonly channel: string
  readonly subdir: string
  readonly filename: string
  readonly name: string
  readonly version: string
  readonly sha256: string
  readonly size: number
  readonly status: VulnerabilityStatus
  readonly verdict: 'affected' | 'indeterminate'
  readonly confidence: number
  readonly why: string
  readonly fixedIn: readonly string[]
}

/** The files that a vulnerability concerns, by channel and name, the newest build first. */
export async function listConcernedFiles(
  db: Db,
  filter: FileFilter & { readonly cve?: string; readonly minScore?: number | undefined },
  page: { readonly offset: number; readonly limit: number },
): Promise<{ total: number; items: ConcernedFile[] }> {
  const matching = concernedFiles(db, filter)
    .$if(filter.cve !== undefined, (qb) => qb.where('v.id', '=', filter.cve ?? ''))
    .$if(filter.minScore !== undefined, (qb) => qb.where('v.score', '>=', filter.minScore ?? 0))
  const { count } = await db
    .selectFrom(matching.select(['v.id', 'f.id as file']).distinct().as('r'))
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .select((eb) => [
      'v.id as cve',
      'channels.name as channel',
      'f.subdir',
      'f.filename',
      'f.name',
      'f.version',
      'f.sha256',
      'f.size',
      statusAt(filter.at).as('status'),
      eb.fn.min('m.verdict').as('verdict'), // a file of every platform can match once for each
      eb.fn.max('m.confidence').as('confidence'),
      eb.fn.max('m.why').as('why'),
      eb.fn.max('m.fixed_in').as('fixed_in'),
    ])
    .groupBy([
      'v.id',
      'v.is_disputed',
      'channels.name',
      'f.id',
      'f.subdir',
      'f.filename',
      'f.name',
      'f.version',
      'f.build',
      'f.sha256',
      'f.size',
      'f.build_number',
    ])
    .orderBy('channels.name')
    .orderBy('f.name')
    .orderBy('f.version', 'desc')
    .orderBy('f.build_number', 'desc')
    .orderBy('f.subdir')
    .orderBy('f.filename')
    .orderBy('v.id')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return {
    total: Number(count),
    items: rows.map(({ fixed_in: fixedIn, verdict, ...row }) => ({
      ...row,
      verdict: verdict as ConcernedFile['verdict'], // only replaceMatches writes it
      fixedIn: JSON.parse(fixedIn) as string[],
    })),
  }
}

export interface ReportedFile {
  readonly sha256: string
  readonly cves: readonly {
    readonly id: string
    readonly score: number | null
    readonly status: VulnerabilityStatus
    readonly isCurated: boolean
    readonly publishedMs: number | null
    readonly modifiedMs: number | null
    readonly curatedMs: number | null
  }[]
}

/**
 * What concerns files that are named by their bytes.
 * @returns one for each that the asker may see in some channel; the others are unknown, not free of anything
 */
export async function reportOnFiles(
  db: Db,
  sha256s: readonly string[],
  filter: FileFilter,
): Promise<ReportedFile[]> {
  const wanted = [...new Set(sha256s)]
  const cves = new Map<string, ReportedFile['cves'][number][]>()
  for (const chunk of inChunks(wanted)) {
    for (const sha256 of await findVisible(db, chunk, filter)) cves.set(sha256, [])
    const rows = await concernedFiles(db, { ...filter, sha256s: chunk })
      .select(['f.sha256', 'v.id', 'v.score', 'v.published_at', 'v.modified_at'])
      .select(statusAt(filter.at).as('status'))
      .distinct()
      .orderBy('v.id')
      .execute()
    const found = [...new Set(rows.map(({ id }) => id))]
    const curated =
      found.length > 0
        ? await findCurated(db, found, { ...filter, sha256s: chunk })
        : new Map<string, number>()
    for (const row of rows) {
      const own = cves.get(row.sha256) ?? []
      // the same bytes in two channels: what one of them was curated to be, the first by status
      if (own.some(({ id }) => id === row.id)) continue
      own.push({
        id: row.id,
        score: row.score,
        status: row.status,
        isCurated: curated.has(`${row.id} ${row.sha256}`),
        publishedMs: row.published_at,
        modifiedMs: row.modified_at,
        curatedMs: curated.get(`${row.id} ${row.sha256}`) ?? null,
      })
      cves.set(row.sha256, own)
    }
  }
  return wanted.flatMap((sha256) => {
    const own = cves.get(sha256)
    return own ? [{ sha256, cves: own }] : []
  })
}

async function findVisible(db: Db, sha256s: readonly string[], { reader }: FileFilter): Promise<string[]> {
  const rows = await db
    .selectFrom('channels')
    .innerJoin('channel_files', 'channel_files.channel_id', 'channels.id')
    .select('channel_files.sha256')
    .distinct()
    .where((eb) => isWithinReach(eb, reader))
    .where('channel_files.state', '=', 'present')
    .where('channel_files.sha256', 'in', sha256s)
    .execute()
  return rows.map(({ sha256 }) => sha256)
}

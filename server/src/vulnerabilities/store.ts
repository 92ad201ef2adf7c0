/** The SQL of matching: identities of names, affected entries of identities, and the list of matches. */
import { inChunks, type Db } from '../platform/database/db.ts'
import type { AdvisorySource, AffectedEntry } from './advisory.ts'
import { curatedNames } from './curated-identities.ts'
import { listNamesSaidActive } from './curation/curation-store.ts'
import { identitiesOf, namesByRule, type NameIdentities } from './identity.ts'
import type { IdentityLink, Relation } from './identity-link.ts'
import { aliasOf, applyRulings, type IdentityRuling } from './identity-ruling.ts'
import { findRuledNames, findRulings } from './ruling-store.ts'
import type { AffectedRow } from './match-name.ts'
import { mappingLink } from './name-mapping.ts'
import { toIdentityLink, type PackageEvidence, type PackageLink } from './package-identity.ts'
import type { Match, Vulnerability } from './vulnerability-fact.ts'

/** What a conda name is upstream, by all mappings, curated links and name rules. */
export async function findIdentities(db: Db, condaName: string): Promise<NameIdentities> {
  const found = await findIdentitiesOfNames(db, [condaName])
  return found.get(condaName)! // it answers for every name
}

/** The same for many names at once, with an entry for each. */
export async function findIdentitiesOfNames(
  db: Db,
  condaNames: readonly string[],
): Promise<Map<string, NameIdentities>> {
  const stored = new Map<string, LinkRow[]>(condaNames.map((name) => [name, []]))
  for (const chunk of inChunks(condaNames)) {
    const rows = await db
      .selectFrom('identity_links')
      .select(['conda_name', 'source', 'identity', 'relation', 'evidence'])
      .where('conda_name', 'in', chunk)
      .orderBy('source')
      .orderBy('identity')
      .execute()
    for (const row of rows) stored.get(row.conda_name)?.push(row)
  }
  const rulings = await findRulings(db, condaNames)
  const aliases = [...rulings.values()].flat().flatMap((ruling) => aliasOf(ruling) ?? [])
  // no ruling leads back to its own name (`rule-identity.ts`), so that this ends
  const aliased = aliases.length > 0 ? await findIdentitiesOfNames(db, [...new Set(aliases)]) : new Map()
  const aliasedLinks = new Map([...aliased].map(([name, { links }]) => [name, links]))
  return new Map(
    [...stored].map(([name, rows]) => {
      const links = rows.flatMap((row) => storedLink(name, row) ?? [])
      const found = identitiesOf(name, { links, isKnown: rows.length > 0 })
      const own = rulings.get(name)
      return [name, own ? ruled(name, found, own, aliasedLinks) : found]
    }),
  )
}

function ruled(
  name: string,
  found: NameIdentities,
  rulings: readonly IdentityRuling[],
  aliased: ReadonlyMap<string, readonly IdentityLink[]>,
): NameIdentities {
  const links = applyRulings(name, found.links, rulings, aliased)
  // somebody has looked
  return { links, state: links.length > 0 ? 'linked' : 'none' }
}

interface LinkRow {
  readonly source: string
  readonly identity: string
  readonly relation: string
  readonly evidence: string | null
}

function storedLink(condaName: string, row: LinkRow): IdentityLink | undefined {
  const split = row.identity.indexOf(':')
  const identity = { kind: row.identity.slice(0, split), name: row.identity.slice(split + 1) }
  if (row.evidence !== null) {
    // written by `learnIdentities`
    const found = row.source.split(':')[1] as PackageEvidence
    const relation = row.relation as PackageLink['relation']
    return toIdentityLink(condaName, { identity, relation, evidence: row.evidence }, found)
  }
  const mapped = { condaName, pypiName: identity.name, relation: row.relation as Relation }
  return mappingLink(mapped, row.source)
}

/** conda names that any link gives to one of these identities. */
export async function namesOfIdentities(db: Db, identities: readonly string[]): Promise<string[]> {
  const names = new Set(
    identities.flatMap((identity) => [...curatedNames(identity), ...namesByRule(identity)]),
  )
  for (const chunk of inChunks(identities)) {
    const rows = await db
      .selectFrom('identity_links')
      .select('conda_name')
      .distinct()
      .where('identity', 'in', chunk)
      .execute()
    for (const row of rows) names.add(row.conda_name)
  }
  for (const name of await findRuledNames(db, identities)) names.add(name)
  let pointing = [...names]
  while (pointing.length > 0) {
    const aliases = pointing.map((name) => `conda:${name}`)
    pointing = (await findRuledNames(db, aliases)).filter((name) => !names.has(name))
    for (const name of pointing) names.add(name)
  }
  return [...names].toSorted()
}

/** Of these conda names, those that nobody has linked: the same answer as `findIdentities`, for many at once. */
export async function findUnmapped(db: Db, condaNames: readonly string[]): Promise<Set<string>> {
  const linked = new Set<string>()
  for (const chunk of inChunks(condaNames)) {
    const rows = await db
      .selectFrom('identity_links')
      .select('conda_name')
      .distinct()
      .where('conda_name', 'in', chunk)
      .execute()
    for (const row of rows) linked.add(row.conda_name)
  }
  for (const [name, rulings] of await findRulings(db, condaNames)) {
    if (rulings.length > 0) linked.add(name)
  }
  return new Set(
    condaNames.filter(
      (name) => !linked.has(name) && identitiesOf(name, { links: [], isKnown: false }).state === 'unmapped',
    ),
  )
}

/** conda names that an advisory may concern; nothing can be known against any other. */
export async function listMatchableNames(db: Db): Promise<Set<string>> {
  const rows = await db.selectFrom('advisory_affected').select('identity').distinct().execute()
  const named = await namesOfIdentities(
    db,
    rows.map(({ identity }) => identity),
  )
  return new Set([...named, ...(await listNamesSaidActive(db))])
}

/** How many vulnerabilities of package versions are listed as affecting them. */
export async function countMatches(db: Db): Promise<number> {
  const row = await db
    .selectFrom('vulnerability_matches')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('verdict', '=', 'affected')
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** conda names with a listed match of one of these vulnerabilities. */
export async function findNamesMatchedBy(db: Db, vulnerabilityIds: readonly string[]): Promise<string[]> {
  const names = new Set<string>()
  for (const chunk of inChunks(vulnerabilityIds)) {
    const rows = await db
      .selectFrom('vulnerability_matches')
      .select('conda_name')
      .distinct()
      .where('vulnerability_id', 'in', chunk)
      .execute()
    for (const row of rows) names.add(row.conda_name)
  }
  return [...names]
}

/** Entries of active advisories about these identities. */
export async function findAffected(db: Db, identities: readonly string[]): Promise<AffectedRow[]> {
  const found: AffectedRow[] = []
  for (const chunk of inChunks(identities)) {
    const rows = await db
      .selectFrom('advisory_affected')
      .innerJoin('advisories', 'advisories.key', 'advisory_affected.advisory_key')
      .select([
        'advisories.vulnerability_id as vulnerabilityId',
        'advisories.id as advisoryId',
        'advisories.source as source',
        'advisory_affected.entry as entry',
      ])
      .where('advisory_affected.identity', 'in', chunk)
      .where('advisories.state', '=', 'active')
      .execute()
    for (const row of rows) {
      const entry = JSON.parse(row.entry) as AffectedEntry // written by `putAdvisories`
      found.push({ ...row, source: row.source as AdvisorySource, entry })
    }
  }
  return found
}

export interface KnownVulnerabilities {
  readonly vulnerabilities: ReadonlyMap<string, Vulnerability>
  readonly sources: ReadonlyMap<string, ReadonlySet<AdvisorySource>>
}

export async function findKnownVulnerabilities(
  db: Db,
  ids: readonly string[],
): Promise<KnownVulnerabilities> {
  const vulnerabilities = new Map<string, Vulnerability>()
  const sources = new Map<string, ReadonlySet<AdvisorySource>>()
  for (const chunk of inChunks(ids)) {
    const rows = await db
      .selectFrom('vulnerabilities as v')
      .leftJoin('kev_entries as k', 'k.cve', 'v.id')
      .leftJoin('epss_scores as e', 'e.cve', 'v.id')
      .selectAll('v')
      .select(['k.added_at', 'k.due_at', 'k.is_ransomware', 'e.probability', 'e.percentile'])
      .where('v.id', 'in', chunk)
      .execute()
    for (const row of rows) {
      vulnerabilities.set(row.id, toVulnerability(row))
      sources.set(row.id, new Set(JSON.parse(row.sources) as AdvisorySource[])) // written by the import
    }
  }
  return { vulnerabilities, sources }
}

interface VulnerabilityColumns {
  readonly id: string
  readonly summary: string
  readonly aliases: string
  readonly published_at: number | null
  readonly modified_at: number | null
  readonly is_disputed: number
  readonly libraries: string
  readonly mentions: string
  readonly scores: string
  readonly added_at: number | null
  readonly due_at: number | null
  readonly is_ransomware: number | null
  readonly probability: number | null
  readonly percentile: number | null
}

function toVulnerability(row: VulnerabilityColumns): Vulnerability {
  // written by the import
  const scores = JSON.parse(row.scores) as Pick<Vulnerability, 'preferred' | 'maximum' | 'scores'>
  return {
    id: row.id,
    aliases: JSON.parse(row.aliases) as string[],
    summary: row.summary,
    publishedMs: row.published_at,
    modifiedMs: row.modified_at,
    isDisputed: row.is_disputed === 1,
    libraries: JSON.parse(row.libraries) as string[],
    mentions: JSON.parse(row.mentions) as string[],
    ...scores,
    kev:
      row.added_at === null
        ? null
        : { addedMs: row.added_at, dueMs: row.due_at, isRansomware: row.is_ransomware === 1 },
    epss:
      row.probability === null || row.percentile === null
        ? null
        : { probability: row.probability, percentile: row.percentile },
  }
}

/**
 * Replaces the listed matches of one name. What is said no more goes to the past, so that any day can be read again; what
 * is said still keeps the time since when.
 */
export async function replaceMatches(
  tx: Db,
  condaName: string,
  matches: readonly Match[],
  at: Date,
): Promise<void> {
  const listed = await tx
    .selectFrom('vulnerability_matches')
    .selectAll()
    .where('conda_name', '=', condaName)
    .execute()
  const since = new Map(listed.map((row) => [rowText(row), row.matched_at]))
  const rows = matches.map((match) => {
    const row = toMatchRow(condaName, match)
    return { ...row, matched_at: since.get(rowText(row)) ?? at.getTime() }
  })
  const kept = new Set(rows.map(rowText))
  const ended = listed
    .filter((row) => !kept.has(rowText(row)) && row.matched_at < at.getTime())
    .map((row) => ({ ...row, ended_at: at.getTime() }))
  for (const chunk of inChunks(ended)) await tx.insertInto('past_matches').values(chunk).execute()
  await tx.deleteFrom('vulnerability_matches').where('conda_name', '=', condaName).execute()
  for (const chunk of inChunks(rows)) await tx.insertInto('vulnerability_matches').values(chunk).execute()
}

/** Matches as they were listed at a time; without one, as they are. */
export function matchesAt(db: Db, at: Date | undefined) {
  const columns = [
    'conda_name',
    'version',
    'vulnerability_id',
    'platforms',
    'verdict',
    'confidence',
    'why',
    'fixed_in',
    'evidence',
  ] as const
  const current = db.selectFrom('vulnerability_matches').select(columns)
  if (at === undefined) return current
  return current
    .where('matched_at', '<=', at.getTime())
    .unionAll(
      db
        .selectFrom('past_matches')
        .select(columns)
        .where('matched_at', '<=', at.getTime())
        .where('ended_at', '>', at.getTime()),
    )
}

/** Forgets matches that ended before a time. @returns how many */
export async function forgetMatches(db: Db, before: Date): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('past_matches')
    .where('ended_at', '<', before.getTime())
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** Of the names given with their matches, those for which other ones are listed. */
export async function findOutdatedMatches(
  db: Db,
  found: ReadonlyMap<string, readonly Match[]>,
): Promise<string[]> {
  const listed = new Map<string, string[]>()
  for (const chunk of inChunks([...found.keys()])) {
    const rows = await db
      .selectFrom('vulnerability_matches')
      .selectAll()
      .where('conda_name', 'in', chunk)
      .execute()
    for (const row of rows) {
      const own = listed.get(row.conda_name)
      if (own) own.push(rowText(row))
      else listed.set(row.conda_name, [rowText(row)])
    }
  }
  return [...found.keys()].filter((name) => {
    const now = (found.get(name) ?? []).map((match) => rowText(toMatchRow(name, match)))
    return now.sort().join('\n') !== (listed.get(name) ?? []).sort().join('\n')
  })
}

type MatchRow = ReturnType<typeof toMatchRow>

function toMatchRow(condaName: string, match: Match) {
  return {
    conda_name: condaName,
    version: match.version,
    vulnerability_id: match.vulnerability.id,
    platforms: match.platforms?.join(',') ?? '',
    verdict: match.verdict as string,
    confidence: match.confidence,
    why: match.why,
    fixed_in: JSON.stringify(match.fixedIn),
    evidence: JSON.stringify(match.evidence),
  }
}

/** The same for rows that say the same, whenever they were written. */
function rowText(row: MatchRow): string {
  const said = Object.entries(row).filter(([column]) => column !== 'matched_at')
  return JSON.stringify(said.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Versions of conda names that any of these vulnerabilities concerns, as they are listed. */
export async function listMatchedVersions(db: Db, ids: readonly string[]): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>()
  for (const chunk of inChunks(ids)) {
    const rows = await db
      .selectFrom('vulnerability_matches')
      .select(['conda_name', 'version'])
      .distinct()
      .where('vulnerability_id', 'in', chunk)
      .execute()
    for (const { conda_name: name, version } of rows) {
      const own = found.get(name) ?? new Set<string>()
      found.set(name, own.add(version))
    }
  }
  return found
}

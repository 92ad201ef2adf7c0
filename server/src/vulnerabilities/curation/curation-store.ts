/** The SQL of curations: their events, which are the truth, and the row that is those events folded. */
import { sql, type RawBuilder } from 'kysely'
import { isWithinReach } from '../../channels/store.ts'
import type { Reach } from '../../identity/reach.ts'
import { inChunks, type Db } from '../../platform/database/db.ts'
import { newId } from '../../platform/ids.ts'
import type { VexJustification } from '../vex.ts'
import type { VulnerabilityStatus } from '../vulnerability-status.ts'
import {
  lesseningStatuses,
  foldCuration,
  type Curation,
  type CurationContent,
  type CurationEvent,
  type CurationEventKind,
  type CurationScope,
  type CurationSource,
  type CurationState,
} from './curation.ts'

/** Writes an event, and the row anew from all of its curation. @returns the curation as it is now */
export async function recordEvent(tx: Db, id: string, event: CurationEvent): Promise<Curation> {
  const { atMs, actorId, kind, ...document } = event
  await tx
    .insertInto('curation_events')
    .values({
      id: newId(),
      curation_id: id,
      at: atMs,
      actor_id: actorId,
      kind,
      document: JSON.stringify(document),
    })
    .execute()
  const curation = foldCuration(id, await listEvents(tx, id))
  const row = toRow(curation)
  await tx
    .insertInto('curations')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute()
  return curation
}

/** In the order they were made. */
export async function listEvents(db: Db, id: string): Promise<CurationEvent[]> {
  const rows = await db
    .selectFrom('curation_events')
    .select(['at', 'actor_id', 'kind', 'document'])
    .where('curation_id', '=', id)
    .orderBy('at')
    .orderBy('id')
    .execute()
  return rows.map(
    (row) =>
      ({
        atMs: row.at,
        actorId: row.actor_id,
        kind: row.kind as CurationEventKind,
        ...(JSON.parse(row.document) as object),
      }) as CurationEvent, // only recordEvent writes them
  )
}

function toRow(curation: Curation) {
  const { scope } = curation
  return {
    id: curation.id,
    vulnerability_id: curation.vulnerabilityId,
    conda_name: scope.condaName,
    sha256: scope.sha256,
    version: scope.version,
    build: scope.build,
    build_from: scope.buildFrom,
    build_to: scope.buildTo,
    subdir: scope.subdir,
    channel: scope.channel,
    status: curation.status as string,
    rank: curation.rank,
    source: curation.source as string,
    author: curation.author,
    reason: curation.reason,
    justification: curation.justification as string | null,
    links: JSON.stringify(curation.links),
    origin: curation.origin,
    needs_second: curation.needsSecond ? 1 : 0,
    state: curation.state as string,
    proposed_by: curation.proposedBy,
    proposed_at: curation.proposedMs,
    decided_by: curation.decidedBy,
    decided_at: curation.decidedMs,
    decision_note: curation.decisionNote,
    effective_at: curation.effectiveMs,
    expires_at: curation.expiresMs,
    ended_at: curation.endedMs,
  }
}

/** The casts: only recordEvent writes these columns. */
function toCuration(row: ReturnType<typeof toRow>): Curation {
  return {
    id: row.id,
    vulnerabilityId: row.vulnerability_id,
    scope: {
      condaName: row.conda_name,
      sha256: row.sha256,
      version: row.version,
      build: row.build,
      buildFrom: row.build_from,
      buildTo: row.build_to,
      subdir: row.subdir,
      channel: row.channel,
    },
    status: row.status as VulnerabilityStatus,
    rank: row.rank,
    source: row.source as CurationSource,
    author: row.author,
    reason: row.reason,
    justification: row.justification as VexJustification | null,
    links: JSON.parse(row.links) as string[],
    origin: row.origin,
    needsSecond: row.needs_second === 1,
    state: row.state as CurationState,
    proposedBy: row.proposed_by,
    proposedMs: row.proposed_at,
    decidedBy: row.decided_by,
    decidedMs: row.decided_at,
    decisionNote: row.decision_note,
    effectiveMs: row.effective_at,
    expiresMs: row.expires_at,
    endedMs: row.ended_at,
  }
}

export async function findCuration(db: Db, id: string): Promise<Curation | undefined> {
  const row = await db.selectFrom('curations').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toCuration(row)
}

/** What holds of conda names: now, or on a past day. Names about which nobody says anything are left out. */
export async function findCurationsOf(
  db: Db,
  condaNames: readonly string[],
  at?: Date,
): Promise<Map<string, Curation[]>> {
  const found: Curation[] = []
  for (const chunk of inChunks(condaNames)) {
    const rows = await db
      .selectFrom('curations as c')
      .selectAll('c')
      .select(currentId.as('current_id'))
      .where('c.conda_name', 'in', chunk)
      .where(isInForce(at))
      .execute()
    found.push(...rows.map((row) => toCuration({ ...row, vulnerability_id: row.current_id })))
  }
  return Map.groupBy(found, ({ scope }) => scope.condaName)
}

/** Conda names with a curation that says that a file is affected, whatever advisories say. */
export async function listNamesSaidActive(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('curations as c')
    .select('c.conda_name')
    .distinct()
    .where('c.status', '=', 'active')
    .where(isInForce())
    .execute()
  return rows.map((row) => row.conda_name)
}

/**
 * What the vulnerability of `curations as c` is called today: somebody spoke of GHSA-…, and later an advisory said that it
 * is CVE-…. Every reader of curations asks this, lists and decisions alike.
 */
const currentId: RawBuilder<string> = sql<string>`coalesce(
  (select known.id from vulnerabilities as known where known.id = c.vulnerability_id),
  (select named.vulnerability_id from advisory_names as n inner join advisories as named on named.key = n.advisory_key
   where n.name = c.vulnerability_id limit 1),
  c.vulnerability_id)`

/** The condition on `curations as c` that they are about a vulnerability. */
export function isAboutId(id: string): RawBuilder<boolean> {
  return sql<boolean>`${currentId} = ${id}`
}

/** The condition on `curations as c` that they are about the vulnerability `v`. */
export const isAbout: RawBuilder<boolean> = sql<boolean>`(c.vulnerability_id = v.id or ${currentId} = v.id)`

/** The condition on `curations as c` that they hold, or held at an instant. */
export function isInForce(at?: Date): RawBuilder<boolean> {
  if (at === undefined) return sql<boolean>`c.state = 'in_force'`
  const ms = at.getTime()
  return sql<boolean>`(c.effective_at is not null and c.effective_at <= ${ms}
    and (c.ended_at is null or c.ended_at > ${ms})
    and (c.expires_at is null or c.expires_at > ${ms}))`
}

/**
 * The condition on `curations as c` that they cover the file `f` of `channels`: what `covers`
 * says, for lists.
 */
export const coversFile: RawBuilder<boolean> = sql<boolean>`(c.conda_name = f.name
  and (c.sha256 is null or c.sha256 = f.sha256)
  and (c.version is null or c.version = f.version)
  and (c.build is null or c.build = f.build)
  and (c.build_from is null or c.build_from <= f.build_number)
  and (c.build_to is null or c.build_to >= f.build_number)
  and (c.subdir is null or c.subdir = f.subdir)
  and (c.channel is null or c.channel = channels.name))`

/** In force or waiting with this very scope, vulnerability and source; of feeds and documents, of this author. */
export async function findSame(db: Db, content: CurationContent): Promise<Curation[]> {
  const rows = await db
    .selectFrom('curations as c')
    .selectAll('c')
    .where(isAboutId(content.vulnerabilityId))
    .where('conda_name', '=', content.scope.condaName)
    .where('state', 'in', ['proposed', 'in_force'])
    .execute()
  return rows.map(toCuration)
}

/** In force, and their time is over. */
export async function listDueCurations(db: Db, now: Date, limit: number): Promise<Curation[]> {
  const rows = await db
    .selectFrom('curations')
    .selectAll()
    .where('state', 'in', ['in_force', 'proposed'])
    .where('expires_at', '<=', now.getTime())
    .orderBy('expires_at')
    .limit(limit)
    .execute()
  return rows.map(toCuration)
}

export interface CurationQuery {
  readonly vulnerabilityId?: string | undefined
  readonly condaName?: string | undefined
  readonly states?: readonly CurationState[] | undefined
  readonly endsBefore?: Date | undefined
  /** Only what one person's word was enough for, and would not be now, with this threshold. */
  readonly outgrownFrom?: number | undefined
  /** Only what held at this instant. */
  readonly at?: Date | undefined
  readonly offset: number
  readonly limit: number
}

/** The newest first. */
export async function listCurations(
  db: Db,
  query: CurationQuery,
): Promise<{ total: number; items: Curation[] }> {
  const matching = db
    .selectFrom('curations as c')
    .$if(query.at !== undefined, (qb) => qb.where(isInForce(query.at)))
    .$if(query.endsBefore !== undefined, (qb) =>
      qb.where('expires_at', '<', query.endsBefore?.getTime() ?? 0),
    )
    .$if(query.outgrownFrom !== undefined, (qb) =>
      qb
        .where('needs_second', '=', 0)
        .where('status', 'in', lesseningStatuses)
        .where((eb) =>
          eb.exists(
            eb
              .selectFrom('vulnerabilities as v')
              .leftJoin('kev_entries as k', 'k.cve', 'v.id')
              .select('v.id')
              .where(isAbout)
              .where((grave) =>
                grave.or([
                  grave('v.maximum_score', '>=', query.outgrownFrom ?? 0),
                  grave('k.cve', 'is not', null),
                ]),
              ),
          ),
        ),
    )
    .$if(query.vulnerabilityId !== undefined, (qb) => qb.where(isAboutId(query.vulnerabilityId ?? '')))
    .$if(query.condaName !== undefined, (qb) => qb.where('conda_name', '=', query.condaName ?? ''))
    .$if(query.states !== undefined, (qb) => qb.where('state', 'in', query.states ?? []))
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .selectAll()
    .orderBy('proposed_at', 'desc')
    .orderBy('id', 'desc')
    .offset(query.offset)
    .limit(query.limit)
    .execute()
  return { total: Number(count), items: rows.map(toCuration) }
}

/** How many files of which channels, of those the reader may see, a scope is about now. */
export async function countCovered(
  db: Db,
  scope: CurationScope,
  reader: Reach = 'all',
): Promise<{ channel: string; files: number }[]> {
  const exact = (column: 'version' | 'build' | 'subdir' | 'sha256') =>
    scope[column] === null ? sql<boolean>`1 = 1` : sql<boolean>`${sql.ref(`f.${column}`)} = ${scope[column]}`
  const rows = await db
    .selectFrom('channel_files as f')
    .innerJoin('channels', 'channels.id', 'f.channel_id')
    .where((eb) => isWithinReach(eb, reader))
    .select((eb) => ['channels.name as channel', eb.fn.countAll<number | string>().as('files')])
    .where('f.name', '=', scope.condaName)
    .where('f.state', '=', 'present')
    .where(exact('version'))
    .where(exact('build'))
    .where(exact('subdir'))
    .where(exact('sha256'))
    .$if(scope.buildFrom !== null, (qb) => qb.where('f.build_number', '>=', scope.buildFrom ?? 0))
    .$if(scope.buildTo !== null, (qb) => qb.where('f.build_number', '<=', scope.buildTo ?? 0))
    .$if(scope.channel !== null, (qb) => qb.where('channels.name', '=', scope.channel ?? ''))
    .groupBy('channels.name')
    .orderBy('channels.name')
    .execute()
  return rows.map(({ channel, files }) => ({ channel, files: Number(files) }))
}

/** Names of accounts by id. */
export async function findUserNames(
  db: Db,
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>()
  for (const chunk of inChunks([...new Set(ids.filter((id) => id !== null))])) {
    const rows = await db.selectFrom('users').select(['id', 'name']).where('id', 'in', chunk).execute()
    for (const { id, name } of rows) names.set(id, name)
  }
  return names
}

/** The conda name of a file that some channel has or had. */
export async function findNameOfFile(db: Db, sha256: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('channel_files')
    .select('name')
    .where('sha256', '=', sha256)
    .executeTakeFirst()
  return row?.name
}

/** Of these conda names, those that some channel has. */
export async function findHeldNames(db: Db, names: readonly string[]): Promise<Set<string>> {
  const held = new Set<string>()
  for (const chunk of inChunks([...new Set(names)])) {
    const rows = await db
      .selectFrom('channel_files')
      .select('name')
      .distinct()
      .where('name', 'in', chunk)
      .where('state', '=', 'present')
      .execute()
    for (const row of rows) held.add(row.name)
  }
  return held
}

/** The vulnerability an id or an alias of it leads to; undefined where no advisory names it. */
export async function resolveVulnerability(
  db: Db,
  name: string,
): Promise<{ id: string; score: number | null; kev: boolean } | undefined> {
  const exact = await db.selectFrom('vulnerabilities').select('id').where('id', '=', name).executeTakeFirst()
  const id =
    exact?.id ??
    (
      await db
        .selectFrom('advisory_names')
        .innerJoin('advisories', 'advisories.key', 'advisory_names.advisory_key')
        .select('advisories.vulnerability_id as id')
        .where('advisory_names.name', '=', name)
        .executeTakeFirst()
    )?.id
  if (id === undefined) return undefined
  const row = await db
    .selectFrom('vulnerabilities')
    .leftJoin('kev_entries', 'kev_entries.cve', 'vulnerabilities.id')
    .select(['vulnerabilities.id', 'vulnerabilities.maximum_score', 'kev_entries.cve'])
    .where('vulnerabilities.id', '=', id)
    .executeTakeFirst()
  return row && { id: row.id, score: row.maximum_score, kev: row.cve !== null }
}

/** The curation as it is now; until the transaction ends, nobody else decides it. */
export async function lockCuration(tx: Db, id: string): Promise<Curation | undefined> {
  const row = await tx
    .updateTable('curations')
    // a write that changes nothing holds the row on either engine
    .set((eb) => ({ state: eb.ref('state') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row && toCuration(row)
}

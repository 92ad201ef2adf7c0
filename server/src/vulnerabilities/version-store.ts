/** The SQL of imports and of what each said: a snapshot is an import's row and its versions. */
import { inChunks, type Db } from '../platform/database/db.ts'
import type { Advisory, AffectedEntry } from './advisory.ts'
import { isLater, type FeedKind, type FeedVersion, type StandingVersion } from './feed-version.ts'

export type ImportState = 'staging' | 'held' | 'active' | 'rolled_back' | 'discarded'

/** Why an import was not applied by itself. */
export interface Finding {
  readonly code: string
  readonly message: string
}

export interface StoredImport {
  readonly id: string
  readonly kind: FeedKind | 'mapping'
  readonly sourceId: string | null
  readonly sourceName: string
  readonly filename: string
  readonly state: ImportState
  readonly importedAt: Date
  readonly activatedAt: Date | null
  readonly dataAt: Date | null
  readonly records: number
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  readonly skipped: number
  readonly findings: readonly Finding[]
  readonly effects: Readonly<Record<string, number>>
  readonly marker: string
}

const columns = [
  'id',
  'kind',
  'source_id',
  'source_name',
  'filename',
  'state',
  'imported_at',
  'activated_at',
  'data_at',
  'records',
  'added',
  'changed',
  'unchanged',
  'skipped',
  'findings',
  'effects',
  'marker',
] as const

interface ImportColumns {
  readonly id: string
  readonly kind: string
  readonly source_id: string | null
  readonly source_name: string
  readonly filename: string
  readonly state: string
  readonly imported_at: number
  readonly activated_at: number | null
  readonly data_at: number | null
  readonly records: number
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  readonly skipped: number
  readonly findings: string
  readonly effects: string
  readonly marker: string
}

function toImport(row: ImportColumns): StoredImport {
  return {
    id: row.id,
    kind: row.kind as StoredImport['kind'], // only this file and import-store.ts write it
    sourceId: row.source_id,
    sourceName: row.source_name,
    filename: row.filename,
    state: row.state as ImportState, // only this file writes it
    importedAt: new Date(row.imported_at),
    activatedAt: row.activated_at === null ? null : new Date(row.activated_at),
    dataAt: row.data_at === null ? null : new Date(row.data_at),
    records: row.records,
    added: row.added,
    changed: row.changed,
    unchanged: row.unchanged,
    skipped: row.skipped,
    findings: JSON.parse(row.findings) as Finding[], // written by `concludeStaging`
    effects: JSON.parse(row.effects) as Record<string, number>, // written by `concludeStaging`
    marker: row.marker,
  }
}

export async function findImport(db: Db, id: string): Promise<StoredImport | undefined> {
  const row = await db.selectFrom('advisory_imports').select(columns).where('id', '=', id).executeTakeFirst()
  return row && toImport(row)
}

export interface ImportQuery {
  readonly sourceId?: string | undefined
  readonly state?: ImportState | undefined
  readonly offset: number
  readonly limit: number
}

/** The newest first. */
export async function listImports(
  db: Db,
  query: ImportQuery,
): Promise<{ total: number; items: StoredImport[] }> {
  const matching = db
    .selectFrom('advisory_imports')
    .where('state', '!=', 'staging')
    .$if(query.sourceId !== undefined, (qb) => qb.where('source_id', '=', query.sourceId ?? ''))
    .$if(query.state !== undefined, (qb) => qb.where('state', '=', query.state ?? ''))
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .select(columns)
    .orderBy('imported_at', 'desc')
    .orderBy('id', 'desc')
    .offset(query.offset)
    .limit(query.limit)
    .execute()
  return { total: Number(count), items: rows.map(toImport) }
}

/** Imports of a source that stand, the latest first. `null`: those sent by hand. */
export async function listActiveImports(
  db: Db,
  kind: FeedKind,
  sourceId: string | null,
): Promise<StoredImport[]> {
  const rows = await db
    .selectFrom('advisory_imports')
    .select(columns)
    .where('state', '=', 'active')
    .where('kind', '=', kind)
    .where('source_id', sourceId === null ? 'is' : '=', sourceId)
    .orderBy((eb) => eb.fn.coalesce('activated_at', 'imported_at'), 'desc')
    .orderBy('id', 'desc')
    .execute()
  return rows.map(toImport)
}

export async function findHeldImport(db: Db, sourceId: string): Promise<StoredImport | undefined> {
  const row = await db
    .selectFrom('advisory_imports')
    .select(columns)
    .where('source_id', '=', sourceId)
    .where('state', '=', 'held')
    .orderBy('imported_at', 'desc')
    .executeTakeFirst()
  return row && toImport(row)
}

export async function insertStaging(
  db: Db,
  row: {
    readonly id: string
    readonly kind: FeedKind
    readonly sourceId: string | null
    readonly sourceName: string
    readonly filename: string
    readonly at: Date
    readonly marker: string
  },
): Promise<void> {
  await db
    .insertInto('advisory_imports')
    .values({
      id: row.id,
      kind: row.kind,
      source_id: row.sourceId,
      source_name: row.sourceName,
      filename: row.filename,
      state: 'staging',
      imported_at: row.at.getTime(),
      marker: row.marker,
      records: 0,
      added: 0,
      changed: 0,
      unchanged: 0,
      skipped: 0,
      skipped_lines: '[]',
      findings: '[]',
      effects: '{}',
    })
    .execute()
}

export interface StagingCounts {
  readonly dataMs: number | null
  readonly records: number
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  readonly skipped: number
}

/** What is known of an import once all of it was read. */
export async function describeStaging(db: Db, id: string, counts: StagingCounts): Promise<void> {
  const { dataMs, ...rest } = counts
  await db
    .updateTable('advisory_imports')
    .set({ ...rest, data_at: dataMs })
    .where('id', '=', id)
    .execute()
}

export async function concludeStaging(
  db: Db,
  id: string,
  conclusion: {
    readonly state: ImportState
    readonly findings: readonly Finding[]
    readonly effects: Readonly<Record<string, number>>
  },
): Promise<void> {
  await db
    .updateTable('advisory_imports')
    .set({
      state: conclusion.state,
      findings: JSON.stringify(conclusion.findings),
      effects: JSON.stringify(conclusion.effects),
    })
    .where('id', '=', id)
    .execute()
}

export async function setImportState(
  tx: Db,
  ids: readonly string[],
  state: ImportState,
  activatedAt?: Date,
): Promise<void> {
  await tx
    .updateTable('advisory_imports')
    .set({ state, ...(activatedAt && { activated_at: activatedAt.getTime() }) })
    .where('id', 'in', ids)
    .execute()
}

/** Also what a crashed import has left behind: imports run one at a time. */
export async function dropUnfinished(db: Db): Promise<void> {
  const rows = await db.selectFrom('advisory_imports').select('id').where('state', '=', 'staging').execute()
  for (const { id } of rows) await dropImport(db, id)
}

export async function dropImport(db: Db, id: string): Promise<void> {
  await dropContents(db, id)
  await db.deleteFrom('import_faults').where('import_id', '=', id).execute()
  await db.deleteFrom('advisory_imports').where('id', '=', id).execute()
}

/** What an import said, and what it would have changed; its row and its faults stay. */
export async function dropContents(db: Db, id: string): Promise<void> {
  await db.deleteFrom('advisory_versions').where('import_id', '=', id).execute()
  await db.deleteFrom('import_effects').where('import_id', '=', id).execute()
}

export async function stageVersions(
  db: Db,
  importId: string,
  versions: readonly FeedVersion[],
): Promise<void> {
  // a file can hold a record twice: the last counts
  const latest = [...new Map(versions.map((version) => [version.key, version])).values()]
  for (const chunk of inChunks(latest)) {
    await db
      .insertInto('advisory_versions')
      .values(
        chunk.map((version) => ({
          import_id: importId,
          key: version.key,
          modified_at: version.modifiedMs,
          content_sha256: version.contentSha256,
          document: version.document,
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(['import_id', 'key']).doUpdateSet((eb) => ({
          modified_at: eb.ref('excluded.modified_at'),
          content_sha256: eb.ref('excluded.content_sha256'),
          document: eb.ref('excluded.document'),
        })),
      )
      .execute()
  }
}

/** What stands under these keys, of all sources. @param besides an import that is looked at as if it stood */
export async function findStanding(
  db: Db,
  keys: readonly string[],
  besides?: { readonly importId: string; readonly activatedMs: number },
): Promise<Map<string, StandingVersion[]>> {
  const found = new Map<string, StandingVersion[]>()
  for (const chunk of inChunks(keys)) {
    const rows = await db
      .selectFrom('advisory_versions as v')
      .innerJoin('advisory_imports as i', 'i.id', 'v.import_id')
      .select([
        'v.key',
        'v.import_id',
        'v.modified_at',
        'v.content_sha256',
        'i.source_id',
        'i.activated_at',
        'i.imported_at',
      ])
      .select((eb) => eb('v.document', 'is', null).as('gone'))
      .where('v.key', 'in', chunk)
      .where((eb) =>
        eb.or([eb('i.state', '=', 'active'), ...(besides ? [eb('i.id', '=', besides.importId)] : [])]),
      )
      .execute()
    for (const row of rows) {
      const version: StandingVersion = {
        key: row.key,
        importId: row.import_id,
        sourceId: row.source_id,
        modifiedMs: row.modified_at,
        contentSha256: row.content_sha256,
        isGone: Boolean(row.gone),
        activatedMs:
          row.import_id === besides?.importId ? besides.activatedMs : (row.activated_at ?? row.imported_at),
      }
      const own = found.get(row.key)
      if (own) own.push(version)
      else found.set(row.key, [version])
    }
  }
  return found
}

/** The latest that a source said under each key. */
export function latestOf(
  standing: ReadonlyMap<string, readonly StandingVersion[]>,
  sourceId: string | null,
): Map<string, StandingVersion> {
  const latest = new Map<string, StandingVersion>()
  for (const [key, versions] of standing) {
    for (const version of versions) {
      const known = latest.get(key)
      if (version.sourceId === sourceId && (!known || isLater(version, known))) latest.set(key, version)
    }
  }
  return latest
}

/** Documents by key of one version each. */
export async function readDocuments(
  db: Db,
  versions: readonly Pick<StandingVersion, 'key' | 'importId'>[],
): Promise<Map<string, string>> {
  const documents = new Map<string, string>()
  for (const [importId, own] of Map.groupBy(versions, (version) => version.importId)) {
    for (const chunk of inChunks(own.map(({ key }) => key))) {
      const rows = await db
        .selectFrom('advisory_versions')
        .select(['key', 'document'])
        .where('import_id', '=', importId)
        .where('key', 'in', chunk)
        .execute()
      for (const row of rows) if (row.document !== null) documents.set(row.key, row.document)
    }
  }
  return documents
}

const KEYS_AT_ONCE = 500

/** Keys that some imports speak of, in runs. */
export async function* keysOfImports(db: Db, importIds: readonly string[]): AsyncGenerator<string[]> {
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('advisory_versions')
      .select('key')
      .distinct()
      .where('import_id', 'in', importIds)
      .where('key', '>', after)
      .orderBy('key')
      .limit(KEYS_AT_ONCE)
      .execute()
    const last = rows.at(-1)
    if (!last) return
    yield rows.map(({ key }) => key)
    after = last.key
  }
}

/** How many records of a source stand. */
export async function countStanding(db: Db, kind: FeedKind, sourceId: string | null): Promise<number> {
  const row = await db
    .selectFrom('advisory_versions as v')
    .innerJoin('advisory_imports as i', 'i.id', 'v.import_id')
    .select((eb) => eb.fn.count<number | string>('v.key').distinct().as('count'))
    .where('i.state', '=', 'active')
    .where('i.kind', '=', kind)
    .where('i.source_id', sourceId === null ? 'is' : '=', sourceId)
    .where('v.document', 'is not', null)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Keys that a source says are there. */
export async function listOwnKeys(db: Db, kind: FeedKind, sourceId: string | null): Promise<Set<string>> {
  const imports = await listActiveImports(db, kind, sourceId)
  const keys = new Set<string>()
  // the latest counts, so the oldest is told first
  for (const { id } of imports.toReversed()) {
    const rows = await db
      .selectFrom('advisory_versions')
      .select('key')
      .select((eb) => eb('document', 'is', null).as('gone'))
      .where('import_id', '=', id)
      .execute()
    for (const row of rows) {
      if (row.gone) keys.delete(row.key)
      else keys.add(row.key)
    }
  }
  return keys
}

/**
 * Writes down what is current under keys that have no version: it was imported by a release that kept none.
 * Taking back what now comes can then bring it again.
 */
export async function keepUnversioned(db: Db, keys: readonly string[]): Promise<void> {
  for (const chunk of inChunks(keys)) {
    const rows = await db
      .selectFrom('advisories as a')
      .leftJoin('advisory_versions as v', 'v.key', 'a.key')
      .select(['a.key', 'a.import_id', 'a.modified_at', 'a.content_sha256', 'a.document'])
      .where('a.key', 'in', chunk)
      .where('v.key', 'is', null)
      .execute()
    if (rows.length === 0) continue
    const entries = await readEntries(
      db,
      rows.map(({ key }) => key),
    )
    await db
      .insertInto('advisory_versions')
      .values(
        rows.map((row) => ({
          ...row,
          // written by `putAdvisories`
          document: JSON.stringify({
            ...(JSON.parse(row.document) as Advisory),
            affected: entries.get(row.key) ?? [],
          }),
        })),
      )
      .execute()
  }
}

/** The affected entries of current advisories, in their order. */
export async function readEntries(db: Db, keys: readonly string[]): Promise<Map<string, AffectedEntry[]>> {
  const entries = new Map<string, AffectedEntry[]>()
  for (const chunk of inChunks(keys)) {
    const rows = await db
      .selectFrom('advisory_affected')
      .select(['advisory_key', 'entry'])
      .where('advisory_key', 'in', chunk)
      .orderBy('advisory_key')
      .orderBy('position')
      .execute()
    for (const row of rows) {
      const entry = JSON.parse(row.entry) as AffectedEntry // written by `putAdvisories`
      const own = entries.get(row.advisory_key)
      if (own) own.push(entry)
      else entries.set(row.advisory_key, [entry])
    }
  }
  return entries
}

export interface Fault {
  readonly line: number
  /** Names the field. */
  readonly reason: string
  /** The beginning of the record. */
  readonly record: string
}

export async function insertFaults(
  db: Db,
  importId: string,
  position: number,
  faults: readonly Fault[],
): Promise<void> {
  if (faults.length === 0) return
  const rows = faults.map((fault, index) => ({ import_id: importId, position: position + index, ...fault }))
  for (const chunk of inChunks(rows)) await db.insertInto('import_faults').values(chunk).execute()
}

export async function listFaults(
  db: Db,
  importId: string,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ total: number; items: Fault[] }> {
  const matching = db.selectFrom('import_faults').where('import_id', '=', importId)
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const items = await matching
    .select(['line', 'reason', 'record'])
    .orderBy('position')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return { total: Number(count), items }
}

/**
 * Forgets what no way back leads to: of the imports of a source before the last few, what later ones replaced, and
 * all of those that were not taken or were taken back.
 */
export async function pruneImports(
  db: Db,
  kind: FeedKind,
  sourceId: string | null,
  kept: number,
): Promise<void> {
  const [newest, ...earlier] = (await listActiveImports(db, kind, sourceId)).slice(kept).map(({ id }) => id)
  if (newest !== undefined) await db.deleteFrom('import_effects').where('import_id', '=', newest).execute()
  // the earlier ones went through this when they were the newest
  for (const chunk of newest === undefined ? [] : inChunks(earlier)) {
    await db
      .deleteFrom('advisory_versions')
      .where('import_id', 'in', chunk)
      .where('key', 'in', (eb) =>
        eb
          .selectFrom('advisory_versions as l')
          .select('l.key')
          .where('l.import_id', '=', newest ?? ''),
      )
      .execute()
  }
  const dead = await db
    .selectFrom('advisory_imports')
    .select('id')
    .where('state', 'in', ['rolled_back', 'discarded'])
    .where('kind', '=', kind)
    .where('source_id', sourceId === null ? 'is' : '=', sourceId)
    .orderBy('imported_at', 'desc')
    .orderBy('id', 'desc')
    .offset(kept)
    .limit(1000)
    .execute()
  for (const { id } of dead) await dropContents(db, id)
}

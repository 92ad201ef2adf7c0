/** The SQL of sources. */
import { inChunks, type Db } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
import {
  ageOf,
  currentAt,
  markerSchema,
  type FetchMethod,
  type Source,
  type SourceAge,
  type SourceResult,
} from './source.ts'
import type { SourceKind } from './source-kinds.ts'

interface SourceRow {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly method: string
  readonly address: string | null
  readonly file_pattern: string
  readonly licence: string
  readonly is_automatic: number
  readonly is_paused: number
  readonly refresh_minutes: number
  readonly next_refresh_at: number | null
  readonly attempted_at: number | null
  readonly refreshed_at: number | null
  readonly data_at: number | null
  readonly result: string | null
  readonly message: string | null
  readonly failures: number
  readonly marker: string
  readonly created_at: number
}

function toSource(row: SourceRow): Source {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as SourceKind, // parsed by the schema before it was stored
    method: row.method as FetchMethod, // parsed by the schema before it was stored
    address: row.address,
    filePattern: row.file_pattern,
    licence: row.licence,
    isAutomatic: row.is_automatic === 1,
    isPaused: row.is_paused === 1,
    refreshMinutes: row.refresh_minutes,
    nextRefreshAt: toDate(row.next_refresh_at),
    attemptedAt: toDate(row.attempted_at),
    refreshedAt: toDate(row.refreshed_at),
    dataAt: toDate(row.data_at),
    result: row.result as SourceResult | null, // only this file writes it
    message: row.message,
    failures: row.failures,
    marker: markerSchema.parse(JSON.parse(row.marker)),
  }
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}

export type NewSource = Pick<
  Source,
  | 'name'
  | 'kind'
  | 'method'
  | 'address'
  | 'filePattern'
  | 'licence'
  | 'isAutomatic'
  | 'refreshMinutes'
  | 'nextRefreshAt'
>

export async function insertSource(db: Db, source: NewSource, at: Date): Promise<Source> {
  const row: SourceRow = {
    id: newId(),
    name: source.name,
    kind: source.kind,
    method: source.method,
    address: source.address,
    file_pattern: source.filePattern,
    licence: source.licence,
    is_automatic: source.isAutomatic ? 1 : 0,
    is_paused: 0,
    refresh_minutes: source.refreshMinutes,
    next_refresh_at: source.nextRefreshAt?.getTime() ?? null,
    attempted_at: null,
    refreshed_at: null,
    data_at: null,
    result: null,
    message: null,
    failures: 0,
    marker: '{}',
    created_at: at.getTime(),
  }
  await db.insertInto('advisory_sources').values(row).execute()
  return toSource(row)
}

export type SourceChange = Partial<
  Pick<
    Source,
    | 'address'
    | 'filePattern'
    | 'licence'
    | 'isAutomatic'
    | 'isPaused'
    | 'refreshMinutes'
    | 'nextRefreshAt'
    | 'attemptedAt'
    | 'refreshedAt'
    | 'dataAt'
    | 'result'
    | 'message'
    | 'failures'
    | 'marker'
  >
>

export async function updateSource(db: Db, id: string, change: SourceChange): Promise<void> {
  const columns: Partial<SourceRow> = {
    ...(change.address !== undefined && { address: change.address }),
    ...(change.filePattern !== undefined && { file_pattern: change.filePattern }),
    ...(change.licence !== undefined && { licence: change.licence }),
    ...(change.isAutomatic !== undefined && { is_automatic: change.isAutomatic ? 1 : 0 }),
    ...(change.isPaused !== undefined && { is_paused: change.isPaused ? 1 : 0 }),
    ...(change.refreshMinutes !== undefined && { refresh_minutes: change.refreshMinutes }),
    ...(change.nextRefreshAt !== undefined && { next_refresh_at: change.nextRefreshAt?.getTime() ?? null }),
    ...(change.attemptedAt !== undefined && { attempted_at: change.attemptedAt?.getTime() ?? null }),
    ...(change.refreshedAt !== undefined && { refreshed_at: change.refreshedAt?.getTime() ?? null }),
    ...(change.dataAt !== undefined && { data_at: change.dataAt?.getTime() ?? null }),
    ...(change.result !== undefined && { result: change.result }),
    ...(change.message !== undefined && { message: change.message }),
    ...(change.failures !== undefined && { failures: change.failures }),
    ...(change.marker !== undefined && { marker: JSON.stringify(change.marker) }),
  }
  if (Object.keys(columns).length === 0) return
  await db.updateTable('advisory_sources').set(columns).where('id', '=', id).execute()
}

export async function findSource(db: Db, id: string): Promise<Source | undefined> {
  const row = await db.selectFrom('advisory_sources').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toSource(row)
}

export async function findSourceNamed(db: Db, name: string): Promise<Source | undefined> {
  const row = await db.selectFrom('advisory_sources').selectAll().where('name', '=', name).executeTakeFirst()
  return row && toSource(row)
}

export async function listSources(
  db: Db,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ total: number; items: Source[] }> {
  const { count } = await db
    .selectFrom('advisory_sources')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await db
    .selectFrom('advisory_sources')
    .selectAll()
    .orderBy('name')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return { total: Number(count), items: rows.map(toSource) }
}

/** Sources whose time has come, and that nothing holds up. */
export async function listDueSources(db: Db, now: Date, limit: number): Promise<Source[]> {
  const rows = await db
    .selectFrom('advisory_sources')
    .selectAll()
    .where('is_paused', '=', 0)
    .where('address', 'is not', null)
    .where('next_refresh_at', '<=', now.getTime())
    .orderBy('next_refresh_at')
    .limit(limit)
    .execute()
  return rows.map(toSource)
}

/** @returns false when another server was faster */
export async function moveNextRefresh(db: Db, source: Source, next: Date): Promise<boolean> {
  const moved = await db
    .updateTable('advisory_sources')
    .set({ next_refresh_at: next.getTime() })
    .where('id', '=', source.id)
    .where('next_refresh_at', '=', source.nextRefreshAt?.getTime() ?? null)
    .executeTakeFirst()
  return moved.numUpdatedRows > 0n
}

/** Its imports stay: what they brought stands. */
export async function deleteSource(db: Db, id: string): Promise<void> {
  await db.deleteFrom('advisory_sources').where('id', '=', id).execute()
}

/** Where advisories came from, and how far behind the world that may be. */
export interface Provenance {
  /** Of the import, which is that of the source where it came from one. */
  readonly source: string
  readonly importedAt: Date
  readonly currentAt: Date | null
  readonly age: SourceAge
}

/** By source, the oldest first. @param keys of advisories, `source:id` */
export async function findProvenance(db: Db, keys: readonly string[], now: Date): Promise<Provenance[]> {
  const found = new Map<string, Provenance>()
  for (const chunk of inChunks([...new Set(keys)])) {
    const rows = await db
      .selectFrom('advisories')
      .innerJoin('advisory_imports as i', 'i.id', 'advisories.import_id')
      .leftJoin('advisory_sources as s', 's.name', 'i.source_name')
      .select([
        'i.source_name',
        'i.imported_at',
        'i.data_at',
        's.refreshed_at',
        's.data_at as source_data_at',
      ])
      .where('advisories.key', 'in', chunk)
      .execute()
    for (const row of rows) {
      const importedAt = new Date(row.imported_at)
      const known = found.get(row.source_name)
      if (known && known.importedAt >= importedAt) continue
      const times = {
        refreshedAt: toDate(row.refreshed_at),
        dataAt: toDate(row.source_data_at ?? row.data_at),
      }
      found.set(row.source_name, {
        source: row.source_name,
        importedAt,
        currentAt: currentAt(times),
        age: ageOf(times, now),
      })
    }
  }
  return [...found.values()].sort((a, b) => (a.currentAt?.getTime() ?? 0) - (b.currentAt?.getTime() ?? 0))
}

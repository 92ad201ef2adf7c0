/**
 * The job behind an import: a file that was sent, fetched or found in the watched folder is read, what changed is
 * stored, and the names it concerns become stale wherever they are held. The same job serves advisories, KEV, EPSS and
 * the mapping of names.
 */
import { rm } from 'node:fs/promises'
import { appendEvent } from '../audit/append-event.ts'
import type { Cause } from '../channels/stale-causes.ts'
import { enqueuePublish, markStaleEverywhere } from '../channels/stale-names.ts'
import type { JobRun } from '../jobs/runner.ts'
import type { Db, Tx } from '../platform/database/db.ts'
import { errorText } from '../platform/text.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { FeedKind } from './feed-version.ts'
import { importAdvisories, type ImportResult as Imported, type ImportSource } from './import-advisories.ts'
import { importMapping } from './import-mapping.ts'
import { markerSchema, nextRefresh, type Source } from './source.ts'
import { findSource, updateSource } from './source-store.ts'
import { dropImport, pruneImports, type Finding } from './version-store.ts'
import { putAway, type WatchedFile } from './watched-folder.ts'

export interface ImportPayload {
  readonly kind: FeedKind | 'mapping'
  readonly path: string
  /** As the sender called it: for messages and the audit log. */
  readonly filename: string
  /** Of a file that was fetched or found for a source. */
  readonly source?:
    | {
        readonly id: string
        /** JSON: where the source goes on after this. */
        readonly marker: string
        readonly is_whole: boolean
        /** Whether the source itself gave it just now, so that it is current. */
        readonly is_fetched: boolean
      }
    | undefined
  /** Where it goes afterwards, when it came from the watched folder. */
  readonly watched?: WatchedFile | undefined
}

export interface ImportResult {
  readonly import_id: string | null
  readonly state: 'active' | 'held' | 'unchanged'
  readonly records: number
  readonly changed: number
  readonly skipped: number
  /** The first of the skipped lines, with what is wrong. */
  readonly skipped_lines: readonly { readonly line: number; readonly reason: string }[]
  /** Why it is held. */
  readonly findings: readonly Finding[]
  /** Package names whose decisions may change. */
  readonly names: number
}

/** How many imports of a source can be taken back. */
export const KEPT_IMPORTS = 5
const SHOWN_LINES = 100

export interface ImportParts {
  readonly db: Db
  readonly now: () => Date
  /** What conditions of policies compare EPSS with. */
  readonly listEpssBounds: (db: Db) => Promise<readonly number[]>
}

export async function runImport(
  parts: ImportParts,
  payload: ImportPayload,
  run: JobRun,
): Promise<ImportResult> {
  try {
    const result =
      payload.kind === 'mapping'
        ? await importNames(parts, payload, run)
        : await importFeed(parts, payload, payload.kind, run)
    await clearAway(payload, parts.now(), result.state === 'held' ? heldText(result.findings) : undefined)
    return result
  } catch (error) {
    // refused for good: nobody needs the file. Another failure is tried again and does
    if (error instanceof AppError && error.code !== 'shutting-down') {
      await noteFailure(parts, payload, error)
      await clearAway(payload, parts.now(), error.message, true)
    }
    throw error
  }
}

async function clearAway(
  { path, watched }: ImportPayload,
  at: Date,
  reason: string | undefined,
  isRefused = false,
): Promise<void> {
  if (watched) await putAway(path, watched, { at, reason, isRefused })
  else await rm(path, { force: true })
}

function heldText(findings: readonly Finding[]): string {
  return `held for approval: ${findings.map(({ message }) => message).join('; ')}`
}

async function importNames(parts: ImportParts, payload: ImportPayload, run: JobRun): Promise<ImportResult> {
  const { path, filename } = payload
  const mapping = await importMapping(parts.db, {
    path,
    filename,
    // one mapping at a time: a newer file of another name takes the place of the older
    sourceName: 'imported mapping',
    now: parts.now(),
    inTransaction: async (tx, { touchedNames, names }) => {
      await markChanged(tx, touchedNames, { kind: 'mapping' }, parts.now())
      await appendEvent(tx, {
        at: parts.now(),
        actorId: run.actorId,
        action: 'mapping.imported',
        target: filename,
        details: { names },
      })
    },
  })
  return {
    import_id: mapping.importId,
    state: 'active',
    records: mapping.names,
    changed: mapping.touchedNames.length,
    skipped: mapping.skipped.length,
    skipped_lines: mapping.skipped.slice(0, SHOWN_LINES).map((reason) => ({ line: 0, reason })),
    findings: [],
    names: mapping.touchedNames.length,
  }
}

async function importFeed(
  parts: ImportParts,
  payload: ImportPayload,
  kind: FeedKind,
  run: JobRun,
): Promise<ImportResult> {
  const { path, filename } = payload
  const now = parts.now()
  const source = payload.source && (await findSource(parts.db, payload.source.id))
  if (payload.source && !source) throw new AppError('not-found', `the source of ${filename} is gone`)
  const record = (tx: Tx, imported: Imported): Promise<void> =>
    recordImport(tx, parts, { payload, source, actorId: run.actorId }, imported)
  const imported = await importAdvisories(parts.db, {
    path,
    filename,
    kind,
    source: source && toImportSource(source, payload),
    sourceName: source?.name ?? filename,
    now,
    epssBounds: await parts.listEpssBounds(parts.db),
    signal: run.signal,
    onProgress: (records) => run.reportProgress({ step: 'reading', records }),
    inTransaction: record,
    whenHeld: record,
  })
  const isUnchanged = imported.state === 'active' && imported.new + imported.changed === 0
  // an hourly look that finds nothing new leaves no snapshot
  if (source && isUnchanged) await dropImport(parts.db, imported.importId)
  else await pruneImports(parts.db, kind, source?.id ?? null, KEPT_IMPORTS)
  return {
    import_id: source && isUnchanged ? null : imported.importId,
    state: isUnchanged ? 'unchanged' : imported.state,
    records: imported.records,
    changed: imported.new + imported.changed,
    skipped: imported.skippedCount,
    skipped_lines: imported.skipped.slice(0, SHOWN_LINES),
    findings: imported.findings,
    names: imported.touchedNames.length,
  }
}

function toImportSource(source: Source, payload: ImportPayload): ImportSource {
  return {
    id: source.id,
    kind: source.kind,
    isAutomatic: source.isAutomatic,
    isWhole: payload.source?.is_whole === true,
    marker: payload.source?.marker ?? '{}',
  }
}

/** The consequences, in the transaction that makes the import current, or holds it. */
async function recordImport(
  tx: Tx,
  parts: ImportParts,
  of: {
    readonly payload: ImportPayload
    readonly source: Source | undefined
    readonly actorId: string | undefined
  },
  imported: Imported,
): Promise<void> {
  const { payload, source, actorId } = of
  const at = parts.now()
  const isHeld = imported.state === 'held'
  const isNews = isHeld || imported.new + imported.changed > 0
  if (!isHeld) {
    const cause: Cause = { kind: 'advisories', source: source?.name ?? payload.filename }
    await markChanged(tx, imported.touchedNames, cause, at)
  }
  if (source && payload.source) {
    await updateSource(tx, source.id, {
      result: isHeld ? 'held' : isNews ? 'applied' : 'unchanged',
      message: isHeld ? heldText(imported.findings) : null,
      failures: 0,
      attemptedAt: at,
      ...(payload.source.is_fetched && { marker: markerSchema.parse(JSON.parse(payload.source.marker)) }),
      ...(payload.source.is_fetched && !isHeld && { refreshedAt: at }),
      ...(!isHeld && { dataAt: later(source.dataAt, imported.dataMs) }),
    })
  }
  // what is sent by hand is always told
  if (source && !isNews) return
  await appendEvent(tx, {
    at,
    actorId,
    action: isHeld ? 'advisories.held' : 'advisories.imported',
    target: payload.filename,
    details: {
      import_id: imported.importId,
      source: source?.name ?? null,
      records: imported.records,
      new: imported.new,
      changed: imported.changed,
      skipped: imported.skippedCount,
      ...(isHeld && { findings: imported.findings.map(({ code }) => code) }),
    },
  })
}

export function later(known: Date | null, ms: number | null): Date | null {
  return ms !== null && (known === null || ms > known.getTime()) ? new Date(ms) : known
}

export async function markChanged(tx: Tx, names: readonly string[], cause: Cause, at: Date): Promise<void> {
  for (const channelId of await markStaleEverywhere(tx, names, cause)) await enqueuePublish(tx, channelId, at)
}

async function noteFailure(parts: ImportParts, payload: ImportPayload, error: unknown): Promise<void> {
  const source = payload.source && (await findSource(parts.db, payload.source.id))
  if (source) await recordFailure(parts.db, source, error, parts.now())
}

/** The next look waits longer after each failure. */
export async function recordFailure(db: Db, source: Source, error: unknown, at: Date): Promise<void> {
  const failures = source.failures + 1
  await updateSource(db, source.id, {
    result: 'failed',
    message: errorText(error),
    attemptedAt: at,
    failures,
    ...(source.address !== null && { nextRefreshAt: nextRefresh(source, failures, at) }),
  })
}

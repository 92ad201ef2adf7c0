/** What people do with imports: let a held one through, throw it away, take one back. */
import { appendEvent } from '../audit/append-event.ts'
import { actorId, type Actor } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { enqueue } from '../jobs/queue.ts'
import type { JobRun } from '../jobs/runner.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import { activateImport, takeBackImports } from './activate-import.ts'
import { writePreview } from './import-advisories.ts'
import { KEPT_IMPORTS, later, markChanged, type ImportParts } from './run-import.ts'
import { findSource, updateSource } from './source-store.ts'
import {
  concludeStaging,
  dropContents,
  findImport,
  listActiveImports,
  pruneImports,
  setImportState,
  type ImportState,
  type StoredImport,
} from './version-store.ts'
import type { FeedKind } from './feed-version.ts'

export interface ImportContext {
  readonly db: Db
  readonly now: () => Date
  readonly actor: Actor
}

type FeedImport = StoredImport & { readonly kind: FeedKind }

async function requireImport(db: Db, id: string, state: ImportState): Promise<FeedImport> {
  const found = await findImport(db, id)
  if (!found) throw new AppError('not-found', `there is no import ${id}`)
  const { kind } = found
  if (kind === 'mapping') throw new AppError('conflict', 'a mapping is replaced by importing another')
  if (found.state !== state) {
    throw new AppError('conflict', `the import ${id} is ${found.state.replace('_', ' ')}, not ${state}`)
  }
  return { ...found, kind }
}

/** @returns the id of the job that applies it. @throws AppError not-found, conflict, permission-denied */
export async function startApproval(context: ImportContext, id: string, note: string): Promise<string> {
  requirePermission(context.actor, 'vulnerability:edit')
  await requireImport(context.db, id, 'held')
  return startDecision(context, 'advisories.approve', id, note)
}

/** @returns the id of the job that takes it back. @throws AppError not-found, conflict, permission-denied */
export async function startRollback(context: ImportContext, id: string, note: string): Promise<string> {
  requirePermission(context.actor, 'vulnerability:edit')
  await requireTakeable(context.db, id)
  return startDecision(context, 'advisories.roll_back', id, note)
}

async function startDecision(
  context: ImportContext,
  kind: 'advisories.approve' | 'advisories.roll_back',
  id: string,
  note: string,
): Promise<string> {
  return enqueue(context.db, {
    kind,
    payload: { import_id: id, note },
    now: context.now(),
    actorId: actorId(context.actor),
    // one after the other, as imports are
    exclusiveKey: 'advisories.import',
  })
}

/** @throws AppError not-found, conflict, permission-denied */
export async function discardImport(context: ImportContext, id: string, note: string): Promise<void> {
  requirePermission(context.actor, 'vulnerability:edit')
  await context.db.transaction().execute(async (tx) => {
    const found = await requireImport(tx, id, 'held')
    await setImportState(tx, [id], 'discarded')
    await dropContents(tx, id)
    if (found.sourceId !== null) {
      // or what it brought would be missing for good: the next refresh begins anew
      await updateSource(tx, found.sourceId, { marker: {}, message: null })
    }
    await appendEvent(tx, {
      at: context.now(),
      actorId: actorId(context.actor),
      action: 'advisories.discarded',
      target: found.filename,
      details: { import_id: id, source: found.sourceName, note },
    })
  })
}

export interface DecisionPayload {
  readonly import_id: string
  readonly note: string
}

/** The job behind an approval. What it changes is looked at once more: the world may have moved since it was held. */
export async function approveImport(
  parts: ImportParts,
  { import_id: id, note }: DecisionPayload,
  run: JobRun,
): Promise<{ names: number }> {
  const { db, now } = parts
  const { kind } = await requireImport(db, id, 'held')
  const at = now()
  const epssBounds = await parts.listEpssBounds(db)
  const effects = await writePreview(db, { importId: id, kind, at, epssBounds, signal: run.signal })
  const names = await db.transaction().execute(async (tx) => {
    const found = await requireImport(tx, id, 'held')
    await concludeStaging(tx, id, { state: 'held', findings: found.findings, effects })
    const { touchedNames } = await activateImport(tx, { kind, importId: id, at, epssBounds })
    await markChanged(tx, touchedNames, { kind: 'advisories', source: found.sourceName }, at)
    const source = found.sourceId === null ? undefined : await findSource(tx, found.sourceId)
    if (source) {
      await updateSource(tx, source.id, {
        result: 'applied',
        message: null,
        dataAt: later(source.dataAt, found.dataAt?.getTime() ?? null),
      })
    }
    await appendEvent(tx, {
      at,
      actorId: run.actorId,
      action: 'advisories.approved',
      target: found.filename,
      details: {
        import_id: id,
        source: found.sourceName,
        note,
        findings: found.findings.map(({ code }) => code),
      },
    })
    return touchedNames.length
  })
  const { sourceId } = await requireImport(db, id, 'active')
  await pruneImports(db, kind, sourceId, KEPT_IMPORTS)
  return { names }
}

/** The job behind taking an import back, and with it what its source brought later. */
export async function rollBackImport(
  parts: ImportParts,
  { import_id: id, note }: DecisionPayload,
  run: JobRun,
): Promise<{ imports: number; names: number }> {
  const { db, now } = parts
  const at = now()
  const epssBounds = await parts.listEpssBounds(db)
  return db.transaction().execute(async (tx) => {
    const { found, taken } = await requireTakeable(tx, id)
    const importIds = taken.map((one) => one.id)
    const { touchedNames } = await takeBackImports(tx, { kind: found.kind, importIds, at, epssBounds })
    await markChanged(tx, touchedNames, { kind: 'advisories', source: found.sourceName }, at)
    if (found.sourceId !== null) {
      const before = (await listActiveImports(tx, found.kind, found.sourceId))[0]
      await updateSource(tx, found.sourceId, {
        // or the next refresh would bring the same again
        isPaused: true,
        marker: {},
        dataAt: before?.dataAt ?? null,
        message: 'rolled back, and paused until somebody resumes it',
      })
    }
    await appendEvent(tx, {
      at,
      actorId: run.actorId,
      action: 'advisories.rolled_back',
      target: found.filename,
      details: { import_id: id, source: found.sourceName, note, imports: importIds.length },
    })
    return { imports: importIds.length, names: touchedNames.length }
  })
}

/** The import and those of its source that came after it. */
async function requireTakeable(
  db: Db,
  id: string,
): Promise<{ found: FeedImport; taken: readonly StoredImport[] }> {
  const found = await requireImport(db, id, 'active')
  const active = await listActiveImports(db, found.kind, found.sourceId)
  const index = active.findIndex((one) => one.id === id)
  if (index >= KEPT_IMPORTS) {
    throw new AppError(
      'conflict',
      `only the last ${KEPT_IMPORTS} imports of a source can be taken back; ${id} has ${index} after it`,
    )
  }
  return { found, taken: active.slice(0, index + 1) }
}

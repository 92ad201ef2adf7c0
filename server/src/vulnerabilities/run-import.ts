/**
 * The job behind an import: a file that was sent is read, what changed is stored, and the names it concerns
 * become stale wherever they are held. The same job serves advisories and the mapping of names.
 */
import { rm } from 'node:fs/promises'
import { appendEvent } from '../audit/append-event.ts'
import { enqueuePublish, markStaleEverywhere, type Cause } from '../channels/stale-names.ts'
import type { JobRun } from '../jobs/runner.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import { importAdvisories } from './import-advisories.ts'
import { importMapping } from './import-mapping.ts'

export interface ImportPayload {
  readonly kind: 'advisories' | 'mapping'
  readonly path: string
  /** As the sender called it: for messages and the audit log. */
  readonly filename: string
}

export interface ImportResult {
  readonly records: number
  readonly changed: number
  readonly skipped: number
  /** The first of the skipped lines, with what is wrong. */
  readonly skipped_lines: readonly { readonly line: number; readonly reason: string }[]
  /** Package names whose decisions may change. */
  readonly names: number
}

const SHOWN_LINES = 100

export async function runImport(
  parts: { db: Db; now: () => Date },
  payload: ImportPayload,
  run: JobRun,
): Promise<ImportResult> {
  try {
    const result = await importFile(parts, payload, run)
    await rm(payload.path, { force: true })
    return result
  } catch (error) {
    // refused for good: nobody needs the file. Another failure is tried again and does
    if (error instanceof AppError && error.code !== 'shutting-down') await rm(payload.path, { force: true })
    throw error
  }
}

async function importFile(
  parts: { db: Db; now: () => Date },
  payload: ImportPayload,
  run: JobRun,
): Promise<ImportResult> {
  const common = {
    path: payload.path,
    filename: payload.filename,
    sourceName: payload.filename,
    now: parts.now(),
  }
  if (payload.kind === 'mapping') {
    const mapping = await importMapping(parts.db, {
      ...common,
      // one mapping at a time: a newer file of another name takes the place of the older
      sourceName: 'imported mapping',
      inTransaction: (tx, { touchedNames, names }) =>
        conclude(tx, parts, payload, run, { kind: 'mapping' }, touchedNames, { names }),
    })
    return {
      records: mapping.names,
      changed: mapping.touchedNames.length,
      skipped: mapping.skipped.length,
      skipped_lines: mapping.skipped.slice(0, SHOWN_LINES).map((reason) => ({ line: 0, reason })),
      names: mapping.touchedNames.length,
    }
  }
  const imported = await importAdvisories(parts.db, {
    ...common,
    signal: run.signal,
    onProgress: (records) => run.reportProgress({ step: 'reading', records }),
    inTransaction: (tx, { touchedNames, ...counts }) =>
      conclude(tx, parts, payload, run, { kind: 'advisories', source: payload.filename }, touchedNames, {
        records: counts.records,
        new: counts.new,
        changed: counts.changed,
        skipped: counts.skippedCount,
      }),
  })
  return {
    records: imported.records,
    changed: imported.new + imported.changed,
    skipped: imported.skippedCount,
    skipped_lines: imported.skipped.slice(0, SHOWN_LINES),
    names: imported.touchedNames.length,
  }
}

/** The consequences, in the transaction that makes the import current. */
async function conclude(
  tx: Db,
  parts: { now: () => Date },
  payload: ImportPayload,
  run: JobRun,
  cause: Cause,
  names: readonly string[],
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  const at = parts.now()
  for (const channelId of await markStaleEverywhere(tx, names, cause)) await enqueuePublish(tx, channelId, at)
  await appendEvent(tx, {
    at,
    actorId: run.actorId,
    action: payload.kind === 'mapping' ? 'mapping.imported' : 'advisories.imported',
    target: payload.filename,
    details,
  })
}

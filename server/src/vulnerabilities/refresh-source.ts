/** Looks at a source when its time has come, and hands what is new to the import. */
import type { Staging } from '../blobs/staging.ts'
import { enqueue } from '../jobs/queue.ts'
import type { JobRun } from '../jobs/runner.ts'
import type { Db } from '../platform/database/db.ts'
import type { OutboundClient } from '../platform/outbound/outbound-client.ts'
import type { Secret } from '../platform/secret.ts'
import { AppError } from '../vocabulary/errors.ts'
import { fetchSource } from './fetch-source.ts'
import { recordFailure } from './run-import.ts'
import { kindRules } from './source-kinds.ts'
import { nextRefresh, type Source } from './source.ts'
import { findSource, listDueSources, moveNextRefresh, updateSource } from './source-store.ts'
import { findHeldImport } from './version-store.ts'

export interface RefreshParts {
  readonly db: Db
  readonly now: () => Date
  readonly incoming: Staging
  readonly outbound: OutboundClient
  readonly nvdApiKey: Secret | undefined
  /** Between two requests of a paged interface; a test does not wait. */
  readonly pauseMs?: number
}

const AT_ONCE = 100

/** @returns whether it enqueued a refresh */
export async function startDueRefreshes({ db, now }: Pick<RefreshParts, 'db' | 'now'>): Promise<boolean> {
  let started = false
  for (const source of await listDueSources(db, now(), AT_ONCE)) {
    const enqueued = await db.transaction().execute(async (tx) => {
      if (!(await moveNextRefresh(tx, source, nextRefresh(source, 0, now())))) return false
      await enqueueRefresh(tx, source, { actorId: undefined, now: now() })
      return true
    })
    if (enqueued) started = true
  }
  return started
}

/** @returns the id of the job */
export async function enqueueRefresh(
  tx: Db,
  source: Source,
  by: { readonly actorId: string | undefined; readonly now: Date },
): Promise<string> {
  return enqueue(tx, {
    kind: 'sources.refresh',
    payload: { source_id: source.id },
    now: by.now,
    actorId: by.actorId,
    dedupeKey: `source:${source.id}`,
    exclusiveKey: `source:${source.id}`,
  })
}

/** The job: safe to run twice, since a file that comes twice changes nothing the second time. */
export async function refreshSource(
  parts: RefreshParts,
  { source_id: sourceId }: { readonly source_id: string },
  run: JobRun,
): Promise<{ state: 'unchanged' | 'fetched' | 'waiting'; import_job_id?: string }> {
  const { db, now } = parts
  const source = await findSource(db, sourceId)
  if (!source) throw new AppError('not-found', `the source ${sourceId} is gone`)
  // what comes after a held import may rest on it
  const held = await findHeldImport(db, source.id)
  if (held) return { state: 'waiting' }
  try {
    const { nvdApiKey, ...own } = parts
    const fetched = await fetchSource({ ...own, signal: run.signal, nvdApiKey: nvdApiKey?.reveal() }, source)
    if (fetched.kind === 'unchanged') {
      await updateSource(db, source.id, {
        result: 'unchanged',
        message: null,
        failures: 0,
        marker: fetched.marker,
        attemptedAt: now(),
        refreshedAt: now(),
      })
      return { state: 'unchanged' }
    }
    const { path, filename, marker, isWhole } = fetched
    const jobId = await enqueue(db, {
      kind: 'advisories.import',
      payload: {
        kind: kindRules[source.kind].feed,
        path,
        filename,
        source: { id: source.id, marker: JSON.stringify(marker), is_whole: isWhole, is_fetched: true },
      },
      now: now(),
      actorId: run.actorId,
      exclusiveKey: 'advisories.import',
    })
    return { state: 'fetched', import_job_id: jobId }
  } catch (error) {
    if (run.signal.aborted) throw error
    await recordFailure(db, source, error, now())
    throw error
  }
}

/**
 * The queue: durable work, enqueued in the transaction that makes it necessary. One table, the same on
 * both engines; the SQL here is all there is to it. Running it is `runner.ts`.
 *
 * Two keys keep work apart. Of jobs with the same `dedupeKey` at most one waits: whoever comes later finds
 * the waiting one good enough. Of jobs with the same `exclusiveKey` at most one runs.
 */
import { sql } from 'kysely'
import { newId } from '../platform/ids.ts'
import type { Db } from '../platform/database/db.ts'
import type { JobKind } from '../vocabulary/job-kinds.ts'

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'stopped'

export interface Job {
  readonly id: string
  readonly kind: JobKind
  readonly payload: unknown
  readonly state: JobState
  readonly actorId: string | undefined
  readonly attempts: number
  readonly progress: unknown
  readonly result: unknown
  readonly error: string | undefined
  readonly createdAt: Date
  readonly startedAt: Date | undefined
  readonly finishedAt: Date | undefined
}

export interface NewJob {
  readonly kind: JobKind
  /** Ids, not copies: what it says must still be true, or looked up, when the job runs. */
  readonly payload: Readonly<Record<string, unknown>>
  readonly now: Date
  /** The person who asked; the work is done with that person's rights. */
  readonly actorId?: string | undefined
  readonly dedupeKey?: string
  readonly exclusiveKey?: string
  readonly runAt?: Date
}

/** @returns the id of the new job, or of the one that waits under the same dedupe key */
export async function enqueue(db: Db, job: NewJob): Promise<string> {
  const id = newId()
  const runAt = (job.runAt ?? job.now).getTime()
  const stored = await db
    .insertInto('jobs')
    .values({
      id,
      kind: job.kind,
      payload: JSON.stringify(job.payload),
      state: 'queued',
      dedupe_key: job.dedupeKey ?? null,
      exclusive_key: job.exclusiveKey ?? null,
      actor_id: job.actorId ?? null,
      run_at: runAt,
      attempts: 0,
      stop_requested: 0,
      created_at: job.now.getTime(),
    })
    .onConflict((conflict) =>
      // A literal, not a parameter: it has to be the condition of the partial index, letter for letter.
      // Written, though nothing changes: the waiting job stays locked until we commit, or a runner could
      // take it now and look for our work before it is there.
      conflict
        .column('dedupe_key')
        .where('state', '=', sql.lit('queued'))
        .doUpdateSet((eb) => ({ dedupe_key: eb.ref('excluded.dedupe_key') })),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return stored.id
}

/** Takes the next job that is due, or undefined. The lease lets others take it over if this owner dies. */
export async function claim(
  db: Db,
  owner: string,
  kinds: readonly JobKind[],
  now: Date,
  leaseMs: number,
): Promise<Job | undefined> {
  if (kinds.length === 0) return undefined
  const row = await db
    .updateTable('jobs')
    .set({
      state: 'running',
      owner,
      lease_until: now.getTime() + leaseMs,
      started_at: now.getTime(),
      attempts: sql<number>`attempts + 1`,
    })
    .where('id', '=', (eb) =>
      eb
        .selectFrom('jobs as due')
        .select('due.id')
        .where('due.state', '=', 'queued')
        .where('due.run_at', '<=', now.getTime())
        .where('due.kind', 'in', kinds)
        .where(({ or, not, exists, eb: inner }) =>
          or([
            inner('due.exclusive_key', 'is', null),
            not(
              exists(
                inner
                  .selectFrom('jobs as busy')
                  .select('busy.id')
                  .where('busy.state', '=', 'running')
                  .whereRef('busy.exclusive_key', '=', 'due.exclusive_key'),
              ),
            ),
          ]),
        )
        .orderBy('due.run_at')
        .orderBy('due.id')
        .limit(1)
        .forUpdate('due')
        .skipLocked(),
    )
    .returningAll()
    .executeTakeFirst()
  return row && toJob(row)
}

/** Keeps the lease and tells whether somebody asked the job to stop, or `lost` when another owner has it. */
export async function renew(
  db: Db,
  id: string,
  owner: string,
  leaseUntil: Date,
  progress: unknown,
): Promise<'go-on' | 'stop' | 'lost'> {
  const row = await db
    .updateTable('jobs')
    .set({
      lease_until: leaseUntil.getTime(),
      ...(progress === undefined ? {} : { progress: JSON.stringify(progress) }),
    })
    .where('id', '=', id)
    .where('owner', '=', owner)
    .where('state', '=', 'running')
    .returning('stop_requested')
    .executeTakeFirst()
  if (!row) return 'lost'
  return row.stop_requested ? 'stop' : 'go-on'
}

export type Outcome =
  | { readonly state: 'done'; readonly result: unknown }
  | { readonly state: 'failed'; readonly error: string }
  | { readonly state: 'stopped' }
  | { readonly state: 'queued'; readonly error: string; readonly runAt: Date }

/** Ends a run; does nothing when another owner has taken the job over meanwhile. */
export async function finish(
  db: Db,
  id: string,
  owner: string,
  outcome: Outcome,
  progress: unknown,
  now: Date,
): Promise<void> {
  await db
    .updateTable('jobs')
    .set({
      state: outcome.state,
      owner: null,
      lease_until: null,
      finished_at: outcome.state === 'queued' ? null : now.getTime(),
      ...(progress === undefined ? {} : { progress: JSON.stringify(progress) }),
      ...(outcome.state === 'done' ? { result: JSON.stringify(outcome.result ?? null), error: null } : {}),
      ...('error' in outcome ? { error: outcome.error } : {}),
      // a retry gives way to a newer job that already waits under the same key
      ...(outcome.state === 'queued' ? { run_at: outcome.runAt.getTime(), dedupe_key: null } : {}),
    })
    .where('id', '=', id)
    .where('owner', '=', owner)
    .execute()
}

/**
 * Returns the jobs of dead owners to the queue: all of them on one node's start, else by lease.
 * @param options.except ids of jobs that are known to be at work
 */
export async function requeueAbandoned(
  db: Db,
  now: Date,
  options: { ignoreLeases: boolean; except?: readonly string[] },
): Promise<void> {
  const except = options.except ?? []
  await db
    .updateTable('jobs')
    .set({ state: 'queued', owner: null, lease_until: null, dedupe_key: null })
    .where('state', '=', 'running')
    .$if(!options.ignoreLeases, (query) => query.where('lease_until', '<', now.getTime()))
    .$if(except.length > 0, (query) => query.where('id', 'not in', except))
    .execute()
}

/**
 * Asks the jobs of an exclusive key to stop: those that wait end at once, the one that runs at its next
 * heartbeat. @returns how many there were of each
 */
export async function requestStopOfKey(
  db: Db,
  exclusiveKey: string,
  now: Date,
): Promise<{ waiting: number; running: number }> {
  const waiting = await db
    .updateTable('jobs')
    .set({ state: 'stopped', finished_at: now.getTime() })
    .where('exclusive_key', '=', exclusiveKey)
    .where('state', '=', 'queued')
    .executeTakeFirst()
  const running = await db
    .updateTable('jobs')
    .set({ stop_requested: 1 })
    .where('exclusive_key', '=', exclusiveKey)
    .where('state', '=', 'running')
    .executeTakeFirst()
  return { waiting: Number(waiting.numUpdatedRows), running: Number(running.numUpdatedRows) }
}

/** Newest first. */
export async function listJobsOfKind(
  db: Db,
  kind: JobKind,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ total: number; items: Job[] }> {
  const own = db.selectFrom('jobs').where('kind', '=', kind)
  const { count } = await own
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await own
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return { total: Number(count), items: rows.map(toJob) }
}

/** For repairs: ends a job that nothing can be done with. */
export async function giveUp(db: Db, id: string, error: string, now: Date): Promise<void> {
  await db
    .updateTable('jobs')
    .set({
      state: 'failed',
      owner: null,
      lease_until: null,
      error,
      finished_at: now.getTime(),
      payload: '{}',
      progress: null,
      result: null,
    })
    .where('id', '=', id)
    .execute()
}

export async function findJob(db: Db, id: string): Promise<Job | undefined> {
  const row = await db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toJob(row)
}

/** Payloads, as stored, of the jobs of a kind that wait or run. */
export async function listUnfinishedPayloads(db: Db, kind: JobKind): Promise<string[]> {
  const rows = await db
    .selectFrom('jobs')
    .select('payload')
    .where('kind', '=', kind)
    .where('state', 'in', ['queued', 'running'])
    .execute()
  return rows.map(({ payload }) => payload)
}

/** Whether a job of these kinds runs or is about to; one that waits to be tried again is not. */
export async function isAtWork(db: Db, kinds: readonly JobKind[], now: Date): Promise<boolean> {
  const row = await db
    .selectFrom('jobs')
    .select('id')
    .where('kind', 'in', kinds)
    .where((eb) =>
      eb.or([
        eb('state', '=', 'running'),
        eb.and([eb('state', '=', 'queued'), eb('run_at', '<=', now.getTime())]),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** How many jobs wait or run; a test that ends with any has left work undone. */
export async function countUnfinished(db: Db): Promise<number> {
  const row = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('state', 'in', ['queued', 'running'])
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

interface JobRow {
  id: string
  kind: string
  payload: string
  state: string
  actor_id: string | null
  attempts: number
  progress: string | null
  result: string | null
  error: string | null
  created_at: number
  started_at: number | null
  finished_at: number | null
}

function toJob(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind as JobKind, // only `enqueue` writes it
    payload: JSON.parse(row.payload) as unknown,
    state: row.state as JobState, // only this file writes it
    actorId: row.actor_id ?? undefined,
    attempts: row.attempts,
    progress: row.progress === null ? undefined : (JSON.parse(row.progress) as unknown),
    result: row.result === null ? undefined : (JSON.parse(row.result) as unknown),
    error: row.error ?? undefined,
    createdAt: new Date(row.created_at),
    startedAt: row.started_at === null ? undefined : new Date(row.started_at),
    finishedAt: row.finished_at === null ? undefined : new Date(row.finished_at),
  }
}

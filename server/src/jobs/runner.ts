/**
 * Runs jobs: takes what is due, keeps the lease while a handler works, retries what failed by accident
 * and gives up on what was refused. A handler must be safe to run twice: a crash starts it again.
 */
import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { AppError } from '../vocabulary/errors.ts'
import type { JobKind } from '../vocabulary/job-kinds.ts'
import type { Db } from '../platform/database/db.ts'
import type { Log } from '../platform/log.ts'
import { withoutOrigin } from '../platform/request-origin.ts'
import { errorText } from '../platform/text.ts'
import { claim, finish, renew, requeueAbandoned, type Job, type Outcome } from './queue.ts'

export interface JobRun {
  readonly id: string
  readonly actorId: string | undefined
  /** Aborted when somebody asks the job to stop, or when the server stops. */
  readonly signal: AbortSignal
  /** Kept in memory and written with the next heartbeat. */
  reportProgress(progress: object): void
}

export interface JobHandler<Payload = unknown> {
  readonly payload: z.ZodType<Payload>
  /** How often it is tried when it fails by accident; a refusal (AppError) is final at once. */
  readonly maxAttempts: number
  run(payload: Payload, run: JobRun): Promise<unknown>
}

/** Ties payload schema and handler together, and forgets the type for the table of all handlers. */
export function jobHandler<Payload>(handler: JobHandler<Payload>): JobHandler {
  return {
    payload: handler.payload,
    maxAttempts: handler.maxAttempts,
    run: (payload, run) => handler.run(handler.payload.parse(payload), run),
  }
}

export type JobHandlers = Readonly<Partial<Record<JobKind, JobHandler>>>

const LEASE_MS = 30_000
const HEARTBEAT_MS = 500
const POLL_MS = 500
const REAP_MS = 5_000
const CONCURRENT_JOBS = 4
const RETRY_BASE_MS = 1_000

export class JobRunner {
  /** Ends in this process since it began; `queued` is a failure by accident, to be tried again. */
  readonly ended = new Map<JobKind, Record<Outcome['state'], number>>()
  readonly #db: Db
  readonly #handlers: JobHandlers
  readonly #log: Log
  readonly #now: () => Date
  readonly #alone: boolean
  readonly #owner = randomUUID()
  readonly #running = new Map<string, { abort: AbortController; ended: Promise<void> }>()
  #timer: NodeJS.Timeout | undefined
  #reaper: NodeJS.Timeout | undefined
  #stopping = false
  #claiming: Promise<void> | undefined
  #claimAgain = false

  /** @param options.alone whether no other process works on this queue, so that a running job is a dead one */
  constructor(options: { db: Db; handlers: JobHandlers; log: Log; now: () => Date; alone: boolean }) {
    this.#db = options.db
    this.#handlers = options.handlers
    this.#log = options.log
    this.#now = options.now
    this.#alone = options.alone
  }

  /** Takes over what a dead process left, then starts taking jobs. */
  async start(): Promise<void> {
    await requeueAbandoned(this.#db, this.#now(), { ignoreLeases: this.#alone })
    this.#reaper = setInterval(() => void this.reap(), REAP_MS)
    this.#timer = setInterval(() => this.wake(), POLL_MS)
    this.wake()
  }

  /** Looks for due jobs now rather than at the next poll; call it after committing an enqueue. */
  wake(): void {
    if (this.#stopping) return
    this.#claimAgain = true
    // or a job would pass for a deed of whose request woke us
    this.#claiming ??= withoutOrigin(() => this.#claimAll()).finally(() => {
      this.#claiming = undefined
      if (this.#claimAgain) this.wake() // somebody woke us after the last look
    })
  }

  /** Stops taking jobs and ends those under way; they go back to the queue for the next start. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#timer)
    clearInterval(this.#reaper)
    await this.#claiming // or a job that is being taken this moment would begin after all
    for (const { abort } of this.#running.values())
      abort.abort(new AppError('shutting-down', 'the server stops'))
    await Promise.all([...this.#running.values()].map(({ ended }) => ended))
  }

  /**
   * Returns the jobs to the queue whose lease nobody renewed: of servers that died, and our own whose end could not be
   * written down, say for a full disk. What runs here stays, however late its heartbeat is.
   */
  async reap(): Promise<void> {
    try {
      const except = [...this.#running.keys()]
      await requeueAbandoned(this.#db, this.#now(), { ignoreLeases: false, except })
    } catch (error) {
      this.#log.error({ err: error }, 'cannot return abandoned jobs to the queue')
    }
  }

  async #claimAll(): Promise<void> {
    const kinds = Object.keys(this.#handlers) as JobKind[] // keys of JobHandlers
    try {
      while (this.#claimAgain) {
        this.#claimAgain = false
        while (!this.#stopping && this.#running.size < CONCURRENT_JOBS) {
          // a transaction, so that it runs again when another process took a job of the same key just now
          const job = await this.#db
            .transaction()
            .execute((tx) => claim(tx, this.#owner, kinds, this.#now(), LEASE_MS))
          if (!job) break
          this.#begin(job)
        }
      }
    } catch (error) {
      this.#log.error({ err: error }, 'cannot take jobs from the queue')
    }
  }

  #begin(job: Job): void {
    const abort = new AbortController()
    const ended = this.#work(job, abort).finally(() => {
      this.#running.delete(job.id)
      this.wake()
    })
    this.#running.set(job.id, { abort, ended })
  }

  async #work(job: Job, abort: AbortController): Promise<void> {
    let progress: object | undefined
    let stopAsked = false
    const heartbeat = setInterval(() => {
      const leaseUntil = new Date(this.#now().getTime() + LEASE_MS)
      renew(this.#db, job.id, this.#owner, leaseUntil, progress).then(
        (answer) => {
          if (answer === 'go-on') return
          stopAsked = answer === 'stop'
          abort.abort(new Error(answer === 'stop' ? 'somebody asked to stop' : 'the lease was lost'))
        },
        (error: unknown) => this.#log.error({ err: error, job: job.id }, 'cannot renew the lease of a job'),
      )
    }, HEARTBEAT_MS)

    let outcome: Outcome
    try {
      const handler = this.#handlers[job.kind]
      if (!handler) throw new Error(`no handler for ${job.kind}`)
      const result = await handler.run(job.payload, {
        id: job.id,
        actorId: job.actorId,
        signal: abort.signal,
        reportProgress: (next) => {
          progress = next
        },
      })
      outcome = { state: 'done', result }
    } catch (error) {
      outcome = this.#outcomeOf(error, job, stopAsked)
    }
    clearInterval(heartbeat)
    this.#count(job.kind, outcome.state)
    try {
      await finish(this.#db, job.id, this.#owner, outcome, progress, this.#now())
    } catch (error) {
      this.#log.error({ err: error, job: job.id }, 'cannot record the end of a job; it will run again')
    }
  }

  #count(kind: JobKind, state: Outcome['state']): void {
    const counts = this.ended.get(kind) ?? { done: 0, failed: 0, stopped: 0, queued: 0 }
    counts[state] += 1
    this.ended.set(kind, counts)
  }

  #outcomeOf(error: unknown, job: Job, stopAsked: boolean): Outcome {
    if (stopAsked) return { state: 'stopped' }
    const now = this.#now()
    if (this.#stopping) return { state: 'queued', error: 'the server stopped', runAt: now }
    if (error instanceof AppError) {
      // what is wrong with an upstream or a file is theirs; a refusal about our own data is ours to act on
      const level = error.status === 500 ? 'error' : 'warn'
      this.#log[level]({ job: job.id, kind: job.kind, code: error.code }, `job refused: ${error.message}`)
      return { state: 'failed', error: error.message }
    }
    const maxAttempts = this.#handlers[job.kind]?.maxAttempts ?? 1
    this.#log.error({ err: error, job: job.id, kind: job.kind, attempt: job.attempts }, 'job failed')
    if (job.attempts >= maxAttempts) return { state: 'failed', error: errorText(error) }
    const runAt = new Date(now.getTime() + RETRY_BASE_MS * 2 ** (job.attempts - 1))
    return { state: 'queued', error: errorText(error), runAt }
  }
}

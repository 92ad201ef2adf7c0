/**
 * Sees to it that the facts of large channels lie ready on disk, so that the first preview does not wait for them: at
 * the start of a server, after changes, and when a preview finds that too much has changed. Unless somebody waits for
 * them they give way to publishing, which takes memory of its own and makes facts old.
 */
import { hasMoreFiles } from '../channels/contents-store.ts'
import { readDecisionEpoch } from '../channels/stale-names.ts'
import { isAtWork } from '../jobs/queue.ts'
import type { Db } from '../platform/database/db.ts'
import type { ThreadPlace } from '../platform/database/thread-place.ts'
import type { Log } from '../platform/log.ts'
import type { WorkerPool } from '../platform/worker-pool.ts'
import type { BuildProgress } from './build-table.ts'
import type { Extent } from './channel-facts.ts'
import type { FactsOrder, FactsTask } from './facts-worker.ts'

export interface FactsKeeperParts {
  readonly db: Db
  readonly database: ThreadPlace
  readonly log: Log
  readonly now: () => Date
  /** Of facts-worker.ts, one thread. */
  readonly workers: WorkerPool
  readonly limits?: FactsKeeperLimits
}

export interface FactsKeeperLimits {
  /** A server with fewer files reads them for the first preview in half a second. */
  readonly largeFiles: number
  /** Of a channel, less than this is read by each first preview anew. */
  readonly worth: Extent
}

const LIMITS: FactsKeeperLimits = { largeFiles: 20_000, worth: { names: 250, files: 5_000 } }
const LOOK_EVERY_MS = 30_000
const PUBLISHING = ['channel.publish', 'channel.render'] as const

interface Run {
  progress: BuildProgress
  /** Whether somebody waits for it. */
  isAwaited: boolean
  /** Answers whether the table is complete. */
  readonly end: Promise<boolean>
}

export class FactsKeeper {
  readonly #parts: FactsKeeperParts
  readonly #limits: FactsKeeperLimits
  readonly #runs = new Map<string, Run>()
  /** From the start on: a server that comes up has clients to answer first. */
  #lookedAtMs: number
  #epoch: string | undefined
  #look: Promise<void> | undefined
  #closed = false

  constructor(parts: FactsKeeperParts) {
    this.#parts = parts
    this.#limits = parts.limits ?? LIMITS
    this.#lookedAtMs = parts.now().getTime()
  }

  /** A check of the ticker, which it does not keep waiting. @returns false: it enqueues nothing */
  readonly look = async (): Promise<boolean> => {
    const { db, now } = this.#parts
    const nowMs = now().getTime()
    if (this.#look || nowMs - this.#lookedAtMs < LOOK_EVERY_MS) return false
    this.#lookedAtMs = nowMs
    const epoch = await readDecisionEpoch(db)
    if (epoch === this.#epoch || (await this.#isPublishing())) return false
    if (!(await hasMoreFiles(db, this.#limits.largeFiles))) return false
    this.#look = this.#prepareBehind(epoch).finally(() => {
      this.#look = undefined
    })
    return false
  }

  /** Whoever asks while it is under way waits for that. */
  async prepare(channelId: string): Promise<void> {
    const run = this.#runOf(channelId)
    run.isAwaited = true
    await run.end
  }

  /** Of a preparation that is under way. */
  progressOf(channelId: string): BuildProgress | undefined {
    return this.#runs.get(channelId)?.progress
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#parts.workers.close()
    await this.#look
  }

  /** Never throws. */
  async #prepareBehind(epoch: string): Promise<void> {
    try {
      const behind = (await this.#run({ kind: 'look', worth: this.#limits.worth })) as string[] // what facts-worker.ts answers
      for (const channelId of behind) if (!(await this.#runOf(channelId).end)) return // and looks again
      this.#epoch = epoch
    } catch (error) {
      if (!this.#closed) this.#parts.log.warn({ err: error }, 'facts for previews could not be made ready')
    }
  }

  #runOf(channelId: string): Run {
    const known = this.#runs.get(channelId)
    if (known) return known
    const run: Run = {
      progress: { done: 0, total: 0 },
      isAwaited: false,
      end: Promise.resolve()
        .then(() => this.#build(channelId, run))
        .finally(() => this.#forget(channelId, run)),
    }
    this.#runs.set(channelId, run)
    return run
  }

  async #build(channelId: string, run: Run): Promise<boolean> {
    for (;;) {
      run.progress = (await this.#run({ kind: 'build', channelId })) as BuildProgress // as above
      if (run.progress.done >= run.progress.total) return true
      // asked again: somebody may have come to wait while the queue was read
      if (!run.isAwaited && (await this.#isPublishing()) && !run.isAwaited) {
        this.#forget(channelId, run) // whoever comes now waits for another one
        await this.#run({ kind: 'stop', channelId })
        return false
      }
    }
  }

  #forget(channelId: string, run: Run): void {
    if (this.#runs.get(channelId) === run) this.#runs.delete(channelId)
  }

  #isPublishing(): Promise<boolean> {
    return isAtWork(this.#parts.db, PUBLISHING, this.#parts.now())
  }

  #run(task: FactsOrder): Promise<unknown> {
    return this.#parts.workers.run({ ...task, place: this.#parts.database } satisfies FactsTask)
  }
}

/**
 * Sees to it that the facts of large channels lie ready on disk, so that the first preview does not wait for them: at
 * the start of a server, after changes, and when a preview finds that too much has changed.
 */
import { readDecisionEpoch } from '../channels/stale-names.ts'
import { hasMoreFiles } from '../channels/contents-store.ts'
import type { Db } from '../platform/database/db.ts'
import type { ThreadPlace } from '../platform/database/thread-place.ts'
import type { Log } from '../platform/log.ts'
import type { WorkerPool } from '../platform/worker-pool.ts'
import type { BuildProgress } from './build-table.ts'
import type { Extent } from './channel-facts.ts'
import type { FactsOrder, FactsTask, Outlook } from './facts-worker.ts'

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

interface Run {
  progress: BuildProgress
  readonly end: Promise<void>
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
    if (epoch === this.#epoch || !(await hasMoreFiles(db, this.#limits.largeFiles))) return false
    this.#look = this.#prepareBehind(epoch).finally(() => {
      this.#look = undefined
    })
    return false
  }

  /** Whoever asks while it is under way waits for that. */
  prepare(channelId: string): Promise<void> {
    const known = this.#runs.get(channelId)
    if (known) return known.end
    const run: Run = {
      progress: { done: 0, total: 0 },
      end: this.#build(channelId, (progress) => (run.progress = progress)).finally(() =>
        this.#runs.delete(channelId),
      ),
    }
    this.#runs.set(channelId, run)
    return run.end
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
      const { behind, busy } = (await this.#run({ kind: 'look', worth: this.#limits.worth })) as Outlook // what facts-worker.ts answers
      for (const channelId of behind) await this.prepare(channelId)
      if (!busy) this.#epoch = epoch
    } catch (error) {
      if (!this.#closed) this.#parts.log.warn({ err: error }, 'facts for previews could not be made ready')
    }
  }

  async #build(channelId: string, onProgress: (progress: BuildProgress) => void): Promise<void> {
    for (;;) {
      const progress = (await this.#run({ kind: 'build', channelId })) as BuildProgress // as above
      onProgress(progress)
      if (progress.done >= progress.total) return
    }
  }

  #run(task: FactsOrder): Promise<unknown> {
    return this.#parts.workers.run({ ...task, place: this.#parts.database } satisfies FactsTask)
  }
}

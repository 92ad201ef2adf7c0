/**
 * Counts requests in memory and writes them in batches, so that no download waits for the database. The
 * counts of the last seconds are lost in a crash; they are statistics, no record of who did what.
 */
import type { Db } from '../platform/database/db.ts'
import type { Log } from '../platform/log.ts'
import { addRequests, type RequestCount } from './store.ts'

const DAY_MS = 86_400_000
/** Enough to hold a busy minute; what comes on top is written at once. */
const MAX_KEPT = 20_000

export interface CountedRequest {
  readonly channelId: string
  readonly fileId: string
  /** Undefined for nobody. */
  readonly actorId: string | undefined
  readonly outcome: 'served' | 'refused'
}

export class RequestCounter {
  /** Since this process began. */
  readonly totals: Record<CountedRequest['outcome'], number> = { served: 0, refused: 0 }
  readonly #db: Db
  readonly #log: Log
  readonly #now: () => Date
  readonly #everyMs: number
  #counts = new Map<string, RequestCount>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: { db: Db; log: Log; now: () => Date; everyMs: number }) {
    this.#db = options.db
    this.#log = options.log
    this.#now = options.now
    this.#everyMs = options.everyMs
  }

  count({ channelId, fileId, actorId = '', outcome }: CountedRequest): void {
    this.totals[outcome] += 1
    const atMs = this.#now().getTime()
    const day = dayOf(atMs)
    const key = `${fileId} ${day} ${actorId} ${outcome}`
    const known = this.#counts.get(key)
    const count = (known?.count ?? 0) + 1
    this.#counts.set(key, { channelId, fileId, day, actorId, outcome, count, lastAtMs: atMs })
    if (this.#counts.size >= MAX_KEPT) void this.flush()
    this.#timer ??= setTimeout(() => void this.flush(), this.#everyMs).unref()
  }

  /** Writes what was counted. Never throws: what cannot be written is kept. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    const counts = this.#counts
    if (counts.size === 0) return
    this.#counts = new Map()
    try {
      await addRequests(this.#db, [...counts.values()])
    } catch (error) {
      this.#log.error({ err: error }, 'counts of downloads could not be written; they are kept')
      for (const [key, kept] of counts) {
        const since = this.#counts.get(key)
        this.#counts.set(key, since ? { ...since, count: since.count + kept.count } : kept)
      }
    }
  }
}

/** Days since 1970, UTC. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

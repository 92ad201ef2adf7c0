/**
 * The figures of the whole server, kept for some seconds: however many ask, and however often, the database is asked
 * once. When it cannot be asked there are none, which is a figure too.
 */
import { readHead } from '../audit/store.ts'
import { databaseBytes, type Db } from '../platform/database/db.ts'
import type { Log } from '../platform/log.ts'
import {
  readJobs,
  readMirrors,
  readPublishing,
  readSources,
  readStorage,
  type JobFigures,
  type MirrorFigures,
  type PublishFigures,
  type SourceFigures,
  type StorageFigures,
} from './store.ts'

const KEPT_MS = 10_000
/** What changes once a day, or costs more. */
const SELDOM_MS = 60_000
/** A scrape is given up by Prometheus after ten seconds. */
const PATIENCE_MS = 5_000

export interface SharedFigures {
  readonly jobs: readonly JobFigures[]
  readonly publishing: PublishFigures
  readonly mirrors: MirrorFigures
  readonly sources: readonly SourceFigures[]
  readonly audit: { readonly seq: number; readonly exportedSeq: number; readonly streamedSeq: number }
  readonly storage: readonly StorageFigures[]
  readonly databaseBytes: number
}

type Seldom = Pick<SharedFigures, 'storage' | 'databaseBytes'>

export class FigureReader {
  readonly #parts: { readonly db: Db; readonly now: () => Date; readonly log: Log }
  readonly #figures: Kept<SharedFigures>
  readonly #seldom: Kept<Seldom>

  constructor(parts: { db: Db; now: () => Date; log: Log }) {
    this.#parts = parts
    this.#figures = new Kept(KEPT_MS, () => this.#read())
    this.#seldom = new Kept(SELDOM_MS, async () => ({
      storage: await readStorage(parts.db),
      databaseBytes: await databaseBytes(parts.db),
    }))
  }

  /** Undefined when the database does not answer, or not in time. Never throws. */
  async load(): Promise<SharedFigures | undefined> {
    const timeout = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => timeout.reject(new Error(`the database did not answer within ${PATIENCE_MS} ms`)),
      PATIENCE_MS,
    )
    try {
      return await Promise.race([this.#figures.get(), timeout.promise])
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'metrics go without the figures of the database')
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }

  async #read(): Promise<SharedFigures> {
    const { db, now } = this.#parts
    const { seq, exportedSeq, streamedSeq } = await readHead(db)
    return {
      jobs: await readJobs(db, now()),
      publishing: await readPublishing(db),
      mirrors: await readMirrors(db),
      sources: await readSources(db),
      audit: { seq, exportedSeq, streamedSeq },
      ...(await this.#seldom.get()),
    }
  }
}

/** A value that is read again when it is older than so many milliseconds, once for all who wait for it. */
class Kept<Value> {
  readonly #forMs: number
  readonly #read: () => Promise<Value>
  #value: Promise<Value> | undefined
  #readAtMs = 0

  constructor(forMs: number, read: () => Promise<Value>) {
    this.#forMs = forMs
    this.#read = read
  }

  get(): Promise<Value> {
    // not the clock of the app: that may be set, and this is about sparing the database
    const nowMs = performance.now()
    if (this.#value === undefined || nowMs - this.#readAtMs >= this.#forMs) {
      this.#readAtMs = nowMs
      const value = this.#read()
      this.#value = value
      value.catch(() => {
        if (this.#value === value) this.#value = undefined // what failed is tried again at once
      })
    }
    return this.#value
  }
}

import type { Artifact } from '../artifacts/take-in.ts'
import type { VerifiedBy } from '../channels/channel-file.ts'
import type { PlannedFile } from './plan-subdir.ts'

const BATCH_FILES = 64
const BATCH_MS = 1_000

/** A file whose bytes are in the blob store, not yet named in the channel. */
export interface Arrival {
  readonly file: PlannedFile
  readonly artifact: Artifact
  readonly verifiedBy: VerifiedBy
}

/** Collects files that are whole and hands them on in runs, so that a transaction carries many. */
export class ArrivalBatch {
  readonly #commit: (arrivals: readonly Arrival[]) => Promise<void>
  readonly #now: () => Date
  #arrivals: Arrival[] = []
  #since: number

  constructor(now: () => Date, commit: (arrivals: readonly Arrival[]) => Promise<void>) {
    this.#now = now
    this.#commit = commit
    this.#since = now().getTime()
  }

  async add(arrival: Arrival): Promise<void> {
    this.#arrivals.push(arrival)
    if (this.#arrivals.length >= BATCH_FILES || this.#now().getTime() - this.#since >= BATCH_MS)
      await this.flush()
  }

  async flush(): Promise<void> {
    const arrivals = this.#arrivals
    this.#arrivals = []
    this.#since = this.#now().getTime()
    if (arrivals.length > 0) await this.#commit(arrivals)
  }
}

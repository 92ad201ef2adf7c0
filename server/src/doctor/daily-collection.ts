/** Asks for a collection of garbage once a day, whichever server comes to it first. */
import { enqueue } from '../jobs/queue.ts'
import type { Db } from '../platform/database/db.ts'

const DAY_MS = 24 * 3600 * 1000
const LOOK_EVERY_MS = 3600 * 1000

export class DailyCollection {
  readonly #db: Db
  readonly #now: () => Date
  #nextLookAtMs: number

  constructor({ db, now }: { db: Db; now: () => Date }) {
    this.#db = db
    this.#now = now
    this.#nextLookAtMs = now().getTime() + LOOK_EVERY_MS // a start has other things to do
  }

  /** @returns whether it asked for one */
  look = async (): Promise<boolean> => {
    const now = this.#now()
    if (now.getTime() < this.#nextLookAtMs) return false
    this.#nextLookAtMs = now.getTime() + LOOK_EVERY_MS
    const last = await this.#db
      .selectFrom('jobs')
      .select((eb) => eb.fn.max('created_at').as('at'))
      .where('kind', '=', 'blobs.collect')
      .executeTakeFirst()
    if (now.getTime() - (last?.at ?? 0) < DAY_MS) return false
    await enqueue(this.#db, {
      kind: 'blobs.collect',
      payload: {},
      now,
      dedupeKey: 'collect',
      exclusiveKey: 'collect',
    })
    return true
  }
}

/**
 * Sends audit events to another system as they happen, where whoever can write to this database cannot
 * change them. In their order, from the first one on, each at least once: after a failure the same ones come
 * again, and `seq` tells them.
 */
import type { Db } from '../platform/database/db.ts'
import type { Log } from '../platform/log.ts'
import type { ChainedEvent } from './event.ts'
import { readChain, readHead, setStreamed } from './store.ts'

const PAGE = 200
const POLL_MS = 1000
const LONGEST_PAUSE_MS = 60_000

/** Where events go. It answers once they are there, as far as the protocol lets it know. */
export interface EventSink {
  send(events: readonly ChainedEvent[]): Promise<void>
  close(): void
}

export class EventStream {
  readonly #db: Db
  readonly #log: Log
  readonly #sink: EventSink
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = false
  #pauseMs = POLL_MS

  constructor(parts: { db: Db; log: Log; sink: EventSink }) {
    this.#db = parts.db
    this.#log = parts.log
    this.#sink = parts.sink
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#run().finally(() => {
        if (!this.#stopped) this.start()
      })
    }, this.#pauseMs)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
    this.#sink.close()
  }

  async #run(): Promise<void> {
    try {
      await sendNewEvents(this.#db, this.#sink)
      this.#pauseMs = POLL_MS
    } catch (error) {
      this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2)
      this.#log.error(
        { err: error, again_ms: this.#pauseMs },
        'audit events could not be sent; they are kept, and sent later',
      )
    }
  }
}

/** @returns how many were sent */
export async function sendNewEvents(db: Db, sink: EventSink): Promise<number> {
  let { streamedSeq: seq } = await readHead(db)
  let sent = 0
  for (;;) {
    const events = await readChain(db, seq, PAGE)
    if (events.length === 0) return sent
    await sink.send(events)
    seq = events.at(-1)!.seq // not empty
    sent += events.length
    await setStreamed(db, seq)
  }
}

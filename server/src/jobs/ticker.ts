/**
 * Looks every so often whether time alone has made work. A check finds out with a cheap query and enqueues a
 * job; the work itself is the job's. Nothing is lost while no server runs: the first look is at the start.
 */
import type { Log } from '../platform/log.ts'

export interface TickerCheck {
  readonly name: string
  /** @returns whether it enqueued something */
  run(): Promise<boolean>
}

export interface TickerOptions {
  readonly checks: readonly TickerCheck[]
  readonly everyMs: number
  readonly log: Log
  /** Called when a check has enqueued something. */
  readonly wake: () => void
}

export class Ticker {
  readonly #options: TickerOptions
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(options: TickerOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => void this.tick(), this.#options.everyMs)
    void this.tick()
  }

  /** One look; while one is under way, others wait for that. Never throws. */
  tick(): Promise<void> {
    this.#running ??= this.#look().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
  }

  async #look(): Promise<void> {
    for (const { name, run } of this.#options.checks) {
      try {
        if (await run()) this.#options.wake()
      } catch (error) {
        this.#options.log.error(
          { err: error, check: name },
          'a check of what is due failed; it is tried again',
        )
      }
    }
  }
}

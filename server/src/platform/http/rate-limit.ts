/**
 * How often somebody may ask: a bucket for each key that fills by the minute and that each request takes
 * from, so that a burst is fine and a flood is not. In the memory of one node.
 */
export interface RateLimitOptions {
  readonly perMinute: number
  /** How many at once after a pause; as many as in a minute by default. */
  readonly burst?: number
  readonly nowMs: () => number
}

const MAX_KEYS = 100_000

export class RateLimit {
  readonly #perMs: number
  readonly #burst: number
  readonly #nowMs: () => number
  readonly #buckets = new Map<string, { left: number; atMs: number }>()

  constructor({ perMinute, burst = perMinute, nowMs }: RateLimitOptions) {
    this.#perMs = perMinute / 60_000
    this.#burst = burst
    this.#nowMs = nowMs
  }

  /** Takes one. @returns undefined when there was one, or how many seconds to wait for the next */
  take(key: string): number | undefined {
    const nowMs = this.#nowMs()
    const bucket = this.#buckets.get(key) ?? { left: this.#burst, atMs: nowMs }
    const left = Math.min(this.#burst, bucket.left + Math.max(0, nowMs - bucket.atMs) * this.#perMs)
    if (left < 1) return Math.max(1, Math.ceil((1 - left) / this.#perMs / 1000))
    this.#buckets.delete(key)
    this.#buckets.set(key, { left: left - 1, atMs: nowMs })
    // the one that asked longest ago has the fullest bucket: nothing is lost with it
    if (this.#buckets.size > MAX_KEYS) this.#buckets.delete(this.#buckets.keys().next().value ?? '')
    return undefined
  }
}

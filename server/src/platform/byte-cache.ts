/** Bytes kept in memory by name, the least recently used ones dropped beyond a bound. */
export class ByteCache {
  readonly #entries = new Map<string, Uint8Array>()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get(name: string): Uint8Array | undefined {
    const bytes = this.#entries.get(name)
    if (!bytes) return undefined
    this.#entries.delete(name)
    this.#entries.set(name, bytes)
    return bytes
  }

  /** Bytes larger than a quarter of the cache are not kept: one of them would drive out all others. */
  set(name: string, bytes: Uint8Array): void {
    if (bytes.byteLength > this.#maxBytes / 4 || this.#entries.has(name)) return
    this.#entries.set(name, bytes)
    this.#bytes += bytes.byteLength
    for (const [oldest, { byteLength }] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) return
      this.#entries.delete(oldest)
      this.#bytes -= byteLength
    }
  }
}

/**
 * Stores many small blobs: each waits for the disk, and together they wait about as long as one. The digest is
 * known at once; whoever relies on the blobs awaits `done` first.
 */
import { createHash } from 'node:crypto'
import type { BlobStore } from './blob-store.ts'

const AT_ONCE = 32

export class PutQueue {
  readonly #blobs: BlobStore
  readonly #under = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined

  constructor(blobs: BlobStore) {
    this.#blobs = blobs
  }

  /** @returns the digest, when there is room for the next one; the blob may not be stored yet */
  async put(bytes: Uint8Array): Promise<string> {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const storing = this.#blobs.putBytes(bytes).then(
      () => undefined,
      (error: unknown) => void (this.#failure ??= { error }),
    )
    const tracked = storing.finally(() => this.#under.delete(tracked))
    this.#under.add(tracked)
    if (this.#under.size >= AT_ONCE) await Promise.race(this.#under)
    return sha256
  }

  /** Until all that was put is stored. @throws what storing any of them threw */
  async done(): Promise<void> {
    await Promise.all(this.#under)
    if (this.#failure) throw this.#failure.error
  }
}

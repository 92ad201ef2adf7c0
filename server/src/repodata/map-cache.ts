/**
 * Maps from name to shard that were read or made lately. A map of a large channel takes longer to read than
 * all the rest of a small publish, which starts from the map the last one ended with.
 */
import type { BlobStore } from '../blobs/blob-store.ts'
import { loadMap, type ShardMap } from './shard-maps.ts'

/** Together: some twenty megabytes. */
const MAX_NAMES = 120_000

export class MapCache {
  readonly #maps = new Map<string, ReadonlyMap<string, string>>()
  #names = 0

  /** Not to be changed: others have the same. Empty for undefined. */
  async load(blobs: BlobStore, sha256: string | undefined): Promise<ReadonlyMap<string, string>> {
    if (sha256 === undefined) return new Map()
    const known = this.#maps.get(sha256)
    if (known) {
      this.#maps.delete(sha256)
      this.#maps.set(sha256, known)
      return known
    }
    const map = await loadMap(blobs, sha256)
    this.keep(sha256, map)
    return map
  }

  keep(sha256: string, map: ShardMap): void {
    if (this.#maps.has(sha256)) return
    this.#maps.set(sha256, map)
    this.#names += map.size
    for (const [oldest, { size }] of this.#maps) {
      if (this.#names <= MAX_NAMES || oldest === sha256) return
      this.#maps.delete(oldest)
      this.#names -= size
    }
  }
}

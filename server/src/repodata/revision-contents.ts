/**
 * Looks one file up in what a revision has. Of the present the rows of the database tell; of the past only
 * the ledger does, so this reads the map of the subdir and one shard, and remembers the last few maps.
 */
import type { BlobStore } from '../blobs/blob-store.ts'
import type { SubdirState } from './revision-store.ts'
import { loadMap, loadName, loadRecords, offeredRecords, type ShardMap } from './shard-maps.ts'

const REMEMBERED_MAPS = 8

export class RevisionContents {
  readonly #blobs: BlobStore
  readonly #maps = new Map<string, ShardMap>()

  constructor(parts: { blobs: BlobStore }) {
    this.#blobs = parts.blobs
  }

  async has(
    state: SubdirState | undefined,
    file: { readonly name: string; readonly filename: string },
  ): Promise<boolean> {
    if (!state) return false
    const shard = (await this.#map(state.contentsSha256)).get(file.name)
    return (await loadRecords(this.#blobs, shard)).has(file.filename)
  }

  /** Whether a solver could take it: it was in the index, and not only to explain a block. */
  async hasOffered(
    state: SubdirState | undefined,
    file: { readonly name: string; readonly filename: string },
  ): Promise<boolean> {
    if (!state) return false
    const shard = (await this.#map(state.servedSha256)).get(file.name)
    return offeredRecords(await loadRecords(this.#blobs, shard)).has(file.filename)
  }

  /** Whether clients were told of a file that was taken out: it was in the index, and not only to explain a block. */
  async hasLost(
    state: SubdirState | undefined,
    file: { readonly name: string; readonly filename: string },
  ): Promise<boolean> {
    if (!state) return false
    const shard = (await this.#map(state.servedSha256)).get(file.name)
    const { records, removed } = await loadName(this.#blobs, shard)
    // the former as long as the removal is not published
    return offeredRecords(records).has(file.filename) || removed.includes(file.filename)
  }

  async #map(sha256: string): Promise<ShardMap> {
    const known = this.#maps.get(sha256)
    this.#maps.delete(sha256)
    const map = known ?? (await loadMap(this.#blobs, sha256))
    this.#maps.set(sha256, map) // as the one that was used last
    for (const oldest of this.#maps.keys()) {
      if (this.#maps.size <= REMEMBERED_MAPS) break
      this.#maps.delete(oldest)
    }
    return map
  }
}

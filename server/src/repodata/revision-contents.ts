/**
 * Looks one file up in what a revision has. Of the present the rows of the database tell; of the past only
 * the ledger does, so this reads the map of the subdir and one shard, and remembers the last few maps.
 */
import type { BlobStore } from '../blobs/blob-store.ts'
import type { SubdirState } from './revision-store.ts'
import { loadMap, loadName, offeredRecords, type NameContents, type ShardMap } from './shard-maps.ts'

const REMEMBERED_MAPS = 8

/** What is asked for. */
interface NamedFile {
  readonly name: string
  readonly filename: string
}

export class RevisionContents {
  readonly #blobs: BlobStore
  readonly #maps = new Map<string, ShardMap>()

  constructor(parts: { blobs: BlobStore }) {
    this.#blobs = parts.blobs
  }

  /** Whether the channel had it, whatever clients were told. */
  async has(state: SubdirState | undefined, { name, filename }: NamedFile): Promise<boolean> {
    return (await this.#load(state?.contentsSha256, name)).records.has(filename)
  }

  /** Whether a solver could take it: it was in the index, and not only to explain a block. */
  async hasOffered(state: SubdirState | undefined, { name, filename }: NamedFile): Promise<boolean> {
    return offeredRecords((await this.#load(state?.servedSha256, name)).records).has(filename)
  }

  /** Whether it was offered when it was taken out; as long as that is not published, whether it still is. */
  async hasLost(state: SubdirState | undefined, file: NamedFile): Promise<boolean> {
    const { removed } = await this.#load(state?.servedSha256, file.name)
    return removed.includes(file.filename) || this.hasOffered(state, file)
  }

  async #load(map: string | undefined, name: string): Promise<NameContents> {
    return loadName(this.#blobs, map === undefined ? undefined : (await this.#map(map)).get(name))
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

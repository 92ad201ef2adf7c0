/**
 * Brings back the very bytes of a shard or an index. What is written for the same records is the same to the byte, so the
 * records found elsewhere are encoded again, and kept only when the digest is the one that is missing.
 */
import { createHash } from 'node:crypto'
import type { BlobStore } from '../../blobs/blob-store.ts'
import type { Channel } from '../../channels/channel.ts'
import { listFilesOfNames } from '../../channels/contents-store.ts'
import type { Db } from '../../platform/database/db.ts'
import { listRevisions, listSubdirStates } from '../../repodata/revision-store.ts'
import { encodeMap, encodeName, type NameContents } from '../../repodata/shard-maps.ts'
import { decodeIndex, readVerified } from '../check.ts'
import type { RecordSources } from './record-sources.ts'
import { loadRenderedIndex, type RenderedIndex } from './rendered-index.ts'

const MOST_REVISIONS = 50
/** Each takes about twice the memory of its repodata.json. */
const MOST_RENDERED = 3

export class BlobRestorer {
  readonly #parts: { readonly db: Db; readonly blobs: BlobStore }
  readonly #channel: Channel
  readonly #sources: RecordSources
  readonly #rendered = new Map<string, Promise<RenderedIndex | undefined>>()

  constructor(
    parts: { readonly db: Db; readonly blobs: BlobStore },
    channel: Channel,
    sources: RecordSources,
  ) {
    this.#parts = parts
    this.#channel = channel
    this.#sources = sources
  }

  /**
   * @param name of the package, when it is known; else every name is tried
   * @param revision that has it, when it is known: looked into first
   * @returns whether the blob is there again
   */
  async restoreShard(
    subdir: string,
    name: string | undefined,
    sha256: string,
    revision: number | undefined,
  ): Promise<boolean> {
    const names = new Set(name === undefined ? await this.#namesOf(subdir, sha256) : [name])
    for await (const index of this.#someRendered(subdir, revision)) {
      for (const one of names.size > 0 ? names : index.names) {
        const contents = index.contents(one)
        for (const variant of [contents, { ...contents, removed: [] }])
          if (await this.#keep(encodeName(variant), sha256)) return true
      }
    }
    for (const one of names) {
      const contents = await this.#contentsOf(subdir, one)
      if (await this.#keep(encodeName(contents), sha256)) return true
    }
    return false
  }

  /** With the shards that it names, where they can be had. */
  async restoreIndex(subdir: string, sha256: string, revision: number | undefined): Promise<boolean> {
    for await (const index of this.#someRendered(subdir, revision)) {
      const shards = new Map<string, Uint8Array>()
      const map = new Map<string, string>()
      for (const name of index.names) {
        const bytes = encodeName(index.contents(name))
        if (!bytes) continue
        shards.set(name, bytes)
        map.set(name, digestOf(bytes))
      }
      if (!(await this.#keep(encodeMap(subdir, map), sha256))) continue
      for (const bytes of shards.values()) await this.#parts.blobs.putBytes(bytes)
      return true
    }
    return false
  }

  async #contentsOf(subdir: string, name: string): Promise<NameContents> {
    const { db } = this.#parts
    const files = (await listFilesOfNames(db, this.#channel.id, [name])).filter(
      (file) => file.subdir === subdir,
    )
    return { records: await this.#sources.find(subdir, name, files), removed: [] }
  }

  /** The names that a readable index gives the shard to. */
  async #namesOf(subdir: string, sha256: string): Promise<string[]> {
    const { db, blobs } = this.#parts
    for (const number of await this.#revisions()) {
      for (const state of await listSubdirStates(db, this.#channel.id, number)) {
        if (state.subdir !== subdir) continue
        for (const digest of new Set([state.servedSha256, state.contentsSha256])) {
          const index = await readVerified(blobs, digest, (bytes) => decodeIndex(bytes, subdir))
          if (!index.ok) continue
          for (const [name, shard] of index.value) if (shard === sha256) return [name]
        }
      }
    }
    return []
  }

  async *#someRendered(subdir: string, revision: number | undefined): AsyncGenerator<RenderedIndex> {
    let count = 0
    for (const number of new Set([
      ...(revision === undefined ? [] : [revision]),
      ...(await this.#revisions()),
    ])) {
      if (count === MOST_RENDERED) return
      const key = `${subdir}@${number}`
      let loading = this.#rendered.get(key)
      if (!loading) {
        loading = loadRenderedIndex(this.#parts, this.#channel.id, number, subdir)
        const [oldest] = this.#rendered.keys()
        if (oldest !== undefined && this.#rendered.size >= MOST_RENDERED) this.#rendered.delete(oldest)
        this.#rendered.set(key, loading)
      }
      const index = await loading
      if (!index) {
        this.#rendered.delete(key)
        continue
      }
      count += 1
      yield index
    }
  }

  async #revisions(): Promise<number[]> {
    const page = { offset: 0, limit: MOST_REVISIONS }
    return (await listRevisions(this.#parts.db, this.#channel.id, page)).items.map(({ number }) => number)
  }

  async #keep(bytes: Uint8Array | undefined, sha256: string): Promise<boolean> {
    if (!bytes || digestOf(bytes) !== sha256) return false
    await this.#parts.blobs.putBytes(bytes)
    return true
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * Where the record of a file can still be had, the surest first: the shards of the newest revision, of those before it,
 * the files made of a whole revision, and what the package says of itself. A record counts only when it says the same as
 * the row of its file.
 */
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import { parseJson } from '@terrarium/conda/repodata/json-value.ts'
import { recordFromIndex } from '@terrarium/conda/repodata/record-from-index.ts'
import { findArtifacts, findInspections } from '../../artifacts/store.ts'
import type { BlobStore } from '../../blobs/blob-store.ts'
import type { Channel } from '../../channels/channel.ts'
import type { ChannelFile } from '../../channels/channel-file.ts'
import { fileChange } from '../../channels/file-change.ts'
import type { Db } from '../../platform/database/db.ts'
import { isExplained, withoutExplanation } from '../../repodata/explained-record.ts'
import { listRevisions, listSubdirStates } from '../../repodata/revision-store.ts'
import type { Records, ShardMap } from '../../repodata/shard-maps.ts'
import { differenceOf } from '../check-contents.ts'
import { decodeIndex, decodeRecords, readVerified } from '../check.ts'
import { loadRenderedIndex, type RenderedIndex } from './rendered-index.ts'

/** Further back is rarely anything that is not nearer too. */
const MOST_REVISIONS = 50

interface SubdirSource {
  readonly maps: readonly ShardMap[]
  readonly rendered: readonly RenderedIndex[]
}

export class RecordSources {
  readonly #parts: { readonly db: Db; readonly blobs: BlobStore }
  readonly #channel: Channel
  readonly #bySubdir = new Map<string, Promise<SubdirSource>>()

  constructor(parts: { readonly db: Db; readonly blobs: BlobStore }, channel: Channel) {
    this.#parts = parts
    this.#channel = channel
  }

  /** By filename, of one name in one subdir; what cannot be had is left out. */
  async find(
    subdir: string,
    name: string,
    files: readonly ChannelFile[],
  ): Promise<Map<string, RepodataRecord>> {
    const found = new Map<string, RepodataRecord>()
    const offer = (records: Records): void => {
      for (const file of files) {
        const record = found.has(file.filename) ? undefined : records.get(file.filename)
        if (!record) continue
        const own = isExplained(record) ? withoutExplanation(record) : record
        if (differenceOf(file, own) === undefined) found.set(file.filename, own)
      }
    }
    const { maps, rendered } = await this.#source(subdir)
    const seen = new Set<string>()
    for (const map of maps) {
      const sha256 = map.get(name)
      if (found.size === files.length) return found
      if (sha256 === undefined || seen.has(sha256)) continue
      seen.add(sha256)
      const shard = await readVerified(this.#parts.blobs, sha256, decodeRecords)
      if (shard.ok) offer(shard.value)
    }
    for (const index of rendered) offer(index.records(name))
    if (found.size < files.length) offer(await this.#ofPackages(files))
    return found
  }

  #source(subdir: string): Promise<SubdirSource> {
    let source = this.#bySubdir.get(subdir)
    if (!source) {
      source = this.#load(subdir)
      this.#bySubdir.set(subdir, source)
    }
    return source
  }

  async #load(subdir: string): Promise<SubdirSource> {
    const { db, blobs } = this.#parts
    const { id } = this.#channel
    const page = { offset: 0, limit: MOST_REVISIONS }
    const digests = new Set<string>()
    const rendered: RenderedIndex[] = []
    for (const { number } of (await listRevisions(db, id, page)).items) {
      for (const state of await listSubdirStates(db, id, number)) {
        if (state.subdir !== subdir) continue
        digests.add(state.contentsSha256)
        digests.add(state.servedSha256)
      }
      if (rendered.length > 0) continue
      const index = await loadRenderedIndex(this.#parts, id, number, subdir)
      if (index) rendered.push(index)
    }
    const maps: ShardMap[] = []
    for (const sha256 of digests) {
      const index = await readVerified(blobs, sha256, (bytes) => decodeIndex(bytes, subdir))
      if (index.ok) maps.push(index.value)
    }
    return { maps, rendered }
  }

  async #ofPackages(files: readonly ChannelFile[]): Promise<Records> {
    const digests = files.map(({ sha256 }) => sha256)
    const inspections = await findInspections(this.#parts.db, digests)
    const artifacts = await findArtifacts(this.#parts.db, digests)
    const records: Records = new Map()
    for (const { subdir, filename, sha256, verifiedBy, origin } of files) {
      const inspection = inspections.get(sha256) as
        { readonly index?: Parameters<typeof recordFromIndex>[0] } | undefined // written by recordArtifacts
      const bytes = artifacts.get(sha256)
      if (!inspection?.index || !bytes) continue
      const record = recordFromIndex(inspection.index)
      const change = fileChange({ subdir, filename, record, bytes, verifiedBy, origin })
      records.set(filename, parseJson(change.record) as RepodataRecord) // as fileChange wrote it
    }
    return records
  }
}

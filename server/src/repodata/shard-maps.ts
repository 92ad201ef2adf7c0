/**
 * The maps a revision holds for a subdir, from package name to shard, as blobs: read, changed for the names
 * a publish touches, written again. A shard whose bytes did not change keeps its digest and its blob.
 */
import { sortedEntries } from '@terrarium/conda/repodata/render-repodata.ts'
import { decodeShard, encodeShard } from '@terrarium/conda/repodata/shard.ts'
import { decodeShardIndex, encodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import { sectionOf, v3Key } from '@terrarium/conda/repodata/v3.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import { isExplained } from './explained-record.ts'

/** Shard digests by package name. */
export type ShardMap = Map<string, string>
/** Records by filename, both formats together. */
export type Records = Map<string, RepodataRecord>

/** The bytes of the index that names these shards: exactly what clients are served. */
export function encodeMap(subdir: string, shards: ShardMap): Uint8Array {
  return encodeShardIndex({ subdir, baseUrl: './', shardsBaseUrl: './shards/', shards })
}

export async function loadMap(blobs: BlobStore, sha256: string): Promise<ShardMap> {
  return new Map(decodeShardIndex(await blobs.read(sha256)).shards)
}

/** What the channel knows of one name in one subdir. */
export interface NameContents {
  readonly records: Records
  /** Files that were here and are no longer, in order: `removed` of CEP 36. */
  readonly removed: readonly string[]
}

const NOTHING: NameContents = { records: new Map(), removed: [] }

export async function loadName(blobs: BlobStore, shardSha256: string | undefined): Promise<NameContents> {
  if (shardSha256 === undefined) return NOTHING
  const shard = decodeShard(await blobs.read(shardSha256))
  const records: Records = new Map([...shard.packages, ...shard['packages.conda']])
  for (const [extension, section] of shard.v3) {
    for (const [key, record] of section) records.set(`${key}.${extension}`, record)
  }
  return { records, removed: shard.removed }
}

/** Without those that are there only to explain: for files that tell of what people can have. */
export async function loadRecords(blobs: BlobStore, shardSha256: string | undefined): Promise<Records> {
  return offeredRecords((await loadName(blobs, shardSha256)).records)
}

export function offeredRecords(records: Records): Records {
  return new Map([...records].filter(([, record]) => !isExplained(record)))
}

/** The bytes of the shard; undefined when there is nothing to say. */
export function encodeName({ records, removed }: NameContents): Uint8Array | undefined {
  if (records.size === 0 && removed.length === 0) return undefined
  return encodeShard({ ...byFormat(records), removed })
}

export interface RecordSections {
  readonly packages: Records
  readonly 'packages.conda': Records
  /** Records that old clients would misread, by extension; their keys have none (CEP 48). */
  readonly v3: ReadonlyMap<string, Records>
}

/** The maps of repodata, each in the order of its keys. */
export function byFormat(records: Records): RecordSections {
  const packages: Records = new Map()
  const conda: Records = new Map()
  const v3 = new Map<string, Records>()
  for (const [filename, record] of sortedEntries(records)) {
    const format = filename.endsWith('.conda') ? 'conda' : 'tar.bz2'
    const section = sectionOf(format, schemaVersionOf(record))
    if (section === 'packages') packages.set(filename, record)
    else if (section === 'packages.conda') conda.set(filename, record)
    else v3.set(format, (v3.get(format) ?? new Map<string, RepodataRecord>()).set(v3Key(filename), record))
  }
  return { packages, 'packages.conda': conda, v3 }
}

function schemaVersionOf(record: RepodataRecord): number | undefined {
  const version = record['schema_version']
  return typeof version === 'number' ? version : undefined
}

/** Sets or, for undefined, drops a name. */
export function setShard(map: ShardMap, name: string, sha256: string | undefined): void {
  if (sha256 === undefined) map.delete(name)
  else map.set(name, sha256)
}

/**
 * The maps a revision holds for a subdir, from package name to shard, as blobs: read, changed for the names
 * a publish touches, written again. A shard whose bytes did not change keeps its digest and its blob.
 */
import { sortedEntries } from '@terrarium/conda/repodata/render-repodata.ts'
import { decodeShard, encodeShard } from '@terrarium/conda/repodata/shard.ts'
import { decodeShardIndex, encodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import type { BlobStore } from '../blobs/blob-store.ts'

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

export async function loadRecords(blobs: BlobStore, shardSha256: string | undefined): Promise<Records> {
  if (shardSha256 === undefined) return new Map()
  const shard = decodeShard(await blobs.read(shardSha256))
  return new Map([...shard.packages, ...shard['packages.conda']])
}

/** Stores the shard of these records; undefined when there are none. */
export async function storeRecords(blobs: BlobStore, records: Records): Promise<string | undefined> {
  if (records.size === 0) return undefined
  return blobs.putBytes(encodeShard(byFormat(records)))
}

/** The two maps of repodata: `.tar.bz2` files in `packages`, `.conda` files in `packages.conda`, by name. */
export function byFormat(records: Records): { packages: Records; 'packages.conda': Records } {
  const sorted = sortedEntries(records)
  return {
    packages: new Map(sorted.filter(([filename]) => !filename.endsWith('.conda'))),
    'packages.conda': new Map(sorted.filter(([filename]) => filename.endsWith('.conda'))),
  }
}

/** Sets or, for undefined, drops a name; tells whether that changed the map. */
export function setShard(map: ShardMap, name: string, sha256: string | undefined): boolean {
  if (map.get(name) === sha256) return false
  if (sha256 === undefined) map.delete(name)
  else map.set(name, sha256)
  return true
}

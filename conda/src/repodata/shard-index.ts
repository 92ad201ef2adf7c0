/**
 * The index of the shards of one subdir: `repodata_shards.msgpack.zst`, which says for each package name
 * under which digest its shard is served.
 *
 * Written is what every client reads: `version`, all of `info` as texts, addresses relative to the index,
 * digests as binary, names in lower case.
 *
 * @see CEP 16, shard index; CEP 42, `channel_relations`; CEP 48, `repodata_revisions`
 */
import { zstdCompress } from '#zstd'
import { type JsonObject, type JsonValue, byKey, isJsonObject } from './json-value.ts'
import { InvalidShardError, readMsgpackDocument } from './msgpack-document.ts'
import { MsgpackWriter } from './msgpack-writer.ts'
import { hexOfBytes } from './shard.ts'

/** conda's limit is 128 MiB decompressed, mamba's 100 MB. */
export const MAX_SHARD_INDEX_BYTES = 100_000_000

export interface ShardIndexContent {
  readonly subdir: string
  /** Where the packages are, relative to the index. */
  readonly baseUrl?: string
  /** Where the shards are, relative to the index. */
  readonly shardsBaseUrl?: string
  readonly createdAt?: Date
  readonly repodataRevisions?: JsonObject
  readonly channelRelations?: JsonObject
  /** Lower-case hex of the sha256 of each shard's compressed bytes, by package name. */
  readonly shards: ReadonlyMap<string, string>
}

export interface ShardIndex {
  /** All of it: `repodata_revisions` and `channel_relations` stand here too. */
  readonly info: JsonObject
  readonly subdir: string | undefined
  /** As written: relative to the index, absolute, or empty for "beside the index". */
  readonly baseUrl: string
  readonly shardsBaseUrl: string
  readonly shards: ReadonlyMap<string, string>
}

/**
 * @param level of zstd
 * @throws Error for a name with capitals or a digest that is no sha256
 */
export function encodeShardIndex(content: ShardIndexContent, level = 3): Uint8Array {
  const writer = new MsgpackWriter()
  writer.mapHeader(3)
  writer.string('info').value(infoOf(content))
  writer.string('shards').mapHeader(content.shards.size)
  for (const [name, digest] of [...content.shards].sort(byKey)) {
    if (name !== name.toLowerCase()) throw new Error(`${name} is not in lower case`)
    if (digest.length !== 64) throw new Error(`${digest}, the shard of ${name}, is no sha256`)
    writer.string(name).binaryOfHex(digest)
  }
  writer.string('version').value(1)
  return zstdCompress(writer.finish(), level)
}

function infoOf(content: ShardIndexContent): JsonObject {
  return {
    subdir: content.subdir,
    base_url: content.baseUrl ?? './',
    shards_base_url: content.shardsBaseUrl ?? './shards/',
    created_at: content.createdAt?.toISOString().replace(/\.\d+Z$/, 'Z'),
    repodata_revisions: content.repodataRevisions,
    channel_relations: content.channelRelations,
  }
}

/** Reads the index of any writer. @throws InvalidShardError */
export function decodeShardIndex(bytes: Uint8Array, maxBytes = MAX_SHARD_INDEX_BYTES): ShardIndex {
  const { info, shards } = readMsgpackDocument(bytes, maxBytes)
  if (!isJsonObject(info)) throw new InvalidShardError('The index has no `info`')
  if (!isJsonObject(shards)) throw new InvalidShardError('The index has no `shards`')
  const { subdir, base_url: baseUrl, shards_base_url: shardsBaseUrl } = info
  return {
    info,
    subdir: typeof subdir === 'string' ? subdir : undefined,
    baseUrl: typeof baseUrl === 'string' ? baseUrl : '',
    shardsBaseUrl: typeof shardsBaseUrl === 'string' ? shardsBaseUrl : '',
    shards: new Map(Object.entries(shards).map(([name, digest]) => [name, readDigest(name, digest)])),
  }
}

function readDigest(name: string, value: JsonValue | undefined): string {
  const hex = (typeof value === 'string' ? value : hexOfBytes(value))?.toLowerCase()
  if (hex === undefined || !/^[0-9a-f]{64}$/.test(hex)) {
    throw new InvalidShardError(`The shard of ${name} has no sha256`)
  }
  return hex
}

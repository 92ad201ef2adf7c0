/**
 * A shard: all records of one package name in one subdir, as zstd of msgpack. It is named by the sha256 of
 * its bytes, so the same records must always give the same bytes: keys in order, one level, one library.
 *
 * @see CEP 16, shards; CEP 21, `run_exports`; CEP 48, `v3`
 */
import { zstdCompress } from '#zstd'
import { type JsonObject, type JsonValue, byKey, isJsonArray, isJsonObject, stringsIn } from './json-value.ts'
import { InvalidShardError, readMsgpackDocument } from './msgpack-document.ts'
import { MsgpackWriter, packValue } from './msgpack-writer.ts'
import type { RepodataRecord } from './record.ts'

/** conda refuses what is larger when decompressed. */
export const MAX_SHARD_BYTES = 16 * 2 ** 20

/** A record as it stands in a shard, from `packRecord`: lets an unchanged one be copied as bytes. */
export type PackedRecord = Uint8Array

export type ShardEntries = Iterable<readonly [filename: string, record: RepodataRecord | PackedRecord]>

export interface ShardContent {
  readonly packages: ShardEntries
  readonly 'packages.conda': ShardEntries
  readonly removed?: Iterable<string>
  /** By file extension; the names in it have none (CEP 48). */
  readonly v3?: Iterable<readonly [extension: string, entries: ShardEntries]>
}

export interface Shard {
  readonly packages: ReadonlyMap<string, RepodataRecord>
  readonly 'packages.conda': ReadonlyMap<string, RepodataRecord>
  readonly removed: readonly string[]
  readonly v3: ReadonlyMap<string, ReadonlyMap<string, RepodataRecord>>
}

/**
 * Writes a shard. Both maps of packages are always there, `removed` and `v3` when they hold something.
 *
 * @param level of zstd; another level gives other bytes and thereby another name
 * @throws Error for a record that `checkRecord` would refuse for its digests, and for a name given twice
 */
export function encodeShard(content: ShardContent, level = 3): Uint8Array {
  const removed = [...(content.removed ?? [])].sort()
  const v3 = [...(content.v3 ?? [])].map(([extension, entries]) => [extension, [...entries]] as const)
  const sections = v3.filter(([, entries]) => entries.length > 0).sort(byKey)
  const writer = new MsgpackWriter()
  writer.mapHeader(2 + Number(removed.length > 0) + Number(sections.length > 0))
  writeRecords(writer.string('packages'), content.packages)
  writeRecords(writer.string('packages.conda'), content['packages.conda'])
  if (removed.length > 0) writer.string('removed').value(removed)
  if (sections.length > 0) {
    writer.string('v3').mapHeader(sections.length)
    for (const [extension, entries] of sections) writeRecords(writer.string(extension), entries)
  }
  return zstdCompress(writer.finish(), level)
}

function writeRecords(writer: MsgpackWriter, entries: ShardEntries): void {
  const sorted = [...entries].sort(byKey)
  writer.mapHeader(sorted.length)
  let last: string | undefined
  for (const [filename, record] of sorted) {
    if (filename === last) throw new Error(`${filename} is given twice`)
    last = filename
    writer.string(filename).raw(record instanceof Uint8Array ? record : packRecord(record))
  }
}

/**
 * The msgpack of one record, to be kept and given to `encodeShard` in its place. Digests are binary there;
 * one that is null is left out, because mamba reads the type before it looks for nil.
 */
export function packRecord(record: RepodataRecord): PackedRecord {
  const { md5, sha256, ...rest } = record
  return packValue({ ...rest, md5: digestBytes('md5', md5, 16), sha256: digestBytes('sha256', sha256, 32) })
}

function digestBytes(field: string, hex: JsonValue | undefined, length: number): Uint8Array | undefined {
  if (hex === undefined || hex === null) return undefined
  if (typeof hex === 'string' && hex.length === 2 * length) return Uint8Array.fromHex(hex)
  throw new Error(`${field} is no digest of ${length} bytes`)
}

/**
 * Reads a shard of any writer: digests come binary, as text or as lists of numbers.
 *
 * The records are as unchecked as those of an index, and so is the name they belong to.
 * @throws InvalidShardError
 */
export function decodeShard(bytes: Uint8Array, maxBytes = MAX_SHARD_BYTES): Shard {
  const document = readMsgpackDocument(bytes, maxBytes)
  const { removed, v3 } = document
  if (v3 !== undefined && v3 !== null && !isJsonObject(v3)) throw new InvalidShardError('`v3` is no map')
  const sections = Object.entries(v3 ?? {}).map(
    ([extension, section]) => [extension, readRecords(`v3.${extension}`, section)] as const,
  )
  return {
    packages: readRecords('packages', document.packages),
    'packages.conda': readRecords('packages.conda', document['packages.conda']),
    removed: stringsIn(removed),
    v3: new Map(sections),
  }
}

function readRecords(section: string, value: JsonValue | undefined): Map<string, RepodataRecord> {
  if (value === undefined || value === null) return new Map()
  if (!isJsonObject(value)) throw new InvalidShardError(`\`${section}\` is no map`)
  const records = new Map<string, RepodataRecord>()
  for (const [filename, record] of Object.entries(value)) {
    if (!isJsonObject(record)) throw new InvalidShardError(`${filename} in \`${section}\` is no record`)
    records.set(filename, withTextDigests(record))
  }
  return records
}

const DIGESTS = ['md5', 'sha256', 'legacy_bz2_md5'] as const

function withTextDigests(record: JsonObject): RepodataRecord {
  let result = record
  for (const field of DIGESTS) {
    const hex = hexOfBytes(record[field])
    if (hex !== undefined) result = { ...result, [field]: hex }
  }
  return result as RepodataRecord // unchecked, as the docstring above says
}

/** The hex of a list of bytes; undefined for all that is no such list. */
export function hexOfBytes(value: JsonValue | undefined): string | undefined {
  if (!isJsonArray(value)) return undefined
  const bytes = value.filter((item) => typeof item === 'number')
  const valid = bytes.length === value.length && bytes.every((byte) => byte === (byte & 0xff))
  return valid ? Uint8Array.from(bytes).toHex() : undefined
}

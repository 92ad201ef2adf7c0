/**
 * One record of repodata: what an index says about one artifact. Its fields are those of the artifact's
 * `info/index.json`, possibly patched, and its size and digests.
 *
 * `check-record.ts` says whether to believe one. Unknown fields are kept: next year's conda has more.
 *
 * @see CEP 36, package record metadata; CEP 34, `index.json`
 */
import type { JsonObject, JsonValue } from './json-value.ts'

/**
 * The fields as they should be. A record that was just parsed only claims to have these types:
 * let `checkRecord` look at it first.
 */
export interface RepodataRecord extends JsonObject {
  readonly name: string
  readonly version: string
  readonly build: string
  readonly build_number: number
  readonly depends?: readonly string[]
  readonly constrains?: readonly string[]
  readonly subdir?: string
  /** `true` in old records. Says nothing about the subdir (CEP 20). */
  readonly noarch?: 'python' | 'generic' | boolean | null
  /** Bytes. */
  readonly size?: number | null
  /** Lower-case hex. */
  readonly md5?: string
  /** Lower-case hex. Absent in records of 2016. */
  readonly sha256?: string
  readonly license?: string | null
  readonly license_family?: string | null
  /** Milliseconds or seconds: read it with `recordTimestampMs`. The builder's claim. */
  readonly timestamp?: number | null
  /** Milliseconds; given by the server that first listed the artifact (CEP 47). */
  readonly indexed_timestamp?: number | null
  /** Separated by spaces or commas, or a list. */
  readonly track_features?: string | readonly string[] | null
  readonly features?: string | null
  readonly purls?: readonly string[] | null
  readonly python_site_packages_path?: string | null
  readonly legacy_bz2_md5?: string | null
  readonly legacy_bz2_size?: number | null
  readonly revoked?: boolean
  /** In shards only (CEP 21). */
  readonly run_exports?: JsonObject
  /** CEP 44, in `v3` only. */
  readonly extra_depends?: JsonObject
  /** CEP 45, in `v3` only. */
  readonly flags?: readonly string[]
  // Left by clients in indexes they wrote; never served.
  readonly channel?: string
  readonly url?: string
  readonly fn?: string
}

/** A file name and its record. */
export type RecordEntry = readonly [filename: string, record: RepodataRecord]

/**
 * Fields that never leave the server, because a client would follow them or they tell what is nobody's
 * business. All others are served as they came: an upstream's signature covers them.
 */
export const NEVER_SERVED: ReadonlySet<string> = new Set([
  // Where the file is to be fetched: a client that reads one of these goes round the server's gate.
  'url',
  'urls',
  'download_url',
  'base_url',
  'channel',
  'schannel',
  'fn',
  // What a client notes about its own disk, login and request.
  'auth',
  'extracted_package_dir',
  'files',
  'link',
  'metadata_signature_status',
  'package_tarball_full_path',
  'paths_data',
  'requested_spec',
  'requested_specs',
  // anaconda.org's ids of owner, package and channel.
  'binstar',
])

/** Fields in which rattler or mamba cannot read null, though old records and patches have it for "none". */
const NEVER_NULL: ReadonlySet<string> = new Set([
  'constrains',
  'depends',
  'extra_depends',
  'flags',
  'md5',
  'run_exports',
  'sha256',
  'subdir',
  'track_features',
])

/**
 * The record as it may leave the server: without NEVER_SERVED fields, those that begin with `_`, and nulls
 * that clients cannot read. Itself when it has none of them.
 */
export function toServedRecord(record: RepodataRecord): RepodataRecord {
  const fields = Object.entries(record)
  const served = fields.filter(isServed)
  // No required field can be among those left out.
  return served.length === fields.length ? record : (Object.fromEntries(served) as RepodataRecord)
}

function isServed([field, value]: [string, JsonValue | undefined]): boolean {
  if (value === null && NEVER_NULL.has(field)) return false
  return !field.startsWith('_') && !NEVER_SERVED.has(field)
}

/** 9999-12-31 in seconds; a greater number must be milliseconds. All conda tools draw the line here. */
const MAX_SECONDS = 253_402_300_799

/**
 * When the build began, in milliseconds since 1970. It is the builder's claim, so never base a security
 * decision on it.
 * @returns undefined for 0, conda's "not recorded", and for anything that is no positive whole number
 * @see CEP 34, `timestamp`
 */
export function recordTimestampMs(record: { readonly timestamp?: unknown }): number | undefined {
  const { timestamp } = record
  if (typeof timestamp !== 'number' || !Number.isSafeInteger(timestamp) || timestamp <= 0) return undefined
  return timestamp > MAX_SECONDS ? timestamp : timestamp * 1000
}

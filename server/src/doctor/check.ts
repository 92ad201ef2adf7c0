/**
 * What all checks of one run share: where they look, whom they tell what they find, and blobs that are read only
 * when their bytes are what their name says.
 */
import { createHash } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { decodeShard } from '@terrarium/conda/repodata/shard.ts'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Db } from '../platform/database/db.ts'
import { errorText } from '../platform/text.ts'
import type { Records, ShardMap } from '../repodata/shard-maps.ts'
import { DigestSet } from './digest-set.ts'
import type { Finding } from './finding.ts'
import { AppError } from '../vocabulary/errors.ts'

export interface CheckParts {
  readonly db: Db
  readonly blobs: BlobStore
  /** Undefined where the blobs are in a bucket. */
  readonly blobFolder: string | undefined
  readonly dataFolder: string
  /** No server is at work. */
  readonly isStopped?: boolean
}

export interface CheckOptions {
  /** Believe sizes, and do not read every blob to hash it. */
  readonly quick?: boolean
  readonly onFinding: (finding: Finding) => void
  readonly onProgress?: (progress: CheckProgress) => void
  readonly signal?: AbortSignal
  /** Of reading blobs, so that clients have the disk to themselves. */
  readonly maxBytesPerSecond?: number | undefined
  readonly now?: (() => Date) | undefined
}

export interface CheckProgress {
  readonly step: string
  readonly done: number
  readonly bytes?: number
  readonly bytes_per_second?: number
  readonly seconds_remaining?: number | null
}

const PROGRESS_MS = 1_000
/** Shorter waits cost more than they spare. */
const MIN_WAIT_MS = 20

/** A blob that could be read and decoded, or what is wrong with it. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault }

export interface Fault {
  /** `unfit`: its bytes are what its name says, and not what is expected here. Elsewhere they may be just right. */
  readonly kind: 'missing' | 'corrupt' | 'unfit'
  readonly message: string
}

export class Check {
  readonly parts: CheckParts
  readonly quick: boolean
  /** Every blob there is. */
  readonly present = new DigestSet()
  /** Every blob that something names. */
  readonly named = new DigestSet()
  /** Blobs whose bytes are not what their name says, found while all were hashed. */
  readonly corrupt = new DigestSet()
  blobs = 0
  bytes = 0
  bytesRead = 0
  readonly #options: CheckOptions
  readonly #startedAtMs = performance.now()
  #shownAtMs = 0

  constructor(parts: CheckParts, options: CheckOptions) {
    this.parts = parts
    this.quick = options.quick ?? false
    this.#options = options
  }

  now(): Date {
    return this.#options.now?.() ?? new Date()
  }

  /** To be called between two steps of the work: ends it when somebody asked to, and tells how far it is. */
  step(progress: CheckProgress): void {
    this.#options.signal?.throwIfAborted()
    if (!this.#options.onProgress || performance.now() - this.#shownAtMs < PROGRESS_MS) return
    this.#shownAtMs = performance.now()
    this.#options.onProgress(progress)
  }

  /** Waits so long that, all in all, no more bytes are read in a second than was asked for. */
  async pace(bytesRead: number): Promise<void> {
    const { maxBytesPerSecond } = this.#options
    this.bytesRead += bytesRead
    if (maxBytesPerSecond === undefined) return
    const dueMs = (this.bytesRead / maxBytesPerSecond) * 1000
    const aheadMs = dueMs - (performance.now() - this.#startedAtMs)
    if (aheadMs > MIN_WAIT_MS) await wait(aheadMs, undefined, { signal: this.#options.signal })
  }

  /** How far the reading of all blobs is. */
  readingProgress(totalBytes: number): CheckProgress {
    const seconds = (performance.now() - this.#startedAtMs) / 1000
    const bytesPerSecond = Math.round(this.bytes / Math.max(seconds, 0.001))
    const left = Math.max(0, totalBytes - this.bytes)
    return {
      step: 'reading blobs',
      done: this.blobs,
      bytes: this.bytes,
      bytes_per_second: bytesPerSecond,
      seconds_remaining: bytesPerSecond > 0 ? Math.ceil(left / bytesPerSecond) : null,
    }
  }

  add(finding: Finding): void {
    this.#options.onFinding(finding)
  }

  /** Notes that something names the blob; tells what is wrong with it as far as that is known by now. */
  name(sha256: string): Fault | undefined {
    this.named.add(sha256)
    if (!this.present.has(sha256)) return missing(sha256)
    return this.corrupt.has(sha256) ? corrupt(sha256, 'its bytes have another digest') : undefined
  }

  /** @param subdir whose index it has to be */
  readIndex(sha256: string, subdir: string): Promise<Read<ShardMap>> {
    return this.#read(sha256, (bytes) => decodeIndex(bytes, subdir))
  }

  readShard(sha256: string): Promise<Read<Records>> {
    return this.#read(sha256, decodeRecords)
  }

  async #read<T>(sha256: string, decode: (bytes: Uint8Array) => T): Promise<Read<T>> {
    const known = this.name(sha256)
    if (known) return { ok: false, fault: known }
    return readVerified(this.parts.blobs, sha256, decode)
  }
}

export function decodeIndex(bytes: Uint8Array, subdir: string): ShardMap {
  const index = decodeShardIndex(bytes)
  if (index.subdir !== subdir)
    throw new Error(`it is the index of ${index.subdir ?? 'nothing'}, not of ${subdir}`)
  return new Map(index.shards)
}

export function decodeRecords(bytes: Uint8Array): Records {
  const shard = decodeShard(bytes)
  const records: Records = new Map([...shard.packages, ...shard['packages.conda']])
  for (const [extension, section] of shard.v3) {
    for (const [key, record] of section) records.set(`${key}.${extension}`, record)
  }
  return records
}

/** Reads a whole blob, small ones only, and decodes it when its digest is right. */
export async function readVerified<T>(
  blobs: BlobStore,
  sha256: string,
  decode: (bytes: Uint8Array) => T,
): Promise<Read<T>> {
  let bytes: Uint8Array
  try {
    if (!(await blobs.stat(sha256))) return { ok: false, fault: missing(sha256) }
    bytes = await blobs.read(sha256)
  } catch (error) {
    if (error instanceof AppError && error.code === 'corrupt-data')
      return { ok: false, fault: missing(sha256) } // just now
    return { ok: false, fault: corrupt(sha256, unreadable(error)) }
  }
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== sha256) return { ok: false, fault: corrupt(sha256, `its bytes have sha256 ${found}`) }
  try {
    return { ok: true, value: decode(bytes) }
  } catch (error) {
    return { ok: false, fault: { ...corrupt(sha256, errorText(error)), kind: 'unfit' } }
  }
}

/** Of a disk that does not give the bytes of a file, or not to whoever runs this. */
const UNREADABLE = new Set(['EACCES', 'EBADMSG', 'EIO', 'EISDIR', 'ELOOP', 'ENXIO', 'EPERM', 'EUCLEAN'])

/** @throws error unless it is of this one file and not of the whole storage */
export function unreadable(error: unknown): string {
  if (error instanceof Error && 'code' in error && UNREADABLE.has(String(error.code)))
    return `its bytes cannot be read: ${error.message}`
  throw error
}

export function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
}

function missing(sha256: string): Fault {
  return { kind: 'missing', message: `the blob ${sha256} is not there` }
}

function corrupt(sha256: string, why: string): Fault {
  return { kind: 'corrupt', message: `the blob ${sha256} cannot be used: ${why}` }
}

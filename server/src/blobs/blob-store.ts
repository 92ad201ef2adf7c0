/**
 * Bytes by sha256: packages, shards, index files. A blob is visible whole or not at all, and its name
 * is its digest, so nobody has to ask whether it is current. What a blob is *for* stands in the
 * database; nothing here lists by purpose.
 */
import type { Readable } from 'node:stream'

export interface BlobRange {
  /** First byte. */
  readonly start: number
  /** Last byte, included. */
  readonly end: number
}

export interface BlobStore {
  /** Stores bytes under their digest; a blob that is there already is left alone. */
  putBytes(bytes: Uint8Array): Promise<string>
  /** Takes over a staged file whose digest was computed while it was written. */
  putStaged(staged: StagedBytes): Promise<void>
  /** Size in bytes, or undefined when there is no such blob. */
  stat(sha256: string): Promise<{ readonly size: number } | undefined>
  /** @throws AppError corrupt-data when the blob is not there */
  read(sha256: string): Promise<Uint8Array>
  /** A stream of the blob or of a part of it. @throws AppError corrupt-data when it is not there */
  open(sha256: string, range?: BlobRange): Promise<Readable>
  delete(sha256: string): Promise<void>
  /** Every digest, in no order. */
  list(): AsyncIterable<string>
}

/** A local file with bytes that were received and hashed, not yet a blob. */
export interface StagedBytes {
  readonly path: string
  readonly sha256: string
  readonly size: number
}

/**
 * Bytes by sha256: packages, shards, index files. A blob is visible whole or not at all, and its name
 * is its digest, so nobody has to ask whether it is current. What a blob is *for* stands in the
 * database; nothing here lists by purpose.
 */
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'

export interface BlobRange {
  /** First byte. */
  readonly start: number
  /** Last byte, included. */
  readonly end: number
}

export interface BlobStore {
  /** Stores bytes under their digest; of a blob that is there already it does nothing. */
  putBytes(bytes: Uint8Array): Promise<string>
  /**
   * Stores bytes for a batch: they are a blob only once the batch is sealed. For thousands of small ones, which
   * would take minutes one by one. A batch that is never sealed leaves nothing that anybody reads.
   *
   * @param batch a name of the caller's own, of letters, digits and hyphens
   */
  putInBatch(bytes: Uint8Array, batch: string): Promise<string>
  /** Makes everything that was put in the batch durable and visible, whoever put it. */
  sealBatch(batch: string, digests: Iterable<string>): Promise<void>
  /** Takes over a staged file whose digest was computed while it was written; on a disk it heals a damaged blob. */
  putStaged(staged: StagedBytes): Promise<void>
  /** Undefined when there is no such blob. */
  stat(sha256: string): Promise<BlobStat | undefined>
  /** @throws AppError corrupt-data when the blob is not there */
  read(sha256: string): Promise<Uint8Array>
  /** A stream of the blob or of a part of it. @throws AppError corrupt-data when it is not there */
  open(sha256: string, range?: BlobRange): Promise<Readable>
  /** The same as a file, of stores that have them on disk; whoever opens it closes it. */
  openFile?(sha256: string): Promise<FileHandle>
  delete(sha256: string): Promise<void>
  /** Every digest, in no order. */
  list(): AsyncIterable<string>
  /** What lies beside the blobs under a name that is no blob's; only of stores that are no folder of the disk. */
  listStrays?(): AsyncIterable<string>
  /** Takes away what was being written, was cut off, and was last written to before; only of stores that keep such. */
  sweep?(before: Date): Promise<void>
  /** An address that gives the blob to whoever has it, for a while; only of stores that clients can reach. */
  link?(sha256: string, link: BlobLink): Promise<string>
  /** Lets go of connections. */
  close?(): void
}

export interface BlobStat {
  readonly size: number
  /** Changes when somebody writes the object again; of a bucket: its ETag. */
  readonly version?: string | undefined
}

export interface BlobLink {
  /** How long the address works. */
  readonly seconds: number
  /** What a browser calls the file. */
  readonly filename: string
}

const DIGEST = /^[0-9a-f]{64}$/

export function isDigest(text: string): boolean {
  return DIGEST.test(text)
}

/** @throws Error for what is no digest */
export function requireDigest(sha256: string): void {
  // or a digest from outside could name something that is no blob
  if (!isDigest(sha256)) throw new Error(`not a sha256: ${sha256}`)
}

/** A local file with bytes that were received and hashed, not yet a blob. */
export interface StagedBytes {
  readonly path: string
  readonly sha256: string
  readonly size: number
}

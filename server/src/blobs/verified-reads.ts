/**
 * Makes sure that what is sent is what was asked for. Small blobs are hashed whenever they are loaded into memory. Of
 * files on a disk the length is compared each time they are opened, and their bytes are hashed before the first time they
 * are sent, and again when the file was written to since: once for each process, so that sending them stays as quick as
 * the disk. What rots without being written to is found by a deep check, or by the next start. What comes whole from a
 * bucket is hashed on its way, each time, and breaks off before its end when it is wrong; before a part of it is sent, the
 * whole is read and hashed once, and again when the bucket says that it was written since.
 */
import { createHash, type Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { AppError } from '../vocabulary/errors.ts'
import type { BlobStat, BlobStore } from './blob-store.ts'

/** Larger ones would make their first client wait for seconds; of these (in a bucket: of parts of them) only the length is compared. */
const MAX_HASHED_BYTES = 1024 * 1024 * 1024
const MAX_REMEMBERED = 100_000
const CHUNK_BYTES = 1024 * 1024

export class VerifiedReads {
  readonly #blobs: BlobStore
  /** Of files whose bytes were right: what would change if somebody wrote to them. */
  readonly #verified = new Map<string, string>()
  readonly #underWay = new Map<string, Promise<void>>()

  constructor(blobs: BlobStore) {
    this.#blobs = blobs
  }

  /** @throws AppError corrupt-data when the blob is not there or its bytes are others */
  async read(sha256: string): Promise<Uint8Array> {
    const bytes = await this.#blobs.read(sha256)
    if (createHash('sha256').update(bytes).digest('hex') !== sha256)
      throw damaged(sha256, 'its bytes are others')
    return bytes
  }

  /**
   * Looks at a file before it is sent.
   * @throws AppError corrupt-data when its length or its bytes are others; the file is closed then
   */
  async verify(sha256: string, size: number, handle: FileHandle): Promise<void> {
    try {
      const found = await handle.stat()
      if (found.size !== size) throw damaged(sha256, `it has ${found.size} bytes and not ${size}`)
      const state = `${found.size} ${found.mtimeMs} ${found.ctimeMs} ${found.ino}`
      if (size > MAX_HASHED_BYTES || this.#verified.get(sha256) === state) return
      await this.#once(`${sha256} ${state}`, () => this.#hash(sha256, handle))
      this.#remember(sha256, state)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /**
   * From a store that has no files: the whole blob, hashed on its way. Its last bytes come only when all were right, so that
   * no client takes a wrong one for whole; the stream ends with an error otherwise.
   * @throws AppError corrupt-data when it is missing or has another length
   */
  async openStream(sha256: string, size: number): Promise<Readable> {
    // an object that was hashed before has that length
    if (!this.#verified.has(sha256)) {
      await this.#requireLength(sha256, size)
      this.#remember(sha256, 'length')
    }
    const body = await this.#blobs.open(sha256)
    return Readable.from(provenChunks(sha256, body), { objectMode: false })
  }

  /**
   * Of a store that has no files: reads the whole before a part of it is sent, once for each time it was written.
   * @throws AppError corrupt-data when it is missing or its bytes are others
   */
  async verifyObject(sha256: string, size: number): Promise<void> {
    const { version = '' } = await this.#requireLength(sha256, size)
    const state = `${size} ${version}`
    if (size > MAX_HASHED_BYTES || this.#verified.get(sha256) === state) return
    await this.#once(`${sha256} ${state}`, () => this.#hashBlob(sha256))
    this.#remember(sha256, state)
  }

  /**
   * Reads all of it now, whatever was found before and however large it is.
   * @throws AppError corrupt-data when it is missing or its bytes are others
   */
  async verifyAgain(sha256: string, size: number): Promise<void> {
    this.#verified.delete(sha256)
    await this.#requireLength(sha256, size)
    await this.#once(`${sha256} again`, () => this.#hashBlob(sha256))
  }

  async #requireLength(sha256: string, size: number): Promise<BlobStat> {
    const found = await this.#blobs.stat(sha256)
    if (found?.size === size) return found
    throw damaged(
      sha256,
      found ? `it has ${found.size} bytes and not ${size}` : 'it is missing from the store',
    )
  }

  /** Who asks for the same at the same time waits for the same. */
  #once(key: string, hash: () => Promise<void>): Promise<void> {
    let hashing = this.#underWay.get(key)
    if (!hashing) {
      hashing = hash().finally(() => this.#underWay.delete(key))
      this.#underWay.set(key, hashing)
    }
    return hashing
  }

  #remember(sha256: string, state: string): void {
    if (this.#verified.size >= MAX_REMEMBERED) this.#verified.clear()
    this.#verified.set(sha256, state)
  }

  async #hash(sha256: string, handle: FileHandle): Promise<void> {
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    for (let at = 0; ;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, at)
      if (bytesRead === 0) break
      hash.update(buffer.subarray(0, bytesRead))
      at += bytesRead
    }
    requireDigestOf(hash, sha256)
  }

  async #hashBlob(sha256: string): Promise<void> {
    const hash = createHash('sha256')
    const body: AsyncIterable<Uint8Array> = await this.#blobs.open(sha256)
    for await (const chunk of body) hash.update(chunk)
    requireDigestOf(hash, sha256)
  }
}

function requireDigestOf(hash: Hash, sha256: string): void {
  if (hash.digest('hex') !== sha256) throw damaged(sha256, 'its bytes are others')
}

async function* provenChunks(sha256: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let held: Uint8Array | undefined
  for await (const chunk of body) {
    hash.update(chunk)
    if (held) yield held
    held = chunk
  }
  requireDigestOf(hash, sha256)
  if (held) yield held
}

function damaged(sha256: string, why: string): AppError {
  return new AppError(
    'corrupt-data',
    `the blob ${sha256} is damaged: ${why}; \`terrarium doctor\` tells more`,
  )
}

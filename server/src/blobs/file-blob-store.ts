/**
 * Blobs in a folder: `sha256/ab/cdef…`. A write goes to a temporary file, is flushed to disk and renamed;
 * then the folder is flushed, so that neither a crash nor a power cut leaves half a blob or forgets one.
 */
import { execFile } from 'node:child_process'
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
  type FileHandle,
} from 'node:fs/promises'
import { createHash, randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { once } from 'node:events'
import { promisify } from 'node:util'
import type { Readable } from 'node:stream'
import { isMainThread } from 'node:worker_threads'
import { AppError } from '../vocabulary/errors.ts'
import { isDigest, requireDigest, type BlobRange, type BlobStore, type StagedBytes } from './blob-store.ts'

/** One large read at a time: measured as the fastest way from a file to a socket. */
const READ_CHUNK_BYTES = 1024 * 1024

export class FileBlobStore implements BlobStore {
  readonly #folder: string
  readonly #knownFolders = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async putBytes(bytes: Uint8Array): Promise<string> {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const path = this.#path(sha256)
    if (existsSync(path)) return sha256
    await this.#makeFolder(dirname(path))
    const temporary = `${path}.${randomUUID()}.part`
    await writeFile(temporary, bytes, { flush: true })
    await this.#publish(temporary, path)
    return sha256
  }

  async putInBatch(bytes: Uint8Array, batch: string): Promise<string> {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const path = this.#path(sha256)
    // in this thread and not in the pool, where requests of clients wait for their files
    if (existsSync(path)) return sha256
    await this.#makeFolder(dirname(path))
    writeFileSync(batchPath(path, batch), bytes)
    return sha256
  }

  async sealBatch(batch: string, digests: Iterable<string>): Promise<void> {
    const written: string[] = []
    for (const sha256 of digests) if (existsSync(batchPath(this.#path(sha256), batch))) written.push(sha256)
    if (written.length === 0) return
    const paths = written.map((sha256) => this.#path(sha256))
    await flushAll(
      this.#folder,
      paths.map((path) => batchPath(path, batch)),
    )
    for (const path of paths) renameSync(batchPath(path, batch), path)
    await flushAll(this.#folder, new Set(paths.map((path) => dirname(path))))
  }

  async putStaged(staged: StagedBytes): Promise<void> {
    const path = this.#path(staged.sha256)
    // also over a blob that is there: the same bytes, or a damaged blob that is whole again
    await this.#makeFolder(dirname(path))
    await this.#publish(staged.path, path)
  }

  async stat(sha256: string): Promise<{ readonly size: number } | undefined> {
    try {
      return { size: (await stat(this.#path(sha256))).size }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async read(sha256: string): Promise<Uint8Array> {
    const path = this.#path(sha256)
    try {
      // a thread that works through shards waits for nobody else, and leaves the pool to requests of clients
      return isMainThread ? await readFile(path) : readFileSync(path)
    } catch (error) {
      throw isMissing(error) ? missingBlob(sha256) : error
    }
  }

  async open(sha256: string, range?: BlobRange): Promise<Readable> {
    const stream = createReadStream(this.#path(sha256), { ...range, highWaterMark: READ_CHUNK_BYTES })
    try {
      await once(stream, 'open')
    } catch (error) {
      throw isMissing(error) ? missingBlob(sha256) : error
    }
    return stream
  }

  async openFile(sha256: string): Promise<FileHandle> {
    try {
      return await open(this.#path(sha256), 'r')
    } catch (error) {
      throw isMissing(error) ? missingBlob(sha256) : error
    }
  }

  async delete(sha256: string): Promise<void> {
    await rm(this.#path(sha256), { force: true })
  }

  async *list(): AsyncIterable<string> {
    for (const prefix of await readdirOrNothing(join(this.#folder, 'sha256'))) {
      for (const rest of await readdirOrNothing(join(this.#folder, 'sha256', prefix))) {
        if (isDigest(prefix + rest)) yield prefix + rest
      }
    }
  }

  async sweep(before: Date): Promise<void> {
    for (const prefix of await readdirOrNothing(join(this.#folder, 'sha256'))) {
      const folder = join(this.#folder, 'sha256', prefix)
      for (const name of await readdirOrNothing(folder)) {
        if (!isUnfinished(name)) continue
        const path = join(folder, name)
        const found = await stat(path).catch(ignoreMissing) // it may become a blob this moment
        if (found && found.mtime < before) await rm(path, { force: true })
      }
    }
  }

  async #publish(temporary: string, path: string): Promise<void> {
    await rename(temporary, path)
    await flushFolder(dirname(path))
  }

  async #makeFolder(folder: string): Promise<void> {
    if (this.#knownFolders.has(folder)) return
    await mkdir(folder, { recursive: true })
    await flushFolder(dirname(folder))
    this.#knownFolders.add(folder)
  }

  #path(sha256: string): string {
    requireDigest(sha256)
    return join(this.#folder, 'sha256', sha256.slice(0, 2), sha256.slice(2))
  }
}

const UNFINISHED = /^[0-9a-f]{62}\.[0-9a-zA-Z-]+\.part$/

/** Whether a file beside the blobs has the name of one that is being written. */
export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name)
}

function batchPath(path: string, batch: string): string {
  return `${path}.${batch}.part`
}

/** From so many on, one flush of the file system is quicker than one of each file. */
const FLUSH_WHOLE_FROM = 32

/** Whether `sync -f` is to be had: on Linux, where one call flushes all that was written to a file system. */
let canFlushWhole = process.platform === 'linux'

/** Flushes files or folders to disk, few of them one by one. */
async function flushAll(folder: string, paths: Iterable<string>): Promise<void> {
  const all = [...paths]
  if (canFlushWhole && all.length >= FLUSH_WHOLE_FROM) {
    try {
      await promisify(execFile)('sync', ['-f', folder])
      return
    } catch {
      // a busybox without -f, or no coreutils: then one by one. A disk that fails shows there again
      canFlushWhole = false
    }
  }
  for (const path of all) {
    const handle = openSync(path, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  }
}

function missingBlob(sha256: string): AppError {
  return new AppError('corrupt-data', `the blob ${sha256} is missing from the store`)
}

/** Also where a file lies in the place of a folder. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

async function readdirOrNothing(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(ignoreMissing)) ?? []
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

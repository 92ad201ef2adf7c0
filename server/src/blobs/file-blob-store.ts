/**
 * Blobs in a folder: `sha256/ab/cdef…`. A write goes to a temporary file, is flushed to disk and renamed;
 * then the folder is flushed, so that neither a crash nor a power cut leaves half a blob or forgets one.
 */
import { createReadStream } from 'node:fs'
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
  type FileHandle,
} from 'node:fs/promises'
import { createHash, randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
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
    if (await touch(path)) return sha256
    await this.#makeFolder(dirname(path))
    const temporary = `${path}.${randomUUID()}.part`
    await writeFile(temporary, bytes, { flush: true })
    await this.#publish(temporary, path)
    return sha256
  }

  async putStaged(staged: StagedBytes): Promise<void> {
    const path = this.#path(staged.sha256)
    if (await touch(path)) {
      await rm(staged.path, { force: true })
      return
    }
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
    try {
      return await readFile(this.#path(sha256))
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

  async deleteIfOlder(sha256: string, since: Date): Promise<boolean> {
    const path = this.#path(sha256)
    const aside = `${path}.${randomUUID()}.part`
    try {
      if ((await stat(path)).mtime >= since) return false
      await rename(path, aside)
    } catch (error) {
      if (isMissing(error)) return false // somebody else collects too
      throw error
    }
    // whoever put it before the rename made it young; whoever puts it now finds nothing and writes it again
    const isYoung = (await stat(aside)).mtime >= since
    if (isYoung) await rename(aside, path)
    else await rm(aside, { force: true })
    return !isYoung
  }

  async *list(): AsyncIterable<string> {
    for (const prefix of await readdirOrNothing(join(this.#folder, 'sha256'))) {
      for (const rest of await readdirOrNothing(join(this.#folder, 'sha256', prefix))) {
        if (isDigest(prefix + rest)) yield prefix + rest
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

function missingBlob(sha256: string): AppError {
  return new AppError('corrupt-data', `the blob ${sha256} is missing from the store`)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Makes the blob young, which keeps it from a collection; false when there is none. */
async function touch(path: string): Promise<boolean> {
  try {
    const now = new Date()
    await utimes(path, now, now)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

async function readdirOrNothing(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

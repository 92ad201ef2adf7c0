/**
 * Where bytes from outside wait until they are known to be what they claim: a file in the data folder,
 * hashed and measured while it is written. Nothing in here is ever served. A crash leaves files behind; a
 * folder of files that nobody waits for is emptied at the next start.
 */
import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises'
import { createHash, randomUUID, type Hash } from 'node:crypto'
import { join } from 'node:path'
import { AppError } from '../vocabulary/errors.ts'
import { formatBytes } from '../platform/text.ts'
import type { StagedBytes } from './blob-store.ts'

export interface StagedFile extends StagedBytes {
  readonly md5: string
  /** Removes the file; harmless when the blob store has taken it over. */
  discard(): Promise<void>
}

export class Staging {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Empties the folder: everything in it belongs to a process that is gone. */
  async reset(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
    await mkdir(this.folder, { recursive: true })
  }

  /** Makes the folder, and takes away what nobody has written to since; for a folder that processes share. */
  async sweep(since: Date): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name)
      const found = await stat(path).catch(ignoreMissing) // its owner may be done with it this moment
      if (found && found.mtime < since) await rm(path, { recursive: true, force: true })
    }
  }

  /** Makes the folder and leaves in it what is there. */
  async open(): Promise<void> {
    await mkdir(this.folder, { recursive: true })
  }

  /**
   * Writes what `chunks` yields, flushed to disk.
   *
   * @param maxBytes refused beyond this, before it is written
   * @throws AppError too-large, or what the source throws; no file is left then
   */
  async receive(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    maxBytes: number,
    onBytes?: (count: number) => void,
  ): Promise<StagedFile> {
    const path = join(this.folder, randomUUID())
    const handle = await open(path, 'wx')
    try {
      const hashed = await writeHashed(handle, chunks, maxBytes, onBytes)
      await handle.sync()
      await handle.close()
      return { path, ...hashed, discard: () => rm(path, { force: true }) }
    } catch (error) {
      await handle.close()
      await rm(path, { force: true })
      throw error
    }
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

async function writeHashed(
  handle: FileHandle,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: number,
  onBytes?: (count: number) => void,
): Promise<{ sha256: string; md5: string; size: number }> {
  const sha256: Hash = createHash('sha256')
  const md5: Hash = createHash('md5')
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.byteLength
    if (size > maxBytes) {
      throw new AppError(
        'too-large',
        `more than the ${formatBytes(maxBytes)} (${maxBytes} bytes) that are allowed`,
        { details: { limit_bytes: maxBytes } },
      )
    }
    sha256.update(chunk)
    md5.update(chunk)
    await writeAll(handle, chunk)
    onBytes?.(chunk.byteLength)
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex'), size }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0
  while (written < chunk.byteLength) {
    written += (await handle.write(chunk, written, chunk.byteLength - written)).bytesWritten
  }
}

/** Puts aside what is damaged: out of the way of clients and of who stores the right bytes, kept for people to look at. */
import { createWriteStream, existsSync } from 'node:fs'
import { appendFile, mkdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { BlobStore } from '../../blobs/blob-store.ts'
import { newId } from '../../platform/ids.ts'
import { unreadable } from '../check.ts'

export const QUARANTINE = 'quarantine'

/** @returns where it is now, from the data folder on; undefined when there was nothing */
export async function quarantineBlob(
  {
    blobs,
    blobFolder,
    dataFolder,
  }: { readonly blobs: BlobStore; readonly blobFolder: string | undefined; readonly dataFolder: string },
  sha256: string,
): Promise<string | undefined> {
  const path = join(QUARANTINE, sha256)
  await mkdir(join(dataFolder, QUARANTINE), { recursive: true })
  try {
    if (!(await blobs.stat(sha256))) return undefined
    await pipeline(await blobs.open(sha256), createWriteStream(join(dataFolder, path)))
    await blobs.delete(sha256)
  } catch (error) {
    unreadable(error)
    if (blobFolder === undefined) throw error
    // what cannot be read can be moved
    await rename(join(blobFolder, 'sha256', sha256.slice(0, 2), sha256.slice(2)), join(dataFolder, path))
  }
  return path
}

/** The same for a file that is no blob, or a folder. */
export async function quarantineFile(dataFolder: string, path: string): Promise<string> {
  await mkdir(join(dataFolder, QUARANTINE), { recursive: true })
  const name = basename(path)
  const isTaken = existsSync(join(dataFolder, QUARANTINE, name))
  const aside = join(QUARANTINE, isTaken ? `${name}.${newId()}` : name)
  await rename(join(dataFolder, path), join(dataFolder, aside))
  return aside
}

/** Names of what is lost, each on a line of a file there. @returns where it is, from the data folder on */
export async function keepList(
  dataFolder: string,
  filename: string,
  names: readonly string[],
): Promise<string> {
  const path = join(QUARANTINE, filename)
  await mkdir(join(dataFolder, QUARANTINE), { recursive: true })
  await appendFile(join(dataFolder, path), `${names.join('\n')}\n`)
  return path
}

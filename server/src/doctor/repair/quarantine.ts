/** Puts aside what is damaged: out of the way of clients and of who stores the right bytes, kept for people to look at. */
import { createWriteStream } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { BlobStore } from '../../blobs/blob-store.ts'

export const QUARANTINE = 'quarantine'

/** @returns where it is now, from the data folder on; undefined when there was nothing */
export async function quarantineBlob(
  { blobs, dataFolder }: { readonly blobs: BlobStore; readonly dataFolder: string },
  sha256: string,
): Promise<string | undefined> {
  if (!(await blobs.stat(sha256))) return undefined
  const path = join(QUARANTINE, sha256)
  await mkdir(join(dataFolder, QUARANTINE), { recursive: true })
  await pipeline(await blobs.open(sha256), createWriteStream(join(dataFolder, path)))
  await blobs.delete(sha256)
  return path
}

/** The same for a file that is no blob. */
export async function quarantineFile(dataFolder: string, path: string): Promise<string> {
  await mkdir(join(dataFolder, QUARANTINE), { recursive: true })
  const aside = join(QUARANTINE, basename(path))
  await rename(join(dataFolder, path), join(dataFolder, aside))
  return aside
}

/**
 * What really lies in the folder of the blobs, file by file: blobs, unfinished writes, and whatever else
 * somebody put there. One folder of digests at a time, so that memory does not depend on the storage.
 */
import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isUnfinished } from '../blobs/file-blob-store.ts'

export interface FoundFile {
  /** From the blob folder on. */
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
}

export interface FoundBlob extends FoundFile {
  readonly sha256: string
}

export interface BlobFolderPart {
  /** The first two digits of every digest in it; empty for what lies outside all of them. */
  readonly prefix: string
  readonly blobs: readonly FoundBlob[]
  /** Of a write that a crash cut off. */
  readonly unfinished: readonly FoundFile[]
  readonly strays: readonly FoundFile[]
}

const PREFIX = /^[0-9a-f]{2}$/
const REST = /^[0-9a-f]{62}$/
const STATS_AT_ONCE = 64

/** The parts by prefix, and at last what lies beside them. */
export async function* walkBlobFolder(folder: string): AsyncGenerator<BlobFolderPart> {
  const strays: FoundFile[] = []
  for (const name of await namesIn(folder))
    if (name !== 'sha256' || !(await isFolder(join(folder, name))))
      strays.push(...(await walkAll(folder, name)))
  for (const prefix of await namesIn(join(folder, 'sha256'))) {
    if (PREFIX.test(prefix) && (await isFolder(join(folder, 'sha256', prefix))))
      yield readPart(folder, prefix)
    else strays.push(...(await walkAll(folder, join('sha256', prefix))))
  }
  yield { prefix: '', blobs: [], unfinished: [], strays }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(ignoreMissing))?.isDirectory() === true
}

async function readPart(folder: string, prefix: string): Promise<BlobFolderPart> {
  const blobs: FoundBlob[] = []
  const unfinished: FoundFile[] = []
  const strays: FoundFile[] = []
  const names = await namesIn(join(folder, 'sha256', prefix))
  for (let start = 0; start < names.length; start += STATS_AT_ONCE) {
    const some = names.slice(start, start + STATS_AT_ONCE)
    const found = await Promise.all(some.map((name) => walkAll(folder, join('sha256', prefix, name))))
    for (const [position, files] of found.entries()) {
      const name = some[position] ?? ''
      const path = join('sha256', prefix, name)
      const file = files.find((one) => one.path === path)
      if (file && REST.test(name)) blobs.push({ ...file, sha256: prefix + name })
      // a folder in the place of a blob, empty or not, is in the way of the blob as a whole
      else if (REST.test(name)) strays.push({ path, size: 0, mtimeMs: 0 })
      else if (isUnfinished(name)) unfinished.push(...files)
      else strays.push(...files)
    }
  }
  return { prefix, blobs, unfinished, strays }
}

/** The file, or every file below it when it is a folder; nothing when it is gone meanwhile. */
export async function walkAll(folder: string, path: string): Promise<FoundFile[]> {
  const found = await stat(join(folder, path))
    .catch((error: unknown) => (isLoop(error) ? lstat(join(folder, path)) : Promise.reject(error as Error)))
    .catch(ignoreMissing)
  if (!found) return []
  if (!found.isDirectory()) return [{ path, size: found.size, mtimeMs: found.mtimeMs }]
  const inside = await namesIn(join(folder, path))
  return (await Promise.all(inside.map((name) => walkAll(folder, join(path, name))))).flat()
}

/** Names in a folder in order; none when there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  return ((await readdir(folder).catch(ignoreMissing)) ?? []).sort()
}

/** A link to itself: a file of which nothing can be read. */
function isLoop(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ELOOP'
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
    return
  throw error
}

/** Files that somebody named on the command line. */
import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'

/** @throws Error in words, when there is no such file */
export async function openFile(path: string): Promise<Blob> {
  await requireFile(path)
  return openAsBlob(path)
}

/** @throws Error in words, when there is no such file */
export async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (!found) throw new Error(`there is no file ${path}`)
  if (!found.isFile()) throw new Error(`${path} is no file`)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

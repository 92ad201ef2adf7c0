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

/** @throws Error naming the file when its text is no JSON */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${file} is no JSON: ${(error as Error).message}`, { cause: error })
  }
}

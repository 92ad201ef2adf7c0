import { createReadStream } from 'node:fs'
import { open, realpath, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../vocabulary/errors.ts'
import type { Upstream, UpstreamFile } from './upstream.ts'

const READ_CHUNK_BYTES = 1024 * 1024

/**
 * A channel in a folder. Only folders that the configuration lists are read, links resolved, or whoever may
 * make a mirror could read any file of the machine.
 */
export class FolderUpstream implements Upstream {
  readonly description: string
  readonly #root: string

  private constructor(root: string) {
    this.#root = root
    this.description = root
  }

  static async open(source: string, allowed: readonly string[]): Promise<FolderUpstream> {
    const path = resolve(source.startsWith('/') ? source : fileUrlPath(source))
    if (/[\u0000-\u001f]/.test(path)) {
      throw new AppError('bad-request', 'the path of the folder has a control character in it')
    }
    const root = await realOrUndefined(path)
    const roots = await Promise.all(allowed.map(realOrUndefined))
    if (!roots.some((folder) => folder !== undefined && isInside(root ?? path, folder))) {
      throw new AppError(
        'outbound-refused',
        `the folder ${path} is not below any of mirror_folders; an operator can add it to the configuration`,
      )
    }
    if (root === undefined || !(await stat(root)).isDirectory()) {
      throw new AppError('upstream-unreachable', `there is no folder ${path}`)
    }
    return new FolderUpstream(root)
  }

  async open(path: string, signal: AbortSignal): Promise<UpstreamFile | undefined> {
    const real = await realOrUndefined(join(this.#root, ...path.split('/')))
    if (real === undefined) return undefined
    // or a link in the folder could lead out of it
    if (!isInside(real, this.#root)) {
      throw new AppError('outbound-refused', `${path} leads out of the folder ${this.#root}`)
    }
    // or a named pipe would hold a thread until somebody writes to it
    if (!(await stat(real)).isFile()) return undefined
    const handle = await open(real, 'r')
    const { size } = await handle.stat()
    const stream = createReadStream(real, { fd: handle, highWaterMark: READ_CHUNK_BYTES, signal })
    return { declaredSize: size, chunks: stream }
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function fileUrlPath(source: string): string {
  try {
    return fileURLToPath(source)
  } catch (cause) {
    throw new AppError('bad-request', `"${source}" is not the address of a folder`, { cause })
  }
}

async function realOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await realpath(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    if (['ENOENT', 'ENOTDIR'].includes(String(error.code))) return undefined
    throw new AppError('upstream-unreachable', `cannot read ${path}: ${String(error.code)}`, { cause: error })
  }
}

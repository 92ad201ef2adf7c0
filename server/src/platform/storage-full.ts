/**
 * A disk, a quota or a bucket with no room left: how it shows in errors of all that we store to, and the memory of it,
 * so that a server can say what it cannot do now. Reading goes on; only what writes is refused.
 */
import { statfs } from 'node:fs/promises'

/** Of the file system, of PostgreSQL (SQLSTATE 53100), and of stores that speak like S3. */
const CODES: ReadonlySet<unknown> = new Set([
  ...['ENOSPC', 'EDQUOT'],
  '53100',
  ...['XMinioStorageFull', 'InsufficientStorage', 'QuotaExceeded'],
])
/** SQLITE_FULL; https://sqlite.org/rescode.html#full */
const SQLITE_FULL = 13
const MOST_CAUSES = 8

/** Whether an error, or one that caused it, says that there is no room left. */
export function isStorageFull(error: unknown): boolean {
  let one = error
  for (let depth = 0; depth < MOST_CAUSES && typeof one === 'object' && one !== null; depth += 1) {
    const { code, errcode, name, $metadata, cause } = one as Record<string, unknown> // whatever it is, it is asked for its fields
    if (CODES.has(code) || CODES.has(name)) return true
    if (code === 'ERR_SQLITE_ERROR' && errcode === SQLITE_FULL) return true
    if ((($metadata ?? {}) as Record<string, unknown>)['httpStatusCode'] === 507) return true
    one = cause
  }
  return false
}

/** How long after a write that found no room the storage counts as full. */
const REMEMBERED_MS = 60_000
/** Less than this is no room: an upload, the journal of the database and the log share it. */
export const LEAST_FREE_BYTES = 64 * 1024 * 1024

export class StorageWatch {
  readonly #folder: string
  readonly #now: () => Date
  #fullAtMs = -Infinity

  constructor(options: { folder: string; now: () => Date }) {
    this.#folder = options.folder
    this.#now = options.now
  }

  /** Something could not be stored. A quota or a bucket tells in no other way. */
  noteFull(): void {
    this.#fullAtMs = this.#now().getTime()
  }

  /** What is wrong, in words; undefined when there is room. */
  async fault(): Promise<string | undefined> {
    if (this.#now().getTime() - this.#fullAtMs < REMEMBERED_MS)
      return 'storage-full: there was no room for a write within the last minute; reads go on'
    const { bavail, bsize } = await statfs(this.#folder)
    if (bavail * bsize >= LEAST_FREE_BYTES) return undefined
    return `storage-full: the disk of the data folder has ${Math.floor((bavail * bsize) / 2 ** 20)} MiB left; reads go on`
  }
}

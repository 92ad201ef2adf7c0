/**
 * One server per data folder. The lock is SQLite's own file lock on a file of its own: the operating
 * system gives it back when the process ends, however it ends, so there is nothing stale to clean up.
 */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { AppError } from '../../vocabulary/errors.ts'

export interface FolderLock {
  release(): void
}

/** @throws AppError data-folder-in-use when another process holds the folder */
export function lockFolder(folder: string): FolderLock {
  const database = new DatabaseSync(join(folder, 'server.lock'))
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    database.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    database.close()
    throw new AppError(
      'data-folder-in-use',
      `another Terrarium server is using the data folder ${folder}; stop it or name another --data`,
      { cause },
    )
  }
  return { release: () => database.close() }
}

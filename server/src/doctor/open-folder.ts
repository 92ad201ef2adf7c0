/**
 * A data folder without its server, for `fsck` and `gc`: the lock of the folder held, the database open and
 * of this very release, so that looking does not change anything.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { FileBlobStore } from '../blobs/file-blob-store.ts'
import { migrations } from '../db/migrations.ts'
import { openSqlite, type Db } from '../platform/database/db.ts'
import { lockFolder } from '../platform/database/folder-lock.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { CheckParts } from './check.ts'

/** @throws AppError not-found, data-folder-in-use, data-folder-newer, conflict when it has to be migrated first */
export async function withStoppedFolder<T>(
  dataFolder: string,
  work: (parts: CheckParts & { blobs: FileBlobStore }) => Promise<T>,
): Promise<T> {
  const file = join(dataFolder, 'terrarium.db')
  if (!existsSync(file)) throw new AppError('not-found', `there is no database in ${dataFolder}`)
  const lock = lockFolder(dataFolder)
  try {
    const db = openSqlite(file)
    try {
      await requireThisRelease(db, dataFolder)
      const blobFolder = join(dataFolder, 'blobs')
      return await work({ db, dataFolder, blobFolder, blobs: new FileBlobStore(blobFolder) })
    } finally {
      await db.destroy()
    }
  } finally {
    lock.release()
  }
}

async function requireThisRelease(db: Db, dataFolder: string): Promise<void> {
  let applied: string[]
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db)
    applied = rows.map(({ name }) => name)
  } catch {
    return // so damaged that it cannot even be asked: the check says how
  }
  const unknown = applied.filter((name) => !(name in migrations))
  if (unknown.length > 0) {
    throw new AppError(
      'data-folder-newer',
      `the data folder was written by a newer release of Terrarium (it has ${unknown.join(', ')}); use that one`,
    )
  }
  if (applied.length < Object.keys(migrations).length) {
    throw new AppError(
      'conflict',
      `the database is of an older release; run \`terrarium migrate --data ${dataFolder}\` first`,
    )
  }
}

/**
 * Storage without its servers, for `fsck`: the lock of an embedded database held, the database open and
 * of this very release, so that looking does not change anything.
 */
import { existsSync } from 'node:fs'
import { sql } from 'kysely'
import { blobPlaceOf, openBlobStore } from '../blobs/open-blob-store.ts'
import { migrations } from '../db/migrations.ts'
import { readConfiguration, type Configuration } from '../platform/configuration.ts'
import { databaseFile, openDatabase, type Db } from '../platform/database/db.ts'
import { lockFolder } from '../platform/database/folder-lock.ts'
import { errorText } from '../platform/text.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { CheckParts } from './check.ts'
import { requireNoStrangers } from './own-blobs.ts'

/**
 * Opens what a configuration names. On SQLite its server has to be stopped; on PostgreSQL servers may be at work.
 * @throws AppError not-found, data-folder-in-use, data-folder-newer, database-unreachable, blobs-unknown, conflict when it has to
 *   be migrated first
 */
export async function withStorage<T>(
  configuration: Configuration,
  work: (parts: CheckParts) => Promise<T>,
): Promise<T> {
  const { data, database } = configuration
  if (!database && !existsSync(databaseFile(data)))
    throw new AppError('not-found', `there is no database in ${data}`)
  const lock = database ? undefined : lockFolder(data)
  try {
    const db = await openDatabase(configuration)
    const place = blobPlaceOf(configuration)
    const blobs = await openBlobStore(place)
    try {
      await requireThisRelease(db, data)
      await requireNoStrangers({ db, blobs })
      const blobFolder = place.kind === 'folder' ? place.folder : undefined
      return await work({ db, dataFolder: data, blobFolder, blobs })
    } finally {
      blobs.close?.()
      await db.destroy()
    }
  } finally {
    lock?.release()
  }
}

/** The same for a folder with an embedded database. */
export function withStoppedFolder<T>(
  dataFolder: string,
  work: (parts: CheckParts) => Promise<T>,
): Promise<T> {
  return withStorage(readConfiguration({ environment: {}, arguments: { data: dataFolder } }), work)
}

async function requireThisRelease(db: Db, dataFolder: string): Promise<void> {
  let applied: string[]
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db)
    applied = rows.map(({ name }) => name)
  } catch (error) {
    if (/no such table|does not exist/.test(errorText(error)))
      throw new AppError(
        'not-found',
        'the database has nothing of Terrarium in it: it is another one, or was lost; restore a backup',
      )
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

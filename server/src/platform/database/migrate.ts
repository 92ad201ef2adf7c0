/** Brings a database to the schema this release knows, or refuses one that is newer. */
import { Migrator, type Migration } from 'kysely/migration'
import { sql } from 'kysely'
import { AppError } from '../../vocabulary/errors.ts'
import { errorText } from '../text.ts'
import type { Db } from './db.ts'

/**
 * @param migrations by name; names sort in the order they run
 * @throws AppError data-folder-newer when the database has migrations this release does not know
 */
export async function migrate(db: Db, migrations: Record<string, Migration>): Promise<void> {
  await refuseNewer(db, migrations)
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error)
    throw new Error(`the database could not be brought up to date: ${errorText(error)}`, { cause: error })
}

async function refuseNewer(db: Db, migrations: Record<string, Migration>): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  const unknown = rows.map((row) => row.name).filter((name) => !(name in migrations))
  if (unknown.length === 0) return
  throw new AppError(
    'data-folder-newer',
    `the data folder was written by a newer release of Terrarium (it has ${unknown.join(', ')}); ` +
      'start that release, or restore a backup made by this one',
  )
}

/**
 * The database handle. `Db` is a connection or a transaction alike: a store function takes it first
 * and never reaches for another one.
 */
import { Kysely, sql, type RawBuilder, type Transaction } from 'kysely'
import type { DatabaseSchema } from '../../db/schema.gen.ts'
import { sqliteDialect } from './sqlite.ts'

export type Db = Kysely<DatabaseSchema>
export type Tx = Transaction<DatabaseSchema>

/** Opens the embedded database file, making it when it is not there. Migrate before use. */
export function openSqlite(path: string): Db {
  return new Kysely<DatabaseSchema>({ dialect: sqliteDialect(path) })
}

/** Whether a column holds a text anywhere, taken as it stands: `_` and `%` are letters like any other. */
export function containsText(column: string, text: string): RawBuilder<boolean> {
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`
  return sql<boolean>`${sql.ref(column)} like ${pattern} escape ${sql.lit('\\')}`
}

/** How many rows one multi-row statement carries: well below SQLite's limit of 32,766 parameters. */
export const ROWS_PER_STATEMENT = 500

/** `items` in runs of at most `size`, for statements that take many rows. */
export function* inChunks<T>(items: readonly T[], size = ROWS_PER_STATEMENT): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}

/**
 * The database handle. `Db` is a connection or a transaction alike: a store function takes it first
 * and never reaches for another one.
 *
 * Two engines, one SQL: SQLite in the data folder for one server, PostgreSQL for any number of them. What
 * they do not share is settled in `sqlite.ts` and `postgres.ts`, and nowhere above.
 */
import { join } from 'node:path'
import { Kysely, PostgresAdapter, sql, type Dialect, type RawBuilder, type Transaction } from 'kysely'
import type { DatabaseSchema } from '../../db/schema.gen.ts'
import { AppError } from '../../vocabulary/errors.ts'
import type { Log } from '../log.ts'
import type { Secret } from '../secret.ts'
import { errorText } from '../text.ts'
import { sqliteDialect } from './sqlite.ts'
import type { WriteWatch } from './watch-writes.ts'

export type Db = Kysely<DatabaseSchema>
export type Tx = Transaction<DatabaseSchema>

/** The part of the configuration that says where the database is. */
export interface DatabasePlace {
  readonly data: string
  /** Address of a PostgreSQL database; without it the database is a file in `data`. */
  readonly database?: Secret | undefined
  readonly database_connections: number
  /** Of an embedded database: how much each connection keeps of it, where that is not the usual. */
  readonly cacheKib?: number
}

/** The embedded database of a data folder. */
export function databaseFile(dataFolder: string): string {
  return join(dataFolder, 'terrarium.db')
}

/** Who wants to hear of what happens at the database. */
export interface DatabaseListeners {
  readonly log?: Log
  readonly writes?: WriteWatch
}

/**
 * Opens the database a configuration names. Migrate before use.
 * @throws AppError database-unreachable
 */
export async function openDatabase(place: DatabasePlace, listeners: DatabaseListeners = {}): Promise<Db> {
  if (!place.database) return openSqlite(databaseFile(place.data), listeners, place.cacheKib)
  const { openPostgres } = await import('./postgres.ts') // a server on SQLite never loads it
  return openPostgres<DatabaseSchema>({
    address: place.database,
    connections: place.database_connections,
    ...listeners,
  })
}

/**
 * Opens the embedded database file, making it when it is not there. Migrate before use.
 * @throws AppError database-unreachable
 */
export function openSqlite(path: string, { writes }: DatabaseListeners = {}, cacheKib?: number): Db {
  let dialect: Dialect
  try {
    dialect = sqliteDialect(path, cacheKib)
  } catch (cause) {
    const why = errorText(cause)
    const advice = /malformed|not a database/.test(why)
      ? "; restore a backup, or recover it with sqlite3's .recover"
      : ''
    throw new AppError('database-unreachable', `the database ${path} cannot be opened: ${why}${advice}`, {
      cause,
    })
  }
  return new Kysely<DatabaseSchema>({ dialect: writes?.wrap(dialect) ?? dialect })
}

export function engineOf(db: Db): 'sqlite' | 'postgres' {
  return db.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite'
}

/** Bytes that the database takes on its disk; of the embedded one without what waits in its journal. */
export async function databaseBytes(db: Db): Promise<number> {
  const query =
    engineOf(db) === 'postgres'
      ? sql<{ bytes: string }>`select pg_database_size(current_database()) as bytes`
      : sql<{
          bytes: number
        }>`select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`
  const { rows } = await query.execute(db)
  return Number(rows[0]?.bytes ?? 0)
}

/**
 * Whether a column holds a text anywhere, taken as it stands: `_` and `%` are letters like any other, and
 * `A` to `Z` are `a` to `z`.
 */
export function containsText(column: string, text: string): RawBuilder<boolean> {
  const pattern = `%${escapeLike(text)}%`
  return sql<boolean>`lower(${sql.ref(column)}) like lower(${pattern}) escape ${sql.lit('\\')}`
}

/** Whether a column begins with a text, taken as it stands. */
export function startsWithText(column: string, text: string): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} like ${`${escapeLike(text)}%`} escape ${sql.lit('\\')}`
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

/** How many rows one multi-row statement carries: well below SQLite's limit of 32,766 parameters. */
export const ROWS_PER_STATEMENT = 500

/** `items` in runs of at most `size`, for statements that take many rows. */
export function* inChunks<T>(items: readonly T[], size = ROWS_PER_STATEMENT): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}

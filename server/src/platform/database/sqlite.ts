/**
 * SQLite through Node's own `node:sqlite`, shaped as Kysely wants a dialect.
 *
 * Durability is set here and nowhere else: WAL with synchronous=FULL, so that a commit that was
 * acknowledged survives a power cut. Who waits for whom is decided in `sqlite-driver.ts`.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  type Dialect,
  type Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SelectModifierNode,
  type SqliteDatabase,
  type SqliteStatement,
} from 'kysely'
import { SqliteDriver } from './sqlite-driver.ts'

const BUSY_TIMEOUT_MS = 10_000
const CACHE_KIB = 64 * 1024
/** Of what is read while a transaction is under way. */
const MEANWHILE_CACHE_KIB = 2 * 1024

/** @param cacheKib pages it keeps in memory, beside those that the operating system keeps for everybody */
export function sqliteDialect(path: string, cacheKib = CACHE_KIB): Dialect {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  database.exec('PRAGMA foreign_keys = ON')
  database.exec(`PRAGMA cache_size = -${cacheKib}`)
  return new OneWriterDialect(adapt(database), () => openForReading(path))
}

function openForReading(path: string): SqliteDatabase {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, readOnly: true })
  database.exec(`PRAGMA cache_size = -${MEANWHILE_CACHE_KIB}`)
  return adapt(database)
}

class OneWriterDialect implements Dialect {
  readonly #database: SqliteDatabase
  readonly #openSecond: () => SqliteDatabase

  constructor(database: SqliteDatabase, openSecond: () => SqliteDatabase) {
    this.#database = database
    this.#openSecond = openSecond
  }

  createDriver(): SqliteDriver {
    return new SqliteDriver(this.#database, this.#openSecond)
  }

  createIntrospector(db: Kysely<unknown>): SqliteIntrospector {
    return new SqliteIntrospector(db)
  }

  createAdapter(): SqliteAdapter {
    return new (class extends SqliteAdapter {
      /** SQLite undoes schema changes with their transaction, though Kysely does not count on it. */
      override get supportsTransactionalDdl(): boolean {
        return true // or a start that is killed while it migrates leaves half a schema
      }
      /** The driver sees to whose turn it is. */
      override get supportsMultipleConnections(): boolean {
        return true
      }
    })()
  }

  /** There is one writer at a time, so `for update` has nothing to lock and SQLite has no word for it. */
  createQueryCompiler(): SqliteQueryCompiler {
    return new (class extends SqliteQueryCompiler {
      protected override visitSelectModifier(node: SelectModifierNode): void {
        if (node.modifier !== 'ForUpdate' && node.modifier !== 'SkipLocked') super.visitSelectModifier(node)
      }
    })()
  }
}

/** Of a statement that failed. */
const SHOWN_CHARACTERS = 200

/**
 * Kysely asks each of its statements once. One that is left to the garbage collector keeps what was bound to it until
 * then, and the collector does not know how much that is. Not every Node 26 has the method, nor do its types yet.
 */
type ClosableStatement = StatementSync & { readonly close?: () => void }

function adapt(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (text: string): SqliteStatement => {
      const statement: ClosableStatement = database.prepare(text)
      const isRollback = text === 'rollback'
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => {
          try {
            return statement.all(...bind(parameters))
          } catch (error) {
            throw withStatement(error, text)
          } finally {
            statement.close?.()
          }
        },
        run: (parameters) => {
          try {
            // With a full disk SQLite has rolled back by itself; a second time would hide why.
            if (isRollback && !database.isTransaction) return { changes: 0, lastInsertRowid: 0 }
            return statement.run(...bind(parameters))
          } catch (error) {
            throw withStatement(error, text)
          } finally {
            statement.close?.()
          }
        },
        iterate: (parameters) => statement.iterate(...bind(parameters)),
      }
    },
  }
}

/** SQLite says which rule was broken and not where. The text has no values in it. */
function withStatement(error: unknown, text: string): unknown {
  if (error instanceof Error) error.message += ` (${text.slice(0, SHOWN_CHARACTERS)})`
  return error
}

function bind(parameters: readonly unknown[]): SQLInputValue[] {
  // Kysely types parameters as unknown; our schema only ever binds what SQLite takes.
  return parameters as SQLInputValue[]
}

/**
 * One connection for everything, and a second one that reads while a transaction is under way on the first: who asks
 * for something meanwhile gets what was committed before, as on PostgreSQL, and does not wait. Writes wait for their
 * turn, for there is one writer.
 *
 * SQLite answers before anything else can happen in the thread. So after a while of questions without a pause the next
 * answer is given in a later turn of the event loop: a transaction of a minute holds up nobody who asks for nothing of it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  type SqliteDatabase,
} from 'kysely'

const MAX_TURN_MS = 2

export class SqliteDriver implements Driver {
  readonly #first: SqliteDatabase
  readonly #openSecond: () => SqliteDatabase
  #second: SqliteDatabase | undefined
  /** Whoever has the transaction. */
  #holder: DatabaseConnection | undefined
  readonly #waiting: { readonly connection: DatabaseConnection; readonly start: () => void }[] = []
  #turnSinceMs: number | undefined

  constructor(first: SqliteDatabase, openSecond: () => SqliteDatabase) {
    this.#first = first
    this.#openSecond = openSecond
  }

  init(): Promise<void> {
    return Promise.resolve()
  }

  acquireConnection(): Promise<DatabaseConnection> {
    const connection: DatabaseConnection = {
      executeQuery: <Row>(query: CompiledQuery) => this.#execute<Row>(connection, query),
      streamQuery: () => {
        throw new Error('SQLite answers whole: ask page by page')
      },
    }
    return Promise.resolve(connection)
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#hold(connection)
    try {
      run(this.#first, CompiledQuery.raw('begin'))
    } catch (error) {
      this.#letGo()
      throw error
    }
  }

  /** When it fails, a rollback follows. */
  async commitTransaction(): Promise<void> {
    run(this.#first, CompiledQuery.raw('commit'))
    this.#letGo()
  }

  async rollbackTransaction(): Promise<void> {
    try {
      run(this.#first, CompiledQuery.raw('rollback'))
    } finally {
      this.#letGo()
    }
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve()
  }

  destroy(): Promise<void> {
    this.#second?.close()
    this.#first.close()
    return Promise.resolve()
  }

  async #execute<Row>(connection: DatabaseConnection, query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#turnSinceMs === undefined) {
      this.#turnSinceMs = performance.now()
      setImmediate(() => (this.#turnSinceMs = undefined))
    }
    const sinceMs = this.#turnSinceMs // before it answers: one long question is a turn of its own
    const result = await this.#answer<Row>(connection, query)
    if (performance.now() - sinceMs > MAX_TURN_MS) await nextTurn()
    return result
  }

  async #answer<Row>(connection: DatabaseConnection, query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#holder === connection || this.#holder === undefined) return run<Row>(this.#first, query)
    if (isReading(query)) return run<Row>((this.#second ??= this.#openSecond()), query)
    await this.#hold(connection)
    try {
      return run<Row>(this.#first, query)
    } finally {
      this.#letGo()
    }
  }

  async #hold(connection: DatabaseConnection): Promise<void> {
    if (this.#holder) await new Promise<void>((start) => this.#waiting.push({ connection, start }))
    else this.#holder = connection
  }

  /** Handed over at once, or somebody could come in between. */
  #letGo(): void {
    const next = this.#waiting.shift()
    this.#holder = next?.connection
    next?.start()
  }
}

const READING = /^\s*select\b/i

function isReading({ query, sql }: CompiledQuery): boolean {
  return query.kind === 'SelectQueryNode' || (query.kind === 'RawNode' && READING.test(sql))
}

function run<Row>(database: SqliteDatabase, { sql, parameters }: CompiledQuery): QueryResult<Row> {
  const statement = database.prepare(sql)
  if (statement.reader) return { rows: statement.all(parameters) as Row[] } // what the query is typed with
  const { changes, lastInsertRowid } = statement.run(parameters)
  return { insertId: BigInt(lastInsertRowid), numAffectedRows: BigInt(changes), rows: [] }
}

/**
 * Tells when this process has written to the database, so that what is remembered of it can be thrown away at
 * once. Told after the commit: who reads from then on reads what was written.
 *
 * Whoever adds a table need not think of it: every write counts, but those to the tables listed as silent.
 */
import type {
  AbortableOperationOptions,
  CompiledQuery,
  DatabaseConnection,
  Dialect,
  Driver,
  QueryResult,
  RootOperationNode,
  TransactionSettings,
} from 'kysely'

export class WriteWatch {
  readonly #silent: ReadonlySet<string>
  #version = 0

  /** @param silent tables nothing is remembered of */
  constructor(silent: Iterable<string> = []) {
    this.#silent = new Set(silent)
  }

  /** Grows with every write that counts. */
  get version(): number {
    return this.#version
  }

  wrap(dialect: Dialect): Dialect {
    return {
      createAdapter: () => dialect.createAdapter(),
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: () => dialect.createQueryCompiler(),
      createDriver: () => new WatchedDriver(dialect.createDriver(), this.#silent, () => (this.#version += 1)),
    }
  }
}

class WatchedDriver implements Driver {
  readonly #inner: Driver
  readonly #silent: ReadonlySet<string>
  readonly #onWrite: () => void
  readonly #connections = new WeakMap<DatabaseConnection, WatchedConnection>()

  constructor(inner: Driver, silent: ReadonlySet<string>, onWrite: () => void) {
    this.#inner = inner
    this.#silent = silent
    this.#onWrite = onWrite
  }

  init(): Promise<void> {
    return this.#inner.init()
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const inner = await this.#inner.acquireConnection()
    let watched = this.#connections.get(inner)
    if (!watched) {
      watched = new WatchedConnection(inner, this.#silent, this.#onWrite)
      this.#connections.set(inner, watched)
    }
    return watched
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const watched = requireWatched(connection)
    await this.#inner.beginTransaction(watched.inner, settings)
    watched.begin()
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const watched = requireWatched(connection)
    await this.#inner.commitTransaction(watched.inner)
    watched.end('committed')
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    const watched = requireWatched(connection)
    watched.end('rolled back')
    await this.#inner.rollbackTransaction(watched.inner)
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    await this.#inner.releaseConnection(requireWatched(connection).inner)
  }

  destroy(): Promise<void> {
    return this.#inner.destroy()
  }
}

function requireWatched(connection: DatabaseConnection): WatchedConnection {
  if (connection instanceof WatchedConnection) return connection
  throw new Error('this connection was not handed out here')
}

class WatchedConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection
  readonly #silent: ReadonlySet<string>
  readonly #onWrite: () => void
  #inTransaction = false
  #hasWritten = false

  constructor(inner: DatabaseConnection, silent: ReadonlySet<string>, onWrite: () => void) {
    this.inner = inner
    this.#silent = silent
    this.#onWrite = onWrite
  }

  begin(): void {
    this.#inTransaction = true
    this.#hasWritten = false
  }

  end(how: 'committed' | 'rolled back'): void {
    this.#inTransaction = false
    if (how === 'committed' && this.#hasWritten) this.#onWrite()
  }

  async executeQuery<Row>(
    query: CompiledQuery,
    options?: AbortableOperationOptions,
  ): Promise<QueryResult<Row>> {
    const result = await this.inner.executeQuery<Row>(query, options)
    if (!isWrite(query, this.#silent)) return result
    if (this.#inTransaction) this.#hasWritten = true
    else this.#onWrite()
    return result
  }

  streamQuery<Row>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<Row>> {
    return this.inner.streamQuery<Row>(query, chunkSize)
  }
}

const READING = /^\s*(?:select|pragma|show|explain|begin|commit|rollback|savepoint|release)\b/i

function isWrite({ query, sql }: CompiledQuery, silent: ReadonlySet<string>): boolean {
  switch (query.kind) {
    case 'SelectQueryNode':
      return false
    case 'InsertQueryNode':
    case 'UpdateQueryNode':
    case 'DeleteQueryNode':
      return !tablesOf(query).every((table) => silent.has(table))
    default:
      return !READING.test(sql)
  }
}

/** The tables a query names right at its top; one that cannot be made out counts as unknown, thus as written. */
function tablesOf(query: RootOperationNode): string[] {
  const node =
    query.kind === 'InsertQueryNode'
      ? query.into
      : query.kind === 'UpdateQueryNode'
        ? query.table
        : query.kind === 'DeleteQueryNode'
          ? query.from.froms[0]
          : undefined
  return [node?.kind === 'TableNode' && 'table' in node ? tableName(node.table) : '']
}

function tableName(node: unknown): string {
  const { identifier } = node as { identifier?: { name?: string } } // SchemableIdentifierNode
  return identifier?.name ?? ''
}

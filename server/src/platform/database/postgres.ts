/**
 * PostgreSQL through `pg`, shaped so that everything above sees what it sees on SQLite. Where the two differ,
 * the difference is settled here:
 *
 * - texts compare by their bytes, whatever the locale of the database, and whole numbers have 64 bits;
 * - 64-bit numbers, sums and counts are read as numbers: none of ours comes near 2^53;
 * - a zero byte in a text, which PostgreSQL refuses to keep, becomes U+FFFD;
 * - an empty list after `in` matches nothing, where PostgreSQL refuses to parse it;
 * - a transaction that only failed because another one ran beside it runs again.
 */
import {
  Kysely,
  HandleEmptyInListsPlugin,
  PostgresDialect,
  PostgresQueryCompiler,
  replaceWithNoncontingentExpression,
  type ColumnDefinitionNode,
  type DataTypeNode,
  type Transaction,
  type TransactionBuilder,
} from 'kysely'
import pg from 'pg'
import { AppError } from '../../vocabulary/errors.ts'
import type { Log } from '../log.ts'
import type { Secret } from '../secret.ts'
import { errorText } from '../text.ts'
import type { WriteWatch } from './watch-writes.ts'

const OLDEST_VERSION = 150_000
const CONNECT_TIMEOUT_MS = 10_000
const IDLE_IN_TRANSACTION_MS = 120_000

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`; what it leaves out comes from `PG*` variables. */
  readonly address: Secret
  /** Connections a process opens at the most. */
  readonly connections: number
  readonly log?: Log
  readonly writes?: WriteWatch
}

/** @throws AppError database-unreachable, also for a server that is too old */
export async function openPostgres<Schema>(options: PostgresOptions): Promise<Kysely<Schema>> {
  const pool = new pg.Pool({
    ...poolConfig(options.address),
    max: options.connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    application_name: 'terrarium',
    types: typeParsers(),
  })
  // an idle connection that breaks is replaced at the next query; unheard it would end the process
  pool.on('error', (error) => options.log?.warn({ err: error }, 'a connection to PostgreSQL broke'))
  try {
    await requireVersion(pool)
  } catch (error) {
    await pool.end()
    throw error
  }
  const dialect = new BytewiseDialect({ pool })
  return new PostgresKysely<Schema>({
    dialect: options.writes?.wrap(dialect) ?? dialect,
    plugins: [new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })],
  })
}

function poolConfig(address: Secret): pg.PoolConfig {
  return { connectionString: address.reveal() }
}

async function requireVersion(pool: pg.Pool): Promise<void> {
  let version: number
  try {
    const { rows } = await pool.query<{ server_version_num: string }>('show server_version_num')
    version = Number(rows[0]?.server_version_num)
  } catch (cause) {
    // the server's own words name a user and a database at the most, never a password
    throw new AppError('database-unreachable', `PostgreSQL cannot be used: ${errorText(cause)}`)
  }
  if (version >= OLDEST_VERSION) return
  throw new AppError(
    'database-unreachable',
    `PostgreSQL 15 or newer is needed; this is ${Math.floor(version / 10_000)}`,
  )
}

/** How values are read: 64-bit numbers and sums as numbers, the rest as the driver does. */
function typeParsers(): pg.TypeOverrides {
  const parsers = new pg.TypeOverrides()
  for (const type of [pg.types.builtins.INT8, pg.types.builtins.NUMERIC]) parsers.setTypeParser(type, Number)
  return parsers
}

/** Columns as SQLite has them, texts ordered byte by byte and whole numbers of 64 bits; values it can take. */
class BytewiseDialect extends PostgresDialect {
  override createQueryCompiler(): PostgresQueryCompiler {
    return new (class extends PostgresQueryCompiler {
      protected override visitDataType(node: DataTypeNode): void {
        const isColumn =
          (this.parentNode as ColumnDefinitionNode | undefined)?.kind === 'ColumnDefinitionNode'
        if (isColumn && node.dataType === 'text') this.append('text collate "C"')
        else if (isColumn && node.dataType === 'integer') this.append('bigint')
        else super.visitDataType(node)
      }

      protected override appendValue(value: unknown): void {
        super.appendValue(typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value)
      }
    })()
  }
}

/**
 * What a transaction meets only because others run beside it: a deadlock, a conflict of serialisation, a row
 * that somebody else put in, or a row to point at that somebody else took away, between our look and our insert.
 */
const RACES = new Set(['40001', '40P01', '23505', '23503'])
const MAX_RUNS = 5

/**
 * Runs a transaction again when it lost a race. The second run sees what the winner wrote, so that a rule
 * such as "there is a channel of this name already" answers as it would have, had both come one by one.
 */
class PostgresKysely<Schema> extends Kysely<Schema> {
  override transaction(): TransactionBuilder<Schema> {
    const builder = super.transaction()
    const once = builder.execute.bind(builder)
    builder.execute = async <T>(work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T> => {
      for (let run = 1; ; run += 1) {
        try {
          return await once(work)
        } catch (error) {
          if (run === MAX_RUNS || !isLostRace(error)) throw error
        }
      }
    }
    return builder
  }
}

/** Whether a statement failed for a reason that running it again can cure. */
export function isLostRace(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code !== undefined && RACES.has(error.code)
}

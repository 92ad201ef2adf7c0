/**
 * Databases for tests, on the engine the run is for: an SQLite file in the test's folder, or, when
 * TEST_POSTGRES_URL is set, a PostgreSQL database of the test's own, copied from a template that
 * `postgres-template.ts` has made with every migration.
 */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { migrations } from '../db/migrations.ts'
import { openDatabase, type Db } from '../platform/database/db.ts'
import { migrate } from '../platform/database/migrate.ts'
import { Secret } from '../platform/secret.ts'

export const TEMPLATE = 'terrarium_template'
const CONNECTIONS = 5

/** Address of the server for tests, or undefined for SQLite. */
export function testServer(): string | undefined {
  return process.env['TEST_POSTGRES_URL'] || undefined // an empty variable is one that was not set
}

/** The address of another database of the same server. */
export function databaseOf(server: string, name: string): string {
  const address = new URL(server)
  address.pathname = `/${name}`
  return address.href
}

/** Runs one statement outside of any database of a test. */
export async function onServer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

const made = new Map<string, string>()

/**
 * Configuration of the database that belongs to a data folder. The same folder gets the same database, so
 * that a test can start a second server on what the first one left.
 */
export async function testDatabaseFor(dataFolder: string): Promise<{ database?: string }> {
  const server = testServer()
  if (server === undefined) return {}
  const known = made.get(dataFolder)
  if (known) return { database: known }
  const name = `terrarium_test_${randomUUID().replaceAll('-', '')}`
  await onServer(server, `create database ${name} template ${TEMPLATE}`)
  const database = databaseOf(server, name)
  made.set(dataFolder, database)
  return { database }
}

/** Takes the database of a data folder away; SQLite's goes with the folder. */
export async function dropTestDatabase(dataFolder: string): Promise<void> {
  const server = testServer()
  const database = made.get(dataFolder)
  if (server === undefined || database === undefined) return
  made.delete(dataFolder)
  await onServer(server, `drop database ${new URL(database).pathname.slice(1)} with (force)`)
}

/** Opens the database of a data folder beside the server, to look at it or to damage it. */
export async function openTestDatabase(dataFolder: string): Promise<Db> {
  const { database } = await testDatabaseFor(dataFolder)
  const db = await openDatabase({
    data: dataFolder,
    database: database === undefined ? undefined : new Secret(database),
    database_connections: CONNECTIONS,
  })
  await migrate(db, migrations)
  return db
}

/** Before all tests of a run on PostgreSQL: the template that every test's database is a copy of. */
import { migrations } from '../db/migrations.ts'
import type { DatabaseSchema } from '../db/schema.gen.ts'
import { migrate } from '../platform/database/migrate.ts'
import { openPostgres } from '../platform/database/postgres.ts'
import { Secret } from '../platform/secret.ts'
import { databaseOf, onServer, TEMPLATE, testServer } from './test-database.ts'

export default async function setup(): Promise<void> {
  const server = testServer()
  if (server === undefined) return
  await onServer(server, `drop database if exists ${TEMPLATE} with (force)`)
  await onServer(server, `create database ${TEMPLATE}`)
  const db = await openPostgres<DatabaseSchema>({
    address: new Secret(databaseOf(server, TEMPLATE)),
    connections: 2,
  })
  try {
    await migrate(db, migrations)
  } finally {
    await db.destroy()
  }
}

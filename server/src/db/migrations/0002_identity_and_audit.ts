import type { Kysely } from 'kysely'
import { flag, instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('users')
    .addColumn('id', text, key)
    .addColumn('name', text, (column) => column.notNull().unique())
    .addColumn('password_hash', text)
    .addColumn('is_admin', flag, required)
    .addColumn('is_disabled', flag, required)
    .addColumn('created_at', instant, required)
    .execute()

  await db.schema
    .createTable('tokens')
    .addColumn('id', text, key)
    .addColumn('user_id', text, (column) => column.notNull().references('users.id'))
    .addColumn('name', text, required)
    .addColumn('secret_sha256', text, (column) => column.notNull().unique())
    .addColumn('created_at', instant, required)
    .addColumn('expires_at', instant, required)
    .execute()
  await db.schema.createIndex('tokens_of_user').on('tokens').column('user_id').execute()

  await db.schema
    .createTable('audit_events')
    .addColumn('id', text, key)
    .addColumn('at', instant, required)
    .addColumn('actor_id', text)
    .addColumn('action', text, required)
    .addColumn('target', text, required)
    .addColumn('details', json, required)
    .execute()
  await db.schema.createIndex('audit_by_time').on('audit_events').columns(['at', 'id']).execute()
}

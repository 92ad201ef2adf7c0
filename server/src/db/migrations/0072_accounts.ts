/** Second factors and invitations of built-in accounts. */
import type { Kysely } from 'kysely'
import { instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  const users = db.schema.alterTable('users')
  await users.addColumn('totp_secret', text).execute() // sealed
  await users.addColumn('totp_confirmed_at', instant).execute() // null while it is being set up
  await users.addColumn('totp_used_step', 'bigint').execute() // a code is good once

  await db.schema
    .createTable('recovery_codes')
    .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('code_sha256', text, required)
    .addColumn('created_at', instant, required)
    .addPrimaryKeyConstraint('recovery_codes_key', ['user_id', 'code_sha256'])
    .execute()

  await db.schema
    .createTable('invitations')
    .addColumn('id', text, key)
    .addColumn('name', text, required)
    .addColumn('email', text)
    .addColumn('secret_sha256', text, (column) => column.notNull().unique())
    .addColumn('roles', json, required) // ids
    .addColumn('groups', json, required) // ids
    .addColumn('invited_by', text, required)
    .addColumn('created_at', instant, required)
    .addColumn('expires_at', instant, required)
    .execute()
}

/** Which jobs of CI systems may upload where, without a secret of ours. */
import type { Kysely } from 'kysely'
import { instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('trust_rules')
    .addColumn('id', text, key)
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('name', text, required)
    .addColumn('issuer', text, required)
    .addColumn('claims', json, required) // patterns by claim; all of them have to match
    .addColumn('name_patterns', json) // package names that may be uploaded, or null: all
    // the account that uploads: a service account of the channel
    .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('created_by', text)
    .addColumn('created_at', instant, required)
    .addColumn('last_used_at', instant)
    .addUniqueConstraint('trust_rules_name', ['channel_id', 'name'])
    .execute()
  await db.schema.createIndex('trust_rules_of_issuer').on('trust_rules').column('issuer').execute()
}

import type { Kysely } from 'kysely'
import { instant, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('channel_notices')
    .addColumn('id', text, key)
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('message', text, required)
    .addColumn('level', text, required) // info | warning | critical
    .addColumn('created_at', instant, required)
    .addColumn('expires_at', instant, required)
    .execute()
  await db.schema
    .createIndex('channel_notices_by_channel')
    .on('channel_notices')
    .column('channel_id')
    .execute()

  // `indexed_timestamp` of CEP 47: an upstream's, where it came with one. Decisions go by first_seen_at, which
  // stands for it in older rows.
  await db.schema.alterTable('artifacts').addColumn('indexed_at', instant).execute()

  // When the monolithic files of `rendered_revision` became visible.
  await db.schema.alterTable('channels').addColumn('rendered_at', instant).execute()
}

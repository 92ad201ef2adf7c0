import type { Kysely } from 'kysely'
import { count, instant, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // How often a file was had, or refused, on a day and by whom; '' for nobody.
  await db.schema
    .createTable('file_requests')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('file_id', text, required)
    .addColumn('day', count, required) // since 1970
    .addColumn('actor_id', text, required)
    .addColumn('outcome', text, required) // served | refused
    .addColumn('count', count, required)
    .addColumn('last_at', instant, required)
    .addPrimaryKeyConstraint('file_requests_key', ['channel_id', 'file_id', 'day', 'actor_id', 'outcome'])
    .execute()
  await db.schema
    .createIndex('file_requests_by_actor')
    .on('file_requests')
    .columns(['actor_id', 'outcome', 'day'])
    .execute()

  // The last change to what is known of a name's files: facts that somebody keeps are good while it stands.
  await db.schema
    .createTable('fact_marks')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('name', text, required)
    .addColumn('mark', text, required)
    .addPrimaryKeyConstraint('fact_marks_key', ['channel_id', 'name'])
    .execute()
}

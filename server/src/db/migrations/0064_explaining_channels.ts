import type { Kysely } from 'kysely'
import { text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // Channels whose index keeps what is blocked, in a form that no solver takes, to tell why.
  await db.schema
    .createTable('explaining_channels')
    .addColumn('channel_id', text, (column) =>
      column.primaryKey().notNull().references('channels.id').onDelete('cascade'),
    )
    .execute()
}

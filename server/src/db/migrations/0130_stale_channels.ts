/** A change of everything a channel has is one row, until its publish begins. */
import type { Kysely } from 'kysely'
import { json, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('stale_channels')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('holder_id', text, required) // itself; for a virtual channel also the one whose names are meant
    .addColumn('mark', text, required)
    .addColumn('cause', json, required)
    .addPrimaryKeyConstraint('stale_channels_key', ['channel_id', 'holder_id'])
    .execute()
}

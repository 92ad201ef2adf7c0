/** What somebody stated of a file, and signed (CEP 27). */
import type { Kysely } from 'kysely'
import { instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('attestations')
    .addColumn('id', text, key)
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('subdir', text, required)
    .addColumn('filename', text, required)
    .addColumn('sha256', text, required) // of the bytes that it is about
    .addColumn('bundle', json, required) // as it came
    .addColumn('signers', json, required) // whose signature was found right, trusted now or not
    .addColumn('created_by', text)
    .addColumn('created_at', instant, required)
    .execute()
  await db.schema
    .createIndex('attestations_of_file')
    .on('attestations')
    .columns(['channel_id', 'filename'])
    .execute()
}

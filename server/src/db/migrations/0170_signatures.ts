/** Whose signatures count, and what signatures an upstream's index has of the records that were taken from it. */
import type { Kysely } from 'kysely'
import { instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('trusted_keys')
    .addColumn('id', text, key)
    .addColumn('label', text, (column) => column.notNull().unique())
    .addColumn('kind', text, required) // ed25519, ecdsa-p256
    .addColumn('key_id', text, required) // as signatures name it: of ed25519 the key itself, in hex
    .addColumn('public_key', text, required) // PEM
    // null: in all channels
    .addColumn('channel_id', text, (column) => column.references('channels.id').onDelete('cascade'))
    .addColumn('created_by', text)
    .addColumn('created_at', instant, required)
    .execute()
  await db.schema
    .createTable('record_signatures')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('subdir', text, required)
    .addColumn('filename', text, required)
    .addColumn('stamp', text, required) // of the record and its signatures as they came: tells whether they changed
    .addColumn('signatures', json, required) // by which key, and whether it fits the record; trusted or not
    .addPrimaryKeyConstraint('record_signatures_pk', ['channel_id', 'subdir', 'filename'])
    .execute()
  await db.schema
    .createIndex('record_signatures_of_file')
    .on('record_signatures')
    .columns(['channel_id', 'filename'])
    .execute()
}

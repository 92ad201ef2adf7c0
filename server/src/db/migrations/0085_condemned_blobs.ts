/** Blobs that nothing names, on their way out. */
import type { Kysely } from 'kysely'
import { instant, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('condemned_blobs')
    .addColumn('sha256', text, key)
    .addColumn('since', instant, required)
    .addColumn('deleted_at', instant) // null while the bytes are there
    .execute()
}

/** Bytes that a check of the storage found damaged, so that whoever asks for them learns why they are not to be had. */
import type { Kysely } from 'kysely'
import { instant, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('damaged_artifacts')
    .addColumn('sha256', text, key)
    .addColumn('code', text, required) // of the finding: package-corrupt, package-missing
    .addColumn('found', text, required) // what was found, in words
    .addColumn('found_at', instant, required)
    .addColumn('state', text, required) // found, aside, awaited
    .addColumn('action', text) // what was done, in words; null when nothing was
    .addColumn('acted_at', instant)
    .execute()
}

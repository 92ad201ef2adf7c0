/** What checks of the storage found. */
import type { Kysely } from 'kysely'
import { count, json, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('storage_findings')
    .addColumn('check_id', text, (column) => column.notNull().references('jobs.id').onDelete('cascade'))
    .addColumn('position', count, required)
    .addColumn('kind', text, required)
    .addColumn('code', text, required)
    .addColumn('subject', text, required)
    .addColumn('message', text, required)
    .addColumn('place', json) // null when the words say it all
    .addColumn('outcome', text) // repaired, aside, left; null without a repair
    .addColumn('repair', text) // what was done, in words
    .addPrimaryKeyConstraint('storage_findings_key', ['check_id', 'position'])
    .execute()
}

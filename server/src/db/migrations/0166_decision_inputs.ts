import type { Kysely } from 'kysely'
import { instant, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // What decisions were made from, by the sha256 of its JSON; the body is that JSON, packed.
  await db.schema
    .createTable('decision_inputs')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('sha256', text, required)
    .addColumn('body', text, required)
    .addPrimaryKeyConstraint('decision_inputs_key', ['channel_id', 'sha256'])
    .execute()

  // Null for changes from before their inputs were kept.
  await db.schema.alterTable('decision_changes').addColumn('inputs', text).execute()
  // The `now` of the decision; `at` is when it was written down.
  await db.schema.alterTable('decision_changes').addColumn('decided_at', instant).execute()
}

import type { Kysely } from 'kysely'
import { instant, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('mirrors').addColumn('cron', text).execute() // null: runs when somebody says so
  await db.schema.alterTable('mirrors').addColumn('next_run_at', instant).execute()
  await db.schema.createIndex('mirrors_by_next_run').on('mirrors').column('next_run_at').execute()
}

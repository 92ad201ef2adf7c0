import { sql, type Kysely } from 'kysely'
import { instant } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // When a run last brought everything; `last_run_at` is when the last one began, however it went.
  await db.schema.alterTable('mirrors').addColumn('last_success_at', instant).execute()
  await sql`update mirrors set last_success_at = last_run_at where state = 'completed'`.execute(db)
}

import type { Kysely } from 'kysely'
import { count } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // How long a revision stays after another took its place; null for what the configuration says.
  await db.schema.alterTable('channels').addColumn('keep_days', count).execute()
}

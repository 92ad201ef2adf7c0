import type { Kysely } from 'kysely'
import { instant } from '../columns.ts'

/** A policy that was deleted keeps its row, so that every text it ever had can be read, and its name goes on counting. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('policies').addColumn('deleted_at', instant).execute()
}

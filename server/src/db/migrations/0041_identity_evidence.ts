import type { Kysely } from 'kysely'
import { text } from '../columns.ts'

/** What shows a link, in words; null where the source of the mapping says it all. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('identity_links').addColumn('evidence', text).execute()
}

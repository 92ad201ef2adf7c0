import type { Kysely } from 'kysely'
import { text } from '../columns.ts'

/**
 * Of a name that several things changed before one publish: why, before the last of them; one cause a line. Beside the
 * last one and not instead, so that a server of the release before goes on reading what it knows.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['stale_names', 'stale_channels', 'revision_names']) {
    await db.schema.alterTable(table).addColumn('earlier_causes', text).execute()
  }
}

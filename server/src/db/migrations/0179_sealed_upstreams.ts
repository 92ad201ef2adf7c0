import type { Kysely } from 'kysely'
import { text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // The address of an upstream with its credentials, sealed; `source_root` is then the address as it is shown.
  await db.schema.alterTable('mirrors').addColumn('sealed_source', text).execute()
}

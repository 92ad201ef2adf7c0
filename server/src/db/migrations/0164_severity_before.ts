import type { Kysely } from 'kysely'

/** What a vulnerability was called before its score changed: bands differ between versions of CVSS. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('vulnerability_changes').addColumn('old_severity', 'text').execute()
}

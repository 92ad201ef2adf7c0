import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // Imports are staged in advisory_versions.
  await db.schema.dropTable('staged_advisories').execute()
}

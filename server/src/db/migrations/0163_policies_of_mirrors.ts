import type { Kysely } from 'kysely'

/**
 * A policy that says what the filters of a mirror say: whoever edits the mirror is its author. No reference, for
 * the mirror's operation decides what becomes of it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('policies').addColumn('mirror_id', 'text').execute()
  await db.schema.createIndex('policies_of_mirrors').unique().on('policies').column('mirror_id').execute()
}

import type { Kysely } from 'kysely'
import { instant, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // What people say of links between conda names and projects. No import touches it.
  await db.schema
    .createTable('identity_rulings')
    .addColumn('conda_name', text, required)
    .addColumn('identity', text, required) // pypi:requests; empty: no project at all
    .addColumn('ruling', text, required) // linked | refused
    .addColumn('relation', text, required) // is | contains | wraps | none
    .addColumn('reason', text, required)
    .addColumn('actor_id', text, required)
    .addColumn('author', text, required)
    .addColumn('at', instant, required)
    .addPrimaryKeyConstraint('identity_rulings_key', ['conda_name', 'identity'])
    .execute()
  await db.schema
    .createIndex('identity_rulings_by_identity')
    .on('identity_rulings')
    .column('identity')
    .execute()
}

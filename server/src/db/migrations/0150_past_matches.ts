import type { Kysely } from 'kysely'
import { instant, json, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // Rows of vulnerability_matches as they were until something else was known.
  await db.schema
    .createTable('past_matches')
    .addColumn('conda_name', text, required)
    .addColumn('version', text, required)
    .addColumn('vulnerability_id', text, required)
    .addColumn('platforms', text, required)
    .addColumn('verdict', text, required)
    .addColumn('confidence', 'double precision', required)
    .addColumn('why', text, required)
    .addColumn('fixed_in', json, required)
    .addColumn('evidence', json, required)
    .addColumn('matched_at', instant, required)
    .addColumn('ended_at', instant, required)
    .execute()
  await db.schema
    .createIndex('past_matches_of_name')
    .on('past_matches')
    .columns(['conda_name', 'version'])
    .execute()
  await db.schema
    .createIndex('past_matches_of_vulnerability')
    .on('past_matches')
    .column('vulnerability_id')
    .execute()
  await db.schema.createIndex('past_matches_by_end').on('past_matches').column('ended_at').execute()
}

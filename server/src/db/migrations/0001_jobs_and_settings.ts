import { sql, type Kysely } from 'kysely'
import { count, instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('settings')
    .addColumn('name', text, key)
    .addColumn('value', text, required)
    .execute()

  await db.schema
    .createTable('jobs')
    .addColumn('id', text, key)
    .addColumn('kind', text, required)
    .addColumn('payload', json, required)
    .addColumn('state', text, required) // queued | running | done | failed | stopped
    .addColumn('dedupe_key', text) // one queued job per key
    .addColumn('exclusive_key', text) // one running job per key
    .addColumn('actor_id', text)
    .addColumn('run_at', instant, required)
    .addColumn('attempts', count, required)
    .addColumn('owner', text)
    .addColumn('lease_until', instant)
    .addColumn('stop_requested', 'integer', required)
    .addColumn('progress', json)
    .addColumn('result', json)
    .addColumn('error', text)
    .addColumn('created_at', instant, required)
    .addColumn('started_at', instant)
    .addColumn('finished_at', instant)
    .execute()
  await db.schema
    .createIndex('jobs_queued_once')
    .on('jobs')
    .column('dedupe_key')
    .unique()
    .where(sql.ref('state'), '=', 'queued')
    .execute()
  await db.schema
    .createIndex('jobs_running_once')
    .on('jobs')
    .column('exclusive_key')
    .unique()
    .where(sql.ref('state'), '=', 'running')
    .execute()
  await db.schema.createIndex('jobs_due').on('jobs').columns(['state', 'run_at']).execute()
}

import type { Kysely } from 'kysely'
import { count, flag, instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // What was said of a vulnerability in some files, and what became of it. Rows are only ever added.
  await db.schema
    .createTable('curation_events')
    .addColumn('id', text, key)
    .addColumn('curation_id', text, required)
    .addColumn('at', instant, required)
    .addColumn('actor_id', text) // null: time, or the server itself
    .addColumn('kind', text, required) // proposed | took_effect | refused | withdrawn | ended | replaced | expired
    .addColumn('document', json, required)
    .execute()
  await db.schema
    .createIndex('curation_events_by_curation')
    .on('curation_events')
    .column('curation_id')
    .execute()

  // The same folded: one row a curation. It held from effective_at until ended_at or expires_at.
  await db.schema
    .createTable('curations')
    .addColumn('id', text, key)
    .addColumn('vulnerability_id', text, required)
    .addColumn('conda_name', text, required)
    .addColumn('sha256', text) // null: every file of the name
    .addColumn('version', text)
    .addColumn('build', text)
    .addColumn('build_from', count)
    .addColumn('build_to', count)
    .addColumn('subdir', text)
    .addColumn('channel', text)
    .addColumn('status', text, required) // reported | active | mitigated | cleared | disputed
    .addColumn('rank', count, required) // the lowest decides
    .addColumn('source', text, required) // person | feed | builder | vex
    .addColumn('author', text, required)
    .addColumn('reason', text, required)
    .addColumn('justification', text)
    .addColumn('links', json, required)
    .addColumn('origin', text) // the document it was imported from
    .addColumn('needs_second', flag, required)
    .addColumn('state', text, required) // proposed | in_force | refused | withdrawn | ended | replaced | expired
    .addColumn('proposed_by', text)
    .addColumn('proposed_at', instant, required)
    .addColumn('decided_by', text)
    .addColumn('decided_at', instant)
    .addColumn('decision_note', text)
    .addColumn('effective_at', instant)
    .addColumn('expires_at', instant)
    .addColumn('ended_at', instant)
    .execute()
  for (const [name, columns] of [
    ['curations_by_name', ['conda_name', 'vulnerability_id']],
    ['curations_by_vulnerability', ['vulnerability_id', 'conda_name']],
    ['curations_by_state', ['state', 'expires_at']],
    ['curations_by_file', ['sha256']],
  ] as const) {
    await db.schema
      .createIndex(name)
      .on('curations')
      .columns([...columns])
      .execute()
  }
}

import { sql, type Kysely } from 'kysely'
import { count, flag, instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // Where advisories, KEV and EPSS come from, and how the last look there went.
  await db.schema
    .createTable('advisory_sources')
    .addColumn('id', text, key)
    .addColumn('name', text, (column) => column.notNull().unique())
    .addColumn('kind', text, required) // osv | nvd | cve5 | nvd-override | curl | openssl | node | kev | epss
    .addColumn('method', text, required) // file | osv | nvd-api | cve5-deltas
    .addColumn('address', text) // null: only from the watched folder
    .addColumn('file_pattern', text, required) // of names in the watched folder
    .addColumn('licence', text, required)
    .addColumn('is_automatic', flag, required) // applied when nothing is wrong; otherwise held for a person
    .addColumn('is_paused', flag, required)
    .addColumn('refresh_minutes', count, required)
    .addColumn('next_refresh_at', instant)
    .addColumn('attempted_at', instant)
    .addColumn('refreshed_at', instant) // the last time it was known to be current
    .addColumn('data_at', instant) // the newest date its data names
    .addColumn('result', text) // applied | unchanged | held | failed
    .addColumn('message', text)
    .addColumn('failures', count, required) // one after the other, for the back-off
    .addColumn('marker', json, required) // {etag, lastModified, since}
    .addColumn('created_at', instant, required)
    .execute()

  // An import is a snapshot: what it brought stands as long as it is active.
  for (const [column, definition] of [
    ['state', "'active'"], // staging | held | active | rolled_back | discarded
    ['findings', "'[]'"], // why it was held: [{code, message}]
    ['effects', "'{}'"], // how many of each kind in import_effects
    ['marker', "'{}'"], // where its source goes on when it is applied or held
  ] as const) {
    await db.schema
      .alterTable('advisory_imports')
      .addColumn(column, text, (added) => added.notNull().defaultTo(sql.raw(definition)))
      .execute()
  }
  await db.schema.alterTable('advisory_imports').addColumn('source_id', text).execute()
  await db.schema.alterTable('advisory_imports').addColumn('activated_at', instant).execute()
  await db.schema
    .createIndex('advisory_imports_of_source')
    .on('advisory_imports')
    .columns(['source_id', 'state'])
    .execute()

  // What each import said under a key, kept so that taking one back brings the one before. Never changed.
  await db.schema
    .createTable('advisory_versions')
    .addColumn('import_id', text, required)
    .addColumn('key', text, required) // source:id, kev:CVE, epss:CVE
    .addColumn('modified_at', instant)
    .addColumn('content_sha256', text, required)
    .addColumn('document', json) // null: the import says that it is gone
    .addPrimaryKeyConstraint('advisory_versions_key', ['import_id', 'key'])
    .execute()
  await db.schema.createIndex('advisory_versions_by_key').on('advisory_versions').column('key').execute()

  // Records of an import that could not be used.
  await db.schema
    .createTable('import_faults')
    .addColumn('import_id', text, required)
    .addColumn('position', count, required)
    .addColumn('line', count, required)
    .addColumn('reason', text, required) // names the field
    .addColumn('record', text, required) // its beginning
    .addPrimaryKeyConstraint('import_faults_key', ['import_id', 'position'])
    .execute()

  // What an import changes, or would change, of the names and versions that channels hold.
  await db.schema
    .createTable('import_effects')
    .addColumn('import_id', text, required)
    .addColumn('position', count, required)
    .addColumn('conda_name', text, required)
    .addColumn('version', text, required)
    .addColumn('vulnerability_id', text, required)
    .addColumn('change', text, required)
    .addColumn('before', json)
    .addColumn('after', json)
    .addPrimaryKeyConstraint('import_effects_key', ['import_id', 'position'])
    .execute()
  await db.schema
    .createIndex('import_effects_by_name')
    .on('import_effects')
    .columns(['import_id', 'conda_name'])
    .execute()
}

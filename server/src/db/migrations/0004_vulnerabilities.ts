import type { Kysely } from 'kysely'
import { count, flag, instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // What came in: one row for each file of advisories or of a name mapping.
  await db.schema
    .createTable('advisory_imports')
    .addColumn('id', text, key)
    .addColumn('kind', text, required) // advisories | mapping
    .addColumn('source_name', text, required)
    .addColumn('filename', text, required)
    .addColumn('imported_at', instant, required)
    .addColumn('data_at', instant) // the newest modification the data itself names
    .addColumn('records', count, required)
    .addColumn('added', count, required)
    .addColumn('changed', count, required)
    .addColumn('unchanged', count, required)
    .addColumn('skipped', count, required)
    .addColumn('skipped_lines', json, required) // the first of them: [{line, reason}]
    .execute()
  await db.schema
    .createIndex('advisory_imports_by_time')
    .on('advisory_imports')
    .column('imported_at')
    .execute()

  // Advisories of a running import, put aside until all of its file is read.
  await db.schema
    .createTable('staged_advisories')
    .addColumn('import_id', text, required)
    .addColumn('position', count, required)
    .addColumn('document', json, required)
    .addPrimaryKeyConstraint('staged_advisories_key', ['import_id', 'position'])
    .execute()

  await db.schema
    .createTable('advisories')
    .addColumn('key', text, key) // source:id
    .addColumn('source', text, required)
    .addColumn('id', text, required)
    .addColumn('vulnerability_id', text, required)
    .addColumn('state', text, required) // active | withdrawn | rejected
    .addColumn('modified_at', instant)
    .addColumn('imported_at', instant, required)
    .addColumn('import_id', text, required)
    .addColumn('content_sha256', text, required)
    .addColumn('document', json, required) // all but the affected entries
    .execute()
  await db.schema
    .createIndex('advisories_of_vulnerability')
    .on('advisories')
    .column('vulnerability_id')
    .execute()

  await db.schema
    .createTable('advisory_names')
    .addColumn('advisory_key', text, required)
    .addColumn('name', text, required)
    .addPrimaryKeyConstraint('advisory_names_key', ['advisory_key', 'name'])
    .execute()
  await db.schema.createIndex('advisory_names_by_name').on('advisory_names').column('name').execute()

  await db.schema
    .createTable('advisory_affected')
    .addColumn('advisory_key', text, required)
    .addColumn('position', count, required)
    .addColumn('identity', text, required) // pypi:urllib3
    .addColumn('entry', json, required)
    .addPrimaryKeyConstraint('advisory_affected_key', ['advisory_key', 'position'])
    .execute()
  await db.schema
    .createIndex('advisory_affected_by_identity')
    .on('advisory_affected')
    .column('identity')
    .execute()

  await db.schema
    .createTable('vulnerabilities')
    .addColumn('id', text, key)
    .addColumn('summary', text, required)
    .addColumn('aliases', json, required)
    .addColumn('sources', json, required) // sources of its active advisories
    .addColumn('published_at', instant)
    .addColumn('modified_at', instant)
    .addColumn('is_disputed', flag, required)
    .addColumn('score', 'double precision') // null: unscored
    .addColumn('severity', text, required)
    .addColumn('maximum_score', 'double precision')
    .addColumn('scores', json, required) // {preferred, maximum}
    .execute()
  await db.schema.createIndex('vulnerabilities_by_score').on('vulnerabilities').column('score').execute()

  // What imported mappings say; curated links and name rules are code.
  await db.schema
    .createTable('identity_links')
    .addColumn('source', text, required)
    .addColumn('conda_name', text, required)
    .addColumn('identity', text, required) // empty for the relation none
    .addColumn('relation', text, required) // is | contains | none
    .addPrimaryKeyConstraint('identity_links_key', ['conda_name', 'source', 'identity'])
    .execute()
  await db.schema.createIndex('identity_links_by_identity').on('identity_links').column('identity').execute()

  // For lists only: decisions evaluate afresh.
  await db.schema
    .createTable('vulnerability_matches')
    .addColumn('conda_name', text, required)
    .addColumn('version', text, required)
    .addColumn('vulnerability_id', text, required)
    .addColumn('platforms', text, required) // empty for all
    .addColumn('verdict', text, required) // affected | indeterminate
    .addColumn('confidence', 'double precision', required)
    .addColumn('why', text, required)
    .addColumn('fixed_in', json, required)
    .addColumn('evidence', json, required)
    .addColumn('matched_at', instant, required)
    .addPrimaryKeyConstraint('vulnerability_matches_key', [
      'conda_name',
      'version',
      'vulnerability_id',
      'platforms',
    ])
    .execute()
  await db.schema
    .createIndex('vulnerability_matches_by_vulnerability')
    .on('vulnerability_matches')
    .column('vulnerability_id')
    .execute()
}

import type { Kysely } from 'kysely'
import { instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('policies')
    .addColumn('id', text, key)
    .addColumn('name', text, (column) => column.notNull().unique())
    .addColumn('version', 'integer', required)
    .addColumn('document', text, required) // as its author wrote it, comments and all
    .addColumn('created_at', instant, required)
    .addColumn('updated_at', instant, required)
    .execute()

  await db.schema
    .createTable('policy_versions')
    .addColumn('policy_id', text, (column) => column.notNull().references('policies.id').onDelete('cascade'))
    .addColumn('version', 'integer', required)
    .addColumn('document', text, required)
    .addColumn('actor_id', text)
    .addColumn('created_at', instant, required)
    .addPrimaryKeyConstraint('policy_versions_key', ['policy_id', 'version'])
    .execute()

  await db.schema
    .createTable('channel_policies')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('policy_id', text, (column) => column.notNull().references('policies.id'))
    .addPrimaryKeyConstraint('channel_policies_key', ['channel_id', 'policy_id'])
    .execute()

  await db.schema
    .createTable('mirrors')
    .addColumn('id', text, key)
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('name', text, required)
    .addColumn('source_root', text, required)
    .addColumn('filters', json, required)
    .addColumn('state', text, required) // pending | running | completed | failed | stopped
    .addColumn('cause', text)
    .addColumn('last_job_id', text)
    .addColumn('last_run_at', instant)
    .addColumn('created_at', instant, required)
    .addColumn('updated_at', instant, required)
    .execute()
  await db.schema
    .createIndex('mirrors_by_name')
    .on('mirrors')
    .columns(['channel_id', 'name'])
    .unique()
    .execute()

  // Records of the upstream that the last run could not or would not take, and why.
  await db.schema
    .createTable('mirror_rejections')
    .addColumn('mirror_id', text, (column) => column.notNull().references('mirrors.id').onDelete('cascade'))
    .addColumn('subdir', text, required)
    .addColumn('filename', text, required)
    .addColumn('code', text, required)
    .addColumn('message', text, required)
    .addColumn('at', instant, required)
    .addPrimaryKeyConstraint('mirror_rejections_key', ['mirror_id', 'subdir', 'filename'])
    .execute()
}

import { sql, type Kysely } from 'kysely'
import { count, instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // Where a policy holds. `target` is the id that `scope` speaks of, '' for the organisation; the two
  // references beside it are there so that an assignment goes with its channel or its mirror.
  await db.schema
    .createTable('policy_assignments')
    .addColumn('id', text, key)
    .addColumn('policy_id', text, (column) => column.notNull().references('policies.id'))
    .addColumn('scope', text, required) // organisation | channel | mirror
    .addColumn('target', text, required)
    .addColumn('channel_id', text, (column) => column.references('channels.id').onDelete('cascade'))
    .addColumn('mirror_id', text, (column) => column.references('mirrors.id').onDelete('cascade'))
    .addColumn('mode', text, required) // enforce | audit
    .addColumn('created_at', instant, required)
    .execute()
  await db.schema
    .createIndex('policy_assignments_by_target')
    .on('policy_assignments')
    .columns(['scope', 'target', 'policy_id'])
    .unique()
    .execute()
  await db.schema
    .createIndex('policy_assignments_by_channel')
    .on('policy_assignments')
    .column('channel_id')
    .execute()
  await sql`
    insert into ${sql.table('policy_assignments')} (id, policy_id, scope, target, channel_id, mode, created_at)
    select 'channel-' || channel_policies.channel_id || '-' || channel_policies.policy_id,
      channel_policies.policy_id, 'channel', channel_policies.channel_id, channel_policies.channel_id,
      'enforce', policies.updated_at
    from channel_policies inner join policies on policies.id = channel_policies.policy_id`.execute(db)
  await db.schema.dropTable('channel_policies').execute()

  await db.schema.alterTable('policy_versions').addColumn('reason', text).execute()

  // When time alone changes the decision of a file next.
  await db.schema.alterTable('channel_files').addColumn('next_change_at', instant).execute()
  await db.schema
    .createIndex('channel_files_by_next_change')
    .on('channel_files')
    .column('next_change_at')
    .execute()

  // Every change of what is decided of a file, with the revision whose causes say why.
  await db.schema
    .createTable('decision_changes')
    .addColumn('id', text, key)
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('subdir', text, required)
    .addColumn('filename', text, required)
    .addColumn('at', instant, required)
    .addColumn('revision', count, required)
    .addColumn('before', text) // null for a file that is new
    .addColumn('after', text, required)
    .addColumn('causes', json, required)
    .addColumn('decision', json) // null for a plain allow
    .execute()
  await db.schema
    .createIndex('decision_changes_by_file')
    .on('decision_changes')
    .columns(['channel_id', 'subdir', 'filename', 'id'])
    .execute()
}

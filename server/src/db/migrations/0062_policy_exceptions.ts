import type { Kysely } from 'kysely'
import { flag, instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // Asked for, granted or refused, and ended, each by whom and why. What it is for: files, a match spec or
  // all; what it lifts: rules, each as a whole or for some CVEs.
  await db.schema
    .createTable('policy_exceptions')
    .addColumn('id', text, key)
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('kind', text, required) // exception | release
    .addColumn('state', text, required) // requested | approved | refused | withdrawn | revoked | expired | fixed
    .addColumn('files', json) // subdir/filename; null for every file
    .addColumn('package', text)
    .addColumn('lifts', json, required)
    .addColumn('reason', text, required)
    .addColumn('control', text) // what is done instead
    .addColumn('until_fixed', flag, required)
    .addColumn('expires_at', instant)
    .addColumn('requested_by', text, required)
    .addColumn('requested_at', instant, required)
    .addColumn('decided_by', text)
    .addColumn('decided_at', instant)
    .addColumn('decision_note', text)
    .addColumn('ended_at', instant)
    .addColumn('end_cause', text)
    .addColumn('reminded_at', instant)
    .execute()
  await db.schema
    .createIndex('policy_exceptions_by_channel')
    .on('policy_exceptions')
    .columns(['channel_id', 'state'])
    .execute()
  await db.schema
    .createIndex('policy_exceptions_by_end')
    .on('policy_exceptions')
    .columns(['state', 'expires_at'])
    .execute()
}

/** Each audit event holds the hash of the one before it. Events from before this stay outside the chain. */
import { sql, type Kysely } from 'kysely'
import { instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  const events = db.schema.alterTable('audit_events')
  await events.addColumn('seq', 'bigint').execute() // 1, 2, 3 …; null for events from before the chain
  await events.addColumn('actor_name', text).execute()
  await events.addColumn('credential_id', text).execute()
  await events.addColumn('address', text).execute()
  await events.addColumn('request_id', text).execute()
  await events.addColumn('before', json).execute()
  await events.addColumn('after', json).execute()
  await events.addColumn('hash', text).execute()
  await db.schema.createIndex('audit_by_seq').on('audit_events').column('seq').unique().execute()
  await db.schema.createIndex('audit_by_target').on('audit_events').columns(['target', 'at']).execute()
  await db.schema.createIndex('audit_by_actor').on('audit_events').columns(['actor_id', 'at']).execute()

  await db.schema
    .createTable('audit_head')
    .addColumn('id', text, key)
    .addColumn('seq', 'bigint', required)
    .addColumn('hash', text, required)
    .addColumn('exported_seq', 'bigint', required) // by the scheduled export
    .addColumn('streamed_seq', 'bigint', required)
    .addColumn('updated_at', instant)
    .execute()
  await sql`insert into audit_head (id, seq, hash, exported_seq, streamed_seq)
    values ('head', 0, ${'0'.repeat(64)}, 0, 0)`.execute(db)
}

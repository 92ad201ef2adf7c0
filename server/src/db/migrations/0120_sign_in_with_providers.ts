/** What is kept of a session that an identity provider vouches for, and tokens of others that were used up. */
import type { Kysely } from 'kysely'
import { count, instant, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('provider_sessions')
    .addColumn('session_id', text, (column) =>
      column.primaryKey().notNull().references('sessions.id').onDelete('cascade'),
    )
    .addColumn('issuer', text, required)
    .addColumn('subject', text, required)
    .addColumn('refresh_token', text) // sealed, or null: the provider gave none
    .addColumn('id_token', text) // sealed; it names the session to the provider when somebody signs out
    .addColumn('check_at', instant, required) // when the provider is asked again
    .addColumn('failures', count, required) // how often in a row it could not be
    .execute()
  await db.schema
    .createIndex('provider_sessions_to_check')
    .on('provider_sessions')
    .column('check_at')
    .execute()
  await db.schema
    .createIndex('provider_sessions_of_subject')
    .on('provider_sessions')
    .columns(['issuer', 'subject'])
    .execute()
  await db.schema
    .createTable('used_assertions')
    .addColumn('digest', text, key) // sha256 of a token that somebody else signed, good once
    .addColumn('expires_at', instant, required)
    .execute()
  await db.schema.createIndex('used_assertions_by_end').on('used_assertions').column('expires_at').execute()
  // when the provider last said who it is and what they hold
  await db.schema.alterTable('user_identities').addColumn('confirmed_at', instant).execute()
  await db.schema
    .createIndex('identities_by_confirmation')
    .on('user_identities')
    .column('confirmed_at')
    .execute()
}

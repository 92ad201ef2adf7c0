import type { Kysely } from 'kysely'

/** What an issuer gives to an account is kept by issuer: of two identities there, each would take what the other gave. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('identity_of_user_by_issuer')
    .unique()
    .on('user_identities')
    .columns(['user_id', 'issuer'])
    .execute()
}

/**
 * Who may do what: roles, groups, shares of channels, service accounts, sessions, identities of others.
 * What `users.is_admin` said is a grant of the role `admin` from here on; the column stays for the release
 * before this one and is read no more.
 */
import { sql, type Kysely } from 'kysely'
import { flag, instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await extendUsers(db)
  await extendTokens(db)
  await makeGroups(db)
  await makeRoles(db)
  await makeShares(db)
  await makeSessions(db)
  await db.schema
    .createTable('access_epoch')
    .addColumn('id', text, key)
    .addColumn('value', 'bigint', required)
    .execute()
  await sql`insert into access_epoch (id, value) values ('access', 1)`.execute(db)
}

async function extendUsers(db: Kysely<unknown>): Promise<void> {
  const users = db.schema.alterTable('users')
  await users.addColumn('kind', text, (column) => column.notNull().defaultTo('person')).execute() // person | service
  await users.addColumn('display_name', text, (column) => column.notNull().defaultTo('')).execute()
  await users.addColumn('email', text).execute()
  await users.addColumn('channel_id', text).execute() // a service account's, when it belongs to one
  await users.addColumn('last_login_at', instant).execute()
  await users.addColumn('failed_logins', 'integer', (column) => column.notNull().defaultTo(0)).execute()
  await users.addColumn('locked_until', instant).execute()
  await db.schema.createIndex('users_of_channel').on('users').column('channel_id').execute()
  // whom an identity provider knows under (issuer, subject): never by name or address, which can be given away
  await db.schema
    .createTable('user_identities')
    .addColumn('issuer', text, required)
    .addColumn('subject', text, required)
    .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('created_at', instant, required)
    .addColumn('last_login_at', instant)
    .addPrimaryKeyConstraint('user_identities_key', ['issuer', 'subject'])
    .execute()
  await db.schema.createIndex('identities_of_user').on('user_identities').column('user_id').execute()
}

async function extendTokens(db: Kysely<unknown>): Promise<void> {
  const tokens = db.schema.alterTable('tokens')
  await tokens.addColumn('scopes', json).execute() // a list, or null: all that its owner may
  await tokens.addColumn('resources', json).execute() // a list, or null
  await tokens.addColumn('metadata', json, (column) => column.notNull().defaultTo('{}')).execute()
  await tokens.addColumn('created_by', text).execute()
  await tokens.addColumn('last_used_at', instant).execute()
  await tokens.addColumn('last_used_address', text).execute()
}

async function makeGroups(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('groups')
    .addColumn('id', text, key)
    .addColumn('name', text, (column) => column.notNull().unique())
    .addColumn('description', text, required)
    .addColumn('is_remote', flag, required) // comes from a directory
    .addColumn('created_at', instant, required)
    .addColumn('updated_at', instant, required)
    .execute()
  await db.schema
    .createTable('group_members')
    .addColumn('group_id', text, (column) => column.notNull().references('groups.id').onDelete('cascade'))
    .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('permission', text, required) // read | manage: may see the group, or change it
    .addColumn('source', text, required) // local, or the issuer whose claim says so
    .addColumn('created_at', instant, required)
    .addPrimaryKeyConstraint('group_members_key', ['group_id', 'user_id', 'source'])
    .execute()
  await db.schema.createIndex('groups_of_user').on('group_members').column('user_id').execute()
}

async function makeRoles(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('roles')
    .addColumn('id', text, key)
    .addColumn('name', text, (column) => column.notNull().unique())
    .addColumn('description', text, required)
    .addColumn('is_built_in', flag, required)
    .addColumn('reach', text, required) // own: the channels one has access to | all: every channel, the whole server
    .addColumn('given_to', text, required) // everyone | accounts | granted
    .addColumn('permissions', json) // null: the matrix in the code, which grows with the product
    .addColumn('created_at', instant, required)
    .addColumn('updated_at', instant, required)
    .execute()
  await db.schema
    .createTable('role_grants')
    .addColumn('role_id', text, (column) => column.notNull().references('roles.id').onDelete('cascade'))
    .addColumn('subject_kind', text, required) // user | group
    .addColumn('subject_id', text, required)
    .addColumn('source', text, required) // local, or the issuer whose claim says so
    .addColumn('created_at', instant, required)
    .addPrimaryKeyConstraint('role_grants_key', ['role_id', 'subject_kind', 'subject_id', 'source'])
    .execute()
  await db.schema
    .createIndex('role_grants_of_subject')
    .on('role_grants')
    .columns(['subject_kind', 'subject_id'])
    .execute()
  await insertBuiltInRoles(db)
  await sql`insert into role_grants (role_id, subject_kind, subject_id, source, created_at)
    select 'admin', 'user', id, 'local', created_at from users where is_admin = 1`.execute(db)
}

async function makeShares(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('channel_shares')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('subject_kind', text, required) // user | group
    .addColumn('subject_id', text, required)
    .addColumn('permission', text, required) // read | write | manage
    .addColumn('name_patterns', json) // package names that may be written, or null: all
    .addColumn('created_at', instant, required)
    .addColumn('updated_at', instant, required)
    .addPrimaryKeyConstraint('channel_shares_key', ['channel_id', 'subject_kind', 'subject_id'])
    .execute()
  await db.schema
    .createIndex('shares_of_subject')
    .on('channel_shares')
    .columns(['subject_kind', 'subject_id'])
    .execute()
}

async function makeSessions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id', text, key)
    .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('secret_sha256', text, (column) => column.notNull().unique())
    .addColumn('method', text, required) // password, or the issuer that vouches
    .addColumn('created_at', instant, required)
    .addColumn('last_seen_at', instant, required)
    .addColumn('expires_at', instant, required) // whatever happens
    .addColumn('address', text)
    .addColumn('user_agent', text)
    .addColumn('provider_session', text) // the `sid` of the issuer, for its back-channel logout
    .execute()
  await db.schema.createIndex('sessions_of_user').on('sessions').column('user_id').execute()
}

/** As they were when this migration was written; later ones change what must change. */
async function insertBuiltInRoles(db: Kysely<unknown>): Promise<void> {
  const names = [
    ['everyone', 'own', 'everyone'],
    ['author', 'own', 'accounts'],
    ['curator', 'all', 'granted'],
    ['approver', 'all', 'granted'],
    ['auditor', 'all', 'granted'],
    ['admin', 'all', 'granted'],
  ] as const
  for (const [name, reach, givenTo] of names) {
    await sql`insert into roles (id, name, description, is_built_in, reach, given_to, permissions, created_at, updated_at)
      values (${name}, ${name}, '', 1, ${reach}, ${givenTo}, null, 0, 0)`.execute(db)
  }
}

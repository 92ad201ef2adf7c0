/**
 * A member of a virtual channel may be deleted or closed, and its place stays: what a lost one had, nobody else gets.
 * So `member_id` names a channel that may be gone.
 */
import { sql, type Kysely } from 'kysely'
import { count, flag, instant, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex('virtual_members_by_member').execute()
  await db.schema.alterTable('virtual_pins').renameTo('old_virtual_pins').execute()
  await db.schema.alterTable('virtual_members').renameTo('old_virtual_members').execute()

  await db.schema
    .createTable('virtual_members')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('member_id', text, required)
    .addColumn('position', count, required)
    .addColumn('before_public', flag, required) // it was not public at some time here: asked before those that always were
    .addColumn('allowed', flag, required) // somebody who may share it had it shown here also while it is not public
    .addColumn('lost', text) // closed | deleted
    .addColumn('lost_at', instant)
    .addColumn('lost_name', text) // what a deleted one was called
    .addPrimaryKeyConstraint('members_of_virtual_channels', ['channel_id', 'member_id'])
    .execute()
  await db.schema.createIndex('virtual_members_by_member').on('virtual_members').column('member_id').execute()

  await db.schema
    .createTable('virtual_pins')
    .addColumn('channel_id', text, required)
    .addColumn('name', text, required)
    .addColumn('member_id', text, required)
    .addColumn('created_at', instant, required)
    .addPrimaryKeyConstraint('pins_of_virtual_channels', ['channel_id', 'name'])
    .addForeignKeyConstraint(
      'pins_of_virtual_members',
      ['channel_id', 'member_id'],
      'virtual_members',
      ['channel_id', 'member_id'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute()

  // Names that a lost member had when it was lost.
  await db.schema
    .createTable('lost_names')
    .addColumn('channel_id', text, required)
    .addColumn('member_id', text, required)
    .addColumn('name', text, required)
    .addPrimaryKeyConstraint('lost_names_key', ['channel_id', 'member_id', 'name'])
    .addForeignKeyConstraint(
      'lost_names_of_member',
      ['channel_id', 'member_id'],
      'virtual_members',
      ['channel_id', 'member_id'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute()
  await db.schema.createIndex('lost_names_by_name').on('lost_names').columns(['channel_id', 'name']).execute()

  // who put a member there that is not public had the right to share it
  await sql`
    insert into virtual_members (channel_id, member_id, position, before_public, allowed)
    select old.channel_id, old.member_id, old.position,
      case when member.privacy = 'public' then 0 else 1 end,
      case when member.privacy = 'public' and member.owner_id <> virtual.owner_id then 0 else 1 end
    from old_virtual_members old
    join channels member on member.id = old.member_id
    join channels virtual on virtual.id = old.channel_id`.execute(db)
  await sql`
    insert into virtual_pins (channel_id, name, member_id, created_at)
    select channel_id, name, member_id, created_at from old_virtual_pins`.execute(db)
  await db.schema.dropTable('old_virtual_pins').execute()
  await db.schema.dropTable('old_virtual_members').execute()
}

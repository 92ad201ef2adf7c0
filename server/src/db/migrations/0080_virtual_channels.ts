import type { Kysely } from 'kysely'
import { count, instant, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('channels')
    .addColumn('kind', text, (column) => column.notNull().defaultTo('default')) // default | virtual
    .execute()

  // Channels whose contents a virtual channel shows, in the order in which they are asked for a name.
  await db.schema
    .createTable('virtual_members')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('member_id', text, (column) => column.notNull().references('channels.id'))
    .addColumn('position', count, required)
    .addPrimaryKeyConstraint('virtual_members_key', ['channel_id', 'member_id'])
    .execute()
  await db.schema.createIndex('virtual_members_by_member').on('virtual_members').column('member_id').execute()

  // A name, or a pattern of names, that comes from one member whatever the order says.
  await db.schema
    .createTable('virtual_pins')
    .addColumn('channel_id', text, required)
    .addColumn('name', text, required)
    .addColumn('member_id', text, required)
    .addColumn('created_at', instant, required)
    .addPrimaryKeyConstraint('virtual_pins_key', ['channel_id', 'name'])
    .addForeignKeyConstraint(
      'virtual_pins_member',
      ['channel_id', 'member_id'],
      'virtual_members',
      ['channel_id', 'member_id'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute()
}

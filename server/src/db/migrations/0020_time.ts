import { sql, type Kysely } from 'kysely'
import { count, flag, instant, json, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  // A frozen channel serves a revision that is not the newest: the line goes on behind what is served.
  await db.schema
    .alterTable('channels')
    .addColumn('newest_revision', count, (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema
    .alterTable('channels')
    .addColumn('frozen', flag, (column) => column.notNull().defaultTo(0))
    .execute()
  await sql`update channels set newest_revision = revision`.execute(db)

  // Which revision was served since when: what `channel@<instant>` asks. Kept also of revisions that are gone.
  await db.schema
    .createTable('serving_periods')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('sequence', count, required) // counts up; instants may be the same
    .addColumn('number', count, required)
    .addColumn('since', instant, required)
    .addPrimaryKeyConstraint('serving_periods_key', ['channel_id', 'sequence'])
    .execute()
  await db.schema
    .createIndex('serving_periods_by_time')
    .on('serving_periods')
    .columns(['channel_id', 'since'])
    .execute()
  await db.schema
    .createIndex('serving_periods_by_number')
    .on('serving_periods')
    .columns(['channel_id', 'number'])
    .execute()
  await sql`
    insert into serving_periods (channel_id, sequence, number, since)
    select channel_id, number, number, created_at from revisions`.execute(db)

  // The names a revision changed, each with what made it do so.
  await db.schema
    .createTable('revision_names')
    .addColumn('channel_id', text, required)
    .addColumn('number', count, required)
    .addColumn('name', text, required)
    .addColumn('cause', json, required)
    .addPrimaryKeyConstraint('revision_names_key', ['channel_id', 'number', 'name'])
    .addForeignKeyConstraint(
      'revision_names_revision',
      ['channel_id', 'number'],
      'revisions',
      ['channel_id', 'number'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute()
  await db.schema
    .createIndex('revision_names_by_name')
    .on('revision_names')
    .columns(['channel_id', 'name'])
    .execute()
}

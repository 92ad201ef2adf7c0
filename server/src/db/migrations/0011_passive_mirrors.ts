import type { Kysely } from 'kysely'
import { flag, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('mirrors')
    .addColumn('mode', text, (column) => column.notNull().defaultTo('active')) // active | passive
    .execute()

  // 1: an index of an upstream has spoken of these bytes, and nobody has fetched them.
  await db.schema
    .alterTable('artifacts')
    .addColumn('announced', flag, (column) => column.notNull().defaultTo(0))
    .execute()
}

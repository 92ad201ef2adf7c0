/**
 * Makes `schema.gen.ts` from what the migrations make: one interface for each table, so that queries are
 * typed by the schema itself and nobody keeps two lists in step. Run by `npm run generate`.
 */
import { Kysely, sql } from 'kysely'
import { sqliteDialect } from '../platform/database/sqlite.ts'
import { migrate } from '../platform/database/migrate.ts'
import { migrations } from './migrations.ts'

interface Column {
  readonly table: string
  readonly name: string
  readonly type: string
  readonly required: number
}

/** The text of `schema.gen.ts` for a fresh database. */
export async function describeSchema(): Promise<string> {
  const db = new Kysely<unknown>({ dialect: sqliteDialect(':memory:') })
  try {
    await migrate(db, migrations)
    const { rows } = await sql<Column>`
      select m.name as "table", c.name as name, lower(c.type) as type, c."notnull" as required
      from sqlite_master m join pragma_table_info(m.name) c
      where m.type = 'table' and m.name not like 'sqlite_%' and m.name not like 'kysely_%'
      order by m.name, c.cid`.execute(db)
    return render(rows)
  } finally {
    await db.destroy()
  }
}

function render(columns: readonly Column[]): string {
  const tables = Map.groupBy(columns, (column) => column.table)
  const interfaces = [...tables].map(([table, own]) => {
    const lines = own.map((column) => `    ${column.name}: ${columnType(column)}`)
    return `  ${table}: {\n${lines.join('\n')}\n  }`
  })
  return [
    '/** Made by `npm run generate` from the migrations. Do not edit. */',
    'export interface DatabaseSchema {',
    ...interfaces,
    '}',
    '',
  ].join('\n')
}

function columnType(column: Column): string {
  const type = column.type === 'text' ? 'string' : column.type === 'blob' ? 'Uint8Array' : 'number'
  return column.required ? type : `${type} | null`
}

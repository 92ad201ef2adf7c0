/**
 * Rows that refer to rows which are gone, on SQLite, which can be damaged so: taken out, as the schema says they would
 * have gone with what they belong to, and kept as lines of JSON in `quarantine/` for whoever brings that back. The doctor
 * does it for every table alike, so that it needs no list of them.
 */
import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { engineOf, type Db } from '../../platform/database/db.ts'
import { QUARANTINE } from './quarantine.ts'

interface Orphan {
  readonly rowid: number | null
  readonly parent: string
}

export interface Orphans {
  /** Where those are that were taken out, from the data folder on. */
  readonly path: string
  readonly count: number
  /** Of channels that are known to be lost: too much to go with one row. */
  readonly left: number
}

export async function quarantineOrphans(
  { db, dataFolder }: { readonly db: Db; readonly dataFolder: string },
  table: string,
  options: { readonly keepOfChannels: boolean },
): Promise<Orphans> {
  const path = join(QUARANTINE, `rows-of-${table}.jsonl`)
  if (engineOf(db) === 'postgres') return { path, count: 0, left: 0 } // there are none
  const { rows } = await sql<Orphan>`
    select rowid, parent from pragma_foreign_key_check(${table})`.execute(db)
  const kept = new Set(
    rows.flatMap(({ rowid, parent }) =>
      options.keepOfChannels && parent === 'channels' && rowid !== null ? [rowid] : [],
    ),
  )
  const ids = [...new Set(rows.flatMap(({ rowid }) => rowid ?? []))].filter((id) => !kept.has(id))
  if (ids.length === 0) return { path, count: 0, left: kept.size }
  await mkdir(join(dataFolder, QUARANTINE), { recursive: true })
  for (const id of ids) {
    const found = await sql<object>`select * from ${sql.table(table)} where rowid = ${id}`.execute(db)
    for (const row of found.rows) await appendFile(join(dataFolder, path), `${JSON.stringify(row)}\n`)
    await sql`delete from ${sql.table(table)} where rowid = ${id}`.execute(db)
  }
  return { path, count: ids.length, left: kept.size }
}

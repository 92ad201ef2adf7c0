import { sql, type Kysely } from 'kysely'
import { flag } from '../columns.ts'

const PAGE = 500

/** What policies ask of the inside of a package, beside the inspection that is too long to read for each. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['link_scripts', 'executables_in_noarch']) {
    await db.schema
      .alterTable('artifacts')
      .addColumn(column, flag, (definition) => definition.notNull().defaultTo(0))
      .execute()
  }
  let after = ''
  for (;;) {
    const { rows } = await sql<{ sha256: string; inspection: string }>`
      select sha256, inspection from artifacts where sha256 > ${after} order by sha256 limit ${PAGE}`.execute(
      db,
    )
    for (const { sha256, inspection } of rows) {
      const found = JSON.parse(inspection) as { linkScripts?: unknown[]; executablesInNoarch?: unknown[] } // recordArtifacts wrote it
      const linkScripts = (found.linkScripts?.length ?? 0) > 0
      const executables = (found.executablesInNoarch?.length ?? 0) > 0
      if (!linkScripts && !executables) continue
      await sql`
        update ${sql.table('artifacts')} set link_scripts = ${linkScripts ? 1 : 0}, executables_in_noarch = ${executables ? 1 : 0}
        where sha256 = ${sha256}`.execute(db)
    }
    const last = rows.at(-1)
    if (!last) return
    after = last.sha256
  }
}

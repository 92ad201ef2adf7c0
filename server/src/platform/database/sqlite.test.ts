import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import { sqliteDialect } from './sqlite.ts'

test('a transaction that finds the disk full says so, leaves nothing, and the next one works', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'terrarium-full-'))
  const db = new Kysely<{ things: { bytes: string } }>({ dialect: sqliteDialect(join(folder, 'full.db')) })
  try {
    await sql`create table things (bytes text not null)`.execute(db)
    await sql`pragma max_page_count = 20`.execute(db)

    const tooMuch = db.transaction().execute(async (tx) => {
      await tx.insertInto('things').values({ bytes: 'small' }).execute()
      await tx
        .insertInto('things')
        .values({ bytes: 'x'.repeat(1_000_000) })
        .execute()
    })

    await expect(tooMuch).rejects.toThrow('database or disk is full')
    expect(await db.selectFrom('things').selectAll().execute()).toEqual([])
    await sql`pragma max_page_count = 1000`.execute(db)
    await db.transaction().execute((tx) => tx.insertInto('things').values({ bytes: 'small' }).execute())
    expect(await db.selectFrom('things').selectAll().execute()).toEqual([{ bytes: 'small' }])
  } finally {
    await db.destroy()
    await rm(folder, { recursive: true })
  }
})

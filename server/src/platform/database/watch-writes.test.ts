import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrations } from '../../db/migrations.ts'
import { dropTestDatabase, testDatabaseFor } from '../../testing/test-database.ts'
import { Secret } from '../secret.ts'
import { openDatabase, type Db } from './db.ts'
import { migrate } from './migrate.ts'
import { WriteWatch } from './watch-writes.ts'

let folder: string
let db: Db
let watch: WriteWatch
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'terrarium-watch-'))
  watch = new WriteWatch(['jobs'])
  const { database } = await testDatabaseFor(folder)
  const place = {
    data: folder,
    database: database === undefined ? undefined : new Secret(database),
    database_connections: 3,
  }
  db = await openDatabase(place, { writes: watch })
  await migrate(db, migrations)
})
afterEach(async () => {
  await db.destroy()
  await dropTestDatabase(folder)
  rmSync(folder, { recursive: true })
})

/** By how much the version moved. */
async function moves(work: () => Promise<unknown>): Promise<boolean> {
  const before = watch.version
  await work()
  return watch.version !== before
}

const put = (target: Db, name: string): Promise<unknown> =>
  target.insertInto('settings').values({ name, value: '' }).execute()

test('every write counts, however it is spelled', async () => {
  expect(await moves(() => put(db, 'a'))).toBe(true)
  expect(await moves(() => db.updateTable('settings').set({ value: 'x' }).execute())).toBe(true)
  expect(await moves(() => sql`update settings set value = 'y'`.execute(db))).toBe(true)
  expect(await moves(() => db.deleteFrom('settings').execute())).toBe(true)
})

test('reading does not, nor do the tables nothing is remembered of', async () => {
  expect(await moves(() => db.selectFrom('settings').selectAll().execute())).toBe(false)
  expect(await moves(() => sql`select 1`.execute(db))).toBe(false)
  expect(await moves(() => db.deleteFrom('jobs').execute())).toBe(false)
})

test('a transaction counts when it is committed, not before, and not when it is undone', async () => {
  const seen: boolean[] = []
  const committed = await moves(() =>
    db.transaction().execute(async (tx) => {
      seen.push(await moves(() => put(tx, 'a')))
    }),
  )
  const undone = await moves(async () => {
    const failing = db.transaction().execute(async (tx) => {
      await put(tx, 'b')
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
  })
  const silent = await moves(() =>
    db.transaction().execute(async (tx) => {
      await tx.deleteFrom('jobs').execute()
      await tx.selectFrom('settings').selectAll().execute()
    }),
  )

  expect({ seen, committed, undone, silent }).toEqual({
    seen: [false],
    committed: true,
    undone: false,
    silent: false,
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Kysely, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sqliteDialect } from './sqlite.ts'

let folder: string
let db: Kysely<{ things: { name: string } }>
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'terrarium-driver-'))
  db = new Kysely({ dialect: sqliteDialect(join(folder, 'things.db')) })
  await sql`create table things (name text primary key)`.execute(db)
})
afterEach(async () => {
  await db.destroy()
  rmSync(folder, { recursive: true })
})

const put = (target: typeof db, name: string): Promise<unknown> =>
  target.insertInto('things').values({ name }).execute()

async function names(target = db): Promise<string[]> {
  const rows = await target.selectFrom('things').select('name').orderBy('name').execute()
  return rows.map(({ name }) => name)
}

describe('while a transaction is under way', () => {
  test('others read what was committed before, however they ask, and it reads its own', async () => {
    await put(db, 'before')
    await db.transaction().execute(async (tx) => {
      await put(tx, 'meanwhile')
      expect(await names()).toEqual(['before'])
      expect((await sql`select name from things`.execute(db)).rows).toEqual([{ name: 'before' }])
      expect(await names(tx)).toEqual(['before', 'meanwhile'])
    })
    expect(await names()).toEqual(['before', 'meanwhile'])
  })

  test('writes and other transactions wait for their turn, and none is lost when one of them fails', async () => {
    const order: string[] = []
    const write = (name: string, work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => order.push(name),
        () => order.push(`${name} failed`),
      )
    let waiting: Promise<unknown>[] = []
    await db.transaction().execute(async (tx) => {
      await put(tx, 'a')
      waiting = [
        write('single', put(db, 'b')),
        write('double', put(db, 'a')),
        write(
          'undone',
          db.transaction().execute(async (other) => {
            await put(other, 'c')
            throw new Error('undone')
          }),
        ),
        write(
          'second',
          db.transaction().execute(async (other) => {
            await put(other, 'd')
            await nextTurn()
            order.push('second goes on')
          }),
        ),
        write('last', put(db, 'e')),
      ]
      await nextTurn()
      expect(order).toEqual([])
    })
    await Promise.all(waiting)
    const all = ['single', 'double failed', 'undone failed', 'second goes on', 'second', 'last']
    expect(order.toSorted()).toEqual(all.toSorted()) // each is told in a turn of its own
    expect(await names()).toEqual(['a', 'b', 'd', 'e'])
  })

  test('the event loop turns, however much it asks without a pause', async () => {
    let turns = 0
    let isOver = false
    const turning = (async () => {
      while (!isOver) {
        await nextTurn()
        turns += 1
      }
    })()
    await db.transaction().execute(async (tx) => {
      const end = performance.now() + 300
      for (let i = 0; performance.now() < end; i += 1) await put(tx, `thing ${i}`)
    })
    isOver = true
    await turning
    expect(turns).toBeGreaterThan(5) // one, if it did not
  })
})

test('a transaction that cannot begin lets the next one begin', async () => {
  const other = new Kysely<{ things: { name: string } }>({ dialect: sqliteDialect(join(folder, 'other.db')) })
  await sql`create table things (name text)`.execute(other)
  await sql`begin`.execute(other) // so that there is one already
  await expect(other.transaction().execute((tx) => put(tx, 'a'))).rejects.toThrow('within a transaction')
  await sql`rollback`.execute(other)
  await other.transaction().execute((tx) => put(tx, 'b'))
  expect(await names(other)).toEqual(['b'])
  await other.destroy()
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sql } from 'kysely'
import { migrations } from '../../db/migrations.ts'
import { containsText, inChunks, openSqlite, type Db } from './db.ts'
import { lockFolder } from './folder-lock.ts'
import { migrate } from './migrate.ts'

let folder: string
let db: Db
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'terrarium-database-'))
  db = openSqlite(join(folder, 'terrarium.db'))
})
afterEach(async () => {
  await db.destroy()
  rmSync(folder, { recursive: true })
})

describe('migrating', () => {
  test('a second time changes nothing', async () => {
    await migrate(db, migrations)
    await migrate(db, migrations)

    expect(await db.selectFrom('channels').selectAll().execute()).toEqual([])
  })

  test('refuses a database of a newer release, by the name of what it does not know', async () => {
    await migrate(db, migrations)
    await sql`insert into kysely_migration (name, timestamp) values ('9999_the_future', '2099')`.execute(db)

    await expect(migrate(db, migrations)).rejects.toMatchObject({
      code: 'data-folder-newer',
      message: expect.stringMatching(/newer release.*9999_the_future.*backup/) as string,
    })
  })

  test('a migration that fails leaves the database as it was', async () => {
    const broken = {
      ...migrations,
      '9999_broken': {
        up: async (target: Db): Promise<void> => {
          await sql`create table half (a text)`.execute(target)
          throw new Error('no')
        },
      },
    }

    await expect(migrate(db, broken as typeof migrations)).rejects.toThrow(
      'the database could not be brought up to date: no',
    )

    const tables = await db.introspection.getTables()
    expect(tables.map(({ name }) => name)).not.toContain('half')
    await migrate(db, migrations)
  })

  test('a file that is no database says so and is left alone', async () => {
    const path = join(folder, 'other.db')
    writeFileSync(path, 'not a database, but somebody’s notes'.repeat(100))

    expect(() => openSqlite(path)).toThrow(/not a database/)
  })
})

describe('a data folder', () => {
  test('is taken by one server; the second is told which and what to do', () => {
    const lock = lockFolder(folder)

    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'data-folder-in-use' }) as Error)
    expect(() => lockFolder(folder)).toThrow(folder)

    lock.release()
    lockFolder(folder).release()
  })
})

test('commits survive a power cut: WAL, synchronous FULL, foreign keys on', async () => {
  const pragma = async (name: string): Promise<unknown> =>
    Object.values((await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(db)).rows[0] ?? {})[0]

  expect(await pragma('journal_mode')).toBe('wal')
  expect(await pragma('synchronous')).toBe(2)
  expect(await pragma('foreign_keys')).toBe(1)
})

test.each([
  ['a_b', 'a_b', true],
  ['a_b', 'axb', false],
  ['%', 'abc', false],
  ['%', '100%', true],
  ['\\', 'a\\b', true],
  ['\\', 'ab', false],
  ['', 'anything', true],
  ["'", "it's", true],
])('containsText(%j) in %j: %s', async (text, value, expected) => {
  const { rows } = await sql<{ found: number }>`
    select ${containsText('value', text)} as found from (select ${value} as value)`.execute(db)

  expect(rows[0]?.found).toBe(expected ? 1 : 0)
})

test.each([
  [0, []],
  [3, [3]],
  [5, [4, 1]],
  [8, [4, 4]],
])('%i items come in chunks of at most four', (count, sizes) => {
  expect([...inChunks(Array.from({ length: count }), 4)].map(({ length }) => length)).toEqual(sizes)
})

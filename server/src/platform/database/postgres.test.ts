import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeSchema } from '../../db/describe-schema.ts'
import { dropTestDatabase, openTestDatabase, testServer } from '../../testing/test-database.ts'
import { Secret } from '../secret.ts'
import { engineOf, type Db } from './db.ts'
import { openPostgres } from './postgres.ts'

test('a server that does not answer is named by what happened, and its password by nobody', async () => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo // TCP
  closed.close()
  const address = new Secret(`postgres://somebody:hunter2-canary@127.0.0.1:${port}/terrarium`)

  const refused = await openPostgres({ address, connections: 2 }).catch((error: unknown) => error)

  expect(refused).toMatchObject({ code: 'database-unreachable' })
  expect(JSON.stringify([refused, String(refused), (refused as Error).cause])).not.toContain('canary')
})

describe.skipIf(testServer() === undefined)('what SQLite does, PostgreSQL does', () => {
  let folder: string
  let db: Db
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'terrarium-postgres-test-'))
    db = await openTestDatabase(folder)
  })
  afterEach(async () => {
    await db.destroy()
    await dropTestDatabase(folder)
    rmSync(folder, { recursive: true })
  })

  const put = (name: string, value = ''): Promise<unknown> =>
    db.insertInto('settings').values({ name, value }).execute()
  const names = async (): Promise<string[]> =>
    (await db.selectFrom('settings').select('name').orderBy('name').execute()).map(({ name }) => name)

  test('the tables and columns are those the queries are typed by', async () => {
    expect(engineOf(db)).toBe('postgres')
    const { rows } = await sql<{ table: string; column: string; type: string; nullable: string }>`
      select table_name as "table", column_name as "column", data_type as type, is_nullable as nullable
      from information_schema.columns where table_schema = 'public' and table_name not like 'kysely%'
      order by table_name, ordinal_position`.execute(db)
    const described = [...Map.groupBy(rows, ({ table }) => table)].map(([table, columns]) => {
      const lines = columns.map(({ column, type, nullable }) => {
        const ours = type === 'text' ? 'string' : type === 'bytea' ? 'Uint8Array' : 'number'
        return `    ${column}: ${ours}${nullable === 'YES' ? ' | null' : ''}`
      })
      return `  ${table}: {\n${lines.join('\n')}\n  }`
    })
    expect(`{\n${described.join('\n')}\n}\n`).toBe((await describeSchema()).replace(/^[^]*?(?=\{)/, ''))
  })

  test('texts sort by their bytes', async () => {
    for (const name of ['b', '_a', 'B', 'a-b', 'ab', 'é']) await put(name)
    expect(await names()).toEqual(['B', '_a', 'a-b', 'ab', 'b', 'é'])
  })

  test('a number of more than 32 bits, a count and a sum are numbers', async () => {
    const row = { key: 'a:1', source: 'a', id: '1', vulnerability_id: 'v', state: 'active', import_id: 'i' }
    const at = Date.UTC(2026, 0, 1)
    await db
      .insertInto('advisories')
      .values({ ...row, modified_at: null, imported_at: at, content_sha256: '', document: '{}' })
      .execute()
    const found = await db
      .selectFrom('advisories')
      .select((eb) => ['imported_at', eb.fn.countAll().as('count'), eb.fn.sum('imported_at').as('sum')])
      .groupBy('imported_at')
      .executeTakeFirst()
    expect(found).toEqual({ imported_at: at, count: 1, sum: at })
  })

  test('nothing is in an empty list, and a zero byte is no reason to fail', async () => {
    await put('a\0b')
    expect(await db.selectFrom('settings').selectAll().where('name', 'in', []).execute()).toEqual([])
    expect(await names()).toEqual(['a\ufffdb'])
  })

  test('of two that look and then insert, the second looks again and finds the first', async () => {
    let waiting = 2
    let go = (): void => undefined
    const both = new Promise<void>((resolve) => (go = resolve))
    const insertOnce = (): Promise<'inserted' | 'there already'> =>
      db.transaction().execute(async (tx) => {
        const known = await tx.selectFrom('settings').selectAll().where('name', '=', 'k').executeTakeFirst()
        if (known) return 'there already'
        if ((waiting -= 1) === 0) go()
        await both
        await tx.insertInto('settings').values({ name: 'k', value: '' }).execute()
        return 'inserted'
      })
    expect((await Promise.all([insertOnce(), insertOnce()])).sort()).toEqual(['inserted', 'there already'])
  })

  test('one that points at a row which goes meanwhile looks again and finds it gone', async () => {
    const policy = { id: 'going', name: 'going', version: 1, document: '', created_at: 0, updated_at: 0 }
    await db.insertInto('policies').values(policy).execute()
    let runs = 0
    const done = await db.transaction().execute(async (tx) => {
      runs += 1
      const known = await tx.selectFrom('policies').select('id').where('id', '=', 'going').executeTakeFirst()
      if (!known) return 'gone'
      await db.deleteFrom('policies').where('id', '=', 'going').execute()
      const version = { policy_id: 'going', version: 1, document: '', created_at: 0 }
      await tx.insertInto('policy_versions').values(version).execute()
      return 'added'
    })
    expect([done, runs]).toEqual(['gone', 2])
  })

  test('two that lock each other out both come through', async () => {
    await put('a', '0')
    await put('b', '0')
    let waiting = 2
    let go = (): void => undefined
    const both = new Promise<void>((resolve) => (go = resolve))
    const add = (first: string, second: string): Promise<void> =>
      db.transaction().execute(async (tx) => {
        for (const name of [first, second]) {
          await tx
            .updateTable('settings')
            .set({ value: sql`cast(cast(value as integer) + 1 as text)` })
            .where('name', '=', name)
            .execute()
          if ((waiting -= 1) === 0) go()
          await both
        }
      })
    await Promise.all([add('a', 'b'), add('b', 'a')])
    const rows = await db.selectFrom('settings').select('value').execute()
    expect(rows).toEqual([{ value: '2' }, { value: '2' }])
  })
})

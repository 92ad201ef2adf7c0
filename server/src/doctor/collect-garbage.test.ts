import { readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { collectGarbage, type Collection } from './collect-garbage.ts'
import { DailyCollection } from './daily-collection.ts'

let t: TestApp
beforeEach(async () => {
  t = await startTestApp()
  await t.channel('main')
})
afterEach(() => t.close())

const GRACE_MS = 3_600_000

/** All blobs are of long ago. */
function age(): void {
  const root = join(t.folder, 'data', 'blobs', 'sha256')
  for (const prefix of readdirSync(root)) {
    for (const name of readdirSync(join(root, prefix))) utimesSync(join(root, prefix, name), 1_000, 1_000)
  }
}

function collect(): Promise<Collection> {
  const { db, blobs } = t.parts
  return collectGarbage({ db, blobs, now: () => new Date() }, GRACE_MS, new AbortController().signal)
}

test('what a channel serves stays, with its history; what nothing names goes', async () => {
  await t.upload('main', { name: 'numpy', version: '1.0' })
  await t.upload('main', { name: 'numpy', version: '2.0' })
  await t.policy('main', 'name: no-numpy\ndeny: [package: numpy]')
  const garbage = await t.parts.blobs.putBytes(Buffer.from('nobody names me'))
  const named = (await Array.fromAsync(t.parts.blobs.list())).filter((digest) => digest !== garbage)
  age()

  expect(await collect()).toEqual({ kept: named.length, removed: 1 })

  expect((await Array.fromAsync(t.parts.blobs.list())).sort()).toEqual(named.sort())
  expect((await t.nobody().get('/api/repo/main/noarch/repodata_shards.msgpack.zst')).statusCode).toBe(200)
})

test('what is young stays: its name may be about to be committed', async () => {
  const young = await t.parts.blobs.putBytes(Buffer.from('of a publish under way'))
  expect((await collect()).removed).toBe(0)

  age()
  await t.parts.blobs.putBytes(Buffer.from('of a publish under way'))
  expect((await collect()).removed).toBe(0)
  expect(await t.parts.blobs.stat(young)).toBeDefined()
})

test('with an index that cannot be read nothing goes', async () => {
  await t.upload('main', { name: 'numpy', version: '1.0' })
  await t.parts.blobs.putBytes(Buffer.from('nobody names me'))
  const { served_sha256: index } = await t.parts.db
    .selectFrom('revision_subdirs')
    .select('served_sha256')
    .executeTakeFirstOrThrow()
  await t.parts.blobs.delete(index)
  const before = (await Array.fromAsync(t.parts.blobs.list())).length
  age()

  await expect(collect()).rejects.toMatchObject({ code: 'corrupt-data' })
  expect(await Array.fromAsync(t.parts.blobs.list())).toHaveLength(before)
})

test('a dropped channel leaves nothing but what others have', async () => {
  await t.channel('other')
  const shared = await t.upload('main', { name: 'numpy', version: '1.0' })
  await t.upload('main', { name: 'scipy', version: '1.0' })
  const admin = await t.as('admin')
  await admin.upload('other', shared.filename, shared.bytes)
  await t.settle()
  await admin.delete('/api/channels/main')
  age()

  await collect()

  expect((await t.nobody().get(`/api/repo/other/noarch/${shared.filename}`)).statusCode).toBe(200)
})

test('it is asked for once a day, by whichever server comes to it first', async () => {
  const { db } = t.parts
  const now = (): Date => t.now
  const [one, two] = [new DailyCollection({ db, now }), new DailyCollection({ db, now })]
  expect(await one.look()).toBe(false)
  t.advance(3_600_000)
  expect([await one.look(), await one.look(), await two.look()]).toEqual([true, false, false])
  await t.settle()
  t.advance(23 * 3_600_000)
  expect(await two.look()).toBe(false)
  t.advance(3_600_000)
  expect(await two.look()).toBe(true)
  await t.settle()
})

import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { findAll } from './testing/find-all.ts'
import { collectGarbage } from './collect-garbage.ts'
import { expireRevisions } from './expire-revisions.ts'

let t: TestApp
beforeEach(async () => {
  t = await startTestApp()
  await t.channel('main')
})
afterEach(() => t.close())

const DAY_MS = 86_400_000
const signal = new AbortController().signal

function expire(keepDays = 7): Promise<number> {
  return expireRevisions({ ...t.parts, now: t.parts.now, keepDays }, signal)
}

async function statusOf(path: string): Promise<number> {
  return (await t.nobody().get(`/api/repo/${path}`)).statusCode
}

async function uploadEveryOtherDay(versions: readonly string[]): Promise<void> {
  for (const version of versions) {
    await t.upload('main', { name: 'numpy', version })
    t.advance(2 * DAY_MS)
  }
}

test('a revision goes when another has been in its place for as long as is kept', async () => {
  await uploadEveryOtherDay(['1.0', '2.0', '3.0', '4.0', '5.0'])

  expect(await expire()).toBe(1) // the second took its place eight days ago, the third six
  expect(await statusOf('main@1/noarch/repodata.json')).toBe(410)
  expect(await statusOf('main@2/noarch/repodata.json')).toBe(200)
  expect(await expire()).toBe(0)

  t.advance(1000 * DAY_MS)
  expect(await expire()).toBe(3)
  expect(await statusOf('main@5/noarch/repodata.json')).toBe(200)
  expect(await statusOf('main/noarch/repodata_shards.msgpack.zst')).toBe(200)
})

test('a channel has its own say', async () => {
  const admin = await t.as('admin')
  await uploadEveryOtherDay(['1.0', '2.0', '3.0', '4.0', '5.0'])
  await admin.put('/api/channels/main', { keep_days: 365 })

  expect(await expire()).toBe(0)
})

test('what is served stays, however old, and all after it', async () => {
  const admin = await t.as('admin')
  await uploadEveryOtherDay(['1.0', '2.0', '3.0'])
  const response = await admin.post('/api/channels/main/revisions/2/serve', {})
  expect(response.json()).toEqual({ revision: 2 })
  t.advance(1000 * DAY_MS)

  expect(await expire()).toBe(1)
  expect(await statusOf('main/noarch/repodata.json')).toBe(200)
  expect(await statusOf('main@1/noarch/repodata.json')).toBe(410)
})

test('with the revisions go their shards and files, and what is stored still agrees', async () => {
  await uploadEveryOtherDay(['1.0', '2.0', '3.0', '4.0', '5.0'])
  t.advance(1000 * DAY_MS)
  const grants = async (): Promise<number> =>
    (await t.parts.db.selectFrom('served_shards').select('sha256').execute()).length
  expect(await grants()).toBe(5)

  await expire()
  const collect = async (): Promise<number> =>
    (await collectGarbage({ ...t.parts, now: () => t.now }, { graceMs: 0, signal })).removed
  expect(await collect()).toBe(0)
  t.advance(1)
  const removed = await collect()

  expect(await grants()).toBe(1)
  expect(removed).toBeGreaterThan(4)
  const folders = {
    dataFolder: t.parts.configuration.data,
    blobFolder: join(t.parts.configuration.data, 'blobs'),
  }
  expect(await findAll({ ...t.parts, ...folders })).toEqual([])
})

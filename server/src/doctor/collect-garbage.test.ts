import { createHash } from 'node:crypto'
import { readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BlobsCollected, claimBlobs, spareBlobs } from '../blobs/condemned-store.ts'
import { removeFiles } from '../channels/contents-store.ts'
import { enqueuePublish, markStale } from '../channels/stale-names.ts'
import { findChannelByName } from '../channels/store.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { collectGarbage, type Collection, type CollectOptions } from './collect-garbage.ts'
import { expireRevisions } from './expire-revisions.ts'
import { DailyCollection } from './run-collection.ts'

let t: TestApp
beforeEach(async () => {
  t = await startTestApp()
  await t.channel('main')
})
afterEach(() => t.close())

const GRACE_MS = 3_600_000
const DAY_MS = 24 * GRACE_MS

function collect(options: Partial<CollectOptions> = {}): Promise<Collection> {
  const signal = new AbortController().signal
  return collectGarbage({ ...t.parts, now: () => t.now }, { graceMs: GRACE_MS, signal, ...options })
}

/** Condemns, and deletes when the grace is over. */
async function collectTwice(): Promise<Collection> {
  await collect()
  t.advance(GRACE_MS + 1)
  return collect()
}

function put(text: string): Promise<string> {
  return t.parts.blobs.putBytes(Buffer.from(text))
}

test('what a channel serves stays, with its history; what nothing names goes', async () => {
  await t.upload('main', { name: 'numpy', version: '1.0' })
  await t.upload('main', { name: 'numpy', version: '2.0' })
  await t.policy('main', 'name: no-numpy\ndeny: [package: numpy]')
  const named = await Array.fromAsync(t.parts.blobs.list())
  const garbage = await put('nobody names me')

  expect(await collect()).toMatchObject({ kept: named.length, removed: 0, waiting: 1, waitingBytes: 15 })
  t.advance(GRACE_MS + 1)
  expect(await collect()).toMatchObject({
    kept: named.length,
    removed: 1,
    removedBytes: 15,
    waiting: 0,
    digests: [garbage],
  })

  expect((await Array.fromAsync(t.parts.blobs.list())).sort()).toEqual(named.sort())
  expect((await t.nobody().get('/api/repo/main/noarch/repodata_shards.msgpack.zst')).statusCode).toBe(200)
  const events = await t.parts.db
    .selectFrom('audit_events')
    .select('details')
    .where('action', '=', 'storage.collected')
    .execute()
  expect(events).toEqual([{ details: '{"deleted_blobs":1,"deleted_bytes":15}' }])
})

test('a dry run tells what would go, and changes nothing', async () => {
  const garbage = await put('nobody names me')
  expect(await collect({ dryRun: true })).toMatchObject({ removed: 0, waiting: 1 })
  expect(await t.parts.db.selectFrom('condemned_blobs').select('sha256').execute()).toEqual([])

  await collect()
  t.advance(GRACE_MS + 1)
  expect(await collect({ dryRun: true })).toMatchObject({ removed: 1, removedBytes: 15, digests: [garbage] })
  expect(await t.parts.blobs.stat(garbage)).toBeDefined()
})

test('only what was asked for goes, and nothing that is named', async () => {
  await t.upload('main', { name: 'numpy', version: '1.0' })
  const named = await Array.fromAsync(t.parts.blobs.list())
  const [one, two] = [await put('one'), await put('two')]
  await collect()
  t.advance(GRACE_MS + 1)

  expect(await collect({ only: [one, ...named] })).toMatchObject({ removed: 1, waiting: 1, digests: [one] })
  expect(await t.parts.blobs.stat(two)).toBeDefined()
})

test('what is named between two collections stays, were it condemned and old', async () => {
  const old = await put('of a publish under way')
  await collect()
  t.advance(GRACE_MS + 1)
  await t.parts.db.transaction().execute((tx) => claimBlobs(tx, t.parts.blobs, [old]))

  expect((await collect()).removed).toBe(0)
  expect(await t.parts.blobs.stat(old)).toBeDefined()
})

test('whoever is about to store bytes keeps them for another grace', async () => {
  const old = await put('on its way in')
  await collect()
  t.advance(GRACE_MS + 1)
  expect(await spareBlobs(t.parts.db, [old])).toEqual([old])

  expect((await collect()).removed).toBe(0)
  t.advance(GRACE_MS + 1)
  expect((await collect()).removed).toBe(1)
})

test('naming what has gone since it was stored fails, until it is stored again', async () => {
  const { db, blobs } = t.parts
  const gone = await put('slow')
  expect((await collectTwice()).removed).toBe(1)
  const name = (): Promise<void> => db.transaction().execute((tx) => claimBlobs(tx, blobs, [gone]))

  await expect(name()).rejects.toThrow(BlobsCollected)
  await expect(name()).rejects.toThrow(BlobsCollected)
  await put('slow')
  await name()
  expect((await collect()).removed).toBe(0)
})

test('with an index that cannot be read nothing goes', async () => {
  await t.upload('main', { name: 'numpy', version: '1.0' })
  await put('nobody names me')
  await collect()
  const { served_sha256: index } = await t.parts.db
    .selectFrom('revision_subdirs')
    .select('served_sha256')
    .executeTakeFirstOrThrow()
  await t.parts.blobs.delete(index)
  const before = (await Array.fromAsync(t.parts.blobs.list())).length
  t.advance(GRACE_MS + 1)

  await expect(collect()).rejects.toMatchObject({ code: 'corrupt-data' })
  expect(await Array.fromAsync(t.parts.blobs.list())).toHaveLength(before)
})

test('a dropped channel leaves nothing but what others have', async () => {
  await t.channel('other')
  const shared = await t.upload('main', { name: 'numpy', version: '1.0' })
  const own = await t.upload('main', { name: 'scipy', version: '1.0' })
  const admin = await t.as('admin')
  await admin.upload('other', shared.filename, shared.bytes)
  await t.settle()
  await admin.delete('/api/channels/main')

  await collectTwice()

  expect((await t.nobody().get(`/api/repo/other/noarch/${shared.filename}`)).statusCode).toBe(200)
  const digest = createHash('sha256').update(own.bytes).digest('hex')
  expect(await t.parts.blobs.stat(digest)).toBeUndefined()
})

test('a package that was taken out goes with the last revision that had it, and may come back', async () => {
  const { db, now } = t.parts
  const numpy = await t.upload('main', { name: 'numpy', version: '1.0' })
  const digest = createHash('sha256').update(numpy.bytes).digest('hex')
  const { id } = (await findChannelByName(db, 'main'))!
  const removal = { subdir: 'noarch', name: 'numpy', filename: numpy.filename }
  await removeFiles(db, id, [removal], now())
  await markStale(db, id, ['numpy'], { kind: 'removal', by: 'admin', file: numpy.filename })
  await enqueuePublish(db, id, now())
  await t.settle()
  await collectTwice()
  expect(await t.parts.blobs.stat(digest)).toBeDefined()

  for (const version of ['1.0', '2.0']) {
    t.advance(8 * DAY_MS)
    await t.upload('main', { name: 'scipy', version })
  }
  t.advance(8 * DAY_MS)
  expect(await expireRevisions({ ...t.parts, keepDays: 7 }, new AbortController().signal)).toBe(3)
  await collectTwice()
  expect(await t.parts.blobs.stat(digest)).toBeUndefined()

  const admin = await t.as('admin')
  expect((await admin.upload('main', numpy.filename, numpy.bytes)).statusCode).toBe(201)
  await t.settle()
  const got = await t.nobody().get(`/api/repo/main/noarch/${numpy.filename}`)
  expect(got.rawPayload.equals(numpy.bytes)).toBe(true)
})

test('what was being written when a server stopped goes a day later, and what is being written stays', async () => {
  const { blobs, configuration } = t.parts
  await blobs.putInBatch(Buffer.from('cut off'), 'a-publish')
  const unfinished = (): string[] =>
    readdirSync(join(configuration.data, 'blobs'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.part'),
    )
  const [path = ''] = unfinished()
  const writtenAt = (at: Date): void => utimesSync(join(configuration.data, 'blobs', path), at, at)

  writtenAt(new Date(t.now.getTime() - DAY_MS + 1000))
  await collect()
  expect(unfinished()).toEqual([path])
  writtenAt(new Date(t.now.getTime() - DAY_MS - 1000))
  await collect({ dryRun: true })
  expect(unfinished()).toEqual([path])
  await collect()
  expect(unfinished()).toEqual([])
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

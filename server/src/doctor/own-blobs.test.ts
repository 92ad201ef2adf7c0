import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, test, vi } from 'vitest'
import type { BlobStore } from '../blobs/blob-store.ts'
import { FileBlobStore } from '../blobs/file-blob-store.ts'
import { startServer } from '../start-server.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { runFsck } from './fsck-verb.ts'
import { requireNoStrangers, requireOwnBlobs } from './own-blobs.ts'

async function startPublished(): Promise<TestApp> {
  const t = await startTestApp()
  await t.channel('main')
  await t.upload('main', { name: 'six', version: '1.0' })
  return t
}

const blobFolder = (t: TestApp): string => join(t.parts.configuration.data, 'blobs')

describe('requireOwnBlobs', () => {
  test('lets a server begin that has nothing yet, or has not published it', async () => {
    const t = await startTestApp()
    await expect(requireOwnBlobs(t.parts)).resolves.toBeUndefined()
    await t.channel('main')
    await expect(requireOwnBlobs(t.parts)).resolves.toBeUndefined()
    await t.close()
  })

  test('names the place and a blob when none is there, and lets it begin when they are back', async () => {
    const t = await startPublished()
    const away = `${blobFolder(t)}.away`
    renameSync(blobFolder(t), away)

    await expect(requireOwnBlobs(t.parts)).rejects.toMatchObject({ code: 'blobs-missing' })
    await expect(requireOwnBlobs(t.parts)).rejects.toThrow(
      new RegExp(`^${blobFolder(t)} has none of the \\d+ blobs .*[0-9a-f]{64}`),
    )
    mkdirSync(blobFolder(t)) // the folder in which nothing is mounted
    await expect(requireOwnBlobs(t.parts)).rejects.toMatchObject({ code: 'blobs-missing' })

    rmSync(blobFolder(t), { recursive: true })
    renameSync(away, blobFolder(t))
    await expect(requireOwnBlobs(t.parts)).resolves.toBeUndefined()
    await t.close()
  })

  test('leaves single blobs that are missing to the checks', async () => {
    const t = await startPublished()
    const indexes = await t.parts.db
      .selectFrom('revision_subdirs')
      .select('contents_sha256 as sha256')
      .execute()
    const store = new FileBlobStore(blobFolder(t))
    for (const { sha256 } of indexes) await store.delete(sha256)
    await expect(requireOwnBlobs(t.parts)).resolves.toBeUndefined()
    await t.close()
  })

  test('of a bucket that does not answer it says so and lets the server begin', async () => {
    const t = await startPublished()
    const log = pino({ level: 'silent' })
    const said = vi.spyOn(log, 'error')
    const blobs = { stat: () => Promise.reject(new Error('no route to the bucket')) } as unknown as BlobStore
    await expect(requireOwnBlobs({ ...t.parts, blobs, log })).resolves.toBeUndefined()
    expect(said).toHaveBeenCalledWith(expect.anything(), expect.stringContaining('cannot be looked for'))
    await t.close()
  })
})

test('a new database beside the blobs of another is told, and no server begins that would collect them', async () => {
  const t = await startPublished()
  await t.upload('main', { name: 'six', version: '2.0' })
  const { configuration } = t.parts
  await t.stop()
  const fresh = await startTestApp()
  const place = { blobs: t.parts.blobs, db: fresh.parts.db }
  await expect(requireNoStrangers(place)).rejects.toMatchObject({ code: 'blobs-unknown' })
  await fresh.channel('other')
  await expect(requireNoStrangers(place)).resolves.toBeUndefined()
  await (await fresh.as('admin')).delete('/api/channels/other')
  await expect(requireNoStrangers(place)).resolves.toBeUndefined()
  await fresh.settle()
  await fresh.close()
  if (configuration.database === undefined) {
    for (const name of ['', '-wal', '-shm'])
      rmSync(`${configuration.data}/terrarium.db${name}`, { force: true })
    const start = startServer({ ...configuration, port: 0 }, pino({ level: 'silent' }))
    await expect(start).rejects.toMatchObject({ code: 'blobs-unknown' })
  }
  rmSync(t.folder, { recursive: true })
})

test('a server that loses sight of its blobs is not ready, and is again when they are back', async () => {
  const t = await startPublished()
  const ask = async (): Promise<[number, unknown]> => {
    t.advance(10_000)
    const answer = await t.nobody().get('/readyz')
    return [answer.statusCode, answer.json()]
  }
  expect(await ask()).toEqual([200, { status: 'ready', writes: true, warnings: [] }])
  renameSync(blobFolder(t), `${blobFolder(t)}.away`)
  const warnings = ['blobs-missing: none of the blobs is there that the database names; the log says where']
  expect(await ask()).toEqual([503, { status: 'not-ready', writes: false, warnings }])
  expect(JSON.stringify(t.log.splice(0))).toContain(`${blobFolder(t)} has none of the`)
  expect((await t.nobody().get('/api/system')).json()).toMatchObject({ status: 'degraded', errors: warnings })
  renameSync(`${blobFolder(t)}.away`, blobFolder(t))
  expect((await ask())[0]).toBe(200)
  await t.close()
})

test('a server without its blobs does not begin; after a repair it does, and refuses what is lost', async () => {
  const t = await startPublished()
  const configuration = { ...t.parts.configuration, port: 0 }
  await t.stop()
  rmSync(blobFolder(t), { recursive: true })
  const start = () => startServer(configuration, pino({ level: 'silent' }))
  const output = { line: () => undefined, error: () => undefined, progress: () => undefined }

  await expect(start()).rejects.toMatchObject({ code: 'blobs-missing' })
  await runFsck({ configuration, quick: false, json: true, repair: true }, output)

  const server = await start()
  const answer = await fetch(`${server.url}/api/repo/main/noarch/six-1.0-0.conda`)
  expect(answer.status).toBe(410)
  await server.stop()
  await (await startTestApp({ folder: t.folder })).discard()
})

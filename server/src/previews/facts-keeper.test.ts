import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import type { Channel } from '../channels/channel.ts'
import { findChannelByName } from '../channels/store.ts'
import { WorkerPool } from '../platform/worker-pool.ts'
import { startTestApp, TestClient, type TestApp } from '../testing/test-app.ts'
import { FactsFolder } from './facts-file.ts'
import { FactsKeeper } from './facts-keeper.ts'

const LOOK_MS = 30_000
const DOCUMENT = 'name: strict\nhide: [licence: GPL]'

/** Finds too much to read, whatever there is. */
class Impatient extends WorkerPool {
  override run(task: unknown): Promise<unknown> {
    const { patient } = task as { patient: boolean } // what previewPolicy sends
    return patient ? super.run(task) : Promise.resolve(undefined)
  }
}

/** Counts what was answered. */
class Counted extends WorkerPool {
  answers = 0
  override async run(task: unknown): Promise<unknown> {
    const answer = await super.run(task)
    this.answers += 1
    return answer
  }
}

let t: TestApp
let channel: Channel
let folder: FactsFolder
let workers: Counted
let keeper: FactsKeeper
beforeAll(async () => {
  t = await startTestApp()
  folder = new FactsFolder(t.parts.configuration.data)
  await t.channel('main')
  const found = await findChannelByName(t.parts.db, 'main')
  if (!found) throw new Error('no channel')
  channel = found
  await t.upload('main', { name: 'gpl', version: '1.0', index: { license: 'GPL-3.0-only' } })
  workers = new Counted({
    module: new URL('facts-worker.ts', import.meta.url),
    size: 1,
    taskTimeoutMs: 60_000,
  })
  keeper = new FactsKeeper({
    ...t.parts,
    workers,
    limits: { largeFiles: 0, worth: { names: 0, files: 0 } },
  })
})
afterEach(() => t.requireQuiet())
afterAll(async () => {
  await keeper.close()
  await t.close()
})

async function namesOnDisk(): Promise<readonly string[]> {
  return (await folder.peek(channel.id))?.names.toSorted() ?? []
}

/** As the ticker does, time and again. */
async function lookUntil(condition: () => Promise<boolean>): Promise<void> {
  await t.until(async () => {
    t.advance(LOOK_MS)
    await keeper.look()
    return condition()
  })
}

test('facts are made ready at the start, and again after a change', async () => {
  await lookUntil(async () => (await namesOnDisk()).length === 1)
  await t.upload('main', { name: 'other', version: '1.0' })
  await lookUntil(async () => (await namesOnDisk()).length === 2)
})

test('a channel that is being published is looked at again when that is over', async () => {
  const { db } = t.parts
  await folder.sweep(() => false)
  await t.upload('main', { name: 'other', version: '2.0' })
  const stale = { channel_id: channel.id, name: 'gpl', mark: 'm', cause: '{"kind":"time"}' }
  await db.insertInto('stale_names').values(stale).execute()
  const before = workers.answers
  await lookUntil(() => Promise.resolve(workers.answers > before))
  expect(await namesOnDisk()).toEqual([])

  await db.deleteFrom('stale_names').execute()
  await lookUntil(async () => (await namesOnDisk()).length === 2)
})

test('whoever asks for facts that are being made ready waits for those, and can see how far they are', async () => {
  const first = keeper.prepare(channel.id)
  expect(keeper.progressOf(channel.id)).toEqual({ done: 0, total: 0 })
  expect(keeper.prepare(channel.id)).toBe(first)
  await first
  expect(keeper.progressOf(channel.id)).toBeUndefined()
  await keeper.prepare('no channel')
})

describe('a preview that finds too much changed', () => {
  const preview = async (): Promise<number> => {
    const app = await buildApp({ ...t.parts, previewers: impatient })
    try {
      const client = new TestClient(app, await t.token('admin'))
      const answer = await client.post('/api/channels/main/policy-preview', { document: DOCUMENT })
      expect(answer.statusCode).toBe(200)
      return answer.json<{ newly_blocked: number }>().newly_blocked
    } finally {
      await app.close()
    }
  }
  let impatient: Impatient
  beforeAll(() => {
    impatient = new Impatient({
      module: new URL('preview-worker.ts', import.meta.url),
      size: 1,
      taskTimeoutMs: 60_000,
    })
  })
  afterAll(() => impatient.close())

  test('has the facts made ready, and waits', async () => {
    await folder.sweep(() => false)
    expect(await preview()).toBe(1)
    expect(await namesOnDisk()).toEqual(['gpl', 'other'])
  })

  test('is counted all the same where they cannot be kept, and the log says so', async () => {
    const place = join(t.parts.configuration.data, 'previews')
    rmSync(place, { recursive: true })
    writeFileSync(place, 'a file in the place of the folder')
    expect(await preview()).toBe(1)
    expect(t.log.splice(0).map(({ msg }) => msg)).toEqual([
      'facts for previews could not be kept; this one reads them',
    ])
    rmSync(place)
  })
})

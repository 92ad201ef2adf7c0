import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import type { Channel } from '../channels/channel.ts'
import { findChannelByName } from '../channels/store.ts'
import { enqueue } from '../jobs/queue.ts'
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
  return [...((await folder.load(channel.id))?.names ?? [])].toSorted()
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

/** As if another server did it. */
async function publishing(during: () => Promise<void>): Promise<void> {
  const { db } = t.parts
  const id = await enqueue(db, {
    kind: 'channel.render',
    payload: {},
    now: t.parts.now(),
    runAt: new Date(8e15),
  })
  const job = { state: 'running', owner: 'another', lease_until: 8e15 }
  await db.updateTable('jobs').set(job).where('id', '=', id).execute()
  await during().finally(() => db.deleteFrom('jobs').where('id', '=', id).execute())
}

test('nothing is looked at while something is published, and all of it when that is over', async () => {
  await folder.sweep(() => false)
  await t.upload('main', { name: 'other', version: '2.0' })
  const before = workers.answers
  await publishing(async () => {
    t.advance(LOOK_MS)
    await keeper.look()
  })
  expect(workers.answers).toBe(before)
  await lookUntil(async () => (await namesOnDisk()).length === 2)
})

describe('facts that are being made ready when something is published', () => {
  /** Done when it is said so. */
  class Slow extends WorkerPool {
    readonly asked: string[] = []
    builds = 0
    isDone = false
    override async run(task: unknown): Promise<unknown> {
      const { kind } = task as { kind: string } // what FactsKeeper sends
      if (this.asked.at(-1) !== kind) this.asked.push(kind)
      if (kind === 'build') this.builds += 1
      await nextTurn()
      if (kind === 'look') return [channel.id]
      return kind === 'build' ? { done: this.isDone ? 9 : 1, total: 9 } : undefined
    }
  }
  let slow: Slow
  let own: FactsKeeper
  beforeEach(() => {
    slow = new Slow({ module: new URL('facts-worker.ts', import.meta.url), size: 1, taskTimeoutMs: 60_000 })
    own = new FactsKeeper({
      ...t.parts,
      workers: slow,
      limits: { largeFiles: 0, worth: { names: 0, files: 0 } },
    })
    t.advance(LOOK_MS)
  })
  afterEach(() => {
    slow.isDone = true
    return own.close()
  })

  test('give way, and are gone on with afterwards', async () => {
    await own.look()
    await t.until(() => Promise.resolve(slow.asked.includes('build')))
    await publishing(() => t.until(() => Promise.resolve(slow.asked.at(-1) === 'stop')))
    expect(own.progressOf(channel.id)).toBeUndefined()
    slow.isDone = true
    await t.until(async () => {
      t.advance(LOOK_MS)
      await own.look()
      return slow.asked.length === 5
    })
    expect(slow.asked).toEqual(['look', 'build', 'stop', 'look', 'build'])
  })

  test('are made all the same when somebody waits for them', async () => {
    await own.look()
    await t.until(() => Promise.resolve(slow.asked.includes('build')))
    const waiting = own.prepare(channel.id) // before it is published: whoever comes later may find it given up
    await publishing(async () => {
      const before = slow.builds
      await t.until(() => Promise.resolve(slow.builds > before + 2))
      slow.isDone = true
      await waiting
    })
    expect(slow.asked).toEqual(['look', 'build'])
  })
})

test('whoever asks for facts that are being made ready waits for those, and can see how far they are', async () => {
  const builds = workers.answers
  const first = keeper.prepare(channel.id)
  expect(keeper.progressOf(channel.id)).toEqual({ done: 0, total: 0 })
  await Promise.all([first, keeper.prepare(channel.id)])
  expect(workers.answers).toBe(builds + 1)
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

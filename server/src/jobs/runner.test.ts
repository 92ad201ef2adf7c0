import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pino } from 'pino'
import { z } from 'zod'
import type { Db } from '../platform/database/db.ts'
import { dropTestDatabase, openTestDatabase } from '../testing/test-database.ts'
import { AppError } from '../vocabulary/errors.ts'
import {
  claim,
  countUnfinished,
  enqueue,
  findJob,
  finish,
  renew,
  requestStopOfKey,
  type Job,
  type NewJob,
} from './queue.ts'
import { JobRunner, jobHandler, type JobRun } from './runner.ts'

let folder: string
let db: Db
let now: Date
let runners: JobRunner[]
let log: { level: number; msg: string }[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'terrarium-jobs-'))
  db = await openTestDatabase(folder)
  now = new Date('2026-01-15T12:00:00Z')
  runners = []
  log = []
})
afterEach(async () => {
  await Promise.all(runners.map((runner) => runner.stop()))
  await db.destroy()
  await dropTestDatabase(folder)
  rmSync(folder, { recursive: true })
})

type Work = (run: JobRun, payload: { n: number }) => Promise<unknown>

function newRunner(work: Work, maxAttempts = 3, alone = true): JobRunner {
  const runner = new JobRunner({
    db,
    log: pino(
      { base: null },
      { write: (line: string) => void log.push(JSON.parse(line) as (typeof log)[number]) },
    ),
    now: () => now,
    alone,
    handlers: {
      'channel.publish': jobHandler({
        payload: z.strictObject({ n: z.number() }),
        maxAttempts,
        run: (payload, run) => work(run, payload),
      }),
    },
  })
  runners.push(runner)
  return runner
}

async function startRunner(work: Work, maxAttempts?: number, alone?: boolean): Promise<JobRunner> {
  const runner = newRunner(work, maxAttempts, alone)
  await runner.start()
  return runner
}

function put(n = 0, more: Partial<NewJob> = {}): Promise<string> {
  return enqueue(db, { kind: 'channel.publish', payload: { n }, now, ...more })
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come to that')
    for (const runner of runners) runner.wake()
    await wait(5)
  }
}

async function job(id: string): Promise<Job> {
  const found = await findJob(db, id)
  if (!found) throw new Error('no such job')
  return found
}

const stateIs = (id: string, state: Job['state']) => async (): Promise<boolean> =>
  (await job(id)).state === state

/** Work that begins, and ends when it is let go or aborted. */
function heldWork(): { work: Work; begun: string[]; letGo: () => void } {
  const go = Promise.withResolvers<undefined>()
  const begun: string[] = []
  return {
    begun,
    letGo: () => go.resolve(undefined),
    work: (run) => {
      begun.push(run.id)
      return new Promise((resolve, reject) => {
        void go.promise.then(() => resolve('done'))
        run.signal.addEventListener('abort', () => reject(run.signal.reason as Error))
      })
    },
  }
}

describe('a job', () => {
  test('is done with its result, once', async () => {
    let runs = 0
    await startRunner(async (_run, { n }) => {
      runs += 1
      return { twice: 2 * n }
    })
    const id = await put(21, { actorId: 'somebody' })
    await until(stateIs(id, 'done'))

    expect(await job(id)).toMatchObject({
      result: { twice: 42 },
      attempts: 1,
      actorId: 'somebody',
      error: undefined,
    })
    expect(runs).toBe(1)
  })

  test('in a transaction that fails never was', async () => {
    const id = await db
      .transaction()
      .execute(async (tx) => {
        await enqueue(tx, { kind: 'channel.publish', payload: { n: 1 }, now })
        throw new Error('no')
      })
      .catch(() => 'rolled back')

    expect(id).toBe('rolled back')
    expect(await countUnfinished(db)).toBe(0)
  })

  test('that is not due waits for its time', async () => {
    const runner = await startRunner(async () => 'x')
    const id = await put(0, { runAt: new Date(now.getTime() + 60_000) })
    const other = await put(1)
    runner.wake()
    await until(stateIs(other, 'done'))
    expect((await job(id)).state).toBe('queued')

    now = new Date(now.getTime() + 60_000)
    runner.wake()

    await until(stateIs(id, 'done'))
  })

  // T-JOB-03: data that is checked, not trusted
  test.each([{ n: 'text' }, {}, { n: 1, extra: true }])('with the payload %j is no work', async (payload) => {
    let ran = false
    await startRunner(async () => (ran = true), 1)
    const id = await enqueue(db, { kind: 'channel.publish', payload, now })

    await until(stateIs(id, 'failed'))
    expect(ran).toBe(false)
  })

  test('of a kind nobody here does is left for who does it', async () => {
    const runner = await startRunner(async () => 'x')
    const id = await enqueue(db, { kind: 'mirror.run', payload: {}, now })
    const other = await put()
    runner.wake()
    await until(stateIs(other, 'done'))

    expect((await job(id)).state).toBe('queued')
  })
})

describe('keys', () => {
  test('of jobs that wait under one dedupe key there is one', async () => {
    const [a, b] = [await put(1, { dedupeKey: 'k' }), await put(2, { dedupeKey: 'k' })]
    const other = await put(3, { dedupeKey: 'other' })

    expect(a).toBe(b)
    expect(other).not.toBe(a)
    expect((await job(a)).payload).toEqual({ n: 1 })
  })

  test('one that runs does not keep another from waiting: what it read may be old', async () => {
    const { work, begun, letGo } = heldWork()
    const runner = await startRunner(work)
    const first = await put(1, { dedupeKey: 'k', exclusiveKey: 'k' })
    runner.wake()
    await until(() => begun.length === 1)

    const second = await put(2, { dedupeKey: 'k', exclusiveKey: 'k' })
    expect(second).not.toBe(first)
    expect(await put(3, { dedupeKey: 'k', exclusiveKey: 'k' })).toBe(second)
    letGo()

    await until(stateIs(second, 'done'))
    expect(begun).toEqual([first, second])
  })

  test('of jobs with one exclusive key one runs at a time, and others beside it', async () => {
    const { work, begun, letGo } = heldWork()
    const runner = await startRunner(work)
    const [a, b] = [await put(1, { exclusiveKey: 'k' }), await put(2, { exclusiveKey: 'k' })]
    const free = await put(3)
    runner.wake()
    await until(() => begun.length === 2)

    expect(begun).toEqual([a, free])
    expect((await job(b)).state).toBe('queued')
    letGo()
    await until(stateIs(b, 'done'))
  })

  test('two runners never have one job', async () => {
    const ran: number[] = []
    const work: Work = async (_run, { n }) => void ran.push(n)
    for (let n = 0; n < 40; n += 1) await put(n)
    await Promise.all([startRunner(work, 3, false), startRunner(work, 3, false)])
    await until(async () => (await countUnfinished(db)) === 0)

    expect(ran.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n))
  })

  test('two runners never have two jobs of one exclusive key', async () => {
    let running = 0
    const most: number[] = []
    const work: Work = async () => {
      most.push((running += 1))
      await nextTurn()
      running -= 1
    }
    for (let n = 0; n < 20; n += 1) await put(n, { exclusiveKey: 'k' })
    await Promise.all([startRunner(work, 3, false), startRunner(work, 3, false)])
    await until(async () => (await countUnfinished(db)) === 0)

    expect(most).toEqual(Array.from({ length: 20 }, () => 1))
    expect(log).toEqual([])
  })

  test('what was enqueued in a transaction is found by the job that waits, and not before it', async () => {
    const seen: number[] = []
    const waiting = await put(1, { dedupeKey: 'k', runAt: now })
    const work: Work = async () => {
      const { count } = await db
        .selectFrom('settings')
        .select((eb) => eb.fn.countAll<number | string>().as('count'))
        .executeTakeFirstOrThrow()
      seen.push(Number(count))
    }
    const runner = newRunner(work, 3, false)
    let started: Promise<void> | undefined
    await db.transaction().execute(async (tx) => {
      expect(await enqueue(tx, { kind: 'channel.publish', payload: { n: 2 }, now, dedupeKey: 'k' })).toBe(
        waiting,
      )
      // on one connection the runner waits for us, on several it must leave the job alone
      started ??= runner.start()
      await nextTurn()
      await tx.insertInto('settings').values({ name: 'work', value: 'to do' }).execute()
    })
    await started
    await until(async () => (await countUnfinished(db)) === 0)

    expect(seen).toEqual([1])
  })

  test('a job of a server that died is taken over when its lease has run out', async () => {
    const id = await put(1)
    await claim(db, 'dead', ['channel.publish'], now, 30_000)
    const runner = await startRunner(async () => undefined, 3, false)
    expect((await job(id)).state).toBe('running')

    now = new Date(now.getTime() + 31_000)
    await runner.reap()
    await until(stateIs(id, 'done'))
  })
})

describe('a failure', () => {
  test('by accident is tried again, later each time, and then is one', async () => {
    let runs = 0
    const looker = 99
    const runner = await startRunner((_run, { n }) => {
      if (n === looker) return Promise.resolve()
      runs += 1
      return Promise.reject(new Error(`accident ${runs}`))
    }, 3)
    const id = await put()
    runner.wake()
    await until(() => runs === 1)

    for (const [seconds, run] of [
      [1, 2],
      [2, 3],
    ] as const) {
      await until(stateIs(id, 'queued'))
      now = new Date(now.getTime() + seconds * 1000 - 1)
      const later = await put(looker)
      runner.wake()
      await until(stateIs(later, 'done')) // the queue was looked through, and the job was not due
      expect(runs).toBe(run - 1)
      now = new Date(now.getTime() + 1)
      runner.wake()
      await until(() => runs === run)
    }
    await until(stateIs(id, 'failed'))

    expect(await job(id)).toMatchObject({ attempts: 3, error: 'accident 3' })
    expect(log.filter(({ level }) => level === 50)).toHaveLength(3)
  })

  test('that is a refusal is final at once, and no error of ours', async () => {
    await startRunner(() => Promise.reject(new AppError('upstream-answer', 'they said no')))
    const id = await put()
    await until(stateIs(id, 'failed'))

    expect(await job(id)).toMatchObject({ attempts: 1, error: 'they said no' })
    expect(log.map(({ level }) => level)).toEqual([40])
  })

  test('because our own data is broken is an error to act on', async () => {
    await startRunner(() => Promise.reject(new AppError('corrupt-data', 'a blob is gone')))
    const id = await put()
    await until(stateIs(id, 'failed'))

    expect(log.map(({ level }) => level)).toEqual([50])
  })

  test('of one leaves the others alone', async () => {
    const runner = await startRunner(async (_run, { n }) => {
      if (n === 1) throw new Error('accident')
    }, 1)
    const ids = [await put(0), await put(1), await put(2)]
    runner.wake()
    await until(async () => (await countUnfinished(db)) === 0)

    expect(await Promise.all(ids.map(async (id) => (await job(id)).state))).toEqual([
      'done',
      'failed',
      'done',
    ])
  })
})

describe('stopping', () => {
  test('a job that waits ends at once', async () => {
    const id = await put(0, { exclusiveKey: 'k' })

    expect(await requestStopOfKey(db, 'k', now)).toEqual({ waiting: 1, running: 0 })
    expect((await job(id)).state).toBe('stopped')
    expect(await requestStopOfKey(db, 'k', now)).toEqual({ waiting: 0, running: 0 })
  })

  test('a job that runs is told, and ends as stopped', async () => {
    const { work, begun } = heldWork()
    const runner = await startRunner(work)
    const id = await put(0, { exclusiveKey: 'k' })
    runner.wake()
    await until(() => begun.length === 1)

    expect(await requestStopOfKey(db, 'k', now)).toEqual({ waiting: 0, running: 1 })

    await until(stateIs(id, 'stopped'))
    expect(log).toEqual([])
  })

  test('the runner ends what runs and puts it back for the next start', async () => {
    const { work, begun } = heldWork()
    const runner = await startRunner(work)
    const id = await put()
    runner.wake()
    await until(() => begun.length === 1)

    await runner.stop()

    expect(await job(id)).toMatchObject({ state: 'queued' })
    await startRunner(async () => 'again')
    await until(stateIs(id, 'done'))
    expect(await job(id)).toMatchObject({ attempts: 2, result: 'again' })
  })

  test('a job that is taken in that very moment does not run on', async () => {
    const { work } = heldWork()
    const runner = newRunner(work)
    const id = await put()
    runner.wake()

    await runner.stop()

    expect((await job(id)).state).toBe('queued')
  })
})

describe('a crash', () => {
  test('gives its jobs back at the next start, whatever their leases say', async () => {
    const id = await put(0, { dedupeKey: 'k', exclusiveKey: 'k' })
    await claim(db, 'dead process', ['channel.publish'], now, 3_600_000)
    expect((await job(id)).state).toBe('running')

    await startRunner(async () => 'after all')

    await until(stateIs(id, 'done'))
  })

  test('of a job that somebody had asked to stop does not start it for good', async () => {
    const id = await put(0, { exclusiveKey: 'k' })
    await claim(db, 'dead process', ['channel.publish'], now, 1000)
    await requestStopOfKey(db, 'k', now)

    await startRunner(heldWork().work)

    await until(stateIs(id, 'stopped'))
  })
})

describe('a lease', () => {
  test('that another owner took ends the work here and leaves the job to the other', async () => {
    const { work, begun } = heldWork()
    const runner = await startRunner(work, 1)
    const id = await put()
    runner.wake()
    await until(() => begun.length === 1)

    await db.updateTable('jobs').set({ owner: 'another' }).where('id', '=', id).execute()
    await until(() => log.length > 0)

    expect((await job(id)).state).toBe('running')
    expect(await renew(db, id, 'another', now, undefined)).toBe('go-on')
  })

  test('that ran out under a job whose end could not be written down gives it back, also on a lone server', async () => {
    const runs: string[] = []
    const runner = await startRunner(async (run) => runs.push(run.id))
    const id = await db.transaction().execute(async (tx) => {
      const id = await enqueue(tx, { kind: 'channel.publish', payload: { n: 0 }, now })
      await claim(tx, 'this server, that could not write', ['channel.publish'], now, 30_000)
      return id
    })

    await runner.reap()
    expect((await job(id)).state).toBe('running')
    now = new Date(now.getTime() + 31_000)
    await runner.reap()

    await until(stateIs(id, 'done'))
    expect(runs).toEqual([id])
  })

  test('that ran out under a job at work here, because the clock jumped, does not start it twice', async () => {
    const { work, begun, letGo } = heldWork()
    const runner = await startRunner(work)
    const id = await put()
    await until(() => begun.length === 1)

    now = new Date(now.getTime() + 3_600_000)
    await runner.reap()
    letGo()

    await until(stateIs(id, 'done'))
    expect(begun).toEqual([id])
  })

  test('is needed to finish: who lost it changes nothing', async () => {
    const id = await put()
    await claim(db, 'first', ['channel.publish'], now, 1000)
    await db.updateTable('jobs').set({ owner: 'second' }).where('id', '=', id).execute()

    await finish(db, id, 'first', { state: 'done', result: 'late' }, undefined, now)

    expect(await job(id)).toMatchObject({ state: 'running', result: undefined })
    expect(await renew(db, id, 'first', now, undefined)).toBe('lost')
  })
})

test('progress is there while a job runs, and its last word stays', async () => {
  const go = Promise.withResolvers<undefined>()
  const runner = await startRunner(async (run) => {
    run.reportProgress({ step: 'half' })
    await go.promise
    run.reportProgress({ step: 'done' })
  })
  const id = await put()
  runner.wake()

  await until(async () => JSON.stringify((await job(id)).progress) === '{"step":"half"}')
  go.resolve(undefined)
  await until(stateIs(id, 'done'))

  expect((await job(id)).progress).toEqual({ step: 'done' })
})

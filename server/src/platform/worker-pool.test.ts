import { getPriority } from 'node:os'
import { afterEach, expect, test, vi } from 'vitest'
import type { EchoTask } from './testing/echo-worker.ts'
import { WorkerPool } from './worker-pool.ts'

let pool: WorkerPool
afterEach(() => pool.close())

function open(size = 2, taskTimeoutMs = 20_000): (task: EchoTask) => Promise<unknown> {
  pool = new WorkerPool({ module: new URL('testing/echo-worker.ts', import.meta.url), size, taskTimeoutMs })
  return (task) => pool.run(task)
}

const echo = (value: unknown): EchoTask => ({ kind: 'echo', value })

test('many tasks on few workers each get their own answer', async () => {
  const run = open(2)

  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => run(echo(i))))

  expect(answers).toEqual(Array.from({ length: 50 }, (_, i) => i))
})

test('a refusal crosses the thread as a refusal, a bug as an error', async () => {
  const run = open()

  await expect(run({ kind: 'refuse' })).rejects.toMatchObject({
    code: 'invalid-package',
    message: 'not this one',
  })
  await expect(run({ kind: 'fail' })).rejects.toThrow('a bug')
  expect(await run(echo('on'))).toBe('on')
})

test.each([
  ['crash', 'crashed'],
  ['exit', 'ended in the middle'],
] as const)('a worker that dies (%s) costs its task and no other', async (kind, message) => {
  const run = open(1)
  const dying = run({ kind })
  const waiting = [run(echo(1)), run(echo(2))]

  await expect(dying).rejects.toThrow(message)
  expect(await Promise.all(waiting)).toEqual([1, 2])
})

test('a task that takes too long is given up and its worker replaced', async () => {
  const run = open(1, 1_000)

  await expect(run({ kind: 'hang' })).rejects.toMatchObject({ code: 'invalid-package' })
  // on a busy machine the new one may need longer than that to start
  await vi.waitFor(async () => expect(await run(echo('on'))).toBe('on'), { timeout: 60_000 })
})

test.each([
  ['one', 1, {}],
  ['none', 0, { keep: 0 }],
])('workers that have nothing to do end, and %s stays', async (_, staying, options) => {
  pool = new WorkerPool({
    module: new URL('testing/echo-worker.ts', import.meta.url),
    size: 3,
    taskTimeoutMs: 20_000,
    idleMs: 1,
    maxHeapMiB: 64,
    ...options,
  })
  await Promise.all([1, 2, 3].map((value) => pool.run(echo(value))))

  await vi.waitFor(() => expect(pool.workerCount).toBe(staying), { timeout: 20_000 })

  expect(await pool.run(echo('on'))).toBe('on')
})

test.runIf(process.platform === 'linux')(
  'threads stand back, and the one that answers does not',
  async () => {
    const own = getPriority(0)
    pool = new WorkerPool({
      module: new URL('testing/echo-worker.ts', import.meta.url),
      size: 1,
      taskTimeoutMs: 20_000,
      niceness: 3,
    })

    expect(await pool.run({ kind: 'priority' } satisfies EchoTask)).toBe(Math.min(19, own + 3))
    expect(getPriority(0)).toBe(own)
  },
)

test('closing refuses what waits, ends what runs and takes nothing more', async () => {
  const run = open(1)
  const [running, waiting] = [run({ kind: 'hang' }), run(echo(1))]
  const ends = Promise.allSettled([running, waiting])

  await pool.close()

  expect(await ends).toMatchObject([
    { status: 'rejected' },
    { status: 'rejected', reason: { code: 'shutting-down' } },
  ])
  await expect(run(echo(2))).rejects.toMatchObject({ code: 'shutting-down' })
})

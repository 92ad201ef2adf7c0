/** The worker's side of `worker-pool.ts`: answers one task after the other. */
import { getPriority, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { AppError } from '../vocabulary/errors.ts'
import type { ThreadStart, WorkerAnswer } from './worker-pool.ts'

const MAX_NICENESS = 19

export function answerTasks(
  work: (input: unknown) => Promise<{ result: unknown; transfer?: ArrayBuffer[] }>,
): void {
  const port = parentPort
  if (!port) throw new Error('this module runs in a worker thread only')
  standBack((workerData as ThreadStart).niceness) // only WorkerPool starts workers
  port.on('message', (input: unknown) => {
    work(input).then(
      ({ result, transfer = [] }) => port.postMessage({ ok: true, result } satisfies WorkerAnswer, transfer),
      (error: unknown) => port.postMessage(refusal(error)),
    )
  })
}

/** Linux alone has a priority for each thread; elsewhere this would slow the whole server. */
function standBack(niceness: number): void {
  if (process.platform !== 'linux' || niceness === 0) return
  setPriority(0, Math.min(MAX_NICENESS, getPriority(0) + niceness))
}

function refusal(error: unknown): WorkerAnswer {
  return {
    ok: false,
    code: error instanceof AppError ? error.code : undefined,
    message: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? (error.stack ?? '') : '',
  }
}

/** The worker's side of `worker-pool.ts`: answers one task after the other. */
import { parentPort } from 'node:worker_threads'
import { AppError } from '../vocabulary/errors.ts'
import type { WorkerAnswer } from './worker-pool.ts'

export function answerTasks(
  work: (input: unknown) => Promise<{ result: unknown; transfer?: ArrayBuffer[] }>,
): void {
  const port = parentPort
  if (!port) throw new Error('this module runs in a worker thread only')
  port.on('message', (input: unknown) => {
    work(input).then(
      ({ result, transfer = [] }) => port.postMessage({ ok: true, result } satisfies WorkerAnswer, transfer),
      (error: unknown) => port.postMessage(refusal(error)),
    )
  })
}

function refusal(error: unknown): WorkerAnswer {
  return {
    ok: false,
    code: error instanceof AppError ? error.code : undefined,
    message: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? (error.stack ?? '') : '',
  }
}

/**
 * Worker threads for what would make the server stutter: opening archives, reading indexes, compressing.
 * A task is data in and data out, bounded in time; a worker that dies or hangs costs its task and is
 * replaced.
 */
import { Worker } from 'node:worker_threads'
import { AppError, errorStatuses, type ErrorCode } from '../vocabulary/errors.ts'

/** What a worker answers: the result, or a refusal that crosses the thread as data. */
export type WorkerAnswer =
  | { readonly ok: true; readonly result: unknown }
  | {
      readonly ok: false
      readonly code: ErrorCode | undefined
      readonly message: string
      readonly stack: string
    }

/** What a worker is started with. */
export interface ThreadStart {
  readonly niceness: number
}

interface Task {
  readonly input: unknown
  readonly transfer: readonly ArrayBuffer[]
  resolve(result: unknown): void
  reject(error: Error): void
}

interface Seat {
  readonly worker: Worker
  task: Task | undefined
  timer: NodeJS.Timeout | undefined
}

/** Small: what a task makes and drops again is collected early. */
const YOUNG_HEAP_MIB = 16

export interface WorkerPoolOptions {
  /** Module that calls `answerTasks` (worker-thread.ts). */
  readonly module: URL
  readonly size: number
  /** A task that takes longer is refused and its worker ended. */
  readonly taskTimeoutMs: number
  /** A worker that has nothing to do so long ends. */
  readonly idleMs?: number
  /** So many stay however long they idle, for whoever is in a hurry; 1 unless said otherwise. */
  readonly keep?: number
  /** Of each worker's heap; what is kept in buffers is beside it. */
  readonly maxHeapMiB?: number
  /** Beside that, and with it: for what has just been made. */
  readonly youngHeapMiB?: number
  /** How far its threads stand back, as with nice(1), when the thread that answers clients wants the processor. */
  readonly niceness?: number
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #seats: Seat[] = []
  readonly #waiting: Task[] = []
  #closed = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
  }

  /** Of those that live now. */
  get workerCount(): number {
    return this.#seats.length
  }

  get size(): number {
    return this.#options.size
  }

  /**
   * @param transfer buffers that move to the worker instead of being copied
   * @throws AppError as the worker refused, or Error when it failed or took too long
   */
  run(input: unknown, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#closed) return Promise.reject(new AppError('shutting-down', 'the server stops'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, transfer, resolve, reject })
      this.#assign()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const task of this.#waiting.splice(0)) task.reject(new AppError('shutting-down', 'the server stops'))
    await Promise.all(this.#seats.map(({ worker }) => worker.terminate()))
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const seat = this.#seats.find((candidate) => !candidate.task) ?? this.#open()
      if (!seat) return
      const task = this.#waiting.shift()!
      seat.task = task
      clearTimeout(seat.timer)
      seat.timer = setTimeout(
        () => this.#end(seat, timedOut(this.#options.taskTimeoutMs)),
        this.#options.taskTimeoutMs,
      )
      seat.worker.ref()
      seat.worker.postMessage(task.input, [...task.transfer])
    }
  }

  #open(): Seat | undefined {
    if (this.#closed || this.#seats.length >= this.#options.size) return undefined
    const { module, maxHeapMiB, youngHeapMiB = YOUNG_HEAP_MIB, niceness = 0 } = this.#options
    const worker = new Worker(module, {
      workerData: { niceness } satisfies ThreadStart,
      ...(maxHeapMiB !== undefined && {
        resourceLimits: { maxOldGenerationSizeMb: maxHeapMiB, maxYoungGenerationSizeMb: youngHeapMiB },
      }),
    })
    worker.unref()
    const seat: Seat = { worker, task: undefined, timer: undefined }
    worker.on('message', (answer: WorkerAnswer) => {
      const task = this.#release(seat)
      if (answer.ok) task?.resolve(answer.result)
      else task?.reject(toError(answer))
      this.#assign()
    })
    worker.on('error', (error: Error) => this.#end(seat, error))
    worker.on('exit', () => this.#end(seat, new Error('a worker ended in the middle of its task')))
    this.#seats.push(seat)
    return seat
  }

  #release(seat: Seat): Task | undefined {
    const { task } = seat
    clearTimeout(seat.timer)
    seat.task = undefined
    seat.worker.unref()
    this.#endWhenIdle(seat)
    return task
  }

  #endWhenIdle(seat: Seat): void {
    const { idleMs, keep = 1 } = this.#options
    if (idleMs === undefined || this.#seats.indexOf(seat) < keep) return
    seat.timer = setTimeout(() => this.#end(seat, new Error('a worker ended for want of work')), idleMs)
    seat.timer.unref()
  }

  #end(seat: Seat, error: Error): void {
    const index = this.#seats.indexOf(seat)
    if (index < 0) return
    this.#seats.splice(index, 1)
    clearTimeout(seat.timer)
    void seat.worker.terminate()
    this.#release(seat)?.reject(error)
    this.#assign()
  }
}

function timedOut(ms: number): AppError {
  return new AppError('invalid-package', `it took longer than ${ms / 1000} s to read and was given up`)
}

function toError(answer: Extract<WorkerAnswer, { ok: false }>): Error {
  if (answer.code !== undefined && answer.code in errorStatuses)
    return new AppError(answer.code, answer.message)
  const error = new Error(answer.message)
  error.stack = answer.stack
  return error
}

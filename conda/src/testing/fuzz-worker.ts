/** Runs the cases of one target until its time is up; fuzz.ts watches it from another thread. */
import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { fuzzTarget, MAX_CASE_MS, type FuzzTargetName } from './fuzz-targets.ts'
import { randomSource } from './random.ts'

export interface FuzzWork {
  readonly target: FuzzTargetName
  readonly seed: number
  readonly seconds: number
  /** One case alone; undefined for all in turn. */
  readonly onlyCase: number | undefined
  /** Two numbers that this thread keeps up to date: the case it is at, and when it began (ms since 1970, low half). */
  readonly progress: SharedArrayBuffer
}

export type FuzzMessage =
  | { readonly kind: 'finding'; readonly caseNumber: number; readonly what: string; readonly input: string }
  | {
      readonly kind: 'done'
      readonly cases: number
      readonly slowestMs: number
      readonly slowestCase: number
    }

const MAX_FINDINGS = 5

async function run({ target, seed, seconds, onlyCase, progress }: FuzzWork): Promise<void> {
  const view = new Int32Array(progress)
  const makeCase = await fuzzTarget(target)
  const post = (message: FuzzMessage): void => parentPort?.postMessage(message)
  const end = Date.now() + seconds * 1000
  let [cases, findings, slowestMs, slowestCase] = [0, 0, 0, 0]
  for (let number = onlyCase ?? 0; findings < MAX_FINDINGS; number++) {
    // Each case from numbers of its own, so that it can be had again without those before it.
    const { input, run } = makeCase(randomSource(seed * 2 ** 32 + number))
    Atomics.store(view, 0, number)
    Atomics.store(view, 1, Date.now() | 0)
    const before = process.threadCpuUsage()
    let what: string | undefined
    try {
      await run()
    } catch (error) {
      what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    }
    const { user, system } = process.threadCpuUsage(before)
    const elapsedMs = (user + system) / 1000
    if (elapsedMs > MAX_CASE_MS) what ??= `took ${elapsedMs.toFixed(0)} ms`
    if (what !== undefined) {
      findings++
      post({ kind: 'finding', caseNumber: number, what, input })
    }
    if (elapsedMs > slowestMs) [slowestMs, slowestCase] = [elapsedMs, number]
    cases++
    // Node gives back the memory of a failed zstdDecompressSync in the next turn of its event loop.
    if (cases % 50 === 0) await setImmediate()
    if (onlyCase !== undefined || Date.now() >= end) break
  }
  post({ kind: 'done', cases, slowestMs, slowestCase })
}

await run(workerData as FuzzWork) // fuzz.ts starts this file, with nothing else

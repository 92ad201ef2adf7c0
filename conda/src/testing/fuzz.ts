/**
 * Fuzzing of all that reads what others wrote: `npm run fuzz`.
 *
 *     npm run fuzz -- [--seconds 600] [--seed N] [--target versions] [--case N]
 *
 * Looked for: errors other than the promised ones, broken promises (fixed points, orders), more than two seconds
 * for one case, more than 512 MiB for the whole process. A finding is printed with the command that repeats it.
 * The targets are in fuzz-targets.ts, which says what is promised.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { FUZZ_TARGETS, MAX_CASE_MS, type FuzzTargetName } from './fuzz-targets.ts'
import type { FuzzMessage, FuzzWork } from './fuzz-worker.ts'

export interface FuzzResult {
  readonly target: FuzzTargetName
  readonly cases: number
  readonly slowestMs: number
  readonly peakBytes: number
  /** Each with what was seen and how to see it again. */
  readonly findings: readonly string[]
}

export const MAX_MEMORY_BYTES = 512 * 2 ** 20
/** By the clock, for a case that does not come back at all: more, since other programs run too. */
const HANG_MS = 5 * MAX_CASE_MS
const MAX_SHOWN = 4000

/** @param seconds for each target */
export async function fuzz(options: {
  readonly target: FuzzTargetName
  readonly seconds: number
  readonly seed: number
  readonly onlyCase?: number | undefined
}): Promise<FuzzResult> {
  const { target, seed } = options
  const progress = new SharedArrayBuffer(8)
  const view = new Int32Array(progress)
  view[1] = Date.now() | 0
  const findings: string[] = []
  const found = (caseNumber: number, what: string, input = ''): void => {
    const again = `npm run fuzz -- --target ${target} --seed ${seed} --case ${caseNumber}`
    const shown = input.length > MAX_SHOWN ? `${input.slice(0, MAX_SHOWN)}…` : input
    findings.push(`${target}: ${what}\n  again: ${again}${shown && `\n  input: ${shown}`}`)
  }
  const work: FuzzWork = { target, seed, seconds: options.seconds, onlyCase: options.onlyCase, progress }
  const worker = new Worker(new URL('fuzz-worker.ts', import.meta.url), {
    workerData: work,
    resourceLimits: { maxOldGenerationSizeMb: 384 },
  })
  let peakBytes = 0
  let done: Extract<FuzzMessage, { kind: 'done' }> | undefined
  const watchdog = setInterval(() => {
    const bytes = process.memoryUsage.rss()
    if (bytes > MAX_MEMORY_BYTES && peakBytes <= MAX_MEMORY_BYTES) {
      found(Atomics.load(view, 0), `used ${Math.round(bytes / 2 ** 20)} MiB, here or shortly before`)
    }
    peakBytes = Math.max(peakBytes, bytes)
    if ((Date.now() | 0) - Atomics.load(view, 1) > HANG_MS) {
      found(Atomics.load(view, 0), `does not come back within ${HANG_MS} ms`)
      void worker.terminate()
    }
  }, 100)
  worker.on('message', (message: FuzzMessage) => {
    if (message.kind === 'finding') found(message.caseNumber, message.what, message.input)
    else done = message
  })
  await new Promise<void>((resolve) => {
    worker.on('error', (error) => found(Atomics.load(view, 0), `the worker died: ${String(error)}`))
    worker.on('exit', () => resolve())
  })
  clearInterval(watchdog)
  return { target, cases: done?.cases ?? 0, slowestMs: done?.slowestMs ?? 0, peakBytes, findings }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '600' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 20) },
      target: { type: 'string', multiple: true, default: [...FUZZ_TARGETS] },
      case: { type: 'string' },
    },
  })
  const targets = FUZZ_TARGETS.filter((target) => values.target.includes(target))
  const { seed, seconds } = values
  const [target] = targets
  if (target === undefined) throw new Error(`--target is one of ${FUZZ_TARGETS.join(', ')}`)
  if (targets.length > 1 || process.env['MALLOC_ARENA_MAX'] === undefined) {
    // Each in a process of its own, or the memory of one would be held against the next. One arena, or glibc
    // keeps what each thread of zlib gave back: up to 200 MiB that no case holds.
    const onlyCase = values.case === undefined ? [] : ['--case', values.case]
    for (const name of targets) {
      const child = [fileURLToPath(import.meta.url), '--target', name, '--seed', seed, '--seconds', seconds]
      const env = { ...process.env, MALLOC_ARENA_MAX: '1' }
      const { status } = spawnSync(process.execPath, [...child, ...onlyCase], { stdio: 'inherit', env })
      if (status !== 0) process.exitCode = 1
    }
    return
  }
  const onlyCase = values.case === undefined ? undefined : Number(values.case)
  const result = await fuzz({ target, seconds: Number(seconds), seed: Number(seed), onlyCase })
  const { cases, slowestMs, peakBytes, findings } = result
  const memory = `${Math.round(peakBytes / 2 ** 20)} MiB`
  console.log(
    `${target}, seed ${seed}: ${cases} cases in ${seconds} s, slowest ${slowestMs.toFixed(0)} ms, ${memory}, ${findings.length} findings`,
  )
  for (const finding of findings) console.log(finding)
  if (findings.length > 0) process.exitCode = 1
}

if (import.meta.main) await main()

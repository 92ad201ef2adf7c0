/**
 * What a benchmark is. Each is a module that exports `bench`, named in benches.ts; main.ts runs it, prints its
 * tables and writes them into docs/BENCHMARKS.md. A figure alone says little, for machines differ: measure a peer
 * in the same run, and give the ratio.
 */
import { availableParallelism, cpus, totalmem } from 'node:os'

export interface BenchTable {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Below the table: what was measured, and what was not to be had. */
  readonly notes?: readonly string[]
}

export interface BenchContext {
  /** What stood behind the name on the command line; the benchmark reads it with `parseArgs`. */
  readonly args: readonly string[]
  /** Says how far it is, to stderr. */
  readonly say: (text: string) => void
}

export type Bench = (context: BenchContext) => Promise<readonly BenchTable[]>

export interface Timing {
  /** The fastest of the runs: what the code can do when nothing else runs. */
  readonly bestMs: number
  readonly medianMs: number
}

/** Runs it once to warm up and then `times` times; each run is awaited before the next. */
export async function time(times: number, run: () => unknown): Promise<Timing> {
  await run()
  const elapsed: number[] = []
  for (let i = 0; i < times; i++) {
    const started = performance.now()
    await run()
    elapsed.push(performance.now() - started)
  }
  return timingOf(elapsed)
}

/** The same for contenders that take turns, so that a busy moment of the machine meets all of them. */
export async function timeInTurn<Name extends string>(
  times: number,
  contenders: Readonly<Record<Name, () => unknown>>,
): Promise<Record<Name, Timing>> {
  const names = Object.keys(contenders) as Name[]
  const elapsed = new Map(names.map((name) => [name, [] as number[]]))
  for (const name of names) await contenders[name]()
  for (let i = 0; i < times; i++) {
    for (const name of names) {
      const started = performance.now()
      await contenders[name]()
      elapsed.get(name)?.push(performance.now() - started)
    }
  }
  const timings = names.map((name) => [name, timingOf(elapsed.get(name) ?? [])] as const)
  return Object.fromEntries(timings) as Record<Name, Timing>
}

function timingOf(elapsed: number[]): Timing {
  const sorted = elapsed.toSorted((a, b) => a - b)
  const [bestMs = 0] = sorted
  return { bestMs, medianMs: sorted[sorted.length >> 1] ?? 0 }
}

/** With three digits that say something: `0.123`, `12.3`, `1,234,567`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const digits = Math.abs(value) >= 100 || value === 0 ? 0 : 2 - Math.floor(Math.log10(Math.abs(value)))
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** `2.31×` */
export const ratio = (value: number): string => `${figure(value)}×`

export function describeMachine(now: Date): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`
  const day = now.toISOString().slice(0, 10)
  return `${day}, ${availableParallelism()} cores (${model}), ${memory}, Node ${process.versions.node}.`
}

/**
 * `npm run bench matching [-- --files N]`: the matcher over a whole world. Cold: every name and version against every
 * advisory. Delta: a day of changed, new and withdrawn advisories. The work is done in a worker whose heap is limited, so
 * that a figure of memory is what is needed and not what was to be had.
 */
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Bench, BenchTable } from './bench.ts'

const FULL_FILES = 2_500_000
const HEAP_MB = 800

export const bench: Bench = async ({ args, say }) => {
  const { values } = parseArgs({
    args: [...args],
    options: { files: { type: 'string', default: String(FULL_FILES) } },
  })
  say(`matching in a heap of ${HEAP_MB} MB`)
  const worker = new Worker(new URL('./matching-run.ts', import.meta.url), {
    workerData: Number(values.files),
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
  return new Promise<readonly BenchTable[]>((resolve, reject) => {
    worker.once('message', (tables) => resolve(tables as readonly BenchTable[])) // what matching-run.ts posts
    worker.once('error', reject)
  })
}

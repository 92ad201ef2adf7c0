/** `npm run test:crash -- --runs N`: kills servers at work, N times in each of the crash tests; 50 without. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '50' } } })
if (!/^[1-9]\d{0,6}$/.test(values.runs)) throw new Error('--runs is a number from 1')
const vitest = spawn('npx', ['vitest', 'run', '-c', 'vitest.e2e.config.ts', 'e2e/crash'], {
  stdio: 'inherit',
  env: { ...process.env, CRASH_RUNS: values.runs },
})
const [code] = (await once(vitest, 'exit')) as [number | null] // null when a signal ended it
process.exitCode = code ?? 1

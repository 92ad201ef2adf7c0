/**
 * `npm run test:damage -- --runs N [--seed S] [--postgres]`: damages a server's storage N times at random, each time in one
 * place; 100 without. A data folder, or with `--postgres` a database there and a bucket.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { startPostgres } from './private-postgres.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    postgres: { type: 'boolean', default: false },
  },
})
for (const name of ['runs', 'seed'] as const)
  if (!/^[1-9]\d{0,6}$/.test(values[name])) throw new Error(`--${name} is a number from 1`)
const postgres = values.postgres ? await startPostgres({ durable: false }) : undefined
try {
  const vitest = spawn('npx', ['vitest', 'run', 'server/src/doctor/random-damage.test.ts'], {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(postgres && { TEST_POSTGRES_URL: postgres.url }),
      DAMAGE_RUNS: values.runs,
      DAMAGE_SEED: values.seed,
    },
  })
  const [code] = (await once(vitest, 'exit')) as [number | null] // null when a signal ended it
  process.exitCode = code ?? 1
} finally {
  await postgres?.stop()
}

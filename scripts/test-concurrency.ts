/**
 * `npm run test:concurrency -- --seconds 60`: publishers, readers and garbage collection beside each other for so long,
 * on SQLite and on a PostgreSQL of its own; `--engine sqlite` or `--engine postgres` for one of them.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { startPostgres } from './private-postgres.ts'

const TESTS = [
  'server/src/repodata/concurrency.test.ts',
  'server/src/doctor/collect-beside-writers.test.ts',
  'server/src/doctor/repair-while-serving.test.ts',
]

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    engine: { type: 'string', default: 'both' },
  },
})
if (!/^[1-9]\d{0,4}$/.test(values.seconds)) throw new Error('--seconds is a number from 1')
if (!['both', 'sqlite', 'postgres'].includes(values.engine))
  throw new Error('--engine is sqlite, postgres or both')

if (values.engine !== 'postgres') await run({})
if (values.engine !== 'sqlite') {
  const postgres = await startPostgres({ durable: false })
  try {
    await run({ TEST_POSTGRES_URL: postgres.url })
  } finally {
    await postgres.stop()
  }
}

async function run(environment: NodeJS.ProcessEnv): Promise<void> {
  const vitest = spawn('npx', ['vitest', 'run', '--no-file-parallelism', ...TESTS], {
    stdio: 'inherit',
    env: { ...process.env, ...environment, CONCURRENCY_SECONDS: values.seconds },
  })
  const [code] = (await once(vitest, 'exit')) as [number | null] // null when a signal ended it
  if (code !== 0) process.exitCode = code ?? 1
}

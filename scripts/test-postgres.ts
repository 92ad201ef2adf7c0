/**
 * `npm run test:postgres`: the tests of the server on a PostgreSQL of their own. What stands on the command
 * line goes to vitest in place of `server`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startPostgres } from './private-postgres.ts'

const postgres = await startPostgres({ durable: false })
try {
  const tests = process.argv.length > 2 ? process.argv.slice(2) : ['server']
  const vitest = spawn('npx', ['vitest', 'run', ...tests], {
    stdio: 'inherit',
    env: { ...process.env, TEST_POSTGRES_URL: postgres.url },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => vitest.kill(signal))
  const [code] = (await once(vitest, 'exit')) as [number | null] // null when a signal ended it
  process.exitCode = code ?? 1
} finally {
  await postgres.stop()
}

/** Runs the random worlds of the policies, as many as are named: `npm run test:worlds -- 100000`. */
import { spawnSync } from 'node:child_process'

const [count = '100000', first = '0'] = process.argv.slice(2)
const { status } = spawnSync('npx', ['vitest', 'run', 'server/src/policies/worlds.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, WORLDS: count, FIRST_WORLD: first },
})
process.exit(status ?? 1)

/** A short run of `npm run fuzz`: five seconds for each kind of input. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { FUZZ_TARGETS } from '@terrarium/conda/testing/fuzz-targets.ts'

const FUZZ = fileURLToPath(new URL('../conda/src/testing/fuzz.ts', import.meta.url))
const SECONDS = process.env['FUZZ_SECONDS'] ?? '5'
const SEED = process.env['FUZZ_SEED'] ?? '20260101'

test.each(FUZZ_TARGETS)('%s: nothing is found', (target) => {
  const options = ['--target', target, '--seconds', SECONDS, '--seed', SEED]
  const { stdout } = spawnSync(process.execPath, [FUZZ, ...options], { encoding: 'utf8' })
  expect(stdout).toContain(', 0 findings')
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeSchema } from './describe-schema.ts'

test('schema.gen.ts is what the migrations make', async () => {
  const written = readFileSync(new URL('schema.gen.ts', import.meta.url), 'utf8')
  expect(written === (await describeSchema()), 'run `npm run generate` and commit what it writes').toBe(true)
})

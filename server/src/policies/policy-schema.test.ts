import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { policyJsonSchema } from './policy-schema.ts'

test('policy.schema.json is current; write-policy-schema.ts writes it', () => {
  const published: unknown = JSON.parse(readFileSync(new URL('policy.schema.json', import.meta.url), 'utf8'))
  expect(published).toEqual(policyJsonSchema())
})

test('the published schema is draft 2020-12, closed, and explains its fields', () => {
  const schema = JSON.stringify(policyJsonSchema())
  expect(schema).toContain('https://json-schema.org/draft/2020-12/schema')
  expect(schema).not.toContain('"additionalProperties":{}')
  for (const word of ['deny: not at all', 'CVSS score', 'match spec', 'linux-64', 'unknown']) {
    expect(schema).toContain(word)
  }
})

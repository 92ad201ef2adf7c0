import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hasSharedData, sharedPath } from '../testing/shared-data.ts'
import { parseVersion } from './parse.ts'
import { startsWith } from './starts-with.ts'

test.each([
  ['1.7.1', '1.7', true],
  ['1.7', '1.7.0', true],
  ['1.70', '1.7', false],
  ['1.7alpha', '1.7a', true],
  ['1.7alpha', '1.7alphabet', false],
  ['1.7a1', '1.7', true],
  ['1.7post1', '1.7post', true],
  ['1.7dev1', '1.7de', false],
  ['2!1.7', '1.7', false],
  ['1.1c.1', '1.1c0.1', true],
  ['0.4.1+1.3', '0.4.1', true],
  ['0.4.1+1.3', '0.4.1+1', true],
  ['0.4.1+1.3', '0.4+1', false],
  ['0.4.1', '0.4.1+1', false],
])('%s in the family of %s: %s', (version, prefix, expected) =>
  expect(startsWith(parseVersion(version), parseVersion(prefix))).toBe(expected),
)

interface PrefixCase {
  op: string
  version: string
  prefix: string
  expect: boolean
}

describe.skipIf(!hasSharedData)('as conda itself', () => {
  test('on every case', () => {
    const file = JSON.parse(readFileSync(sharedPath('vectors/version-order.json'), 'utf8')) as {
      cases: PrefixCase[]
    }
    const cases = file.cases.filter((c) => c.op === 'starts_with')
    expect(cases.length).toBeGreaterThan(200)
    for (const { version, prefix, expect: expected } of cases) {
      const actual = startsWith(parseVersion(version), parseVersion(prefix))
      expect([version, prefix, actual]).toEqual([version, prefix, expected])
    }
  })
})

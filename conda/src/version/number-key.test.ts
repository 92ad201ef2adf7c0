import fc from 'fast-check'
import { expect, test } from 'vitest'
import { numberKey } from './number-key.ts'

const digits = fc.oneof(
  fc.nat({ max: 200 }).map(String),
  fc.bigInt({ min: 0n, max: 10n ** 45n }).map(String),
  fc.integer({ min: 1, max: 400 }).map((length) => '9'.repeat(length)),
)

test('keys sort as the numbers do', () => {
  fc.assert(
    fc.property(digits, digits, (a, b) => {
      expect(numberKey(a) < numberKey(b)).toBe(BigInt(a) < BigInt(b))
    }),
    { numRuns: 3000 },
  )
})

test('no key is the beginning of another, so that keys can be strung together', () => {
  fc.assert(
    fc.property(digits, digits, (a, b) => {
      fc.pre(a !== b)
      expect(numberKey(a).startsWith(numberKey(b))).toBe(false)
    }),
  )
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cpuTimeMs } from '../testing/cpu-time.ts'
import { globMatches } from './glob.ts'

test.each([
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['a*c', 'abc', true],
  ['a*c', 'ac', true],
  ['a*c', 'abcd', false],
  ['*_cp310', 'py_cp310', true],
  ['py3*', 'py27', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'acb', false],
  ['a.c', 'abc', false],
  ['[ab]', 'a', false],
  ['**a**', 'xay', true],
])('%j on %j: %s', (pattern, text, expected) => expect(globMatches(pattern, text)).toBe(expected))

test('agrees with the regular expression it stands for', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 6 })
  fc.assert(
    fc.property(pattern, letters, (glob, text) => {
      const regex = new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`)
      expect(globMatches(glob, text)).toBe(regex.test(text))
    }),
    { numRuns: 3000 },
  )
})

test('a pattern made to hang does not', () => {
  const start = cpuTimeMs()
  expect(globMatches(`${'a*'.repeat(1000)}b`, 'a'.repeat(4000))).toBe(false)
  expect(cpuTimeMs() - start).toBeLessThan(500)
})

import { describe, expect, test } from 'vitest'
import { cpuTimeMs } from '../testing/cpu-time.ts'
import { InvalidRegexError, regexTest } from './regex.ts'

test.each([
  ['^.*(accelerate|mkl)$', '1_mkl', true],
  ['^py3[0-9]+_0$', 'py310_0', true],
  ['^py3[0-9]+_0$', 'py310_01', false],
  ['^a', 'abc', true],
  ['b', 'abc', false],
  ['^b|c$', 'abc', false],
])('%s on %s: %s', (pattern, text, expected) => expect(regexTest(pattern)(text)).toBe(expected))

test.each(['^(a$', '^a)|(b$', '^(?=a)$', '^(?!a)$', '^(a)\\1$', '^*a$', `^${'a'.repeat(600)}$`])(
  '%.20s is refused',
  (pattern) => expect(() => regexTest(pattern)).toThrow(InvalidRegexError),
)

describe('patterns made to hang do not', () => {
  const text = `${'a'.repeat(4000)}!`

  test.each(['^(a+)+$', '^(a|a)*$', '^(a*)*$', '^(.*a){20}$', '^(a{30}){30}$', `^${'(a*)*'.repeat(80)}$`])(
    '%.20s',
    (pattern) => {
      const start = cpuTimeMs()
      expect(regexTest(pattern)(text)).toBe(false)
      expect(cpuTimeMs() - start).toBeLessThan(1000)
    },
  )

  test('a text longer than any field matches nothing', () => {
    expect(regexTest('^.*$')('a'.repeat(5000))).toBe(false)
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { suffixArray } from './suffix-array.ts'

test('is the order that sorting the suffixes gives', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { maxLength: 60 }), (symbols) => {
      const text = symbols.map((symbol) => String.fromCharCode(97 + symbol)).join('')
      const expected = [...symbols.keys()].sort((a, b) => (text.slice(a) < text.slice(b) ? -1 : 1))

      expect([...suffixArray(Uint8Array.from(symbols), 256)]).toEqual(expected)
    }),
    { seed: 20261001, numRuns: 2000 },
  )
})

test.each([
  ['nothing', '', []],
  ['one symbol', 'a', [0]],
  ['banana', 'banana', [5, 3, 1, 0, 4, 2]],
  ['equal symbols', 'aaaa', [3, 2, 1, 0]],
])('of %s', (_, text, expected) => {
  expect([...suffixArray(new TextEncoder().encode(text), 256)]).toEqual(expected)
})

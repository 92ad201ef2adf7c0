import { expect, test } from 'vitest'
import { offsetOf } from './text-position.ts'

test.each([
  [1, 1, 0],
  [1, 3, 2],
  [2, 1, 3],
  [2, 99, 6],
  [3, 1, 7],
  [9, 1, 9],
])('line %d, column %d is at %d', (line, column, offset) => {
  expect(offsetOf('ab\ncde\nfg', line, column)).toBe(offset)
})

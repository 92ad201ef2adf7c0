import { describe, expect, test } from 'vitest'
import { duration, parseComparisons, satisfies, score, showComparisons, size } from './comparison.ts'

const day = 86_400_000

describe('comparisons', () => {
  test.each([
    ['>= 7', 7, true],
    ['>= 7', 6.9, false],
    ['>=7', 7, true],
    ['> 7', 7, false],
    ['> 7', 7.1, true],
    ['< 4', 3.9, true],
    ['<= 3.9', 3.9, true],
    ['= 10', 10, true],
    ['== 10', 9.9, false],
    ['>= 4, < 7', 5, true],
    ['>= 4, < 7', 7, false],
  ])('score %s of %d is %s', (text, value, expected) => {
    const read = parseComparisons(text, score)
    expect(typeof read === 'string' ? read : satisfies(value, read)).toBe(expected)
  })

  test.each([
    '',
    '7',
    'seven',
    '>= seven',
    '>= 11',
    '>= -1',
    '=> 7',
    '>= 7 <',
    '>= 7,',
    '>= 1e1',
    `>= ${'9'.repeat(9999)}`,
  ])('score %j cannot be read', (text) => {
    expect(parseComparisons(text, score)).toEqual(expect.any(String))
  })

  test.each([
    ['< 7 days', 7 * day],
    ['< 1 day', day],
    ['< 2 weeks', 14 * day],
    ['< 36 hours', 1.5 * day],
    ['< 1.5 Days', 1.5 * day],
  ])('duration %s', (text, value) => {
    expect(parseComparisons(text, duration)).toEqual([{ operator: '<', value }])
  })

  test.each(['< 1 month', '< 1 year', '< 7', '< -1 day', '< days'])('duration %j cannot be read', (text) => {
    expect(parseComparisons(text, duration)).toEqual(expect.any(String))
  })

  test.each([
    ['> 500 MB', 500e6],
    ['> 1.5 GiB', 1.5 * 2 ** 30],
    ['> 10kB', 10_000],
    ['> 0 B', 0],
  ])('size %s', (text, value) => {
    expect(parseComparisons(text, size)).toEqual([{ operator: '>', value }])
  })

  test.each([
    [showComparisons([{ operator: '<', value: 7 * day }], duration), '< 7 days'],
    [showComparisons([{ operator: '<', value: day / 24 }], duration), '< 1 hour'],
    [showComparisons([{ operator: '>', value: 1.5e9 }], size), '> 1.5 GB'],
    [
      showComparisons(
        [
          { operator: '>=', value: 4 },
          { operator: '<', value: 7 },
        ],
        score,
      ),
      '>= 4 and < 7',
    ],
    [size.show(12), '12 B'],
  ])('shown as %s', (shown, expected) => {
    expect(shown).toBe(expected)
  })
})

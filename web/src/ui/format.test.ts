import { describe, expect, test } from 'vitest'
import { formatDateTime, countOf, formatBytes, formatDuration, formatRelative, percentOf } from './format.ts'

describe('sizes have three digits and the unit that fits', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.00 kB'],
    [12_345, '12.3 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [9_995_000, '10.0 MB'],
    [4_294_967_296, '4.29 GB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })
})

describe('durations have their two largest units', () => {
  test.each([
    [0, '0 s'],
    [-3, '0 s'],
    [45, '45 s'],
    [60, '1 min'],
    [200, '3 min 20 s'],
    [7_500, '2 h 5 min'],
    [86_400 * 3 + 4 * 3600 + 59, '3 d 4 h'],
    [86_400 + 61, '1 d'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })
})

describe('instants are told from now', () => {
  const now = new Date('2026-05-12T12:00:00Z')
  test.each([
    ['2026-05-12T11:59:30Z', 'just now'],
    ['2026-05-12T11:15:00Z', '45 minutes ago'],
    ['2026-05-12T14:30:00Z', 'in 3 hours'],
    ['2026-05-11T11:00:00Z', 'yesterday'],
    ['2026-04-02T12:00:00Z', 'last month'],
    ['not a date', 'not a date'],
  ])('%s is %s', (iso, text) => {
    expect(formatRelative(iso, now)).toBe(text)
  })
})

describe('percent never claims none or all of what is neither', () => {
  test.each([
    [0, 0, 0],
    [0, 10, 0],
    [1, 10_000, 1],
    [9_999, 10_000, 99],
    [10, 10, 100],
    [12, 10, 100],
  ])('%d of %d is %d', (part, whole, percent) => {
    expect(percentOf(part, whole)).toBe(percent)
  })
})

test('one thing is counted in the singular', () => {
  expect(countOf(1, 'file')).toBe('1 file')
  expect(countOf(0, 'file')).toBe('0 files')
  expect(countOf(1203, 'policy', 'policies')).toBe('1,203 policies')
})

test('an instant is told with its zone', () => {
  expect(formatDateTime('2026-11-26T08:52:57.143Z')).toMatch(/^\d+ Nov 2026, \d\d:\d\d \S+$/)
})

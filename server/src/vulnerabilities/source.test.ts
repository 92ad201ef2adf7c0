import { describe, expect, test } from 'vitest'
import { ageOf, matchesPattern, nextRefresh } from './source.ts'

const HOUR_MS = 3_600_000

describe('rules', () => {
  test('the wait after failures doubles, up to a day', () => {
    const now = new Date(0)
    const waits = [0, 1, 2, 10].map(
      (failures) => nextRefresh({ refreshMinutes: 60 }, failures, now).getTime() / HOUR_MS,
    )
    expect(waits).toEqual([1, 2, 4, 24])
  })

  test.each([
    [undefined, 'never'],
    [1, 'fresh'],
    [3, 'aging'],
    [8, 'old'],
    [15, 'stale'],
  ])('%s days are %s', (days, age) => {
    const now = new Date(100 * 24 * HOUR_MS)
    const refreshedAt = days === undefined ? null : new Date(now.getTime() - days * 24 * HOUR_MS)
    expect(ageOf({ refreshedAt, dataAt: null }, now)).toBe(age)
  })

  test('a pattern takes * for anything and all else as it stands', () => {
    expect(matchesPattern('nvdcve-2.0-2026.json.gz', 'nvdcve-*')).toBe(true)
    expect(matchesPattern('xnvdcve-1', 'nvdcve-*')).toBe(false)
    expect(matchesPattern('axb', 'a.b')).toBe(false)
  })
})

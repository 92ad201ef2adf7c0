import { describe, expect, test } from 'vitest'
import { nextRunOf } from './schedule.ts'

const AFTER = new Date('2026-02-27T23:59:30Z') // a Friday

describe('the next run of a schedule', () => {
  test.each([
    ['every minute', '* * * * *', '2026-02-28T00:00:00Z'],
    ['every night', '0 3 * * *', '2026-02-28T03:00:00Z'],
    ['every quarter of an hour', '*/15 * * * *', '2026-02-28T00:00:00Z'],
    ['on working days', '30 6 * * 1-5', '2026-03-02T06:30:00Z'],
    ['by the name of the day', '0 0 * * sun', '2026-03-01T00:00:00Z'],
    ['on the first of a month', '0 0 1 */2 *', '2026-03-01T00:00:00Z'],
    ['in a leap year', '0 0 29 2 *', '2028-02-29T00:00:00Z'],
  ])('%s', (_, expression, next) => {
    expect(nextRunOf(expression, AFTER)).toEqual(new Date(next))
  })

  test('is never the moment itself', () => {
    expect(nextRunOf('0 0 * * *', new Date('2026-02-28T00:00:00Z'))).toEqual(new Date('2026-03-01T00:00:00Z'))
  })

  test.each([
    ['', 'no schedule'],
    ['daily', 'no schedule'],
    ['0 3 * *', 'no schedule'],
    ['0 0 3 * * *', 'no schedule'],
    ['60 3 * * *', 'no schedule'],
    ['0 3 * * 9', 'no schedule'],
    ['0 0 31 2 *', 'never comes'],
  ])('%j is refused', (expression, why) => {
    expect(() => nextRunOf(expression, AFTER)).toThrow(why)
  })
})

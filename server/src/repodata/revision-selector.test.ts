import { expect, test } from 'vitest'
import { parseRevisionSelector } from './revision-selector.ts'

test.each([
  ['0', 0],
  ['42', 42],
  ['999999999', 999_999_999],
])('%s is the number of a revision', (text, number) => {
  expect(parseRevisionSelector(text)).toEqual({ kind: 'number', number })
})

test.each([
  ['2026-10-01', '2026-10-01T00:00:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['2026-10-01T08:30Z', '2026-10-01T08:30:00.000Z'],
  ['2026-10-01T08:30:05Z', '2026-10-01T08:30:05.000Z'],
  ['2026-10-01T08:30:05.25Z', '2026-10-01T08:30:05.250Z'],
  ['2026-10-01T00:30:05+02:00', '2026-09-30T22:30:05.000Z'],
  ['2026-12-31T23:30-14:00', '2027-01-01T13:30:00.000Z'],
  ['20261001T083005Z', '2026-10-01T08:30:05.000Z'],
])('%s is an instant', (text, instant) => {
  expect(parseRevisionSelector(text)).toEqual({ kind: 'instant', instant: new Date(instant) })
})

test.each([
  ...['', '-1', '01', '1.5', '1e3', '1000000000', 'x', 'latest', ' 1', '2026-10', '2026-02-30'],
  ...[
    '2026-13-01',
    '2026-10-01T24:30Z',
    '2026-10-01T08:30',
    '2026-10-01T24:00Z',
    '2026-02-30T08:30Z',
    '2026-10-01T08:30:05+0200',
    '2026-10-01T08:30:05+15:00',
    '2026-10-01T08:30:05 02:00',
    '2026-10-01 08:30Z',
  ],
  ...['20261301T083005Z', '+2026-10-01', '2026-10-01T08:30:05.1234Z'],
])('%j is neither', (text) => {
  expect(parseRevisionSelector(text)).toBeUndefined()
})

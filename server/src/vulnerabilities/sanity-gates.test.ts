import { expect, test } from 'vitest'
import { judgeEffects, judgeFile, type EffectFacts, type FileFacts } from './sanity-gates.ts'

const NOW = Date.parse('2026-11-25T00:00:00Z')
const DAY = 24 * 3_600_000

/** A file of a whole source that nobody would doubt. */
const sound: FileFacts = {
  records: 1000,
  skipped: 0,
  ended: 0,
  standing: 1000,
  isCut: false,
  dataMs: NOW - DAY,
  previous: { records: 1000, dataMs: NOW - 2 * DAY },
  isWhole: true,
  sourceKind: 'nvd',
  nowMs: NOW,
}

test.each<[string, Partial<FileFacts>, readonly string[]]>([
  ['nothing', {}, []],
  ['one bad record in a thousand', { records: 999, skipped: 1 }, []],
  ['two bad records in a thousand', { records: 998, skipped: 2 }, ['bad-records']],
  ['a cut', { isCut: true }, ['cut']],
  ['two in a hundred records fewer', { records: 980 }, []],
  ['more than that', { records: 979 }, ['shrunk']],
  ['fewer records, but no whole source', { records: 10, isWhole: false }, []],
  ['five ended records of a small source', { ended: 5, standing: 10 }, []],
  ['six', { ended: 6, standing: 10 }, ['records-lost']],
  ['many of a large one', { ended: 20, standing: 1000 }, []],
  ['data a day older than ours', { dataMs: NOW - 3 * DAY }, []],
  ['data two days older than ours', { dataMs: NOW - 4 * DAY }, ['older']],
  ['data of last year', { dataMs: NOW - 366 * DAY, previous: undefined }, ['years-old']],
  [
    'data of last year of a list that rests',
    { dataMs: NOW - 366 * DAY, previous: undefined, sourceKind: 'curl' },
    [],
  ],
  ['no date at all', { dataMs: null }, []],
])('%s in a file is judged as %j says', (_, facts, codes) => {
  expect(judgeFile({ ...sound, ...facts }).map(({ code }) => code)).toEqual(codes)
})

test('what is doubted names the figures', () => {
  expect(
    judgeFile({ ...sound, records: 500, dataMs: NOW - 800 * DAY }).map(({ message }) => message),
  ).toEqual([
    'it holds 500 records, and the one before held 1000: over 2 % fewer',
    'its newest date is 2024-09-16, and we have that of 2026-11-23: an old copy',
    'its newest date is 2024-09-16, over a year ago',
  ])
})

test.each<[string, Partial<EffectFacts>, readonly string[]]>([
  ['nothing', {}, []],
  ['twenty that would be gone', { effects: { no_longer_affected: 20 }, matches: 100 }, []],
  ['more, and over 5 %', { effects: { no_longer_affected: 21 }, matches: 100 }, ['matches-lost']],
  ['more, and few of all', { effects: { no_longer_affected: 21 }, matches: 1000 }, []],
  ['half of all new', { effects: { newly_affected: 201 }, matches: 300 }, ['mass-change']],
  ['half of all new, the first time', { effects: { newly_affected: 201 }, matches: 300, isFirst: true }, []],
])('%s is judged as %j says', (_, facts, codes) => {
  const judged = judgeEffects({ effects: {}, matches: 1000, isFirst: false, ...facts })
  expect(judged.map(({ code }) => code)).toEqual(codes)
})

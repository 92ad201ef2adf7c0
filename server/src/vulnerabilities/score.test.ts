import { readFileSync } from 'node:fs'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { describe, expect, test } from 'vitest'
import { chooseScore, scoreSourceName } from './choose-score.ts'
import { readScore, scoreVector, severityOf } from './score.ts'
import type { Score } from './advisory.ts'

describe('scoring a vector', () => {
  test.each([
    ['AV:N/AC:L/Au:N/C:N/I:N/A:P', '2.0', 5],
    ['CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', '3.0', 9.8],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H', '3.1', 9.6],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', '4.0', 9.3],
  ] as const)('%s', (vector, version, base) => {
    expect(scoreVector(vector)).toMatchObject({ version, base, overall: base })
  })

  test('a CVSS 2 temporal score rounds half up', () => {
    expect(scoreVector('AV:N/AC:L/Au:S/C:C/I:C/A:C/E:F/RL:U/RC:C')).toMatchObject({
      base: 9,
      temporal: 8.6,
      overall: 8.6,
    })
  })

  test.each([
    '',
    '/',
    'AV:N/AC:L/Au:N/C:N/I:N',
    'AV:N//Au:N/C:N/I:N/A:P',
    'AV:N/AC:L/Au:N/C:N/I:N/A:P:X',
    'CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    'CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    'CVSS:9.9/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    'AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    '__proto__:N/AC:L/Au:N/C:N/I:N/A:P',
  ])('refuses %j', (vector) => {
    expect(scoreVector(vector)).toBeUndefined()
  })
})

test.each([
  [null, '3.1', 'unscored'],
  [0, '3.1', 'none'],
  [0, '2.0', 'low'],
  [3.9, '3.1', 'low'],
  [4, '3.1', 'medium'],
  [6.9, '4.0', 'medium'],
  [7, '3.0', 'high'],
  [9, '3.1', 'critical'],
  [10, '2.0', 'high'],
] as const)('a score of %s under CVSS %s is %s', (score, version, severity) => {
  expect(severityOf(score, version)).toBe(severity)
})

describe('reading the score of a record', () => {
  test('trusts the vector over the number beside it', () => {
    expect(readScore('nvd', '3.1', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 1)).toMatchObject([
      { base: 9.8 },
    ])
  })
  test('falls back to the number where the vector is broken', () => {
    expect(readScore('nvd', '3.1', 'CVSS:3.1/AV:Q', 7.5)).toEqual([
      { source: 'nvd', version: '3.1', vector: null, base: 7.5 },
    ])
  })
  test('has nothing where neither is there', () => {
    expect(readScore('osv', '3.1', undefined, undefined)).toEqual([])
  })
  test('reads a CVSS 2 vector in parentheses', () => {
    expect(readScore('nvd', '2.0', '(AV:N/AC:L/Au:N/C:N/I:N/A:P)', undefined)).toMatchObject([{ base: 5 }])
  })
})

describe('choosing among scores', () => {
  const score = (source: Score['source'], version: Score['version'], base: number): Score => ({
    source,
    version,
    base,
    vector: null,
  })
  const all = [
    score('nvd', '2.0', 5),
    score('osv', '3.1', 9.1),
    score('nvd', '3.1', 8.8),
    score('cna', '3.1', 6.3),
  ]

  test.each([
    ['preferred', 6.3, 'cna', 'medium'],
    ['maximum', 9.1, 'osv', 'critical'],
  ] as const)('%s', (mode, base, source, severity) => {
    expect(chooseScore(all, mode)).toEqual({ score: base, source, severity, vector: null })
    expect(chooseScore(all.toReversed(), mode)).toEqual({ score: base, source, severity, vector: null })
  })
  test('within a source the newest CVSS version', () => {
    expect(chooseScore([all[0]!, all[2]!], 'preferred').score).toBe(8.8)
  })
  test('no score is not a score of 0', () => {
    expect(chooseScore([], 'preferred')).toEqual({
      score: null,
      severity: 'unscored',
      source: null,
      vector: null,
    })
  })
  test('names the source', () => {
    expect(scoreSourceName('nvd')).toBe('NVD')
  })
})

interface CvssRow {
  readonly id: string
  readonly version: string
  readonly vector: string
  readonly base?: number
  readonly temporal?: number
  readonly environmental?: number
  readonly score: number
  readonly base_severity?: string
}

describe.skipIf(!hasSharedData)('the shared vectors', () => {
  const file = hasSharedData
    ? (JSON.parse(readFileSync(sharedPath('vectors/cvss.json'), 'utf8')) as {
        rows: CvssRow[]
        invalid: { vector: string; reason: string }[]
      })
    : { rows: [], invalid: [] }

  test('all are exact', () => {
    for (const row of file.rows) {
      const scores = scoreVector(row.vector)
      expect(scores, row.id).toMatchObject({ version: row.version, overall: row.score })
      if (row.base !== undefined) expect(scores?.base, row.id).toBe(row.base)
      if (row.temporal !== undefined) expect(scores?.temporal, row.id).toBe(row.temporal)
      if (row.environmental !== undefined) expect(scores?.environmental, row.id).toBe(row.environmental)
      if (row.base_severity !== undefined && row.base !== undefined) {
        expect(severityOf(row.base, scores?.version).toUpperCase(), row.id).toBe(row.base_severity)
      }
    }
  })
  test('all invalid ones are refused', () => {
    for (const { vector, reason } of file.invalid) expect(scoreVector(vector), reason).toBeUndefined()
  })
})

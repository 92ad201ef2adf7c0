import { describe, expect, test } from 'vitest'
import type { AdvisorySource, AffectedEntry } from './advisory.ts'
import { combineStatements, fixedVersions, type Statement } from './combine.ts'
import { prepareEntry } from './match.ts'
import { aLink, anEntry, bounds, events } from './testing/builders.ts'

function say(source: AdvisorySource, entry: Partial<AffectedEntry>): Statement {
  const identity = entry.identity ?? { kind: 'pypi', name: 'demo' }
  const prepared = prepareEntry(aLink({ identity }), anEntry(entry), false)
  if (!prepared) throw new Error('the case has an entry that cannot be evaluated')
  return { source, advisoryId: `${source}-1`, prepared }
}

const verdicts = (statements: readonly Statement[], version: string): unknown[] =>
  combineStatements(statements, version).map(({ verdict, platforms }) => [verdict, platforms])

describe('whose word counts', () => {
  const below2 = say('pypa', { ranges: [events('introduced 0, fixed 2')] })
  const below3 = say('nvd', { ranges: [bounds('<3')] })

  test('the ecosystem’s database, where NVD says otherwise', () => {
    expect(verdicts([below3, below2], '1')).toEqual([['affected', null]])
    expect(verdicts([below3, below2], '2.5')).toEqual([])
  })
  test('NVD, where nobody better speaks', () => {
    expect(verdicts([below3], '2.5')).toEqual([['affected', null]])
  })
  test('anyone of the same rank who says "affected"', () => {
    expect(verdicts([below3, say('cve', { ranges: [bounds('<4')] })], '3.5')).toEqual([['affected', null]])
  })
  test('a restatement only where nobody else speaks', () => {
    const restated = say('cve', { ranges: [bounds('')], isSecondary: true })
    expect(verdicts([below3, restated], '5')).toEqual([])
    expect(verdicts([restated], '5')).toEqual([['affected', null]])
  })
  test('"cannot tell" does not silence a lower rank', () => {
    const unreadable = say('pypa', { ranges: [events('introduced 0, fixed **')] })
    expect(verdicts([unreadable, below3], '1')).toEqual([['affected', null]])
    expect(verdicts([unreadable, below3], '4')).toEqual([])
    expect(verdicts([unreadable], '1')).toEqual([['indeterminate', null]])
  })
  test('the order of the statements does not matter', () => {
    const all = [below3, below2, say('cve', { ranges: [bounds('<4')] })]
    expect(combineStatements(all, '1')).toEqual(combineStatements(all.toReversed(), '1'))
  })
})

describe('systems', () => {
  const windows = say('nvd', { ranges: [bounds('<2')], platforms: ['win'] })
  test('a flaw of Windows says nothing about Linux', () => {
    expect(verdicts([windows], '1')).toEqual([['affected', ['win']]])
  })
  test('another advisory for everywhere fills the rest', () => {
    const anywhere = say('cve', { ranges: [bounds('<2')], isSecondary: true })
    expect(verdicts([windows, anywhere], '1')).toEqual([
      ['affected', ['linux', 'osx']],
      ['affected', ['win']],
    ])
  })
})

describe('fixed versions', () => {
  test('nearest first', () => {
    const branches = say('pypa', {
      ranges: [events('introduced 0, fixed 1.26.17, introduced 2.0.0, fixed 2.0.6')],
    })
    expect(fixedVersions([branches], '1.26.16')).toEqual(['1.26.17', '2.0.6'])
    expect(fixedVersions([branches], '2.0.4')).toEqual(['2.0.6'])
  })
  test('not one that another range covers again', () => {
    const entry = say('nvd', { ranges: [bounds('<2'), bounds('>=1.5, <3')] })
    expect(fixedVersions([entry], '1')).toEqual(['3'])
  })
  test('none where the last bad version is all we know', () => {
    expect(fixedVersions([say('nvd', { ranges: [bounds('<=2')] })], '1')).toEqual([])
  })
})

test('the evidence holds the deciding statement first, and what was overruled', () => {
  const [combined] = combineStatements(
    [say('nvd', { ranges: [bounds('<1')] }), say('pypa', { ranges: [events('introduced 0, fixed 2')] })],
    '1.5',
  )
  expect(combined).toMatchObject({
    verdict: 'affected',
    confidence: 0.98,
    fixedIn: ['2'],
    evidence: [
      { advisoryId: 'pypa-1', identity: 'pypi:demo', range: '<2', order: 'pep440', verdict: 'affected' },
      { advisoryId: 'nvd-1', verdict: 'not-affected' },
    ],
  })
})

import { describe, expect, test } from 'vitest'
import { evaluate, prepareEntry, type Evaluation } from './match.ts'
import type { AffectedEntry } from './advisory.ts'
import type { IdentityLink } from './identity-link.ts'
import { aLink, anEntry, bounds, events } from './testing/builders.ts'

function judge(
  version: string,
  entry: Partial<AffectedEntry>,
  link: Partial<IdentityLink> = {},
  isProjectList = false,
): Evaluation | undefined {
  const prepared = prepareEntry(aLink(link), anEntry(entry), isProjectList)
  return prepared && evaluate(prepared, version)
}

const cpe = { identity: { kind: 'cpe', name: 'demo:demo' } }

describe('events', () => {
  test.each([
    ['the bound "introduced" is affected', 'introduced 1.0, fixed 2.0', '1.0', 'affected'],
    ['what comes before it is not', 'introduced 1.0, fixed 2.0', '0.9', 'not-affected'],
    ['the bound "fixed" is not', 'introduced 1.0, fixed 2.0', '2.0', 'not-affected'],
    ['another spelling of the bound is not either', 'introduced 1.0, fixed 2.0', '2.0.0', 'not-affected'],
    ['a pre-release of the fix is', 'introduced 1.0, fixed 2.0', '2.0rc1', 'affected'],
    ['introduced 0 is before everything', 'introduced 0, fixed 2.0', '0.0.dev0', 'affected'],
    ['last affected is affected', 'introduced 0, lastAffected 2.0', '2.0', 'affected'],
    ['what comes after it is not', 'introduced 0, lastAffected 2.0', '2.0.post1', 'not-affected'],
    ['nothing fixed it', 'introduced 1.0', '99', 'affected'],
    [
      'a gap between two branches',
      'introduced 0, fixed 1.26.17, introduced 2.0.0, fixed 2.0.6',
      '1.26.18',
      'not-affected',
    ],
    [
      'order in the file does not matter',
      'introduced 2.0.0, fixed 2.0.6, introduced 0, fixed 1.26.17',
      '2.0.5',
      'affected',
    ],
    [
      'order in the file does not matter for the gap',
      'fixed 1.26.17, fixed 2.0.6, introduced 2.0.0, introduced 0',
      '1.27',
      'not-affected',
    ],
    [
      'one branch ends where the next begins',
      'introduced 0, fixed 2, introduced 2, fixed 3',
      '2',
      'affected',
    ],
    ['an empty range', 'introduced 2, fixed 2', '2', 'not-affected'],
    [
      'a second "introduced" inside changes nothing',
      'introduced 1, introduced 2, fixed 3',
      '1.5',
      'affected',
    ],
    ['a limit cuts', 'introduced 1, limit 2', '2', 'not-affected'],
    ['the limit * cuts nothing', 'introduced 1, limit *', '2', 'affected'],
  ] as const)('%s', (_, range, version, verdict) => {
    expect(judge(version, { ranges: [events(range)] })?.verdict).toBe(verdict)
  })

  test('any order of the events gives the same answers', () => {
    const parts = [
      'introduced 0',
      'fixed 1.2',
      'introduced 2.0',
      'lastAffected 2.4',
      'introduced 3',
      'fixed 3.1',
    ]
    const versions = ['0.1', '1.2', '1.9', '2.0', '2.4', '2.5', '3', '3.1', '4']
    const answers = (order: readonly string[]): unknown[] =>
      versions.map((version) => judge(version, { ranges: [events(order.join(', '))] })?.verdict)
    const expected = answers(parts)
    for (let turn = 1; turn < parts.length; turn += 1) {
      expect(answers([...parts.slice(turn), ...parts.slice(0, turn)])).toEqual(expected)
    }
    expect(answers(parts.toReversed())).toEqual(expected)
  })

  test('a range cut in two gives the same answers', () => {
    const whole = { ranges: [events('introduced 1, fixed 3')] }
    const cut = { ranges: [events('introduced 1, fixed 2'), events('introduced 2, fixed 3')] }
    for (const version of ['0.9', '1', '1.5', '2', '2.9', '3']) {
      expect(judge(version, cut)?.verdict).toBe(judge(version, whole)?.verdict)
    }
  })
})

describe('bounds', () => {
  test.each([
    ['>=1.2.2.2, <1.2.12', '1.2.11', 'affected'],
    ['>=1.2.2.2, <1.2.12', '1.2.12', 'not-affected'],
    ['<=1.2.12', '1.2.12', 'affected'],
    ['<=1.2.12', '1.2.12.1', 'not-affected'],
    ['>1.0, <2.0', '1.0', 'not-affected'],
    ['>1.0, <2.0', '1.0.1', 'affected'],
    ['<2.49.0-rc0', '2.49.0', 'not-affected'],
  ] as const)('%s and %s: %s', (range, version, verdict) => {
    expect(judge(version, { ...cpe, ranges: [bounds(range)] }, cpe)?.verdict).toBe(verdict)
  })
})

describe('versions listed one by one', () => {
  test('count beside the ranges', () => {
    const entry = { ranges: [events('introduced 2, fixed 3')], versions: ['1.0'] }
    expect(judge('1.0.0', entry)?.verdict).toBe('affected')
    expect(judge('2.5', entry)?.verdict).toBe('affected')
    expect(judge('1.5', entry)?.verdict).toBe('not-affected')
  })
  test('are as sure as it gets', () => {
    expect(judge('1.0', { versions: ['1.0'] })?.confidence).toBe(1)
  })
  test('count also where they are no versions', () => {
    expect(judge('custom', { versions: ['custom'] })?.verdict).toBe('affected')
  })
  test('what the advisory takes out again is out', () => {
    const except = [bounds('>=1.5, <=1.5')]
    expect(judge('1.5', { ranges: [events('introduced 1, fixed 2')], except })?.verdict).toBe('not-affected')
    expect(judge('1.5', { versions: ['1.5'], except })?.verdict).toBe('not-affected')
  })
})

describe('the order of the versions', () => {
  const openssl = { identity: cpe.identity, order: 'letters' } as const
  test.each([
    ['>=1.1.1, <1.1.1k', '1.1.1', 'affected'],
    ['>=1.1.1, <1.1.1k', '1.1.1j', 'affected'],
    ['>=1.1.1, <1.1.1k', '1.1.1k', 'not-affected'],
    ['>=1.0.2, <1.0.2zb', '1.0.2z', 'affected'],
  ] as const)('letters count patches: %s and %s', (range, version, verdict) => {
    expect(judge(version, { ...cpe, ranges: [bounds(range)] }, openssl)?.verdict).toBe(verdict)
  })
  test('R writes a dash where conda writes an underscore', () => {
    const cran = { identity: { kind: 'cran', name: 'demo' } }
    expect(
      judge('1.4_2', { ...cran, ranges: [events('introduced 1.4-1, fixed 1.4-3')] }, cran)?.verdict,
    ).toBe('affected')
  })
  test('OpenJDK 8 has two spellings', () => {
    const range = { ...cpe, ranges: [bounds('>=1.8.0, <1.8.0_392')] }
    expect(judge('8.0.382', range, { ...cpe, order: 'jdk' })?.verdict).toBe('affected')
    expect(judge('8.0.392', range, { ...cpe, order: 'jdk' })?.verdict).toBe('not-affected')
  })
  test('a version that is none in Python falls back to conda, with less confidence', () => {
    const answer = judge('1.0_custom', { ranges: [events('introduced 0, fixed 2.0')] })
    expect(answer).toMatchObject({ verdict: 'affected', order: 'conda', confidence: 0.9 })
  })
})

describe('what cannot be told', () => {
  test('a version without a digit', () => {
    expect(judge('custom', { ranges: [events('introduced 0, fixed 2')] })?.verdict).toBe('indeterminate')
  })
  test('a range whose bound is no version', () => {
    expect(
      judge('1.0', { ...cpe, ranges: [bounds('<emcn56ww!!')] }, { ...cpe, order: 'letters' })?.verdict,
    ).toBe('indeterminate')
  })
  test('but another range of the entry can still say yes', () => {
    const ranges = [bounds('<**'), bounds('<2.0')]
    expect(judge('1.0', { ...cpe, ranges }, cpe)?.verdict).toBe('affected')
    expect(judge('3.0', { ...cpe, ranges }, cpe)?.verdict).toBe('indeterminate')
  })
  test('prose in place of a version', () => {
    expect(judge('1.0', { ...cpe, versions: ['Salt masters before the patch'] }, cpe)?.verdict).toBe(
      'indeterminate',
    )
  })
  test('a version of the same list that is merely another', () => {
    expect(judge('1.0', { ...cpe, versions: ['fips-1.1.1'] }, { ...cpe, order: 'letters' })?.verdict).toBe(
      'not-affected',
    )
  })
  test('an advisory that names no version is a hint and no more', () => {
    const unspecified = { ...bounds(''), isUnspecified: true }
    expect(judge('1.0', { ...cpe, ranges: [unspecified] }, cpe)).toMatchObject({
      verdict: 'indeterminate',
      confidence: 0.3,
    })
  })
  test('a CPE without bounds is affected, but unsure', () => {
    expect(judge('1.0', { ...cpe, ranges: [bounds('')] }, cpe)).toMatchObject({
      verdict: 'affected',
      confidence: 0.5,
    })
  })
  test('an OSV range without an end is sure: it says that nothing is fixed', () => {
    expect(judge('1.0', { ranges: [events('introduced 0')] })).toMatchObject({
      verdict: 'affected',
      confidence: 0.98,
    })
  })
  test('only GIT ranges: no answer at all', () => {
    expect(judge('1.0', { ranges: [events('introduced 0, fixed 4df1b6d', 'git')] })).toBeUndefined()
  })
  test('a GIT range beside another is passed over', () => {
    const ranges = [events('introduced 0, fixed 4df1b6d', 'git'), events('introduced 0, fixed 2')]
    expect(judge('3', { ranges })?.verdict).toBe('not-affected')
  })
})

describe('what the package is', () => {
  const range = { ranges: [events('introduced 0, fixed 2')] }
  test('a copy in an unknown version is never "affected"', () => {
    expect(judge('1.0', range, { relation: 'contains', confidence: 0.6 })).toMatchObject({
      verdict: 'indeterminate',
      confidence: 0.588,
    })
  })
  test.each([
    ['tool', 'library', 'not-affected'],
    ['library', 'tool', 'not-affected'],
    ['library', 'library', 'affected'],
    ['tool', 'both', 'affected'],
  ] as const)('the %s, and a flaw in the %s', (role, component, verdict) => {
    expect(judge('1.0', { ...range, component }, { role })?.verdict).toBe(verdict)
  })
  test('a flaw in an unnamed part is less sure for the tool than for the library', () => {
    const tool = judge('1.0', range, { role: 'tool' })?.confidence ?? 0
    const library = judge('1.0', range, { role: 'library' })?.confidence ?? 0
    expect(tool).toBeLessThan(library)
    expect(library).toBeGreaterThan(0.9)
  })
  test('a plug-in for other software does not match', () => {
    const plugin = { ...cpe, ...range, targetSoftware: 'wordpress' }
    expect(judge('1.0', plugin, cpe)).toBeUndefined()
  })
  test('"for Python" is fine for a Python package', () => {
    const entry = { ...cpe, ranges: [bounds('<2')], targetSoftware: 'python' }
    expect(judge('1.0', entry, { ...cpe, order: 'pep440' })?.verdict).toBe('affected')
  })
  test('conditions we cannot check make it less sure', () => {
    expect(judge('1.0', { ...range, conditions: ['with php:php'] })?.confidence).toBeCloseTo(0.784)
    expect(
      judge('1.0', { ...range, conditions: ['as packaged by debian:debian_linux'] })?.confidence,
    ).toBeCloseTo(0.392)
  })
  test('a flaw on systems no package runs on', () => {
    expect(judge('1.0', { ...range, platforms: [] })?.verdict).toBe('not-affected')
  })
  test('the project’s own list is as good as an enumeration', () => {
    expect(judge('1.0', range, {}, true)?.confidence).toBe(1)
  })
})

test('says why in one sentence', () => {
  expect(judge('2.0.4', { ranges: [events('introduced 2.0.0, fixed 2.0.6')] })?.why).toBe(
    'demo 2.0.4 is PyPI demo, and the advisory covers >=2.0.0, <2.0.6',
  )
  expect(judge('2.0.6', { ranges: [events('introduced 2.0.0, fixed 2.0.6')] })?.why).toBe(
    'PyPI demo: 2.0.6 is outside of >=2.0.0, <2.0.6',
  )
})

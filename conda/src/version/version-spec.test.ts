import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cpuTimeMs } from '../testing/cpu-time.ts'
import { hasSharedData, sharedPath } from '../testing/shared-data.ts'
import { InvalidVersionSpecError } from './constraint-tree.ts'
import { VersionSpec } from './version-spec.ts'

describe('clauses', () => {
  test.each([
    ['1.7', ['1.7', '1.7.0'], ['1.7.1', '1.7a1']],
    ['==1.7', ['1.7.0.0'], ['1.8']],
    ['!=1.7', ['1.7.1'], ['1.7.0']],
    ['=1.7', ['1.7.9', '1.7'], ['1.70', '1.8']],
    ['1.7*', ['1.7.9', '1.7a1'], ['1.70']],
    ['1.7.*', ['1.7.9', '1.7'], ['1.70']],
    ['!=1.7.*', ['1.70', '1.8'], ['1.7', '1.7.1']],
    ['>=1.7.*', ['1.7', '1.8'], ['1.6', '1.7a1']],
    ['>1.7.*', ['1.7.1'], ['1.7']],
    ['==1.7.*', ['1.7'], ['1.7.1']],
    ['~=1.4.2', ['1.4.2', '1.4.9'], ['1.5', '1.4.1']],
    ['~=1.4', ['1.9'], ['2.0', '1.3']],
    ['<20230101123457', ['20230101123456'], ['20230101123457']],
    ['*', ['1', 'not a version!'], []],
    ['1.*.3', ['1.7.3', '1.x.3'], ['1.3', '1.7.4']],
    ['^1\\.[78]$', ['1.7', '1.8'], ['1.9', '1.70', '1.7.0']],
    ['=*', [], ['1', '2']],
    ['1.0@x', ['1.0@x'], ['1.0']],
  ])('%s', (text, inside, outside) => {
    const spec = VersionSpec.parse(text)
    for (const version of inside) expect([version, spec.matches(version)]).toEqual([version, true])
    for (const version of outside) expect([version, spec.matches(version)]).toEqual([version, false])
  })

  test('a text that is no version satisfies no relation', () => {
    for (const text of ['>=0', '<9', '!=1', '1.*', '==1']) {
      expect(VersionSpec.parse(text).matches('1..2')).toBe(false)
    }
  })
})

describe('joined clauses', () => {
  test.each([
    ['>=1,<2|>3', ['1.5', '4'], ['2.5']],
    ['(>=1|<0.5),!=1.2', ['0.1', '1.3'], ['0.7', '1.2']],
    ['((1.5|((1.6|1.7), 1.6), 1.6 |2.0))|2.1', ['1.5', '1.6', '2.0', '2.1'], ['1.7']],
    [' >=1 , <2 ', ['1.5'], ['2']],
    ['(>=1),(<2) ', ['1.5'], ['2']],
    ['^a,b|c$|1.0', ['1.0', 'a,b'], ['2.0']],
  ])('%s', (text, inside, outside) => {
    const spec = VersionSpec.parse(text)
    for (const version of inside) expect([version, spec.matches(version)]).toEqual([version, true])
    for (const version of outside) expect([version, spec.matches(version)]).toEqual([version, false])
  })

  test.each([
    ['1.2*', '1.2.*'],
    ['( (1.5|((1.6|1.7), 1.8), 1.9 |2.0))|2.1', '1.5|(1.6|1.7),1.8,1.9|2.0|2.1'],
    ['(>=1,<2)|3', '>=1,<2|3'],
    ['(1)', '1'],
  ])('%s prints as %s', (text, printed) => expect(VersionSpec.parse(text).toString()).toBe(printed))
})

describe('refused', () => {
  test.each([
    ...['', ' ', '=', '==', '<=', '><1', '>= 1', '===1', '!', '!!1', '~=1', '~=1.2.*', '>=3.8<3.9', '>=1..2'],
    ...['^1', '1$', '^', '^(a$', '^(?=a)$', '1||2', ',1', '1,', '(1', '1)', '()', 'a=)(=b', '+1.2', '.*'],
    '1'.repeat(3000),
  ])('%.20j', (text) => expect(() => VersionSpec.parse(text)).toThrow(InvalidVersionSpecError))
})

describe('hostile specs take no time', () => {
  test.each([
    ['a glob', `1${'*1'.repeat(900)}*2`],
    ['nested repetition', '^(1+)+x$'],
    ['alternatives', '^(1|1|1)*x$'],
    ['parentheses', `${'('.repeat(1000)}1${')'.repeat(1000)}`],
    ['alternating depth', `${'(1,(2|'.repeat(250)}1${'))'.repeat(250)}`],
    ['operators', '1|'.repeat(1000) + '1'],
  ])('%s', (_, text) => {
    const start = cpuTimeMs()
    VersionSpec.parse(text).matches('1'.repeat(1000))
    expect(cpuTimeMs() - start).toBeLessThan(500)
  })

  test('repetitions that multiply are refused', () => {
    expect(() => VersionSpec.parse('^((1{90}){90}){90}$')).toThrow('repetitions')
  })
})

const version = fc
  .array(fc.constantFrom('0', '1', '2', '10', '1a1', '2rc', '3post1'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('.'))
const clause = fc.oneof(
  fc
    .tuple(fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '=', ''), version)
    .map((parts) => parts.join('')),
  version.map((text) => `${text}.*`),
  version.map((text) => `!=${text}.*`),
  version.map((text) => `~=${text}.0`),
)
const { constraint } = fc.letrec<{ constraint: string; group: string }>((tie) => ({
  constraint: fc.oneof({ depthSize: 'small' }, clause, tie('group')),
  group: fc
    .tuple(tie('constraint'), fc.constantFrom(',', '|'), tie('constraint'), fc.boolean())
    .map(([a, operator, b, grouped]) => (grouped ? `(${a}${operator}${b})` : a + operator + b)),
}))

describe('for any spec', () => {
  test('the canonical text is its own canonical text, and means the same', () => {
    fc.assert(
      fc.property(constraint, version, (text, candidate) => {
        const spec = VersionSpec.parse(text)
        const again = VersionSpec.parse(spec.toString())
        expect(again.toString()).toBe(spec.toString())
        expect(again.matches(candidate)).toBe(spec.matches(candidate))
      }),
      { numRuns: 5000 },
    )
  })
})

interface SpecCase {
  op: string
  spec: string
  version: string
  expect?: boolean
  error?: true
}

describe.skipIf(!hasSharedData)('as conda itself', () => {
  test('on every case', () => {
    const file = JSON.parse(readFileSync(sharedPath('vectors/match-spec.json'), 'utf8')) as {
      cases: SpecCase[]
    }
    const cases = file.cases.filter((c) => c.op === 'version_spec')
    expect(cases.length).toBeGreaterThan(900)
    for (const { spec, version, expect: expected, error } of cases) {
      if (error) expect(() => VersionSpec.parse(spec), spec).toThrow(InvalidVersionSpecError)
      else
        expect([spec, version, VersionSpec.parse(spec).matches(version)]).toEqual([spec, version, expected])
    }
  })
})

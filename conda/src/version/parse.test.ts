import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { hasSharedData, sharedPath } from '../testing/shared-data.ts'
import { InvalidVersionError, parseVersion } from './parse.ts'

describe('canonical text', () => {
  test.each([
    ['1.0', '1.0'],
    [' 1.0RC1\t', '1.0rc1'],
    ['1.0-2', '1.0_2'],
    ['V1', 'v1'],
    ['1!2+A-b', '1!2+a_b'],
  ])('%j becomes %s', (text, canonical) => expect(parseVersion(text).text).toBe(canonical))
})

describe('components', () => {
  test.each([
    ['0.4.1.vc11', [['0'], ['0'], ['4'], ['1'], ['0', 'vc', '11']], []],
    ['1!2.15.1_ALPHA', [['1'], ['2'], ['15'], ['1'], ['0', 'alpha']], []],
    ['1.0.1_', [['0'], ['1'], ['0'], ['1', '_']], []],
    ['1__', [['0'], ['1'], ['0', '_']], []],
    ['1.dev.1post2', [['0'], ['1'], ['0', 'DEV'], ['1', 'POST', '2']], []],
    ['1developer', [['0'], ['1', 'developer']], []],
    ['007.00', [['0'], ['7'], ['0']], []],
    ['1.2a*', [['0'], ['1'], ['2', 'a', '*']], []],
    ['1.2+abc123_4', [['0'], ['1'], ['2']], [['0', 'abc', '123'], ['4']]],
  ])('%s', (text, segments, local) => {
    const version = parseVersion(text)
    expect(version.segments).toEqual(segments)
    expect(version.local).toEqual(local)
  })
})

describe('refused, with the place', () => {
  test.each([
    ['', 0],
    ['   ', 0],
    ['3.5&1', 3],
    ['1 2', 1],
    ['é1', 0],
    ['1-2_3', 1],
    ['1..2', 2],
    ['1.', 2],
    ['_1', 0],
    ['1_.2', 2],
    ['a!1', 0],
    ['!1', 0],
    ['1!', 2],
    ['1!2!3', 3],
    ['1+2+3', 3],
    ['+1', 0],
    ['1!+1', 2],
    ['1+', 2],
    ['1+_', 2],
    ['1+a_', 4],
    ['1'.repeat(2000), 1024],
  ])('%.20j at %i', (text, offset) => {
    expect(() => parseVersion(text)).toThrow(InvalidVersionError)
    expect(() => parseVersion(text)).toThrow(expect.objectContaining({ offset, text }))
  })
})

interface VersionCase {
  op: string
  version: string
  error?: true
  normalized: string
  segments: (string | number)[][]
  local: (string | number)[][]
}

describe.skipIf(!hasSharedData)('as conda itself', () => {
  const cases = hasSharedData
    ? (JSON.parse(readFileSync(sharedPath('vectors/version-order.json'), 'utf8')) as { cases: VersionCase[] })
        .cases
    : []

  test('accepts, refuses and normalises', () => {
    const parsed = cases.filter((c) => c.op === 'parse')
    expect(parsed.length).toBeGreaterThan(100)
    for (const { version, error, normalized } of parsed) {
      if (error) expect(() => parseVersion(version), version).toThrow(InvalidVersionError)
      else expect(parseVersion(version).text, version).toBe(normalized)
    }
  })

  test('takes apart', () => {
    const texts = (list: (string | number)[][]): string[][] => list.map((part) => part.map(String))
    for (const { version, segments, local } of cases.filter((c) => c.op === 'segments')) {
      expect(parseVersion(version).segments, version).toEqual(texts(segments))
      expect(parseVersion(version).local, version).toEqual(texts(local))
    }
  })

  test('reads every version of real channels', () => {
    const bytes = readFileSync(sharedPath('data/repodata/version-strings.jsonl.gz'))
    const lines = gunzipSync(bytes).toString().trim().split('\n')
    expect(lines.length).toBeGreaterThan(3000)
    for (const line of lines) {
      const { version } = JSON.parse(line) as { version: string }
      expect(parseVersion(version).text).toBe(version.toLowerCase().replaceAll('-', '_'))
    }
  })
})

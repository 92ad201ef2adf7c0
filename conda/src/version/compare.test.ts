import fc from 'fast-check'
import { Version as RattlerVersion } from '@conda-org/rattler'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { hasSharedData, sharedPath } from '../testing/shared-data.ts'
import { compareVersions, versionSortKey } from './compare.ts'
import type { Ordering } from './compare.ts'
import { InvalidVersionError, parseVersion } from './parse.ts'

/** Groups of equal versions, lowest first. */
const ASCENDING: readonly (readonly string[])[] = [
  ['0.4', '0.4.0', '00.4'],
  ['0.4.1.rc', '0.4.1.RC'],
  ['0.4.1'],
  ['0.5a1'],
  ['0.5b3'],
  ['0.5C1'],
  ['0.5'],
  ['0.960923'],
  ['1.0*'],
  ['1.0dev'],
  ['1.0a'],
  ['1.0a1'],
  ['1.0alpha'],
  ['1.0'],
  ['1.0.1dev'],
  ['1.0.1_'],
  ['1.0.1a'],
  ['1.0.1'],
  ['1.0.1post.a'],
  ['1.1*'],
  ['1.1dev1'],
  ['1.1_'],
  ['1.1a1'],
  ['1.1.0dev1', '1.1.dev1'],
  ['1.1.a1', '1.1.0a1'],
  ['1.1.0rc1'],
  ['1.1+abc'],
  ['1.1', '1.1.0', '1.1+0', '1.1.0.0+0.0'],
  ['1.1+0.1'],
  ['1.1+1'],
  ['1.1+1.1'],
  ['1.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1'],
  ['1.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1'],
  ['1.1.0post1', '1.1.post1'],
  ['1.1post1'],
  ['1996.07.12'],
  ['20230101123456'],
  ['20230101123457'],
  ['99999999999999999999999998'],
  ['99999999999999999999999999'],
  [`1${'0'.repeat(60)}`],
  ['1!0.4.1'],
  ['2!0'],
]

describe('order', () => {
  test('a table of versions is in order, every one against every other', () => {
    ASCENDING.forEach((group, i) => {
      ASCENDING.forEach((other, j) => {
        const expected = Math.sign(i - j)
        for (const a of group)
          for (const b of other) expect([a, b, compareVersions(a, b)]).toEqual([a, b, expected])
      })
    })
  })

  test('what is no version is refused, on either side', () => {
    expect(() => compareVersions('1..2', '1')).toThrow(InvalidVersionError)
    expect(() => compareVersions('1', '1+')).toThrow(InvalidVersionError)
  })

  test('keys are printable ASCII, so that a database can keep them', () => {
    for (const version of ASCENDING.flat()) expect(versionSortKey(version)).toMatch(/^[ -~]+$/)
  })
})

/** The definition, straight from CEP 33: lists without end, filled with zeros. */
function compareByDefinition(a: string, b: string): Ordering {
  const [left, right] = [parseVersion(a), parseVersion(b)]
  return compareLists(left.segments, right.segments) || compareLists(left.local, right.local)
}

function compareLists(a: readonly (readonly string[])[], b: readonly (readonly string[])[]): Ordering {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    for (let j = 0; j < Math.max(a[i]?.length ?? 0, b[i]?.length ?? 0); j++) {
      const order = compareItems(a[i]?.[j] ?? '0', b[i]?.[j] ?? '0')
      if (order !== 0) return order
    }
  }
  return 0
}

function compareItems(a: string, b: string): Ordering {
  const rank = (item: string): number => (item === 'POST' ? 2 : /^[0-9]/.test(item) ? 1 : 0)
  if (rank(a) !== rank(b)) return rank(a) < rank(b) ? -1 : 1
  if (rank(a) === 1) {
    const [x, y] = [BigInt(a), BigInt(b)]
    return x < y ? -1 : x > y ? 1 : 0
  }
  return a < b ? -1 : a > b ? 1 : 0
}

const piece = fc.constantFrom(
  ...['0', '00', '1', '2', '9', '10', '50', '51', '99', '100', '20230101123456', '18446744073709551616'],
  ...['a', 'b', 'rc', 'dev', 'post', 'alpha', '*', '**', '_', 'z'],
)
const component = fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(''))
const release = fc
  .array(component, { minLength: 1, maxLength: 6 })
  .chain((parts) => fc.constantFrom('.', '.0.', '.0.0.').map((dots) => parts.join(dots)))
const versions = fc
  .tuple(fc.constantFrom('', '0!', '1!', '12!'), release, fc.option(release, { nil: undefined, freq: 3 }))
  .map(([epoch, main, local]) => epoch + main + (local === undefined ? '' : `+${local}`))
  .filter((text) => {
    try {
      parseVersion(text)
      return true
    } catch {
      return false
    }
  })

describe('for any versions', () => {
  test('the keys give the order the definition gives', () => {
    fc.assert(
      fc.property(versions, versions, (a, b) => compareVersions(a, b) === compareByDefinition(a, b)),
      { numRuns: 20_000 },
    )
  })

  test('the order is total', () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        expect(compareVersions(a, b) + compareVersions(b, a)).toBe(0)
        expect(compareVersions(a, a)).toBe(0)
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0)
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('the canonical text is its own canonical text, and an equal version', () => {
    fc.assert(
      fc.property(versions, (text) => {
        const upper = text.toUpperCase()
        const canonical = parseVersion(upper).text
        expect(parseVersion(canonical).text).toBe(canonical)
        expect(compareVersions(upper, canonical)).toBe(0)
      }),
      { numRuns: 2000 },
    )
  })
})

interface OrderCase {
  op: string
  a: string
  b: string
  groups: string[][]
}

describe.skipIf(!hasSharedData)('as others', () => {
  const cases = hasSharedData
    ? (
        JSON.parse(readFileSync(sharedPath('vectors/version-order.json'), 'utf8')) as {
          cases: (OrderCase & Record<string, unknown>)[]
        }
      ).cases
    : []

  test('compares as conda does', () => {
    const compared = cases.filter((c) => c.op === 'compare')
    expect(compared.length).toBeGreaterThan(2000)
    for (const { a, b, ...rest } of compared) {
      const expected = Object.values(rest).find((value) => typeof value === 'number')
      expect([a, b, compareVersions(a, b)]).toEqual([a, b, expected])
    }
  })

  test('sorts as conda does', () => {
    for (const { groups } of cases.filter((c) => c.op === 'sort')) {
      const rank = new Map(groups.flatMap((group, i) => group.map((version) => [version, i])))
      const sorted = groups.flat().reverse().sort(compareVersions)
      expect(sorted.map((version) => rank.get(version))).toEqual(
        groups.flatMap((group, i) => group.map(() => i)),
      )
    }
  })

  test('compares real versions as rattler does', () => {
    const bytes = readFileSync(sharedPath('data/repodata/version-strings.jsonl.gz'))
    const texts = gunzipSync(bytes).toString().trim().split('\n')
    const real = texts.map((line) => (JSON.parse(line) as { version: string }).version)
    const theirs = new Map(real.map((version) => [version, new RattlerVersion(version)]))
    real.forEach((a, i) => {
      for (const step of [1, 7, 61, 997]) {
        const b = real[(i + step) % real.length] ?? a
        const [left, right] = [theirs.get(a), theirs.get(b)]
        if (left === undefined || right === undefined) throw new Error('unreachable')
        expect([a, b, compareVersions(a, b)]).toEqual([a, b, left.compare(right)])
      }
    })
  })
})

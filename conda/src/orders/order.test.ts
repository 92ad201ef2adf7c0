import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cpuTimeMs } from '../testing/cpu-time.ts'
import { orderNamed, VERSION_ORDER_IDS } from './order.ts'
import type { VersionOrderId } from './order.ts'

/** `undefined` where one of the two is no version under the order. */
function compared(id: VersionOrderId, a: string, b: string): '<' | '=' | '>' | undefined {
  const order = orderNamed(id)
  const [left, right] = [order.parse(a), order.parse(b)]
  if (left === undefined || right === undefined) return undefined
  return (['<', '=', '>'] as const)[order.compare(left, right) + 1]
}

/** Each line from low to high; `=` joins spellings of one version. */
const ASCENDING: Readonly<Record<VersionOrderId, readonly string[]>> = {
  conda: [
    '1.0+local 1.0',
    '1.1.1a 1.1.1',
    '1.1.1_ 1.1.1a',
    '1.0a1 1.0.dev1 1.0',
    '1.0=1.0.0 1.0.post1 1!0.1',
  ],
  pep440: [
    '1.0.dev1 1.0a1.dev1 1.0a1 1.0b1=1.0beta1=1.0-BETA.1 1.0rc1=1.0c1=1.0.pre1 1.0=1=1.0.0=v1.0',
    '1.0 1.0+abc 1.0+abc.1 1.0+5 1.0+5.1 1.0.post1.dev2 1.0-1=1.0.post1=1.0rev1=1.0-r1 1.0.1 2.0 1!1.0',
    '1.0a=1.0a0 1.0a1 1.0a10',
    '20230101123456 20230101123457 99999999999999999999',
  ],
  semver: [
    '1.22.0-0 1.22.0-1 1.22.0-alpha 1.22.0-alpha.1 1.22.0-alpha.beta 1.22.0-beta 1.22.0-beta.2 1.22.0-beta.11',
    '1.22.0-rc.1=1.22rc1=1.22.0_rc1 1.22.0=1.22=v1.22.0+build.5 1.22.1 1.100.0 2.0.0-X 2.0.0-x 2.0.0',
    '0.0.0-20210101000000-abcdef 0.0.0-20220101000000-abcdef 0.0.1',
  ],
  cran: ['0.9 1.0 1.0.0 1.0-1=1.0_1=1.0.1 1.7-12 1.7-100 1.10'],
  letters: [
    '1.0.2-beta1=1.0.2b1 1.0.2-rc1 1.0.2=1.0.2_ 1.0.2a 1.0.2z 1.0.2za 1.0.2zk 1.0.3-dev 1.0.3',
    '1.1.1=1.1.1_ 1.1.1a 1.1.1w 3.0.0-alpha17 3.0.0-beta1 3.0.0 3.0.1',
    '9d 9e 9f 10',
    '2023d 2024a 2024b 2025',
    '9.11.0b2 9.11.0rc1 9.11.0 9.11.0-P1=9.11.0_p1 9.11.0-P2 9.11.1',
    '8.5 8.5p1 8.6p1',
  ],
  jdk: [
    '1.7.0_80=7u80=7.0.80 1.8.0=8 1.8.0_382=8u382=8.0.382 8u382-b05=8.0.382+5 1.8.0_392 11-ea+1 11=11.0.0',
    '11.0.20=11.0.20-LTS 11.0.20+8=11.0.20+8-LTS 11.0.20+10 11.0.20.1 17.0.1',
  ],
  generic: [
    '2.49.0.dev1 2.49.0-alpha1=2.49a1 2.49.0-beta2=2.49b2 2.49.0-rc0 2.49.0-rc1 2.49.0=2.49=v2.49.0 2.49.1',
    '4.4.0.RC1 4.4.0.Final=4.4.0=4.4.0.GA=4.4.0-release 4.4.0.SP1 4.4.1',
    '1.2.3 1.2.3p1 1.2.3p2 1.2.3p10 1.2.4',
    '1.8.0_382 1.8.0_392',
    '11.0.20+8 11.0.20+10',
    '2024a 2024b 2024',
    '1.0.post1 2.0 1!1.0',
    'R15B01 R15B02 R16',
    '1.0 20230101123456 20230101123457',
  ],
}

describe.each(VERSION_ORDER_IDS)('%s', (id) => {
  test.each(ASCENDING[id])('%s', (line) => {
    const groups = line.split(' ').map((group) => group.split('='))
    groups.forEach((group, i) => {
      groups.forEach((other, j) => {
        const expected = (['<', '=', '>'] as const)[Math.sign(i - j) + 1]
        for (const a of group) {
          for (const b of other) expect([a, compared(id, a, b), b]).toEqual([a, expected, b])
        }
      })
    })
  })

  test('is called by its name', () => expect(orderNamed(id).id).toBe(id))

  test.each(['', ' ', '!', 'ä', '1 | 2', '\0', '1'.repeat(300)])('%.10j is no version', (text) =>
    expect(orderNamed(id).parse(text)).toBeUndefined(),
  )

  test('is total on whatever it takes for versions', () => {
    const piece = fc.constantFrom(...'0 1 2 10 20230101123456 a b rc dev post p z . . . - _ + ! v'.split(' '))
    const text = fc.array(piece, { minLength: 1, maxLength: 7 }).map((pieces) => pieces.join(''))
    const numeric = fc
      .array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 4 })
      .map((list) => list.join('.'))
    const key = fc
      .oneof(text, numeric)
      .map((version) => orderNamed(id).parse(version))
      .filter((version) => version !== undefined)
    const { compare } = orderNamed(id)
    fc.assert(
      fc.property(key, key, key, (a, b, c) => {
        expect(compare(a, b) + compare(b, a)).toBe(0)
        expect(compare(a, a)).toBe(0)
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0)
      }),
      { numRuns: 500 },
    )
  })

  test('dotted numbers are in their natural order', () => {
    const list = fc.array(fc.nat({ max: 120 }), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(list, list, (a, b) => {
        // The first number is kept out of the way of Java's own rule for 1.x.
        const [left, right] = [
          [20, ...a],
          [20, ...b],
        ]
        const at = left.findIndex((value, i) => value !== right[i])
        const expected = at === -1 ? '=' : (left[at] ?? 0) < (right[at] ?? 0) ? '<' : '>'
        expect(compared(id, left.join('.'), right.join('.'))).toBe(expected)
      }),
      { numRuns: 300 },
    )
  })

  test('hostile texts take no time', () => {
    const start = cpuTimeMs()
    for (const part of ['1.', '1-', 'a', 'a1', '-a', '.dev', '0', '+1', '1_']) {
      orderNamed(id).parse(`1${part.repeat(120)}!`)
      orderNamed(id).parse(part.repeat(100_000))
    }
    expect(cpuTimeMs() - start).toBeLessThan(200)
  })
})

describe('where the orders differ', () => {
  // Versions, then the answers of conda, PEP 440 and the order that is right for the project.
  test.each([
    ['1.1.1', '1.1.1a', '>', '>', 'letters', '<'],
    ['1.0.2', '1.0.2zk', '>', undefined, 'letters', '<'],
    ['1.1.1_', '1.1.1a', '<', undefined, 'letters', '<'],
    ['9d', '9e', '<', undefined, 'letters', '<'],
    ['1.2.3p1', '1.2.3', '<', undefined, 'generic', '>'],
    ['4.4.0.final', '4.4.0', '<', undefined, 'generic', '='],
    ['1.0.dev1', '1.0a1', '>', '<', 'pep440', '<'],
    ['1.0.0rc1', '1.0rc1', '>', '=', 'pep440', '='],
    ['2.0b1', '2.0beta1', '<', '=', 'pep440', '='],
    ['2.0rc1', '2.0c1', '>', '=', 'pep440', '='],
    ['1.0+local', '1.0', '<', '>', 'pep440', '>'],
    ['1.0-1', '1.0.post1', '>', '=', 'pep440', '='],
    ['1.0.post1', '1.0', '>', '>', 'pep440', '>'],
    ['2024a', '2024b', '<', '<', 'letters', '<'],
    ['1!1.0', '2.0', '>', '>', 'pep440', '>'],
    ['1.8.0_382', '1.8.0_392', '<', undefined, 'jdk', '<'],
    ['11.0.20+8', '11.0.20+10', '<', '<', 'jdk', '<'],
    ['2.49.0-rc0', '2.49.0', '<', '<', 'generic', '<'],
  ] as const)('%s ? %s', (a, b, conda, pep440, id, right) => {
    expect(compared('conda', a, b)).toBe(conda)
    expect(compared('pep440', a, b)).toBe(pep440)
    expect(compared(id, a, b)).toBe(right)
  })
})

import { describe, expect, test } from 'vitest'
import { cpeIdentity, exactVersion, parseCpe, systemOf } from './cpe.ts'
import { affectedByConfigurations, type ConfigurationNode, type CpeMatch } from './cpe-configurations.ts'

describe('a CPE', () => {
  test.each([
    ['cpe:2.3:a:haxx:curl:8.3.0:*:*:*:*:*:*:*', 'haxx:curl', '8.3.0'],
    ['cpe:2.3:a:openssl:openssl:1.0.1:beta1:*:*:*:*:*:*', 'openssl:openssl', '1.0.1-beta1'],
    ['cpe:2.3:a:openssl:openssl:1.0.1:-:*:*:*:*:*:*', 'openssl:openssl', '1.0.1'],
    ['cpe:2.3:a:Zlib:Zlib:*:*:*:*:*:*:*:*', 'zlib:zlib', undefined],
    ['cpe:2.3:a:zlib:zlib:-:*:*:*:*:*:*:*', 'zlib:zlib', undefined],
    ['cpe:2.3:a:joomla:joomla\\!:3.0:*:*:*:*:*:*:*', 'joomla:joomla!', '3.0'],
    ['cpe:2.3:a:a\\:b:c\\&d:1\\.0\\+x:*:*:*:*:*:*:*', 'a:b:c&d', '1.0+x'],
  ])('%s', (text, identity, version) => {
    const cpe = parseCpe(text)
    expect(cpe && cpeIdentity(cpe)).toEqual({ kind: 'cpe', name: identity })
    expect(cpe && exactVersion(cpe)).toBe(version)
  })
  test.each(['', 'cpe:/a:haxx:curl', 'cpe:2.3:a:haxx', 'cpe:2.3:a::curl:1:*:*:*:*:*:*:*'])(
    '%j is none',
    (text) => {
      expect(parseCpe(text)).toBeUndefined()
    },
  )
  test.each([
    ['microsoft:windows_10', 'win'],
    ['apple:macos', 'osx'],
    ['linux:linux_kernel', 'linux'],
    ['debian:debian_linux', 'distribution'],
    ['google:android', 'other'],
    ['x:constructor', 'other'],
  ])('the system %s is %s', (name, system) => {
    expect(systemOf(parseCpe(`cpe:2.3:o:${name}:-:*:*:*:*:*:*:*`)!)).toBe(system)
  })
})

function match(name: string, isVulnerable = true, rest = '1.0:*:*:*:*:*:*:*'): CpeMatch {
  const part = /windows|linux|mac|android/.test(name) ? 'o' : 'a'
  const cpe = parseCpe(`cpe:2.3:${part}:${name}:${rest}`)
  if (!cpe) throw new Error('the case spells a wrong CPE')
  return { cpe, isVulnerable, from: null, to: null, matchCriteriaId: null }
}
const or = (...matches: CpeMatch[]): ConfigurationNode => ({
  isAnd: false,
  isNegated: false,
  matches,
  children: [],
})
const and = (...children: ConfigurationNode[]): ConfigurationNode => ({
  isAnd: true,
  isNegated: false,
  matches: [],
  children,
})

describe('configurations', () => {
  const app = match('demo:demo')
  const short = (roots: ConfigurationNode[]): unknown[] =>
    affectedByConfigurations(roots).map(({ identity, platforms, conditions }) => [
      identity.name,
      platforms,
      conditions,
    ])

  test.each<[string, ConfigurationNode[], unknown[]]>([
    [
      'alternatives',
      [or(app, match('demo:other')), or(match('demo:third'))],
      [
        ['demo:demo', null, []],
        ['demo:other', null, []],
        ['demo:third', null, []],
      ],
    ],
    ['a condition alone affects nothing', [or(match('demo:demo', false))], []],
    ['on Windows only', [and(or(app), or(match('microsoft:windows', false)))], [['demo:demo', ['win'], []]]],
    [
      'on either of two systems',
      [and(or(app), or(match('microsoft:windows', false), match('apple:macos', false)))],
      [['demo:demo', ['osx', 'win'], []]],
    ],
    [
      'on a system no package runs on',
      [and(or(app), or(match('google:android', false)))],
      [['demo:demo', [], []]],
    ],
    [
      'in the packaging of a distribution',
      [and(or(app), or(match('debian:debian_linux', false)))],
      [['demo:demo', ['linux'], ['as packaged by debian:debian_linux']]],
    ],
    [
      'with another program',
      [and(or(app), or(match('php:php', false)))],
      [['demo:demo', null, ['with php:php']]],
    ],
    [
      'only both together',
      [and(or(app), or(match('demo:other')))],
      [
        ['demo:demo', null, ['with demo:other']],
        ['demo:other', null, ['with demo:demo']],
      ],
    ],
    [
      'nested',
      [and(and(or(app), or(match('php:php', false))), or(match('linux:linux_kernel', false)))],
      [['demo:demo', ['linux'], ['with php:php']]],
    ],
    ['a negated node is not evaluated', [{ ...or(app), isNegated: true }], []],
    [
      'the same product under two conditions',
      [and(or(app), or(match('microsoft:windows', false))), or(app)],
      [
        ['demo:demo', ['win'], []],
        ['demo:demo', null, []],
      ],
    ],
    [
      'a system in the target-software field',
      [or(match('demo:demo', true, '1.0:*:*:*:*:windows:*:*'))],
      [['demo:demo', ['win'], []]],
    ],
  ])('%s', (_, roots, expected) => {
    expect(short(roots)).toEqual(expected)
  })

  test('versions and ranges of one product come together', () => {
    const bounded = {
      ...match('demo:demo', true, '*:*:*:*:*:*:*:*'),
      to: { version: '3', isInclusive: true },
    }
    const unnamed = match('demo:demo', true, '-:*:*:*:*:*:*:*')
    const [entry, ...others] = affectedByConfigurations([
      or(app, match('demo:demo', true, '1.1:rc1:*:*:*:*:*:*'), bounded, unnamed),
    ])
    expect(others).toEqual([])
    expect(entry).toMatchObject({
      versions: ['1.0', '1.1-rc1'],
      ranges: [
        { to: { version: '3', isInclusive: true }, isUnspecified: false },
        { from: null, to: null, isUnspecified: true },
      ],
    })
  })

  test('a product "for Python" is also its PyPI project', () => {
    const entries = affectedByConfigurations([
      or(match('somebody:Demo_Package', true, '1.0:*:*:*:*:python:*:*')),
    ])
    expect(entries.map((entry) => [entry.identity, entry.targetSoftware])).toEqual([
      [{ kind: 'cpe', name: 'somebody:demo_package' }, 'python'],
      [{ kind: 'pypi', name: 'demo-package' }, null],
    ])
  })
})

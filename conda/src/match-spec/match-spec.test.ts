import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cpuTimeMs } from '../testing/cpu-time.ts'
import { InvalidMatchSpecError } from './errors.ts'
import { MatchSpec } from './match-spec.ts'
import type { MatchableRecord } from './matchers.ts'

const NUMPY = {
  name: 'numpy',
  version: '1.7.1',
  build: 'py27_3',
  build_number: 3,
  channel: 'conda-forge',
  subdir: 'linux-64',
  license: 'BSD-3-Clause',
  md5: '0123456789abcdef0123456789abcdef',
  track_features: 'mkl debug',
  flags: ['cuda', 'blas:mkl'],
} satisfies MatchableRecord

describe('canonical text', () => {
  test.each([
    ['', '*'],
    ['foo', 'foo'],
    ['FOO-Bar >=1.0', "foo-bar[version='>=1.0']"],
    ['foo 1.0', 'foo==1.0'],
    ['foo=1.0', 'foo=1.0'],
    ['foo 1.0.*', 'foo=1.0'],
    ['foo 1.0 py27_0', 'foo==1.0=py27_0'],
    ['foo =1.0 b', 'foo==1.0=b'],
    ['foo   =    1.0    =    2', 'foo==1.0=2'],
    ['foo >=1.0 , < 2.0 py_0', "foo[version='>=1.0,<2.0',build=py_0]"],
    ['foo!=1.0', 'foo!=1.0'],
    ['foo~=1.0', 'foo~=1.0'],
    ['foo~=1.0 b', "foo[version='~=1.0',build=b]"],
    ['foo * *mkl', 'foo[build=*mkl]'],
    ['foo[version="(1|2),!=1.5"]', "foo[version='(1|2),!=1.5']"],
    ['foo[build=^(a|b)$]', "foo[build='^(a|b)$']"],
    ['foo[version=1.10 build=b]', 'foo==1.10=b'],
    ['foo=1[version=2]', 'foo==2'],
    ['foo[name=bar]', 'foo'],
    ['foo[channel=a/noarch, channel=b]', 'b::foo'],
    ['foo[optional]', 'foo'],
    ['foo (optional)', 'foo'],
    ['foo 1.0 # why', 'foo==1.0'],
    ['foo if bar', 'foo'],
    ['feat@', '*[track_features=feat]'],
    ['*[track_features="b, a"]', "*[track_features='a b']"],
    ['foo[license=MIT]', 'foo[license=mit]'],
    ['foo[build_number=">=3"]', "foo[build_number='>=3']"],
    ['ch/linux-64:ns:foo', 'ch/linux-64::foo'],
    ['ns:foo', 'foo'],
    ['*/win-32::foo', 'foo[subdir=win-32]'],
    ['conda-*::foo', 'foo[channel=conda-*]'],
    ['foo[channel=https://h.org/c/noarch]', 'https://h.org/c/noarch::foo'],
    ['https://h.org/c/noarch/foo-1!2-3.conda', 'https://h.org/c/noarch::foo==1!2=3'],
    ['https://h.org/c/foo-1-2.conda', '*[url=https://h.org/c/foo-1-2.conda]'],
    ['foo-1-2.conda', '*[fn=foo-1-2.conda]'],
    ['foo[when="__win or __osx"]', "foo[when='__win or __osx']"],
    ['foo[extras=a]', "foo[extras=['a']]"],
  ])('%s is %s', (text, canonical) => {
    expect(MatchSpec.parse(text).toString()).toBe(canonical)
    // Lists are written in a way that only the v3 syntax reads back.
    const syntax = canonical.includes('=[') ? 'v3' : 'legacy'
    expect(MatchSpec.parse(canonical, syntax).toString()).toBe(canonical)
  })
})

describe('refused', () => {
  test.each([
    ...[' foo', '@feat', '>1', '# nothing', 'foo==', 'foo>=', 'foo 1||2', 'foo (1|2),3', 'foo >=1..2'],
    ...['pkg..name', '-pkg', "'package'", 'pack@ge', 'blas [optional', 'foo[a=1][b=2]', 'foo[invalid="1"]'],
    ...['foo[build=]', '^(aaaa$', 'foo[build=^(?=a)$]', 'foo[version="~=1"]', 'foo[build_number=">"]'],
    ...['https://h.org/c/noarch/foo.conda', `foo[build=${'x'.repeat(5000)}]`],
  ])('%.40j', (text) => expect(() => MatchSpec.parse(text)).toThrow(InvalidMatchSpecError))
})

describe('matching', () => {
  test.each([
    ['', true],
    ['numpy', true],
    ['NumPy', true],
    ['num*', true],
    ['^n.*y$', true],
    ['scipy', false],
    ['numpy 1.7.1', true],
    ['numpy=1.7', true],
    ['numpy 1.7', false],
    ['numpy * py27*', true],
    ['numpy * PY27*', false],
    ['numpy[build=^py(27|36)_.$]', true],
    ['numpy[build_number=3]', true],
    ['numpy[build_number="<3"]', false],
    ['numpy[build_number=^[0-5]$]', false],
    ['conda-forge::numpy', true],
    ['https://conda.anaconda.org/conda-forge/linux-64::numpy', true],
    ['https://evil.example/conda-forge::numpy', false],
    ['numpy[subdir=noarch]', false],
    ['numpy[license=bsd*]', true],
    ['numpy[license_family=BSD]', false],
    ['*[md5=0123456789ABCDEF0123456789ABCDEF]', true],
    ['*[sha256=00]', false],
    ['*[fn=numpy-1.7.1-py27_3.conda]', true],
    ['*[fn=numpy-1.7.1-py27_4.conda]', false],
    ['*[track_features="debug mkl"]', true],
    ['mkl@', false],
    ['numpy[flags=cuda]', true],
    ['numpy[flags=blas:*]', true],
    ['numpy[flags=rocm]', false],
    ['numpy[when="__win"]', true],
    ['numpy[extras=test]', true],
  ])('%s: %s', (text, expected) => {
    // A bracket within brackets breaks conda's old syntax; that is tested with the vectors.
    const syntax = text.includes('[0-5]') ? 'v3' : 'legacy'
    if (syntax === 'v3') expect(MatchSpec.parse(text, syntax).matches(NUMPY)).toBe(true)
    else expect(MatchSpec.parse(text).matches(NUMPY)).toBe(expected)
  })

  test('a record that lacks a field does not match a value for it', () => {
    const bare = { name: 'numpy', version: '1', build: '0' }
    for (const text of [
      'ch::numpy',
      'numpy[subdir=noarch]',
      'numpy[flags=a]',
      '*[url=x]',
      'numpy[license=mit]',
    ]) {
      expect([text, MatchSpec.parse(text).matches(bare)]).toEqual([text, false])
    }
    expect(MatchSpec.parse('numpy[build_number=0]').matches(bare)).toBe(true)
  })

  test('says which package it is about', () => {
    expect(MatchSpec.parse('python').isNameOnly).toBe(true)
    expect(MatchSpec.parse('python 3').isNameOnly).toBe(false)
    expect(MatchSpec.parse('python 3').exactName).toBe('python')
    expect(MatchSpec.parse('py*').exactName).toBeUndefined()
  })
})

describe('the v3 syntax', () => {
  test.each([
    ['foo[version<2]', "foo[version='<2']"],
    ['foo[extras=[b, "a"], flags=[cuda , ]]', "foo[extras=['a', 'b'],flags=['cuda']]"],
    [`foo[when='a and b[version='>=1']']`, `foo[when='a and b[version='>=1']']`],
    ['foo if bar', 'foo==if=bar'],
  ])('%s is %s', (text, canonical) => {
    expect(MatchSpec.parse(text, 'v3').toString()).toBe(canonical)
    expect(MatchSpec.parse(canonical, 'v3').toString()).toBe(canonical)
  })

  test.each([
    ...[
      'foo[]',
      'foo[a]',
      'foo[build]',
      'foo[build=0,junk]',
      'foo[build=1, build=2]',
      'foo[extras=[a',
      'foo[x=1',
    ],
    ...['foo[when=" "]', 'foo[when="a[when=b]"]', 'foo[when="a[build=]"]', 'foo[extras=[]]', 'foo["a"=b]'],
  ])('%s is refused', (text) => expect(() => MatchSpec.parse(text, 'v3')).toThrow(InvalidMatchSpecError))
})

test('hostile specs take no time', () => {
  const hostile = [
    ...[
      'foo['.repeat(1000),
      'a='.repeat(2000),
      `foo[${"a='".repeat(1300)}]`,
      ' '.repeat(4000),
      'foo '.repeat(1000),
    ],
    ...[`foo[build=${'*a'.repeat(1900)}]`, `foo ${'('.repeat(2000)}`, `foo[when="${'('.repeat(4000)}"]`],
  ]
  const start = cpuTimeMs()
  for (const text of hostile) {
    for (const syntax of ['legacy', 'v3'] as const) {
      try {
        MatchSpec.parse(text, syntax).matches({ ...NUMPY, build: 'a'.repeat(4000) })
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidMatchSpecError)
      }
    }
  }
  expect(cpuTimeMs() - start).toBeLessThan(1500)
})

test('whatever the text, it is either a spec or refused as none', () => {
  const soup = fc.string({
    unit: fc.constantFrom(...'ab1.=<>!~,| *[]()\'":/@#^$-_+{}\\'.split(/(?:)/)),
    maxLength: 24,
  })
  fc.assert(
    fc.property(soup, fc.constantFrom('legacy' as const, 'v3' as const), (text, syntax) => {
      try {
        const spec = MatchSpec.parse(text, syntax)
        spec.matches(NUMPY)
        spec.toString()
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidMatchSpecError)
      }
    }),
    { numRuns: 20_000 },
  )
})

test('the canonical text is its own canonical text, and means the same', () => {
  const version = fc.constantFrom('1.7.1', '1.7', '1.*', '>=1.7,<2', '!=1.7.1', '~=1.7.0', '1.6|1.7.*', '*')
  const build = fc.constantFrom('py27_3', 'py*', '^py(27|36)_3$', '*')
  const parts = fc.record({
    channel: fc.constantFrom('', 'conda-forge::', 'defaults/linux-64::', '*/linux-64::', 'https://h.org/c::'),
    name: fc.constantFrom('numpy', 'Num*', '*'),
    version: fc.option(version, { nil: undefined }),
    build: fc.option(build, { nil: undefined }),
    keys: fc.subarray([
      'build_number=">=3"',
      'license=BSD*',
      'subdir=linux-64',
      'track_features="mkl debug"',
    ]),
  })
  fc.assert(
    fc.property(parts, ({ channel, name, version, build, keys }) => {
      const entries = [...keys]
      if (version !== undefined) entries.push(`version="${version}"`)
      if (build !== undefined) entries.push(`build="${build}"`)
      const spec = MatchSpec.parse(`${channel}${name}[${entries.join(',')}]`)
      for (const syntax of ['legacy', 'v3'] as const) {
        const again = MatchSpec.parse(spec.toString(), syntax)
        expect(again.toString()).toBe(spec.toString())
        expect(again.matches(NUMPY)).toBe(spec.matches(NUMPY))
      }
    }),
    { numRuns: 2000 },
  )
})

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { cpuTimeMs } from './testing/cpu-time.ts'
import {
  InvalidFilenameError,
  isBuildString,
  isChannelComponent,
  isKnownSubdir,
  isLabel,
  isPackageName,
  isReservedChannelComponent,
  isSubdir,
  isVirtualPackageName,
  parseArtifactFilename,
} from './names.ts'
import { hasSharedData, sharedPath } from './testing/shared-data.ts'

describe('package names', () => {
  test.each(['a', 'numpy', '_libgcc_mutex', 'zope.interface', 'r-base', '7zip', 'a-', 'ab_', 'a.', '_-a'])(
    '%s is one',
    (name) => expect(isPackageName(name)).toBe(true),
  )

  test.each(['', '__a', 'a--b', 'a_-b', '.a', '-a', 'A', 'a b', 'a/b', 'ä', 'a\n', 'a'.repeat(65)])(
    '%j is none',
    (name) => expect(isPackageName(name)).toBe(false),
  )

  test.each(['__glibc', '__cuda', '__anaconda_core_depends'])('%s is a virtual one', (name) => {
    expect(isVirtualPackageName(name)).toBe(true)
    expect(isPackageName(name)).toBe(false)
  })

  test.each(['_a', '___a', '__', '__A', `__${'a'.repeat(63)}`])('%s is no virtual one', (name) =>
    expect(isVirtualPackageName(name)).toBe(false),
  )

  test('a long hostile name is refused at once', () => {
    const start = cpuTimeMs()
    expect(isPackageName(`${'a-'.repeat(500_000)}!`)).toBe(false)
    expect(isPackageName(`${'a_'.repeat(31)}!`)).toBe(false)
    expect(cpuTimeMs() - start).toBeLessThan(100)
  })
})

describe('parts of a channel address', () => {
  test.each([
    ['noarch', true],
    ['linux-64', true],
    ['plan9-mips', true],
    ['linux', false],
    ['a-b-c', false],
    ['Linux-64', false],
    [`${'a'.repeat(31)}-64`, false],
  ])('subdir %s: %s', (text, expected) => expect(isSubdir(text)).toBe(expected))

  test('known are the subdirs that clients ask for', () => {
    expect(isKnownSubdir('osx-arm64')).toBe(true)
    expect(isKnownSubdir('plan9-mips')).toBe(false)
  })

  test.each([
    ['conda-forge', true],
    ['_x.y-z', true],
    ['', false],
    ['-x', false],
    ['..', false],
    ['a/b', false],
    ['A', false],
  ])('channel component %j: %s', (text, expected) => expect(isChannelComponent(text)).toBe(expected))

  test.each(['linux-64', 'noarch', 't', 'label'])('%s means something to clients', (text) =>
    expect(isReservedChannelComponent(text)).toBe(true),
  )

  test.each([
    ['main', true],
    ['dev/v1.x', true],
    ['1x', false],
    ['', false],
    ['a b', false],
  ])('label %j: %s', (text, expected) => expect(isLabel(text)).toBe(expected))

  test.each([
    ['py310h1234567_0', true],
    ['cuda_11.8+x', true],
    ['a-b', false],
    ['', false],
    ['x'.repeat(65), false],
  ])('build %j: %s', (text, expected) => expect(isBuildString(text)).toBe(expected))
})

describe('artifact file names', () => {
  test.each([
    ['numpy-1.26.4-py312h_0.conda', 'numpy', '1.26.4', 'py312h_0', 'conda'],
    ['r-base-4.3.1-0.tar.bz2', 'r-base', '4.3.1', '0', 'tar.bz2'],
    ['x264-1!164.3095-h166bdaf_2.tar.bz2', 'x264', '1!164.3095', 'h166bdaf_2', 'tar.bz2'],
    ['erlang-R15B01-0.tar.bz2', 'erlang', 'R15B01', '0', 'tar.bz2'],
    ['__anaconda_core_depends-1-0.tar.bz2', '__anaconda_core_depends', '1', '0', 'tar.bz2'],
  ])('%s', (filename, name, version, build, format) =>
    expect(parseArtifactFilename(filename)).toEqual({ name, version, build, format }),
  )

  test.each([
    ['numpy-1.26.4-0.whl', 'format'],
    ['.conda', 'filename'],
    ['a-1.conda', 'filename'],
    ['-1-0.conda', 'name'],
    ['../../etc-1-0.conda', 'name'],
    ['Foo-1-0.conda', 'name'],
    ['foo-..-0.conda', 'version'],
    ['foo-1..2-0.conda', 'version'],
    ['foo--0.conda', 'version'],
    ['foo-1-.conda', 'build'],
    ['foo-1-0\0.tar.bz2', 'build'],
    ['foo-1-0/../x.conda', 'build'],
    [`${'a'.repeat(60)}-${'1'.repeat(65)}-0.conda`, 'version'],
    [`${'a'.repeat(300)}-1-0.conda`, 'filename'],
  ])('%j is refused for its %s', (filename, part) => {
    expect(() => parseArtifactFilename(filename)).toThrow(InvalidFilenameError)
    expect(() => parseArtifactFilename(filename)).toThrow(expect.objectContaining({ part }))
  })

  test.skipIf(!hasSharedData)('every file of a real channel has a proper name', () => {
    const bytes = readFileSync(sharedPath('data/repodata/medium/pkgs-r-linux-64-2018-08-16.json.gz'))
    const repodata = JSON.parse(gunzipSync(bytes).toString()) as {
      packages: Record<string, { name: string; version: string; build: string }>
    }
    const entries = Object.entries(repodata.packages)
    expect(entries.length).toBeGreaterThan(1000)
    for (const [filename, { name, version, build }] of entries) {
      expect(parseArtifactFilename(filename)).toEqual({ name, version, build, format: 'tar.bz2' })
    }
  })
})

import { describe, expect, test } from 'vitest'
import { randomSource } from '../testing/random.ts'
import { bytesSource, rangeSource, tailBufferedSource } from './byte-source.ts'
import { readPackageFiles } from './read-files.ts'
import { packageFilename, writePackage, type PackageSpec } from './write-package.ts'

const SPEC: PackageSpec = {
  name: 'demo',
  version: '1.0',
  files: {
    'bin/.demo-post-link.sh': 'echo',
    'lib/large': randomSource(1).bytes(100_000),
  },
  links: { 'bin/.demo-pre-link.sh': '.demo-post-link.sh' },
  info: { 'recipe/meta.yaml': 'package:', 'licenses/MIT.txt': 'MIT' },
}

const texts = (files: Map<string, Uint8Array>): [string, string][] =>
  [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()])

describe.each(['conda', 'tar.bz2'] as const)('of a .%s', (format) => {
  const filename = packageFilename(SPEC, format)
  const read = async (
    within: 'info' | 'all',
    wanted: (path: string) => boolean,
    maxBytes = 1000,
  ): Promise<[string, string][]> => {
    const source = bytesSource(await writePackage(SPEC, format))
    return texts(await readPackageFiles(source, { filename, within, maxBytes }, wanted))
  }

  test('recipe and licences are read', async () => {
    const found = await read('info', (path) => /^info\/(?:recipe|licenses)\//.test(path))
    expect(new Map(found)).toEqual(
      new Map([
        ['info/licenses/MIT.txt', 'MIT'],
        ['info/recipe/meta.yaml', 'package:'],
      ]),
    )
  })

  test('link scripts are read from the rest of the package, links are not followed', async () => {
    expect(await read('all', (path) => path.startsWith('bin/'))).toEqual([['bin/.demo-post-link.sh', 'echo']])
    expect(await read('info', (path) => path.startsWith('bin/'))).toEqual([])
  })

  test('more than was asked for is refused', async () => {
    await expect(read('all', () => true)).rejects.toThrow(RangeError)
  })
})

test('of a .conda, no more than the info part is fetched', async () => {
  const bytes = await writePackage(SPEC, 'conda')
  let fetched = 0
  const source = rangeSource(bytes.length, async (first, last) => {
    fetched += last + 1 - first
    return bytes.subarray(first, last + 1)
  })
  const filename = packageFilename(SPEC, 'conda')

  const files = await readPackageFiles(tailBufferedSource(source, 8192), { filename }, () => true)

  expect(files.has('info/index.json')).toBe(true)
  expect(fetched).toBeLessThan(10_000)
  expect(bytes.length).toBeGreaterThan(50_000)
})

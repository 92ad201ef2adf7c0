import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesSource, type ByteSource } from './byte-source.ts'
import { inspectPackage, readPackageInfo } from './inspect-package.ts'
import { InvalidPackageError } from './invalid-package-error.ts'
import { packageFilename, writePackage, type PackageSpec } from './write-package.ts'

const formats = ['conda', 'tar.bz2'] as const
const tiny: PackageSpec = { name: 'demo', version: '1.0', files: { 'bin/a': 'a' } }

const rich: PackageSpec = {
  name: 'rich-demo',
  version: '2.1',
  build: 'py_3',
  buildNumber: 3,
  depends: ['python >=3.9'],
  index: { timestamp: 1700000000000, a_field_of_tomorrow: { kept: [1, null] } },
  files: {
    'bin/.rich-demo-post-link.sh': 'echo',
    'Scripts/.rich-demo-pre-unlink.bat': 'echo',
    'etc/conda/activate.d/rich.sh': 'export RICH=1',
    'site-packages/rich_demo-2.1.dist-info/METADATA': 'Name: rich-demo',
    'lib/tool': new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]),
    'lib/Some.class': new Uint8Array([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61]),
  },
  links: { 'lib/inside': 'tool', 'lib/outside': '../../etc/passwd', 'lib/absolute': '/usr/lib/x' },
  info: {
    'about.json': { home: 'https://example.org' },
    'run_exports.json': ['rich-demo >=2.1,<3'],
    'link.json': { noarch: { type: 'python' }, package_metadata_version: 1 },
    'security.json': { cves: [] },
    'licenses/LICENSE.txt': 'MIT',
    'licenses/third/NOTICE': 'x',
    'recipe/patches/fix-overflow.patch': '--- a',
    'recipe/meta.yaml': 'package:',
  },
}

describe.each(formats)('a .%s', (format) => {
  test('gives everything that its info and its file names tell', async () => {
    const bytes = await writePackage(rich, format)

    const found = await inspectPackage(bytesSource(bytes), { filename: packageFilename(rich, format) })

    expect(found).toMatchObject({
      format,
      name: 'rich-demo',
      version: '2.1',
      build: 'py_3',
      buildNumber: 3,
      subdir: 'noarch',
      index: { depends: ['python >=3.9'], a_field_of_tomorrow: { kept: [1, null] } },
      about: { home: 'https://example.org' },
      runExports: { weak: ['rich-demo >=2.1,<3'] },
      link: { noarch: { type: 'python' } },
      securityJson: { cves: [] },
      paths: { version: 1, files: 6, softlinks: 3, directories: 0 },
      flags: { activateD: true, deactivateD: false, preLink: false, postLink: true, preUnlink: true },
      activationScripts: ['etc/conda/activate.d/rich.sh'],
      distInfo: [{ name: 'rich_demo', version: '2.1' }],
      licenses: ['LICENSE.txt', 'third/NOTICE'],
      recipePatches: ['patches/fix-overflow.patch'],
      escapingLinks: ['lib/absolute -> /usr/lib/x', 'lib/outside -> ../../etc/passwd'],
      executablesInNoarch: ['lib/tool'],
      entryCount: 19,
      warnings: [],
    })
    expect(found.linkScripts).toEqual(['Scripts/.rich-demo-pre-unlink.bat', 'bin/.rich-demo-post-link.sh'])
  })

  test('gives the same facts from its info alone', async () => {
    const source = bytesSource(await writePackage(rich, format))
    const filename = packageFilename(rich, format)

    const { escapingLinks, executablesInNoarch, entryCount, inflatedBytes, ...facts } = await inspectPackage(
      source,
      { filename },
    )
    const info = await readPackageInfo(source, { filename })

    expect([escapingLinks.length, executablesInNoarch?.length, entryCount]).toEqual([2, 1, 19])
    expect(inflatedBytes).toBeGreaterThan(19 * 512)
    expect(info).toEqual(facts)
  })

  test('cut short anywhere is refused', async () => {
    const whole = await writePackage(tiny, format)
    const filename = packageFilename(tiny, format)

    for (let length = 0; length < whole.length; length++) {
      const cut = inspectPackage(bytesSource(whole.subarray(0, length)), { filename })
      await expect(cut, `at ${length}`).rejects.toBeInstanceOf(InvalidPackageError)
    }
  })

  test('with a byte changed is refused or read as before, and never breaks the reader', async () => {
    const whole = await writePackage(tiny, format)
    const filename = packageFilename(tiny, format)

    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = whole.slice()
        bytes[at] = bytes[at]! ^ change
        try {
          const found = await inspectPackage(bytesSource(bytes), { filename })
          expect([found.name, found.version, found.paths?.files]).toEqual(['demo', '1.0', 1])
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidPackageError)
        }
      }),
      { seed: 20261001, numRuns: 700 },
    )
  })

  test('stops when it is aborted', async () => {
    const source = bytesSource(await writePackage(tiny, format))
    const signal = AbortSignal.abort(new Error('shutting down'))

    const inspection = inspectPackage(source, { filename: packageFilename(tiny, format), signal })

    await expect(inspection).rejects.toThrow('shutting down')
  })

  test('reports a source that fails as that failure', async () => {
    const bytes = await writePackage(tiny, format)
    let reads = 0
    const source: ByteSource = {
      size: bytes.length,
      read: async (offset, length) => {
        if (++reads > 1) throw new Error('disk is gone')
        return bytes.subarray(offset, offset + length)
      },
    }

    const inspection = inspectPackage(source, { filename: packageFilename(tiny, format) })

    await expect(inspection).rejects.toThrow('disk is gone')
  })
})

test('reading the info of a .conda leaves its pkg member alone', async () => {
  const noise = createHash('shake256', { outputLength: 150_000 }).digest()
  const spec: PackageSpec = { ...tiny, files: { 'lib/noise': noise } }
  const bytes = await writePackage(spec, 'conda')
  let read = 0
  const source: ByteSource = {
    size: bytes.length,
    read: async (offset, length) => {
      read += length
      return bytes.subarray(offset, offset + length)
    },
  }

  expect(await readPackageInfo(source, { filename: 'demo-1.0-0.conda' })).toMatchObject({
    paths: { files: 1 },
  })
  expect(bytes.length).toBeGreaterThan(100_000)
  expect(read).toBeLessThan(2_000)
})

/**
 * Every archive of the shared data: real ones have to be accepted and to say what their channel's index says of
 * them, the hard ones are accepted or refused as listed here. MANIFEST.json tells what Python made of them.
 */
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasSharedData, sharedPath } from '../testing/shared-data.ts'
import { fileSource } from './byte-source-node.ts'
import { inspectPackage, readPackageInfo, type PackageInspection } from './inspect-package.ts'
import { InvalidPackageError, type InvalidPackageCode } from './invalid-package-error.ts'

const root = 'data/packages'

interface IndexRecord {
  readonly name: string
  readonly version: string
  readonly build: string
  readonly build_number: number
  readonly size: number
}

interface ManifestEntry {
  readonly file: string
  readonly size: number
  readonly checked: string
}

/** Those that "open" in Python and are refused, and those that do not, with the reason for each. */
const refused: Readonly<Record<string, InvalidPackageCode>> = {
  'ca-certificates-2024.7.4-hbcca054_0.conda': 'zip-unexpected-member',
  'corrupt/a.tar.bz2': 'invalid-filename',
  'corrupt/another_bad_package.conda': 'invalid-filename',
  'corrupt/bad_package.tar.bz2': 'invalid-filename',
  'corrupt/subfolder.tar.bz2': 'invalid-filename',
  // Found by no reader that looks for the name info/index.json.
  'zip/dotslash-test-1.0.0-0.conda': 'unsafe-path',
  // The following "open". Named otherwise than what they hold, like a copy of a file:
  'same-name/test-package-0.1-0_copy.tar.bz2': 'filename-mismatch',
  'zip/zip64-extra-field-test.conda': 'zip-stem-mismatch',
  // conda can not extract a .conda without its pkg member.
  'zip/info-only-1.0.0-0.conda': 'zip-missing-member',
  // Its paths.json lists files that were taken out.
  'spiffy-test-app-0.5-pyh6afbcc8_0.tar.bz2': 'paths-mismatch',
}

/** What is wrong with the corrupt ones under a name that a package can have. */
const corrupt: readonly (readonly [file: string, filename: string, code: InvalidPackageCode])[] = [
  ['corrupt/a.tar.bz2', 'a-1-0.tar.bz2', 'missing-index'],
  ['corrupt/another_bad_package.conda', 'a-1-0.conda', 'truncated'],
  ['corrupt/bad_package.tar.bz2', 'a-1-0.tar.bz2', 'magic-mismatch'],
  ['corrupt/subfolder.tar.bz2', 'a-1-0.tar.bz2', 'missing-index'],
]

async function inspect(path: string, filename = basename(path)): Promise<PackageInspection> {
  await using file = await open(sharedPath(`${root}/${path}`))
  return await inspectPackage(await fileSource(file), { filename })
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(sharedPath(`${root}/${path}`), 'utf8'))
}

function listArchives(): { path: string; size: number }[] {
  const lines = readFileSync(sharedPath(`${root}/PACKAGES.tsv`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
  return lines.map((line) => {
    const [path, size] = line.split('\t')
    return { path: path ?? '', size: Number(size) }
  })
}

const indexes = new Map<string, Record<string, IndexRecord>>()

function recordOf(path: string): IndexRecord | undefined {
  const folder = dirname(path)
  let records = indexes.get(folder)
  if (records === undefined) {
    const repodata = readJson(`${folder}/repodata.json`) as Record<string, Record<string, IndexRecord>>
    records = { ...repodata['packages'], ...repodata['packages.conda'] }
    indexes.set(folder, records)
  }
  return records[basename(path)]
}

describe.skipIf(!hasSharedData)('real packages', () => {
  test('there are 242 archives, 193 of them in channels', () => {
    const archives = listArchives()

    expect(archives).toHaveLength(242)
    expect(archives.filter(({ path }) => !path.startsWith('edge-cases/'))).toHaveLength(193)
  })

  const channels = [
    'conda-forge-2023',
    'legacy-2016',
    'ppc32-2025',
    'zlib-multiplatform',
    'conda-test-channel',
  ]

  test.each(channels)('all of %s are accepted and are what the index says', async (channel) => {
    const archives = listArchives().filter(({ path }) => path.startsWith(`${channel}/`))
    let compared = 0
    for (const { path, size } of archives) {
      const found = await inspect(path)
      const { name, version, build } = found
      expect(`${name}-${version}-${build}.${found.format}`).toBe(basename(path))
      const record = recordOf(path)
      if (record === undefined) continue
      compared++
      expect([name, version, build, found.buildNumber, size], path).toEqual([
        record.name,
        record.version,
        record.build,
        record.build_number,
        record.size,
      ])
    }
    expect(compared).toBe(archives.length)
  })

  test('edge cases are accepted or refused as Python found them, but for those named above', async () => {
    const manifest = readJson('edge-cases/MANIFEST.json') as ManifestEntry[]
    const outcomes: Record<string, string> = {}
    for (const { file, checked } of manifest) {
      try {
        const { name, version, build } = await inspect(`edge-cases/${file}`)
        expect(checked).toContain(`opens: ${name} ${version} ${build} `)
      } catch (error) {
        if (!(error instanceof InvalidPackageError)) throw error
        outcomes[file] = error.code
      }
    }

    expect(manifest).toHaveLength(49)
    expect(outcomes).toEqual(refused)
    const unreadable = manifest.filter(({ checked }) => !checked.startsWith('opens')).map(({ file }) => file)
    expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(unreadable))
  })

  test.each(corrupt)('%s is refused under a good name as well', async (file, filename, code) => {
    await expect(inspect(`edge-cases/${file}`, filename)).rejects.toMatchObject({ code })
  })

  test('under its own name, the zip of zip64-extra-field-test is fine, but its paths.json lies', async () => {
    await using file = await open(sharedPath(`${root}/edge-cases/zip/zip64-extra-field-test.conda`))
    const source = await fileSource(file)
    const filename = 'zip64-test-pkg-1.0-test_0.conda'

    expect(await readPackageInfo(source, { filename })).toMatchObject({ name: 'zip64-test-pkg' })
    await expect(inspectPackage(source, { filename })).rejects.toMatchObject({ code: 'paths-mismatch' })
  })

  test('facts of a few packages', async () => {
    const linkScripts = await inspect('edge-cases/link-scripts-0.1.0-h4616a5c_0.conda')
    const runExports = await inspect('edge-cases/run-exports/run_exports_versions-1.0-he35c369_0.tar.bz2')
    const nano = await inspect('edge-cases/nano-2.4.1-0.tar.bz2')
    const pip = await inspect('conda-forge-2023/noarch/pip-23.3.1-pyhd8ed1ab_0.conda')
    const urllib3 = await inspect('conda-forge-2023/noarch/urllib3-2.1.0-pyhd8ed1ab_0.conda')
    const openssl = await inspect('legacy-2016/conda-forge/linux-64/openssl-1.0.2h-2.tar.bz2')

    expect(linkScripts.linkScripts.length).toBeGreaterThan(0)
    expect(runExports.runExports).toBeDefined()
    expect(nano.index['subdir']).toBeUndefined()
    expect(urllib3.distInfo).toEqual([{ name: 'urllib3', version: '2.1.0' }])
    expect(pip.distInfo).toEqual([{ name: 'pip', version: '23.3.1' }])
    expect(pip.executablesInNoarch).toContain('site-packages/pip/_vendor/distlib/w64.exe')
    expect(openssl.flags).toMatchObject({ binaryPrefix: true, textPrefix: true })
  })
})

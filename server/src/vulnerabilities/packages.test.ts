/**
 * Real conda-forge packages of 2023 against real advisories, through the database. What is expected is read out
 * of the raw records here, by a comparison of plain number lists, without any of the product's code.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findVulnerabilities } from './find-vulnerabilities.ts'
import { importAdvisories } from './import-advisories.ts'
import { importMapping } from './import-mapping.ts'
import { startTestDatabase, type TestDatabase } from './testing/database.ts'

const files = {
  pypa: 'data/advisories/osv/pypa-advisory-database.jsonl.gz',
  curl: 'data/advisories/upstream/curl-vulnerabilities.jsonl.gz',
  overrides: 'data/advisories/nvd/anchore-nvd-overrides-relevant.jsonl.gz',
}

function lines<Row>(relative: string): Row[] {
  const text = gunzipSync(readFileSync(sharedPath(relative))).toString('utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
}

/** Number lists only, which is all these packages have. */
function compare(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => text.split('.').map(Number))
  for (let index = 0; index < 6; index += 1) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function expectedByPypa(name: string, version: string): string[] {
  interface Osv {
    readonly id: string
    readonly aliases?: readonly string[]
    readonly withdrawn?: string
    readonly affected: readonly {
      package: { name: string }
      ranges?: readonly { type: string; events: readonly Record<string, string>[] }[]
      versions?: readonly string[]
    }[]
  }
  return lines<Osv>(files.pypa)
    .filter((record) => record.withdrawn === undefined)
    .filter((record) =>
      record.affected.some((entry) => {
        if (entry.package.name !== name) return false
        if (entry.versions?.includes(version)) return true
        const turns = (entry.ranges ?? [])
          .filter((range) => range.type === 'ECOSYSTEM')
          .flatMap((range) => range.events)
        const past = turns.filter((turn) =>
          Object.values(turn).every((at) => /^[\d.]+$/.test(at) && compare(at, version) <= 0),
        )
        const last = past
          .toSorted((a, b) => compare(Object.values(a)[0] ?? '', Object.values(b)[0] ?? ''))
          .at(-1)
        return last?.introduced !== undefined
      }),
    )
    .map((record) => record.aliases?.find((alias) => alias.startsWith('CVE-')) ?? record.id)
}

function expectedByCurl(version: string): string[] {
  interface Row {
    readonly cve: string
    readonly affects: string
    readonly first_vulnerable: string
    readonly last_vulnerable: string
  }
  return lines<Row>(files.curl)
    .filter((row) => row.affects !== 'tool')
    .filter(
      (row) => compare(row.first_vulnerable, version) <= 0 && compare(version, row.last_vulnerable) <= 0,
    )
    .map((row) => row.cve)
}

function expectedByOverrides(product: string, version: string): string[] {
  interface Override {
    readonly _annotation: { readonly cve_id: string }
    readonly cve: {
      readonly configurations?: readonly {
        operator?: string
        nodes: readonly { cpeMatch: readonly Record<string, string | boolean>[] }[]
      }[]
    }
  }
  const isWithin = (match: Record<string, string | boolean>): boolean => {
    const end = String(match.versionEndExcluding ?? match.versionEndIncluding ?? '')
    if (!String(match.criteria).startsWith(`cpe:2.3:a:${product}:*`) || !/^\d+(\.\d+)*$/.test(end))
      return false
    const start = String(match.versionStartIncluding ?? '0')
    const atEnd = compare(version, end)
    return compare(start, version) <= 0 && (match.versionEndExcluding === undefined ? atEnd <= 0 : atEnd < 0)
  }
  return lines<Override>(files.overrides)
    .filter(({ cve }) =>
      (cve.configurations ?? []).some(({ nodes }) => nodes.some((node) => node.cpeMatch.some(isWithin))),
    )
    .map((record) => record._annotation.cve_id)
}

describe.skipIf(!hasSharedData)('conda-forge packages of 2023', () => {
  let t: TestDatabase
  beforeAll(async () => {
    t = await startTestDatabase()
    const mapping = sharedPath('data/mappings/parselmouth-conda-forge-to-pypi.json.gz')
    await importMapping(t.db, { path: mapping, sourceName: 'parselmouth', now: new Date() })
  })
  afterAll(() => t.close())

  async function found(name: string, version: string): Promise<string[]> {
    const matches = (await findVulnerabilities(t.db, name, [version])).get(version) ?? []
    return matches.filter((match) => match.verdict === 'affected').map((match) => match.vulnerability.id)
  }

  async function imported(...paths: readonly string[]): Promise<void> {
    for (const path of paths)
      await importAdvisories(t.db, { path: sharedPath(path), sourceName: path, now: new Date() })
  }

  test('Python packages match what PyPA says of them, and nothing else', async () => {
    await imported(files.pypa)
    const packages = [
      'urllib3 2.0.4',
      'urllib3 2.1.0',
      'cryptography 41.0.3',
      'cryptography 41.0.5',
      'requests 2.31.0',
      'pip 23.2.1',
      'pip 23.3.1',
      'certifi 2023.7.22',
      'certifi 2023.11.17',
    ]
    for (const [name = '', version = ''] of packages.map((text) => text.split(' '))) {
      expect((await found(name, version)).toSorted(), `${name} ${version}`).toEqual(
        expectedByPypa(name, version).toSorted(),
      )
    }
    expect(expectedByPypa('urllib3', '2.0.4')).toContain('CVE-2023-43804')
    expect(await found('urllib3', '2.1.0')).not.toContain('CVE-2023-43804')
  })

  test('libcurl and openssl match what curl and the overrides say', async () => {
    await imported(files.curl, files.overrides)
    expect((await found('libcurl', '8.2.1')).toSorted()).toEqual(expectedByCurl('8.2.1').toSorted())
    expect((await found('libcurl', '8.4.0')).toSorted()).toEqual(expectedByCurl('8.4.0').toSorted())
    expect(expectedByCurl('8.2.1')).toContain('CVE-2023-38545')
    expect(await found('libcurl', '8.4.0')).not.toContain('CVE-2023-38545')
    for (const version of ['3.1.2', '3.1.4']) {
      expect((await found('openssl', version)).toSorted(), version).toEqual(
        expectedByOverrides('openssl:openssl', version).toSorted(),
      )
    }
  })

  test('nothing is known against packages that no advisory names', async () => {
    for (const name of ['bzip2', 'zstd', 'yaml-cpp', 'reproc', 'tk', 'no-such-package'])
      expect(await found(name, '1.0.0'), name).toEqual([])
  })
})

/**
 * The matcher against labels that others made: enumerated versions of PyPA, curl's and OpenSSL's own lists, and
 * the truth set. None of the labels was computed with our ranges or orders.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { beforeAll, describe, expect, test } from 'vitest'
import type { IdentityLink } from './identity-link.ts'
import { evaluate, prepareEntry } from './match.ts'
import { holdAdvisories, linkLookup, loadAdvisories } from './memory-advisories.ts'
import { aLink } from './testing/builders.ts'
import { summary } from './truth/cve-truth-verb.ts'
import type { Judgement } from './truth/judge-truth.ts'
import { measureFile } from './truth/measure-file.ts'
import { brierScore, isWrong, measureTruth, type Measure } from './truth/measure-truth.ts'
import type { Match } from './vulnerability-fact.ts'

const testing = join(import.meta.dirname, 'testing')
/** Reading 44,000 records takes seconds, and more on a busy machine. */
const WHOLE_FILES_MS = 240_000

function readLines<Row>(relative: string): Row[] {
  const text = gunzipSync(readFileSync(sharedPath(relative))).toString('utf8')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row)
}

const advisoryPath = (name: string): string => sharedPath(`data/advisories/${name}`)
const realFiles = [
  'osv/pypa-advisory-database.jsonl.gz',
  'osv/psf-python.jsonl.gz',
  'upstream/curl-vulnerabilities.jsonl.gz',
  'upstream/openssl-vulnerabilities-2022-05-03.xml.gz',
  'nvd/nvd-1.1-relevant.jsonl.gz',
  'nvd/nvd-2.0-samples.jsonl.gz',
  'nvd/anchore-nvd-overrides-relevant.jsonl.gz',
  'nvd/nvdcve-1.1-2018.json.gz',
  'nvd/nvdcve-1.1-2021.json.gz',
  'cve5/vulnrichment-relevant.jsonl.gz',
]
const PYPA = 'osv/pypa-advisory-database.jsonl.gz'
const CURL = 'upstream/curl-vulnerabilities.jsonl.gz'
/** Advisories whose enumeration and range contradict each other, or that enumerate what are no versions. */
const contradictions = [
  'PYSEC-2023-61 django', // lists pre-releases of the releases it starts with
  'PYSEC-2023-177 gevent', // lists the fix
  'PYSEC-2021-114 wagtail', // two branches that overlap, one fixed inside the other
  'PYSEC-2021-121 pywps', // `trunk`
  'PYSEC-2020-341 jw-util', // `-class.-jw.util.version.Version-`
  'PYSEC-2019-102 limnoria', // dates with a zone
]
const OPENSSL = 'upstream/openssl-vulnerabilities-2022-05-03.xml.gz'

describe.skipIf(!hasSharedData)('against labels', () => {
  let linksOf: (name: string) => readonly IdentityLink[]
  beforeAll(() => {
    linksOf = linkLookup([sharedPath('data/mappings/parselmouth-conda-forge-to-pypi.json.gz')])
  })

  test("PyPA's enumerated versions, every row", { timeout: WHOLE_FILES_MS }, async () => {
    const held = holdAdvisories((await loadAdvisories([advisoryPath(PYPA)])).advisories)
    interface Row {
      readonly conda_name: string
      readonly version: string
      readonly pypi_name: string
      readonly mapped: boolean
      readonly version_is_in_some_list: boolean
      readonly vulnerable: readonly string[]
      readonly not_vulnerable: readonly string[]
    }
    const differences: string[] = []
    let judged = 0
    for (const row of readLines<Row>('data/labels/expected-pypa-by-enumeration.jsonl.gz')) {
      const links = linksOf(row.conda_name).filter((link) => link.identity.name === row.pypi_name)
      if (!row.mapped) {
        expect(links, row.conda_name).toEqual([])
        continue
      }
      const found = held.match(row.conda_name, links, [row.version]).get(row.version) ?? []
      const named = new Set(found.flatMap((match) => advisoriesOf(match)))
      for (const id of row.vulnerable)
        if (!named.has(id)) differences.push(`${row.conda_name} ${row.version} misses ${id}`)
      // a version that no list names was never on PyPI: nothing says that it is safe
      const safe = row.version_is_in_some_list ? row.not_vulnerable : []
      for (const id of safe) if (named.has(id)) differences.push(`${row.conda_name} ${row.version} has ${id}`)
      judged += row.vulnerable.length + safe.length
    }
    console.log(`PyPA labels: ${judged} judged, ${differences.length} differences`)
    expect(differences).toEqual([])
  })

  test("PyPA's ranges alone agree with its enumerations", { timeout: WHOLE_FILES_MS }, async () => {
    const { advisories } = await loadAdvisories([advisoryPath(PYPA)])
    const active = advisories.filter((advisory) => advisory.state === 'active')
    const differences: string[] = []
    let judged = 0
    for (const { id, affected } of active) {
      for (const entry of affected) {
        const link = aLink({ identity: entry.identity })
        const prepared = prepareEntry(link, { ...entry, versions: [] }, false)
        if (!prepared) continue
        for (const version of entry.versions) {
          judged += 1
          const { verdict } = evaluate(prepared, version)
          if (verdict !== 'affected') differences.push(`${id} ${entry.identity.name} ${version}: ${verdict}`)
        }
      }
    }
    expect(judged).toBeGreaterThan(130_000)
    expect(new Set(differences.map((difference) => difference.split(' ', 2).join(' ')))).toEqual(
      new Set(contradictions),
    )
  })

  test("curl's own table, for the tool and the library", { timeout: WHOLE_FILES_MS }, async () => {
    const held = holdAdvisories((await loadAdvisories([advisoryPath(CURL)])).advisories)
    const parts = new Map(
      readLines<{ cve: string; affects: string }>(`data/advisories/${CURL}`).map((row) => [
        row.cve,
        row.affects,
      ]),
    )
    interface Row {
      readonly conda_name: string
      readonly version: string
      readonly cves: readonly string[]
    }
    for (const row of readLines<Row>('data/labels/expected-curl-by-upstream-table.jsonl.gz')) {
      const other = row.conda_name === 'curl' ? 'lib' : 'tool'
      const expected = row.cves.filter((cve) => parts.get(cve) !== other)
      const found = held.match(row.conda_name, linksOf(row.conda_name), [row.version]).get(row.version) ?? []
      expect(
        found.map((match) => match.vulnerability.id).toSorted(),
        `${row.conda_name} ${row.version}`,
      ).toEqual(expected.toSorted())
    }
  })

  test("OpenSSL's own list, letters and all", { timeout: WHOLE_FILES_MS }, async () => {
    const held = holdAdvisories((await loadAdvisories([advisoryPath(OPENSSL)])).advisories)
    interface Row {
      readonly version: string
      readonly version_in_list: boolean
      readonly cves: readonly string[]
    }
    let judged = 0
    for (const row of readLines<Row>('data/labels/expected-openssl-by-upstream-list-2022-05-03.jsonl.gz')) {
      const found = held.match('openssl', linksOf('openssl'), [row.version]).get(row.version) ?? []
      // the list has one issue without a CVE, which the labels spell `CVE-`
      const expected = row.cves.filter((cve) => cve !== 'CVE-').toSorted()
      expect(found.map((match) => match.vulnerability.id).toSorted(), row.version).toEqual(expected)
      judged += expected.length
    }
    expect(judged).toBe(800)
  })

  describe('the truth set', () => {
    let runs: ReadonlyMap<string, readonly Judgement[]>
    beforeAll(async () => {
      const result = await measureFile({
        truth: sharedPath('vectors/cve-truth.json'),
        advisories: [...realFiles.map(advisoryPath), join(testing, 'node-core.jsonl')],
        mappings: [sharedPath('data/mappings/parselmouth-conda-forge-to-pypi.json.gz')],
        recipes: [],
        curation: [join(testing, 'curation.openvex.json')],
        useCitations: true,
      })
      runs = new Map(result.runs.map(({ name, judgements }) => [name, judgements]))
      for (const { name, judgements } of result.runs) console.log(`${name}: ${summary(judgements)}`)
    }, WHOLE_FILES_MS)
    const judged = (name: string): readonly Judgement[] => runs.get(name) ?? []
    const allOf = (name: string): Measure | undefined => measureTruth(judged(name))[0]

    test('nothing that is affected is missed, and versions are never judged wrongly', () => {
      const wrong = judged('without recipes').filter(isWrong)
      expect(wrong.filter(({ row }) => row.affected)).toEqual([])
      expect(wrong.map(({ row }) => row.class).filter((name) => name !== 'recipe-patch')).toEqual([])
    })

    test('automatic, with what the recipes of builds say', () => {
      const measure = allOf('automatic')
      expect(measure?.rows).toBe(287)
      expect(measure?.f1).toBeGreaterThan(0.98)
      expect(measure?.recall).toBe(1)
      expect(measure?.indeterminate).toBe(0)
      // the recipe names these two patches by the commits of the project, and no CVE beside them
      expect(
        judged('automatic')
          .filter(isWrong)
          .map(({ row }) => `${row.package} ${row.version} ${row.cve}`),
      ).toEqual(['openssl 1.1.1d CVE-2019-1551', 'openssl 1.0.2o CVE-2018-0737'])
      expect(brierScore(judged('automatic'))).toBeLessThan(0.03)
    })

    test('curated', () => {
      expect(allOf('curated')).toMatchObject({ precision: 1, recall: 1, f1: 1 })
    })

    test('most rows are judged by real sources, and few by nothing', () => {
      const count = (basis: Judgement['basis']): number =>
        judged('automatic').filter((judgement) => judgement.basis === basis).length
      expect(count('sources')).toBeGreaterThan(230)
      expect(count('none')).toBeLessThan(15)
    })
  })
})

function advisoriesOf(match: Match): string[] {
  return match.evidence.filter((item) => item.verdict !== 'not-affected').map((item) => item.advisoryId)
}

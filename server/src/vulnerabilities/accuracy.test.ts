/**
 * The matcher against labels that others made: enumerated versions of PyPA, curl's and OpenSSL's own lists, and
 * the truth set. None of the labels was computed with our ranges or orders.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { beforeAll, describe, expect, test } from 'vitest'
import { identityKey, type Advisory } from './advisory.ts'
import type { IdentityLink } from './identity-link.ts'
import { evaluate, prepareEntry } from './match.ts'
import { aLink, anAdvisory, anEntry, bounds } from './testing/builders.ts'
import {
  holdAdvisories,
  loadAdvisories,
  matchInMemory,
  readMapping,
  type MemoryAdvisories,
} from './testing/memory-advisories.ts'
import { holdsIn, type Match } from './vulnerability-fact.ts'

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
    linksOf = readMapping(sharedPath('data/mappings/parselmouth-conda-forge-to-pypi.json.gz'))
  })

  test("PyPA's enumerated versions, every row", async () => {
    const held = holdAdvisories(await loadAdvisories([advisoryPath(PYPA)]))
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
      const found = matchInMemory(held, row.conda_name, links, [row.version]).get(row.version) ?? []
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

  test("PyPA's ranges alone agree with its enumerations", async () => {
    const advisories = await loadAdvisories([advisoryPath(PYPA)])
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

  test("curl's own table, for the tool and the library", async () => {
    const held = holdAdvisories(await loadAdvisories([advisoryPath(CURL)]))
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
      const found =
        matchInMemory(held, row.conda_name, linksOf(row.conda_name), [row.version]).get(row.version) ?? []
      expect(
        found.map((match) => match.vulnerability.id).toSorted(),
        `${row.conda_name} ${row.version}`,
      ).toEqual(expected.toSorted())
    }
  })

  test("OpenSSL's own list, letters and all", async () => {
    const held = holdAdvisories(await loadAdvisories([advisoryPath(OPENSSL)]))
    interface Row {
      readonly version: string
      readonly version_in_list: boolean
      readonly cves: readonly string[]
    }
    let judged = 0
    for (const row of readLines<Row>('data/labels/expected-openssl-by-upstream-list-2022-05-03.jsonl.gz')) {
      const found = matchInMemory(held, 'openssl', linksOf('openssl'), [row.version]).get(row.version) ?? []
      // the list has one issue without a CVE, which the labels spell `CVE-`
      const expected = row.cves.filter((cve) => cve !== 'CVE-').toSorted()
      expect(found.map((match) => match.vulnerability.id).toSorted(), row.version).toEqual(expected)
      judged += expected.length
    }
    expect(judged).toBe(800)
  })

  describe('the truth set', () => {
    const rows = hasSharedData
      ? (JSON.parse(readFileSync(sharedPath('vectors/cve-truth.json'), 'utf8')) as { rows: Row[] }).rows
      : []

    /** What the matcher answers on the row's platform; a row without one is about any. */
    function judge(held: MemoryAdvisories, row: Row): Match | undefined {
      const found =
        matchInMemory(held, row.package, linksOf(row.package), [row.version]).get(row.version) ?? []
      return found.find((item) => item.vulnerability.id === row.cve && holdsIn(item, row.subdir ?? 'noarch'))
    }

    /** Right or wrong by class; what is wrong is returned. */
    function score(title: string, held: MemoryAdvisories, judged: readonly Row[]): Row[] {
      const tally = new Tally()
      const wrong: Row[] = []
      for (const row of judged) {
        const isFound = judge(held, row)?.verdict === 'affected'
        tally.add(row.class, isFound, row.affected)
        if (isFound !== row.affected) wrong.push(row)
      }
      console.log(`${title}: ${judged.length} of ${rows.length} rows\n${tally.text()}`)
      return wrong
    }

    test('under the real advisories, as far as they are here', async () => {
      const held = holdAdvisories(await loadAdvisories(realFiles.map(advisoryPath)))
      const isSpokenOf = (row: Row): boolean =>
        linksOf(row.package).some((link) =>
          held.rows.get(identityKey(link.identity))?.some((own) => own.vulnerabilityId === row.cve),
        )
      const judged = rows.filter(
        (row) => isSpokenOf(row) || (!row.affected && held.vulnerabilities.has(row.cve)),
      )
      const wrong = score('real advisories', held, judged)
      expect(judged.length).toBeGreaterThan(230)
      expect(wrong.filter((row) => row.class === 'range')).toEqual([])
      expect(wrong.filter((row) => row.affected)).toEqual([])
      expect(wrong.map((row) => row.class).filter((name) => !buildClasses.includes(name))).toEqual([])
    })

    test('under the ranges the rows themselves cite', () => {
      const cited = rows.filter((row) => row.range !== undefined)
      const held = holdAdvisories(cited.map(citedAdvisory))
      const wrong = score('cited ranges', held, cited)
      expect(wrong.map((row) => row.class).filter((name) => !buildClasses.includes(name))).toEqual([])
    })
  })
})

/** Decided by the recipe of one build: for overlays on the match of a version. */
const buildClasses: readonly string[] = [
  'recipe-patch',
  'build-config',
  'component-not-present',
  'unvendored',
  'wheel-bundled',
]

interface Row {
  readonly id: string
  readonly package: string
  readonly version: string
  readonly subdir?: string
  readonly cve: string
  readonly affected: boolean
  readonly class: string
  readonly range?: string
  readonly upstream: string
  readonly component?: string
}

/** An advisory that says what the row cites: `<1.26.17 || >=2.0.0,<2.0.6 AND windows`, of this component. */
function citedAdvisory({ cve, upstream, range = '', component }: Row): Advisory {
  const [, kind, name = ''] = /^(cpe|pkg:pypi|pkg:cran)[:/](.*)$/.exec(upstream) ?? []
  const [versions = '', system] = range.split(' AND ')
  const entry = anEntry({
    identity: { kind: kind?.replace('pkg:', '') ?? '', name },
    ranges: versions.split('||').map((part) => bounds(part.trim().replaceAll(',', ', '))),
    platforms: system === 'windows' ? ['win'] : null,
    component: component === 'lib' ? 'library' : component === 'tool' ? 'tool' : null,
  })
  return anAdvisory({ id: cve, key: `nvd:${cve} ${upstream}`, source: 'nvd', affected: [entry] })
}

class Tally {
  readonly #counts = new Map<string, { tp: number; fp: number; fn: number; tn: number }>()

  add(group: string, isFound: boolean, isAffected: boolean): void {
    for (const name of [group, 'all']) {
      const counts = this.#counts.get(name) ?? { tp: 0, fp: 0, fn: 0, tn: 0 }
      if (isFound) counts[isAffected ? 'tp' : 'fp'] += 1
      else counts[isAffected ? 'fn' : 'tn'] += 1
      this.#counts.set(name, counts)
    }
  }

  text(): string {
    return [...this.#counts]
      .map(([name, { tp, fp, fn, tn }]) => {
        const precision = tp / (tp + fp)
        const recall = tp / (tp + fn)
        const f1 = (2 * precision * recall) / (precision + recall)
        return `${name}: P ${precision.toFixed(3)} R ${recall.toFixed(3)} F1 ${f1.toFixed(3)} (${tp + fp + fn + tn})`
      })
      .join('\n')
  }
}

function advisoriesOf(match: Match): string[] {
  return match.evidence.filter((item) => item.verdict !== 'not-affected').map((item) => item.advisoryId)
}

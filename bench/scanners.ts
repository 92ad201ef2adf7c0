/**
 * Who finds what of the truth set: grype, osv-scanner, pip-audit and cve-bin-tool beside Terrarium, all with the
 * advisories that lie beside the repository and the packages of the labelled rows. A scanner that cannot be installed or
 * fed is a row with the reason.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { sharedPath } from '../conda/src/testing/shared-data.ts'
import { holdAdvisories, linkLookup } from '../server/src/vulnerabilities/memory-advisories.ts'
import { judgeTruth } from '../server/src/vulnerabilities/truth/judge-truth.ts'
import { parseTruthFile, type TruthRow } from '../server/src/vulnerabilities/truth/truth-file.ts'
import type { Bench, BenchTable } from './bench.ts'
import { namedCves, readForms, type AdvisoryForms } from './scanners/advisory-forms.ts'
import { cveBinTool } from './scanners/cve-bin-tool.ts'
import { grype } from './scanners/grype.ts'
import { osvScanner } from './scanners/osv-scanner.ts'
import { pipAudit } from './scanners/pip-audit.ts'
import type { ScanInput, Scanner } from './scanners/scanner.ts'
import { billOfMaterials, layOut, packageKey, packagesOf } from './scanners/truth-packages.ts'

const SCANNERS: readonly Scanner[] = [grype, osvScanner, pipAudit, cveBinTool]

/** What a contender says of each row, or why it says nothing. */
interface Contender {
  readonly name: string
  readonly answer: ((row: TruthRow) => boolean) | { readonly reason: string }
}

export const bench: Bench = async ({ args, say }) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cache: { type: 'string', default: '.cache/scanners' },
      truth: { type: 'string', default: sharedPath('vectors/cve-truth.json') },
    },
  })
  const all = parseTruthFile(await readFile(values.truth, 'utf8'), values.truth)
  const folders = ['osv', 'upstream', 'nvd', 'cve5'].map((name) => sharedPath(`data/advisories/${name}`))
  const forms = await readForms(folders, ['server/src/vulnerabilities/testing/node-core.jsonl'])
  // PSF's records name commits only, which nobody can compare with a version
  const usable = forms.advisories.filter(({ affected }) => affected.length > 0)
  const written = new Set(usable.flatMap(namedCves))
  const rows = all.filter(({ cve }) => written.has(cve))
  const contenders = [...ours(rows, forms), ...(await others(rows, forms, resolve(values.cache), say))]
  return [
    totals(
      contenders,
      rows,
      `Of ${all.length} labelled rows, ${rows.length} are of a CVE of which an advisory at hand says which versions it affects.`,
    ),
    byGroup('By what the package is upstream: found / missed / wrong', contenders, rows, ({ upstream }) =>
      upstream.startsWith('pkg:') ? upstream.slice(4).split('/')[0]! : 'other projects',
    ),
    byGroup('By class of the row: found / missed / wrong', contenders, rows, (row) => row.class),
  ]
}

/** With names and versions only, as the others; and with the names of the patches that recipes list. */
function ours(rows: readonly TruthRow[], { advisories }: AdvisoryForms): Contender[] {
  const linksOf = linkLookup([sharedPath('data/mappings/parselmouth-conda-forge-to-pypi.json.gz')])
  const common = { sources: holdAdvisories(advisories), linksOf, rulings: [], useCitations: false }
  return ([undefined, []] as const).map((recipes) => {
    const found = new Set(
      judgeTruth(rows, { ...common, recipes })
        .filter(({ verdict }) => verdict === 'affected')
        .map(({ row }) => row.id),
    )
    const name = recipes ? 'Terrarium, which also reads recipes' : 'Terrarium'
    return { name, answer: ({ id }) => found.has(id) }
  })
}

async function others(
  rows: readonly TruthRow[],
  forms: AdvisoryForms,
  cache: string,
  say: (text: string) => void,
): Promise<Contender[]> {
  const folder = await mkdtemp(join(tmpdir(), 'terrarium-scanners-'))
  try {
    const packages = packagesOf(rows)
    const [environments, bill] = [join(folder, 'environments'), join(folder, 'bom.cdx.json')]
    await layOut(environments, packages)
    await writeFile(bill, JSON.stringify(billOfMaterials(packages)))
    const contenders: Contender[] = []
    for (const scanner of SCANNERS) {
      say(`${scanner.name}…`)
      const work = join(folder, `work-${scanner.name}`)
      await mkdir(work)
      const input = { packages, forms, environments, billOfMaterials: bill, cache, work }
      contenders.push(...(await contend(scanner, input)))
    }
    return contenders
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function contend(scanner: Scanner, input: ScanInput): Promise<Contender[]> {
  const title = `${scanner.name} ${scanner.version}`
  try {
    const cvesOf = aliasLookup(input.forms)
    return (await scanner.scan(input)).map(({ shown, findings }) => {
      const found = new Set<string>()
      for (const [key, ids] of findings)
        for (const id of ids) for (const cve of cvesOf(id)) found.add(`${key} ${cve}`)
      return { name: `${title}, ${shown}`, answer: (row) => found.has(`${packageKey(row)} ${row.cve}`) }
    })
  } catch (error) {
    return [{ name: title, answer: { reason: error instanceof Error ? error.message : String(error) } }]
  }
}

/** Under whichever name a scanner reports it: PYSEC, GHSA or CVE. */
function aliasLookup({ osv }: AdvisoryForms): (id: string) => readonly string[] {
  const names = new Map<string, string[]>()
  for (const { id, aliases = [] } of osv) {
    const cves = namedCves({ id, aliases })
    for (const name of [id, ...aliases]) names.set(name, [...(names.get(name) ?? []), ...cves])
  }
  return (id) => (id.startsWith('CVE-') ? [id] : (names.get(id) ?? []))
}

interface Count {
  readonly found: number
  readonly missed: number
  readonly wrong: number
}

function count(answer: (row: TruthRow) => boolean, rows: readonly TruthRow[]): Count {
  const number = (isFound: boolean, isAffected: boolean): number =>
    rows.filter((row) => answer(row) === isFound && row.affected === isAffected).length
  return { found: number(true, true), missed: number(false, true), wrong: number(true, false) }
}

function totals(contenders: readonly Contender[], rows: readonly TruthRow[], note: string): BenchTable {
  const share = (part: number, whole: number): string => (whole === 0 ? '–' : (part / whole).toFixed(3))
  return {
    title: 'Who finds what',
    columns: ['who', 'found', 'missed', 'wrong', 'P', 'R', 'F1'],
    rows: contenders.map(({ name, answer }) => {
      if (typeof answer !== 'function') return [`${name}: ${answer.reason}`, ...Array<string>(6).fill('–')]
      const { found, missed, wrong } = count(answer, rows)
      return [
        ...[name, String(found), String(missed), String(wrong), share(found, found + wrong)],
        ...[share(found, found + missed), share(2 * found, 2 * found + wrong + missed)],
      ]
    }),
    notes: [
      `${note} A missed one is labelled affected and was not reported, a wrong one was reported and is labelled not affected.`,
      'Environments: folders with conda-meta, site-packages and R libraries, without binaries. SBOM: CycloneDX that says what ' +
        'each package is upstream, which spares the scanner what a conda environment does not say.',
      SCANNERS.map(({ name, given }) => `${name} was given ${given}.`).join(' '),
      'Lists of OpenSSL, curl and Node.js and CVE 5 records have no form that others read: where NVD has no record of theirs ' +
        'they were turned into one. Terrarium got all as they are, and the public mapping of conda names to PyPI. It was made with these rows at hand, the others were not.',
    ],
  }
}

function byGroup(
  title: string,
  contenders: readonly Contender[],
  rows: readonly TruthRow[],
  groupOf: (row: TruthRow) => string,
): BenchTable {
  const groups = [...Map.groupBy(rows, groupOf)].toSorted(([, a], [, b]) => b.length - a.length)
  const able = contenders.flatMap(({ name, answer }) =>
    typeof answer === 'function' ? [{ name, answer }] : [],
  )
  return {
    title,
    columns: ['who', ...groups.map(([group, own]) => `${group} (${own.length})`)],
    rows: able.map(({ name, answer }) => [
      name,
      ...groups.map(([, own]) => {
        const { found, missed, wrong } = count(answer, own)
        return `${found} / ${missed} / ${wrong}`
      }),
    ]),
  }
}

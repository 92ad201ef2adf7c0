/** grype, with a database that its own builder makes of the records: NVD's, and PyPA's as GitHub's advisories are. */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { intervalsOf, type AdvisoryForms, type OsvRecord } from './advisory-forms.ts'
import { FoundIds, goProgram, goSettings, packagesByComponent, packagesByFile, run } from './scanner.ts'
import type { Scan, Scanner, ScanInput } from './scanner.ts'

const VERSION = '0.121.3'
const MODULE = 'github.com/anchore/grype'
const SCHEMAS = 'https://raw.githubusercontent.com/anchore/vunnel/main/schema/vulnerability'

export const grype: Scanner = {
  name: 'grype',
  version: VERSION,
  given: 'a database by its own builder of the records of NVD, with corrections, and of PyPA',
  async scan(input) {
    const program = await goProgram(input.cache, 'grype', `${MODULE}/cmd/grype@v${VERSION}`)
    const builder = await databaseBuilder(input.cache)
    const folders = [await nvdProvider(input), await githubProvider(input)]
    const database = join(input.work, 'grype/6')
    await mkdir(database, { recursive: true })
    await run(builder, [database, ...folders], input.work)
    return [
      await scan(program, input, 'environments', `dir:${input.environments}`),
      await scan(program, input, 'SBOM', `sbom:${input.billOfMaterials}`),
    ]
  },
}

interface Report {
  readonly matches: readonly {
    readonly vulnerability: { readonly id: string }
    readonly relatedVulnerabilities?: readonly { readonly id: string }[]
    readonly artifact: {
      readonly name: string
      readonly version: string
      readonly locations?: readonly { readonly path: string }[]
    }
  }[]
}

async function scan(program: string, input: ScanInput, shown: string, source: string): Promise<Scan> {
  const env = {
    ...{ GRYPE_DB_CACHE_DIR: join(input.work, 'grype'), GRYPE_DB_AUTO_UPDATE: 'false' },
    ...{ GRYPE_DB_VALIDATE_AGE: 'false', GRYPE_CHECK_FOR_APP_UPDATE: 'false' },
  }
  const report = JSON.parse(await run(program, [source, '-q', '-o', 'json'], input.work, { env })) as Report
  const [byFile, byComponent] = [packagesByFile(input.packages), packagesByComponent(input.packages)]
  const found = new FoundIds()
  for (const { vulnerability, relatedVulnerabilities = [], artifact } of report.matches) {
    const ids = [vulnerability.id, ...relatedVulnerabilities.map(({ id }) => id)]
    const packages =
      shown === 'SBOM'
        ? byComponent(artifact.name, artifact.version)
        : (artifact.locations ?? []).flatMap(({ path }) => byFile(path))
    found.add(packages, ids)
  }
  return { shown, findings: found.findings }
}

/** Its builder is a package of the same module; the program around it is ours. */
async function databaseBuilder(cache: string): Promise<string> {
  const program = join(cache, 'bin/grype-database')
  if (existsSync(program)) return program
  const folder = join(cache, 'grype-database')
  await mkdir(folder, { recursive: true })
  await copyFile(join(import.meta.dirname, 'grype-database.go'), join(folder, 'main.go'))
  const options = { env: goSettings(cache), timeoutMs: 600_000 }
  if (!existsSync(join(folder, 'go.mod'))) await run('go', ['mod', 'init', 'grype-database'], folder, options)
  await run('go', ['get', `${MODULE}@v${VERSION}`], folder, options)
  await run('go', ['mod', 'tidy'], folder, options)
  await run('nice', ['go', 'build', '-o', program, '.'], folder, options)
  return program
}

async function nvdProvider({ work, forms }: ScanInput): Promise<string> {
  const at = '2026-01-01T00:00:00.000'
  const items = forms.nvd.map(({ id, configurations }) => ({
    cve: {
      ...{ id, configurations, published: at, lastModified: at, vulnStatus: 'Analyzed' },
      ...{ descriptions: [{ lang: 'en', value: id }], references: [] },
    },
  }))
  return writeProvider(work, 'nvd', 'nvd', items)
}

async function githubProvider({ work, forms }: ScanInput): Promise<string> {
  return writeProvider(work, 'github', 'github-security-advisory', toGithub(forms))
}

const toGithub = ({ osv }: AdvisoryForms): object[] =>
  osv.flatMap((record) => {
    const fixedIn = pypiRanges(record).map(({ name, range, fixed }) => ({
      ...{ ecosystem: 'python', namespace: 'github:python', name, identifier: fixed, range },
    }))
    if (fixedIn.length === 0) return []
    const cves = (record.aliases ?? []).filter((alias) => alias.startsWith('CVE-'))
    const advisory = {
      ...{ ghsaId: record.id, namespace: 'github:python', Severity: 'Medium', Summary: record.id, url: '' },
      ...{ FixedIn: fixedIn, CVE: cves, Metadata: { CVE: cves }, withdrawn: record.withdrawn ?? '' },
      ...{ published: record.published ?? '', updated: record.modified ?? '' },
    }
    return [{ Advisory: advisory }]
  })

function pypiRanges({ affected = [] }: OsvRecord): { name: string; range: string; fixed: string }[] {
  return affected.flatMap(({ package: target, ranges = [], versions = [] }) => {
    if (target?.ecosystem !== 'PyPI') return []
    const intervals = ranges
      .filter(({ type }) => type === 'ECOSYSTEM')
      .flatMap(({ events }) => intervalsOf(events))
    if (intervals.length === 0 && versions.length > 0) {
      return [{ name: target.name, range: versions.map((version) => `=${version}`).join(' || '), fixed: '' }]
    }
    return intervals.map(({ from, to, last }) => {
      const end = to === undefined ? (last === undefined ? '' : `,<=${last}`) : `,<${to}`
      return { name: target.name, range: `>=${from}${end}`, fixed: to ?? '' }
    })
  })
}

/** The folder of a provider as its builder reads it: a state, and a file of results in an envelope. */
async function writeProvider(
  work: string,
  name: string,
  schema: string,
  item: readonly object[],
): Promise<string> {
  const folder = join(work, `provider-${name}`)
  const url = `${SCHEMAS}/${schema}/schema-1.0.0.json`
  const state = {
    ...{ provider: name, version: 1, distribution_version: 1, processor: 'terrarium', store: 'flat-file' },
    ...{ schema: { version: '1.0.0', url }, urls: [], timestamp: new Date().toISOString(), stale: false },
    listing: { path: 'results/listing.xxh64', digest: '', algorithm: 'xxh64' },
  }
  await mkdir(join(folder, 'results'), { recursive: true })
  await writeFile(join(folder, 'metadata.json'), JSON.stringify(state))
  await writeFile(join(folder, 'results/all.json'), JSON.stringify({ schema: url, identifier: name, item }))
  return folder
}

/** osv-scanner, offline, with the OSV records as the local database it would else fetch. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OsvRecord } from './advisory-forms.ts'
import { FoundIds, goProgram, packagesByComponent, packagesByFile, run } from './scanner.ts'
import type { Scan, Scanner, ScanInput } from './scanner.ts'

const VERSION = '2.4.0'

export const osvScanner: Scanner = {
  name: 'osv-scanner',
  version: VERSION,
  given: 'the OSV records, as its local database of each ecosystem; it takes no others',
  async scan(input) {
    const module = `github.com/google/osv-scanner/v2/cmd/osv-scanner@v${VERSION}`
    const program = await goProgram(input.cache, 'osv-scanner', module)
    const database = await writeDatabase(input)
    const plugins = ['--experimental-plugins', 'python/wheelegg,python/condameta']
    return [
      await scan(program, input, database, 'environments', [...plugins, '-r', input.environments]),
      await scan(program, input, database, 'SBOM', ['-L', input.billOfMaterials]),
    ]
  },
}

interface Report {
  readonly results?: readonly {
    readonly source: { readonly path: string }
    readonly packages: readonly {
      readonly package: { readonly name: string; readonly version: string }
      readonly vulnerabilities?: readonly { readonly id: string; readonly aliases?: readonly string[] }[]
    }[]
  }[]
}

async function scan(
  program: string,
  input: ScanInput,
  database: string,
  shown: string,
  source: readonly string[],
): Promise<Scan> {
  const words = ['scan', 'source', '--offline', '--local-db-path', database, '--format', 'json', ...source]
  const text = await run(program, words, input.work, { accept: [1] })
  const [byFile, byComponent] = [packagesByFile(input.packages), packagesByComponent(input.packages)]
  const found = new FoundIds()
  for (const { source: from, packages } of (JSON.parse(text) as Report).results ?? []) {
    for (const { package: one, vulnerabilities = [] } of packages) {
      const ids = vulnerabilities.flatMap(({ id, aliases = [] }) => [id, ...aliases])
      found.add(shown === 'SBOM' ? byComponent(one.name, one.version) : byFile(from.path), ids)
    }
  }
  return { shown, findings: found.findings }
}

async function writeDatabase({ work, forms }: ScanInput): Promise<string> {
  const database = join(work, 'osv-databases')
  const ecosystems = Map.groupBy(forms.osv, ecosystemOf)
  for (const [ecosystem, records] of ecosystems) {
    if (ecosystem === undefined) continue
    const [folder, kept] = [join(work, 'osv-records', ecosystem), join(database, 'osv-scanner', ecosystem)]
    await mkdir(folder, { recursive: true })
    await mkdir(kept, { recursive: true })
    const names = records.map(({ id }) => `${id.replaceAll('/', '_')}.json`)
    for (const [at, record] of records.entries())
      await writeFile(join(folder, names[at] ?? ''), JSON.stringify(record))
    await run(
      'python3',
      ['-m', 'zipfile', '-c', join(kept, 'all.zip'), ...names.map((name) => join(folder, name))],
      work,
    )
  }
  return database
}

const ecosystemOf = ({ affected = [] }: OsvRecord): string | undefined =>
  affected.flatMap(({ package: target }) => target?.ecosystem.split(':')[0] ?? [])[0]

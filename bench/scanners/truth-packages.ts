/**
 * The packages of labelled rows as files that scanners read: conda environments, each with at most one version of a
 * name, of conda-meta records and, where a package is one of PyPI or CRAN, what those installers leave. There are no
 * binaries: a row says nothing of them.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { citedIdentity } from '../../server/src/vulnerabilities/truth/cited-advisories.ts'
import type { TruthRow } from '../../server/src/vulnerabilities/truth/truth-file.ts'

export interface TruthPackage {
  readonly key: string
  readonly name: string
  readonly version: string
  readonly row: TruthRow
  /** What it is upstream, as the row says: `pypi`, `cran` or `cpe`. */
  readonly kind: string
  readonly upstreamName: string
  /** Its files, below the folder of all environments. */
  readonly files: ReadonlyMap<string, string>
  readonly environment: string
}

export const packageKey = (row: TruthRow): string =>
  [row.package, row.version, row.build_number ?? 0, row.channel, row.subdir].join(' ')

export function packagesOf(rows: readonly TruthRow[]): TruthPackage[] {
  const first = new Map<string, TruthRow>()
  for (const row of rows) if (!first.has(packageKey(row))) first.set(packageKey(row), row)
  return [...Map.groupBy(first.values(), (row) => row.package).values()].flatMap((own) => own.map(toPackage))
}

function toPackage(row: TruthRow, number: number): TruthPackage {
  const identity = citedIdentity(row.upstream)
  const environment = `environment-${number}`
  const [kind, upstreamName] = [identity?.kind ?? 'unknown', identity?.name ?? row.package]
  return {
    ...{ key: packageKey(row), name: row.package, version: row.version },
    ...{ row, kind, upstreamName, environment, files: filesOf(row, environment, kind, upstreamName) },
  }
}

function filesOf(row: TruthRow, environment: string, kind: string, upstream: string): Map<string, string> {
  const build = String(row.build_number ?? 0)
  const [channel, subdir] = [row.channel ?? 'conda-forge', row.subdir ?? 'linux-64']
  const stem = `${row.package}-${row.version}-${build}`
  const record = {
    ...{ name: row.package, version: row.version, build, build_number: Number(build), depends: [] },
    ...{ channel: `https://conda.anaconda.org/${channel}/${subdir}`, subdir, fn: `${stem}.conda`, files: [] },
  }
  const files = new Map([[`${environment}/conda-meta/${stem}.json`, JSON.stringify(record)]])
  if (kind === 'pypi') {
    const folder = `${environment}/lib/python3.11/site-packages/${upstream.replaceAll('-', '_')}-${row.version}.dist-info`
    files.set(`${folder}/METADATA`, `Metadata-Version: 2.1\nName: ${upstream}\nVersion: ${row.version}\n`)
    files.set(`${folder}/INSTALLER`, 'conda\n')
    files.set(`${folder}/RECORD`, '')
  }
  if (kind === 'cran') {
    const text = `Package: ${upstream}\nVersion: ${row.version}\nTitle: ${upstream}\n`
    files.set(`${environment}/lib/R/library/${upstream}/DESCRIPTION`, text)
  }
  return files
}

export async function layOut(folder: string, packages: readonly TruthPackage[]): Promise<void> {
  for (const { files } of packages) {
    for (const [path, text] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
  }
}

/** A bill of materials (CycloneDX 1.5) that says what each package is upstream, so that nobody has to guess. */
export function billOfMaterials(packages: readonly TruthPackage[]): object {
  const components = packages.map(({ key, name, version, kind, upstreamName }) => {
    const common = { type: 'library', 'bom-ref': key, version }
    if (kind !== 'cpe') {
      return {
        ...common,
        name: upstreamName,
        purl: `pkg:${kind}/${upstreamName}@${encodeURIComponent(version)}`,
      }
    }
    const [vendor = '', product = ''] = upstreamName.split(':')
    return { ...common, name, cpe: `cpe:2.3:a:${vendor}:${product}:${version}:*:*:*:*:*:*:*` }
  })
  return { bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, components }
}

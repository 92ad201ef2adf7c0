/** An upstream channel for tests: packages with the records an index has of them, true unless a test lies. */
import { createHash } from 'node:crypto'
import { packageFilename, writePackage, type PackageSpec } from '@terrarium/conda/archive/write-package.ts'
import { zstdCompress } from '@terrarium/conda/codec/zstd-node.ts'

export type FakeRecord = Record<string, unknown>

export interface FakePackage {
  readonly subdir: string
  readonly filename: string
  readonly bytes: Uint8Array
  readonly record: FakeRecord
}

export interface PackageOptions {
  readonly format?: 'conda' | 'tar.bz2'
  /** Fields of the record to replace; undefined takes one out. */
  readonly record?: FakeRecord
  /** The name the index lists it under. */
  readonly filename?: string
}

export async function fakePackage(spec: PackageSpec, options: PackageOptions = {}): Promise<FakePackage> {
  const format = options.format ?? 'conda'
  const bytes = await writePackage(spec, format)
  const subdir = spec.subdir ?? 'noarch'
  const record: FakeRecord = {
    name: spec.name,
    version: spec.version,
    build: spec.build ?? '0',
    build_number: spec.buildNumber ?? 0,
    depends: [...(spec.depends ?? [])],
    subdir,
    size: bytes.byteLength,
    md5: createHash('md5').update(bytes).digest('hex'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...spec.index,
    ...options.record,
  }
  return { subdir, filename: options.filename ?? packageFilename(spec, format), bytes, record }
}

/** The index of one subdir; JSON leaves out fields that are undefined. */
export function indexOf(packages: readonly FakePackage[], subdir: string, extra: object = {}): string {
  const own = packages.filter((one) => one.subdir === subdir)
  const section = (isConda: boolean): Record<string, FakeRecord> =>
    Object.fromEntries(
      own
        .filter(({ filename }) => filename.endsWith('.conda') === isConda)
        .map(({ filename, record }) => [filename, record]),
    )
  return JSON.stringify({
    info: { subdir },
    packages: section(false),
    'packages.conda': section(true),
    repodata_version: 1,
    ...extra,
  })
}

/** Every file of the channel by its path, with indexes in the forms asked for. */
export function channelFiles(
  packages: readonly FakePackage[],
  forms: readonly ('json' | 'zst')[] = ['json', 'zst'],
): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  for (const subdir of new Set(packages.map((one) => one.subdir))) {
    const json = Buffer.from(indexOf(packages, subdir))
    if (forms.includes('json')) files.set(`${subdir}/repodata.json`, json)
    if (forms.includes('zst')) files.set(`${subdir}/repodata.json.zst`, zstdCompress(json))
  }
  for (const { subdir, filename, bytes } of packages) files.set(`${subdir}/${filename}`, bytes)
  return files
}

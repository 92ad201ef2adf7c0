/** Builds the sample upstream in a folder, with the product's own package writer: a channel like any other. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdCompress } from '@terrarium/conda/codec/zstd-node.ts'
import { packageFilename, writePackage, type PackageSpec } from '@terrarium/conda/archive/write-package.ts'
import { renderRepodata, sortedEntries } from '@terrarium/conda/repodata/render-repodata.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import { sampleAdvisoriesJsonl, sampleMappingJson } from './sample-advisories.ts'
import { samplePackages, type SamplePackage } from './sample-packages.ts'

export interface SampleFiles {
  readonly channel: string
  readonly advisories: string
  readonly mapping: string
}

/** 2024-01-01: the same bytes on every machine and every day. */
const BUILT_AT_MS = 1_704_067_200_000

/** Makes the folder once; a second call finds it. */
export async function buildSampleChannel(folder: string): Promise<SampleFiles> {
  const files = {
    channel: join(folder, 'channel'),
    advisories: join(folder, 'advisories.jsonl'),
    mapping: join(folder, 'mapping.json'),
  }
  if (existsSync(folder)) return files
  const unfinished = `${folder}.part`
  await rm(unfinished, { recursive: true, force: true })
  for (const subdir of ['noarch', 'linux-64'] as const) {
    await buildSubdir(join(unfinished, 'channel', subdir), subdir)
  }
  await writeFile(join(unfinished, 'advisories.jsonl'), sampleAdvisoriesJsonl())
  await writeFile(join(unfinished, 'mapping.json'), sampleMappingJson())
  await rename(unfinished, folder)
  return files
}

async function buildSubdir(folder: string, subdir: SamplePackage['subdir']): Promise<void> {
  await mkdir(folder, { recursive: true })
  const packages = new Map<string, RepodataRecord>()
  const condaPackages = new Map<string, RepodataRecord>()
  for (const sample of samplePackages.filter((candidate) => candidate.subdir === subdir)) {
    for (const format of sample.formats) {
      const spec = specOf(sample)
      const filename = packageFilename(spec, format)
      const bytes = await writePackage(spec, format)
      await writeFile(join(folder, filename), bytes)
      ;(format === 'conda' ? condaPackages : packages).set(filename, recordOf(sample, bytes))
    }
  }
  const json = Buffer.concat([
    ...renderRepodata({
      subdir,
      packages: sortedEntries(packages),
      'packages.conda': sortedEntries(condaPackages),
    }),
  ])
  await writeFile(join(folder, 'repodata.json'), json)
  await writeFile(join(folder, 'repodata.json.zst'), zstdCompress(json, 10))
}

function specOf(sample: SamplePackage): PackageSpec {
  return {
    name: sample.name,
    version: sample.version,
    build: sample.build,
    buildNumber: sample.buildNumber,
    subdir: sample.subdir,
    depends: sample.depends,
    index: { license: sample.licence, timestamp: BUILT_AT_MS },
    files: { [`share/terrarium-sample/${sample.name}.txt`]: `${sample.name} ${sample.version}, a sample\n` },
    info: { 'about.json': { summary: `${sample.name}, a sample package`, license: sample.licence } },
  }
}

function recordOf(sample: SamplePackage, bytes: Uint8Array): RepodataRecord {
  return {
    name: sample.name,
    version: sample.version,
    build: sample.build,
    build_number: sample.buildNumber,
    depends: sample.depends,
    subdir: sample.subdir,
    ...(sample.subdir === 'noarch' && { noarch: 'generic' as const }),
    license: sample.licence,
    timestamp: BUILT_AT_MS,
    md5: createHash('md5').update(bytes).digest('hex'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.byteLength,
  }
}

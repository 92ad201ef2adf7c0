/**
 * What fuzzing starts from: built inputs always, real ones where the shared data is. A reproducer is a seed and
 * the number of a case, so it holds with the same data only; the input itself is printed with it.
 */
import { globSync, readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { zstdCompress, zstdDecompress } from '#zstd'
import { refusalCases } from '../archive/refusal-cases.ts'
import { writePackage, type PackageSpec } from '../archive/write-package.ts'
import { encodeShard } from '../repodata/shard.ts'
import { encodeShardIndex } from '../repodata/shard-index.ts'
import { renderRepodata } from '../repodata/render-repodata.ts'
import type { RecordEntry } from '../repodata/record.ts'
import { hasSharedData, sharedPath } from './shared-data.ts'

const MOST_BYTES = 24 * 1024

export interface ArchiveInput {
  readonly filename: string
  readonly bytes: Uint8Array
}

export const BUILT_VERSIONS =
  '1.0 1.2.3 1.1.1a 1!2.0 0.5b3.dev1+cu118 2024.01.15 20230101123456 1.0.post1 1_2 1-2 1.0.1_ 0.4.1.rc 5.5++'.split(
    ' ',
  )

export const BUILT_SPECS = [
  'python',
  'python >=3.9,<4.0a0',
  'numpy 1.7.*|>=1.9 py27_0',
  'conda-forge/linux-64::openssl=3.1=h5_0[md5=0123,build_number=">=2"]',
  'zlib[version="~=1.2.3", subdir=noarch, license=MIT, track_features="a b"]',
  '^num(py|ba)$ ^1\\.[0-9]+$',
  'https://conda.anaconda.org/conda-forge/noarch/six-1.16.0-pyh_0.conda',
  'blas=*=*mkl*',
  'a[when="python >=3 and (__unix or __win)",extras=[test,docs],flags=["blas:*"]]',
  'pkg=1.2.*=py_0 # comment',
  'foo (optional) if bar',
]

const ENTRIES: readonly RecordEntry[] = ['1.0', '1.1', '2.0.dev1'].map((version, i) => [
  `demo-${version}-py_${i}.conda`,
  {
    name: 'demo',
    version,
    build: `py_${i}`,
    build_number: i,
    depends: ['python >=3', 'größe'],
    constrains: [],
    subdir: 'noarch',
    noarch: 'python',
    size: 12345,
    md5: '0123456789abcdef'.repeat(2),
    sha256: '0123456789abcdef'.repeat(4),
    timestamp: 1_700_000_000_000,
    license: 'MIT OR GPL-2.0-or-later',
  },
])

export function versionTexts(): string[] {
  if (!hasSharedData) return BUILT_VERSIONS
  const lines = gunzipSync(readFileSync(sharedPath('data/repodata/version-strings.jsonl.gz'))).toString()
  const real = [...lines.matchAll(/"version":"((?:[^"\\]|\\.)*)"/g)].map(([, version = '']) => version)
  return [...BUILT_VERSIONS, ...real]
}

export function specTexts(): string[] {
  if (!hasSharedData) return BUILT_SPECS
  const vectors = JSON.parse(readFileSync(sharedPath('vectors/match-spec.json'), 'utf8')) as {
    cases: { spec?: string }[]
  }
  return [...BUILT_SPECS, ...vectors.cases.flatMap(({ spec }) => spec ?? [])]
}

export function indexes(): Uint8Array[] {
  const content = { subdir: 'noarch', packages: [], 'packages.conda': ENTRIES }
  const v3 = [['conda', ENTRIES]] as const
  const built = [content, { ...content, v3, baseUrl: 'https://x/', removed: ['a-1-0.conda'] }].map((given) =>
    Buffer.concat([...renderRepodata(given)]),
  )
  return [...built, ...realFiles('repodata/{variants,signed,small}', '*.json').map(({ bytes }) => bytes)]
}

/** Compressed, as they are served. */
export function shards(): Uint8Array[] {
  const real = realFiles('repodata/sharded', '*.msgpack.zst').map(({ bytes }) => bytes)
  const digests = new Map(['a', 'b', 'c'].map((name, i) => [name, String(i).repeat(64)]))
  return [
    encodeShard({
      packages: [],
      'packages.conda': ENTRIES,
      removed: ['a-1-0.conda'],
      v3: [['conda', ENTRIES]],
    }),
    encodeShardIndex({ subdir: 'noarch', shards: digests, createdAt: new Date(0) }),
    ...real,
  ]
}

export const inflate = (bytes: Uint8Array): Uint8Array => zstdDecompress(bytes, 2 ** 26)
export const deflate = (bytes: Uint8Array): Uint8Array => zstdCompress(bytes, 1)

/** Sound ones, and those that are refused for one thing each. */
export async function archives(): Promise<ArchiveInput[]> {
  const spec: PackageSpec = {
    name: 'demo',
    version: '1.0',
    files: { 'lib/a.txt': 'a'.repeat(3000), 'bin/b': Uint8Array.from({ length: 900 }, (_, i) => i * i) },
    links: { 'lib/l': 'a.txt' },
    info: { 'about.json': { summary: 'x' }, 'run_exports.json': ['demo >=1'] },
  }
  const built = await Promise.all(
    (['conda', 'tar.bz2'] as const).map(async (format) => ({
      filename: `demo-1.0-0.${format}`,
      bytes: await writePackage(spec, format),
    })),
  )
  const broken: ArchiveInput[] = []
  for (const { filename, bytes } of refusalCases) broken.push({ filename, bytes: await bytes() })
  const real = realFiles('packages', '*.{conda,tar.bz2}')
  return [...built, ...broken.filter(({ bytes }) => bytes.length < MOST_BYTES), ...real]
}

function realFiles(folder: string, pattern: string): ArchiveInput[] {
  if (!hasSharedData) return []
  return globSync(`${sharedPath('data')}/${folder}/**/${pattern}`)
    .filter((path) => statSync(path).size < MOST_BYTES)
    .sort()
    .map((path) => ({ filename: basename(path), bytes: readFileSync(path) }))
}

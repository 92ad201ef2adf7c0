/**
 * Records with the shape of conda-forge: a few names with a thousand builds, tens of thousands with a handful;
 * dependencies on names that many depend on; the same records for the same numbers, on every machine.
 */
import { createHash } from 'node:crypto'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'

export interface SyntheticFile {
  readonly subdir: 'linux-64' | 'noarch'
  readonly filename: string
  readonly sha256: string
  readonly md5: string
  readonly size: number
  readonly record: RepodataRecord
}

export interface SyntheticShape {
  readonly records: number
  readonly names: number
}

/** Numbers from 0 to below 1 that only look like chance (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const SYLLABLES = 'ra lo mi ten dor py sci gen vel ka num tor eb li qua zo fer nix al dra pe su'.split(' ')
const PREFIXES = ['', '', '', 'lib', 'py', 'r-', 'r-', 'go-', 'perl-', 'jupyter-', 'types-', 'azure-']
const LICENCES: readonly (readonly [string, string])[] = [
  ['MIT', 'MIT'],
  ['BSD-3-Clause', 'BSD'],
  ['Apache-2.0', 'APACHE'],
  ['GPL-3.0-or-later', 'GPL3'],
  ['LGPL-2.1-or-later', 'LGPL'],
  ['MPL-2.0', 'OTHER'],
  ['GPL-2.0-only', 'GPL2'],
]
const PYTHONS = [9, 10, 11, 12, 13]
/** How many of the most built names the others depend on. */
const DEPENDED_ON = 1500
/** Flattens the top: the most built name of conda-forge has some thousandths of its builds. */
const ZIPF_OFFSET = 20
const ZIPF_EXPONENT = 0.8
const FIRST_BUILD_MS = Date.UTC(2016, 0, 1)
const LAST_BUILD_MS = Date.UTC(2026, 10, 1)

export function syntheticNames(count: number): string[] {
  const random = sequence(1)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]! // below the length
  const names = new Set<string>()
  while (names.size < count) {
    const syllables = Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(SYLLABLES))
    names.add(pick(PREFIXES) + syllables.join(random() < 0.15 ? '-' : ''))
  }
  return [...names]
}

/** How many builds each name has; in all as many as there are records. */
function buildCounts({ records, names }: SyntheticShape): number[] {
  const weights = Array.from({ length: names }, (_, rank) => (rank + ZIPF_OFFSET) ** -ZIPF_EXPONENT)
  const sum = weights.reduce((a, b) => a + b, 0)
  const counts = weights.map((weight) => Math.max(1, Math.floor((weight / sum) * (records - names))))
  const rest = records - counts.reduce((a, b) => a + b, 0)
  for (let i = 0; i < rest; i += 1) counts[i % names]! += 1
  return counts
}

/** All records, name by name. */
export function* syntheticFiles(shape: SyntheticShape): Generator<SyntheticFile> {
  const names = syntheticNames(shape.names)
  const popular = names.slice(0, DEPENDED_ON)
  const counts = buildCounts(shape)
  for (const [index, name] of names.entries()) yield* filesOfName(name, index, counts[index] ?? 1, popular)
}

function* filesOfName(
  name: string,
  index: number,
  count: number,
  popular: readonly string[],
): Generator<SyntheticFile> {
  const random = sequence(index + 2)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]! // below the length
  const subdir = random() < 0.3 ? 'noarch' : 'linux-64'
  const [licence, family] = pick(LICENCES)
  const wanted = Array.from({ length: 3 + Math.floor(random() ** 2 * 18) }, () =>
    pick(popular.slice(0, 1 + Math.floor(random() * popular.length))),
  )
  const perVersion = subdir === 'noarch' ? 2 : PYTHONS.length + 1
  const versions = Math.ceil(count / perVersion)
  for (let i = 0; i < count; i += 1) {
    const at = Math.floor(i / perVersion)
    const variant = i % perVersion
    const version = `${Math.floor(at / 12)}.${at % 12}.${Math.floor(random() * 4)}`
    const python = PYTHONS[variant % PYTHONS.length]!
    const build_number = Math.floor(variant / PYTHONS.length)
    const hash = Math.floor(random() * 2 ** 28)
      .toString(16)
      .padStart(7, '0')
    const build =
      subdir === 'noarch' ? `pyhd8ed${hash.slice(0, 3)}_${variant}` : `py3${python}h${hash}_${build_number}`
    const format = at * 3 < versions ? 'tar.bz2' : 'conda'
    const filename = `${name}-${version}-${build}.${format}`
    const timestamp =
      FIRST_BUILD_MS +
      Math.floor(
        ((at + random()) / (versions + 1)) * (LAST_BUILD_MS - FIRST_BUILD_MS) * (0.3 + random() * 0.7),
      )
    const depends = [
      subdir === 'noarch' ? 'python >=3.8' : `python >=3.${python},<3.${python + 1}.0a0`,
      ...(subdir === 'noarch' ? [] : ['__glibc >=2.17,<3.0.a0', 'libgcc >=13', 'libstdcxx >=13']),
      ...wanted.map((other) => dependency(other, random)),
      ...(subdir === 'noarch' ? [] : [`python_abi 3.${python}.* *_cp3${python}`]),
    ]
    const sha256 = createHash('sha256').update(filename).digest('hex')
    const md5 = createHash('md5').update(filename).digest('hex')
    const size = 8_000 + Math.floor(random() ** 6 * 60_000_000)
    yield {
      subdir,
      filename,
      sha256,
      md5,
      size,
      record: {
        build,
        build_number,
        ...(random() < 0.15 ? { constrains: [`${pick(popular)} >=${Math.floor(random() * 4)}`] } : {}),
        depends,
        license: licence,
        license_family: family,
        md5,
        name,
        ...(subdir === 'noarch' ? { noarch: 'python' } : {}),
        sha256,
        size,
        subdir,
        timestamp,
        version,
      },
    }
  }
}

function dependency(name: string, random: () => number): string {
  const major = Math.floor(random() * 4)
  const minor = Math.floor(random() * 12)
  const kind = random()
  if (kind < 0.25) return name
  if (kind < 0.5) return `${name} >=${major}.${minor}`
  return `${name} >=${major}.${minor}.${Math.floor(random() * 6)},<${major + 1}.0a0`
}

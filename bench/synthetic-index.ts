/**
 * An index as large as one likes, the same for the same count on every machine. Names, versions, builds and
 * dependencies are spread as in conda-forge/linux-64: some 16 files a name, 6 dependencies and 480 bytes a record.
 */
import { randomSource, type RandomSource } from '@terrarium/conda/testing/random.ts'
import type { RepodataRecord } from '@terrarium/conda'

const FILES_PER_NAME = 16
const LICENCES = ['MIT', 'BSD-3-Clause', 'Apache-2.0', 'GPL-3.0-or-later', 'LGPL-2.1-or-later', 'MPL-2.0']
const SYLLABLES = 'py lib num sci net core data graph quick tor mat plot cloud zip ser val test aio'.split(
  ' ',
)

export function* syntheticRecords(count: number): Generator<readonly [filename: string, RepodataRecord]> {
  const random = randomSource(count)
  const names = Array.from({ length: Math.max(8, Math.ceil(count / FILES_PER_NAME)) }, (_, i) => {
    const words = Array.from({ length: 1 + random.below(3) }, () => random.pick(SYLLABLES))
    return `${words.join('-')}${i.toString(36)}`
  })
  for (let i = 0; i < count; i++) {
    const record = recordOf(random, names[i % names.length]!, names, Math.floor(i / names.length))
    yield [`${record.name}-${record.version}-${record.build}.conda`, record]
  }
}

function recordOf(
  random: RandomSource,
  name: string,
  names: readonly string[],
  number: number,
): RepodataRecord {
  const python = 9 + random.below(5)
  const hash = hex(random, 7).slice(0, 7)
  return {
    build: `py3${python}h${hash}_${number}`,
    build_number: number,
    depends: [
      '__glibc >=2.17,<3.0.a0',
      'libgcc >=13',
      `python >=3.${python},<3.${python + 1}.0a0`,
      ...Array.from({ length: random.below(6) }, () => `${random.pick(names)}${range(random)}`),
    ],
    license: random.pick(LICENCES),
    md5: hex(random, 16),
    name,
    sha256: hex(random, 32),
    size: 10_000 + random.below(5_000_000),
    subdir: 'linux-64',
    timestamp: 1_600_000_000_000 + random.below(180_000_000_000),
    version: version(random),
  }
}

function range(random: RandomSource): string {
  const major = random.below(9)
  return random.pick(['', ` >=${major}.${random.below(20)},<${major + 1}.0a0`, ` ${major}.*`, ` >=${major}`])
}

function version(random: RandomSource): string {
  const release = `${random.below(9)}.${random.below(20)}.${random.below(10)}`
  return random.chance(0.1) ? `${release}${random.pick(['rc1', 'a2', '.post1', '.dev3'])}` : release
}

const hex = (random: RandomSource, bytes: number): string => random.bytes(bytes).toHex()

/** The bytes of its repodata.json, compact, as servers write it. */
export function syntheticIndex(count: number): Uint8Array {
  const pieces: Buffer[] = [Buffer.from('{"info":{"subdir":"linux-64"},"packages":{},"packages.conda":{')]
  // in order of their names, as all writers of indexes do
  const entries = [...syntheticRecords(count)].sort(([a], [b]) => (a < b ? -1 : 1))
  let lines: string[] = []
  entries.forEach(([filename, record], i) => {
    lines.push(`${i === 0 ? '' : ','}${JSON.stringify(filename)}:${JSON.stringify(record)}`)
    if (lines.length < 10_000 && i < entries.length - 1) return
    pieces.push(Buffer.from(lines.join('')))
    lines = []
  })
  pieces.push(Buffer.from('},"removed":[],"repodata_version":1}'))
  return Buffer.concat(pieces)
}

/**
 * Versions, version specs and match specs made up at random, well-formed and not, to ask conda and us about.
 *
 * Left out is what README.md of conda/ names as different, and what changed in conda since the version that the
 * Python environment has: channels of unknown hosts and `defaults`, names with odd characters, v3 keys.
 */
import type { MatchableRecord } from '@terrarium/conda'
import type { RandomSource } from '@terrarium/conda/testing/random.ts'

export type SpecCase =
  | { readonly op: 'compare' | 'starts_with'; readonly a: string; readonly b: string }
  | { readonly op: 'version_spec'; readonly spec: string; readonly version: string }
  | { readonly op: 'match'; readonly spec: string; readonly record: MatchableRecord }

const words = (text: string): readonly string[] => text.split(' ')

const PARTS = words(
  '0 1 2 10 01 007 20230101123456 99999999999999999999 a b rc rc1 dev dev1 post post1 1a 1a2 1dev 1post a1b2 ' +
    'alpha beta DEV RC * 1* dev* post2post _ x 1x1',
)
const PLAIN_PARTS = words('0 1 2 3 7 10 11')
const SUFFIXES = words('a rc1 .dev1 .post1 _1 +cu1 -1 b2 dev')
const OPERATORS = [...words('= == != < <= > >= ~= >= === => =< <> =! ~ !'), '', '']
const STARS = words('.* * .*.* .*.1 *1')
const REGEXES = words('^1.*$ ^1\\.2$ ^(1|2).0$ ^1 1$ ^1|2$ ^$ ^1[.]\\d+$ 1@2 1.2@')
const NAMES = words('foo numpy python-dateutil _libgcc_mutex * foo* ^foo.*$ Foo a.b __cuda f_o-o zlib *mp*')
const BUILDS = [...words('py27_0 0 * py* *_cpython ^py(2|3)7_0$ h123_1 PY27_0 *mkl* 1.0 h_0=1 py_0,1'), 'a b']
const CHANNELS = words(
  'conda-forge:: conda-forge/linux-64:: */linux-64:: *:: a/b:: a/label/dev:: a/label/dev/linux-64:: conda-forge: ' +
    'conda-forge:ns: :: : conda-forge/foo-64:: conda-*:: ^conda.*$:: a/b/c/noarch:: linux-64:: conda-forge//linux-64::',
)
const KEYS = words(
  'version build build_number channel subdir name md5 sha256 fn license license_family track_features features ' +
    'optional target foo build_string',
)
const BUILD_NUMBERS = [...words('0 1 >=1 <2 !=0 =1 ==1 * 1.0 a >=a 01 <=1 -1'), ' 1']
const LICENCES = [...words('MIT mit * M* ^M.*$ GPL=2'), 'BSD 3-Clause', 'GPL-2, MIT']
const FEATURES = ['a', 'a b', 'a,b', 'b a', ' a', 'a  b', 'A', 'b,a,a']

export const RECORDS: readonly MatchableRecord[] = ['foo', 'numpy', 'zlib'].flatMap((name) =>
  words('1.0 1.7 1.2.3 2 1.0a 1.10.dev1 1.0+cu1 3!2').map((version, i) => ({
    name,
    version,
    build: ['py27_0', 'h123_1', '0', 'PY27_0'][i % 4]!,
    build_number: i % 3,
    channel: ['conda-forge', 'a/b', 'a/label/dev'][i % 3]!,
    subdir: ['linux-64', 'noarch'][i % 2]!,
    fn: `${name}-${version}-py27_0.conda`,
    license: ['MIT', 'BSD 3-Clause', ''][i % 3]!,
    license_family: ['MIT', 'BSD'][i % 2]!,
    md5: ['abc', '0123'][i % 2]!,
    sha256: ['abc', '0123'][i % 2]!,
    url: `https://x/${name}-${version}-py27_0.conda`,
    track_features: ['', 'a', 'a b'][i % 3]!,
    features: ['', 'b'][i % 2]!,
  })),
)

export function specCase(random: RandomSource): SpecCase {
  const { pick, chance } = random
  switch (pick(['compare', 'starts_with', 'version_spec', 'match', 'match'] as const)) {
    case 'compare': {
      const a = anyVersion(random)
      return { op: 'compare', a, b: chance(0.5) ? anyVersion(random) : a.replace(/[0-9a]/, pick(PARTS)) }
    }
    case 'starts_with': {
      const a = anyVersion(random)
      const b = chance(0.3) ? anyVersion(random) : a.slice(0, 1 + random.below(a.length))
      return { op: 'starts_with', a, b }
    }
    case 'version_spec':
      return { op: 'version_spec', spec: versionSpec(random, 0), version: pick(RECORDS).version }
    case 'match':
      return { op: 'match', spec: matchSpec(random), record: pick(RECORDS) }
  }
}

function anyVersion({ pick, chance, below }: RandomSource): string {
  let text = chance(0.1) ? `${pick(words('0 1 2 01 a 1!1'))}!` : ''
  for (let i = 1 + below(4); i > 0; i--)
    text += pick(PARTS) + (i === 1 ? '' : pick(words('. . . . _ - .. +')))
  if (chance(0.1)) text += `+${pick(PARTS)}${chance(0.5) ? pick(words('. _ -')) + pick(PARTS) : ''}`
  if (chance(0.1)) text += pick([...words('_ - . + ! .* *'), ' '])
  return chance(0.03) ? pick([...words('_ . -'), ' ', '\t']) + text : text
}

function likelyVersion(random: RandomSource): string {
  const { pick, chance, below } = random
  if (chance(0.3)) return anyVersion(random)
  const release = Array.from({ length: 1 + below(3) }, () => pick(PLAIN_PARTS)).join('.')
  return chance(0.2) ? release + pick(SUFFIXES) : release
}

function clause(random: RandomSource): string {
  const { pick, chance } = random
  if (chance(0.03)) return pick(REGEXES)
  const version = chance(0.05) ? pick(['', '*']) : likelyVersion(random)
  return pick(OPERATORS) + (chance(0.07) ? ' ' : '') + version + (chance(0.25) ? pick(STARS) : '')
}

function versionSpec(random: RandomSource, depth: number): string {
  const { pick, chance, below } = random
  let text = ''
  for (let i = chance(0.55) ? 1 : 2 + below(2); i > 0; i--) {
    text += depth < 2 && chance(0.08) ? `(${versionSpec(random, depth + 1)})` : clause(random)
    if (i > 1) text += pick([...words(', | , |'), ' , ', ' | ', ', ', ' '])
  }
  return chance(0.02) ? text + pick([...words(') ( , |'), ' ']) : text
}

function valueOf(random: RandomSource, key: string): string {
  const { pick } = random
  switch (key) {
    case 'version':
      return versionSpec(random, 0)
    case 'build':
      return pick(BUILDS)
    case 'build_number':
      return pick(BUILD_NUMBERS)
    case 'channel':
      return pick(CHANNELS).replace(/:+$/, '')
    case 'subdir':
      return pick(words('linux-64 noarch foo * linux-* Linux-64'))
    case 'name':
      return pick(NAMES)
    case 'fn':
      return pick(words('foo-1.0-py27_0.conda foo-1.0-py27_0.tar.bz2 foo* *'))
    case 'license':
    case 'license_family':
      return pick(LICENCES)
    case 'track_features':
    case 'features':
      return pick(FEATURES)
    default:
      return pick(['0123', 'abc', 'x', '*', ''])
  }
}

function brackets(random: RandomSource): string {
  const { pick, chance, below } = random
  const entries = Array.from({ length: chance(0.6) ? 1 : 2 + below(2) }, () => {
    const key = pick(chance(0.9) ? KEYS.slice(0, 13) : KEYS)
    const value = valueOf(random, key)
    const quoted = /[ ,=[\]'"]/.test(value) ? chance(0.85) : chance(0.3)
    const quote = quoted ? pick(['"', "'"]) : ''
    const equals = chance(0.05) ? pick(['==', ' = ', '']) : '='
    return key + equals + quote + value + (chance(0.02) ? '' : quote)
  })
  return `[${entries.join(pick([',', ', ', ' ', ',', ' , ']))}]`
}

function matchSpec(random: RandomSource): string {
  const { pick, chance, next } = random
  let text = (chance(0.2) ? pick(CHANNELS) : '') + pick(NAMES)
  const form = next()
  if (form < 0.2) {
    const operator = pick([...words('= == >= < != ~= => ==='), ' ', ' =', ' ==', ' >= ', '= ', '  ', '<= '])
    text += operator + likelyVersion(random) + (chance(0.2) ? pick(['.*', '*']) : '')
  } else if (form < 0.5) {
    text += pick([' ', ' ', '', '  ']) + versionSpec(random, 0)
  } else if (form < 0.75) {
    const separator = pick([' ', '=', '  ', ' =', '=='])
    const version = chance(0.5) ? likelyVersion(random) : versionSpec(random, 0)
    text += separator + version + pick([' ', '=', separator, '  ']) + pick(BUILDS)
  }
  if (chance(0.3)) text += (chance(0.1) ? ' ' : '') + brackets(random)
  return chance(0.02)
    ? text + pick([' # c', '#c', ' if x', '(optional)', ' (optional)', ' ', '=', ' ='])
    : text
}

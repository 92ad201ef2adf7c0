/**
 * What is fuzzed. A case makes an input from random numbers, then does with it whatever can be done; what it
 * throws, beyond the errors that are promised, is a finding.
 */
import { inspectPackage, readPackageInfo } from '../archive/inspect-package.ts'
import { bytesSource } from '../archive/byte-source.ts'
import { InvalidPackageError } from '../archive/invalid-package-error.ts'
import { writeTar, type TarEntry } from '../archive/tar-writer.ts'
import { writeConda, zipConda } from '../archive/write-package.ts'
import { bzip2Compress } from '../codec/bzip2-encode.ts'
import { CorruptStreamError } from '../codec/corrupt-stream-error.ts'
import { zstdDecompress as zstdDecompressInBrowser } from '../codec/zstd-browser.ts'
import { licenceSatisfies } from '../licence/licence-satisfies.ts'
import { readLicence } from '../licence/read-licence.ts'
import { dependencyName } from '../match-spec/dependency-name.ts'
import { InvalidMatchSpecError } from '../match-spec/errors.ts'
import { MatchSpec } from '../match-spec/match-spec.ts'
import { InvalidFilenameError, parseArtifactFilename } from '../names.ts'
import { orderNamed, VERSION_ORDER_IDS } from '../orders/order.ts'
import { formatPurl, InvalidPurlError, parsePurl } from '../purl.ts'
import { checkRecord, isServable } from '../repodata/check-record.ts'
import { currentRepodata } from '../repodata/current-repodata.ts'
import { parseNotices } from '../repodata/notices.ts'
import { InvalidShardError } from '../repodata/msgpack-document.ts'
import { InvalidPatchInstructionsError, parsePatchInstructions } from '../repodata/patch-instructions.ts'
import { toServedRecord, type RecordEntry } from '../repodata/record.ts'
import { renderRecord } from '../repodata/render-repodata.ts'
import { InvalidRepodataError, scanRepodata } from '../repodata/scan-repodata.ts'
import { decodeShard } from '../repodata/shard.ts'
import { decodeShardIndex } from '../repodata/shard-index.ts'
import { badV3Specs } from '../repodata/v3.ts'
import { compareKeys } from '../version/compare.ts'
import { InvalidVersionSpecError } from '../version/constraint-tree.ts'
import { InvalidVersionError, parseVersion, type Version } from '../version/parse.ts'
import { VersionSpec } from '../version/version-spec.ts'
import * as corpus from './fuzz-corpus.ts'
import type { RandomSource } from './random.ts'

export interface FuzzCase {
  /** For people: the input as text, or in base64. */
  readonly input: string
  run(): void | Promise<void>
}

export type MakeCase = (random: RandomSource) => FuzzCase

export const FUZZ_TARGETS = ['versions', 'specs', 'repodata', 'shards', 'archives', 'texts'] as const
export type FuzzTargetName = (typeof FUZZ_TARGETS)[number]

/** For one case, of processor time: a busy machine is no finding. */
export const MAX_CASE_MS = 2000

export async function fuzzTarget(name: FuzzTargetName): Promise<MakeCase> {
  switch (name) {
    case 'versions':
      return versions()
    case 'specs':
      return specs()
    case 'repodata':
      return repodata()
    case 'shards':
      return shards()
    case 'archives':
      return archives()
    case 'texts':
      return texts()
  }
}

/** The value, or undefined when one of the promised errors was thrown. */
function attempt<T>(
  errors: readonly (abstract new (...args: never) => Error)[],
  action: () => T,
): T | undefined {
  try {
    return action()
  } catch (error) {
    if (errors.some((kind) => error instanceof kind)) return undefined
    throw error
  }
}

function require(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

const VERSION_PIECES = [
  ...'0 1 2 10 007 20230101123456 99999999999999999999999 a b rc dev post alpha p z . . . - _ + ! * '.split(' '),
  ' ', 'é', '\0', '\u0130', '1.'.repeat(300), 'a1'.repeat(200), '0'.repeat(400),
] // prettier-ignore
const OPERATORS = [
  '>=',
  '<=',
  '==',
  '!=',
  '~=',
  '=',
  '<',
  '>',
  '',
  '',
  '^',
  '$',
  '*',
  '.*',
  ',',
  '|',
  '(',
  ')',
  '@',
]

function pieces(random: RandomSource, from: readonly string[], most: number): string {
  return Array.from({ length: random.below(most) }, () => random.pick(from)).join('')
}

function versions(): MakeCase {
  const known = corpus.versionTexts()
  return (random) => {
    const text = (): string =>
      random.chance(0.5)
        ? random.mutateText(random.pick(known), VERSION_PIECES)
        : pieces(random, VERSION_PIECES, 9)
    const [a, b] = [text(), random.chance(0.3) ? random.pick(known) : text()]
    const clause = (): string =>
      random.pick(OPERATORS) + (random.chance(0.5) ? a : text()) + random.pick(['', '.*', '*', '$'])
    const range = Array.from({ length: 1 + random.below(4) }, clause).join(random.pick([',', '|', ' ', '|(']))
    return {
      input: JSON.stringify({ a, b, range }),
      run() {
        const [left, right] = [a, b].map((given) => attempt([InvalidVersionError], () => parseVersion(given)))
        for (const version of [left, right]) if (version !== undefined) checkVersion(version)
        if (left !== undefined && right !== undefined) {
          require(compareKeys(left.key, right.key) + compareKeys(right.key, left.key) ===
            0, 'order is not antisymmetric')
        }
        for (const id of VERSION_ORDER_IDS) {
          const order = orderNamed(id)
          const [first, second] = [order.parse(a), order.parse(b)]
          if (first !== undefined && second !== undefined) order.compare(first, second)
        }
        const spec = attempt([InvalidVersionSpecError], () => VersionSpec.parse(range))
        if (spec === undefined) return
        const printed = VersionSpec.parse(spec.toString())
        require(printed.toString() === spec.toString(), 'canonical range is no fixed point')
        for (const given of [a, b])
          require(printed.matches(given) === spec.matches(given), 'canonical range matches otherwise')
      },
    }
  }
}

function checkVersion(version: Version): void {
  const again = parseVersion(version.text)
  require(again.text === version.text && again.key === version.key, 'canonical version is no fixed point')

  require(/^[\x20-\x7e]*$/.test(version.key), 'sort key is not printable ASCII')
}

const SPEC_PIECES = [
  ...'[ ] ( ) { } :: : / # @ , | = == >= <= != ~= < > * ^ $ " \' \\ . .* version build name channel subdir md5 url fn'.split(' '),
  ' ', '[version=', "='", '="', '"]', 'build_number=', 'when="', ' and ', ' or ', ' if ', 'extras=[', 'flags=[', 'https://', '.conda', '.tar.bz2',
  '(a+)+$', '{1000}', '.*'.repeat(20), '*a'.repeat(30), '('.repeat(100), '[a'.repeat(40), 'é', '\0', '%', '%41', '/noarch',
] // prettier-ignore

const RECORD = {
  name: 'numpy',
  version: '1.26.4',
  build: 'py312h5_0',
  build_number: 3,
  subdir: 'linux-64',
  channel: 'conda-forge',
  license: 'BSD-3-Clause',
  track_features: 'a b',
  md5: '0'.repeat(32),
  fn: 'numpy-1.26.4-py312h5_0.conda',
  url: 'https://conda.anaconda.org/conda-forge/linux-64/numpy-1.26.4-py312h5_0.conda',
}

function specs(): MakeCase {
  const known = corpus.specTexts()
  const alphabet = [...SPEC_PIECES, ...VERSION_PIECES, ...OPERATORS]
  return (random) => {
    const text = random.chance(0.6)
      ? random.mutateText(random.pick(known), alphabet)
      : pieces(random, alphabet, 12)
    const syntax = random.chance(0.5) ? 'legacy' : 'v3'
    const long = random.chance(0.001) ? text.repeat(1000) : text
    return {
      input: JSON.stringify({ spec: long, syntax }),
      run() {
        dependencyName(long)
        const spec = attempt([InvalidMatchSpecError], () => MatchSpec.parse(long, syntax))
        if (spec === undefined) return
        spec.matches(RECORD)
        spec.matches({ name: spec.name, version: text.slice(0, 300), build: text.slice(0, 300) })
        // Not every spec can be written so that it reads the same: what comes out must not hurt, that is all.
        attempt([InvalidMatchSpecError], () => MatchSpec.parse(spec.toString(), syntax).matches(RECORD))
      },
    }
  }
}

const JSON_PIECES = ['{', '}', '[', ']', ',', ':', '"', '\\u0000', '\\', '1e999', '-0', '1E', 'null', 'true', '{"a":1}', '"packages":{', '"__proto__":{}', '"version":', '[['.repeat(50), '\ufeff', '\ud800'] // prettier-ignore

function repodata(): MakeCase {
  const known = corpus.indexes()
  const utf8 = new TextEncoder()
  const decoder = new TextDecoder()
  return (random) => {
    const base = random.pick(known)
    const bytes = random.chance(0.5)
      ? random.mutate(base, random.pick(known))
      : utf8.encode(random.mutateText(decoder.decode(base), JSON_PIECES))
    return { input: Buffer.from(bytes).toString('base64'), run: () => readRepodata(bytes) }
  }
}

function readRepodata(bytes: Uint8Array): void {
  const text = new TextDecoder().decode(bytes)
  attempt([InvalidPatchInstructionsError], () => parsePatchInstructions(text))
  parseNotices(text)
  const scan = attempt([InvalidRepodataError], () => scanRepodata(bytes))
  if (scan === undefined) return
  JSON.parse(text) // what the scan lets pass is JSON
  const servable: RecordEntry[] = []
  for (const found of scan.records()) {
    const record = found.parse()
    JSON.parse(new TextDecoder().decode(renderRecord(toServedRecord(record))))
    badV3Specs(record)
    if (isServable(checkRecord(found.filename, scan.subdir ?? 'noarch', record)))
      servable.push([found.filename, record])
  }
  currentRepodata({ packages: servable, 'packages.conda': [] })
  require(Object.getPrototypeOf({}) === Object.prototype && !('polluted' in {}), 'prototype polluted')
}

function shards(): MakeCase {
  const known = corpus.shards()
  const inflated = known.map(corpus.inflate)
  return (random) => {
    const isInside = random.chance(0.7)
    const bytes = isInside
      ? corpus.deflate(random.mutate(random.pick(inflated), random.pick(inflated)))
      : random.mutate(random.pick(known), random.pick(known))
    return {
      input: Buffer.from(bytes).toString('base64'),
      run() {
        const shard = attempt([InvalidShardError], () => decodeShard(bytes))
        for (const [filename, record] of shard?.['packages.conda'] ?? [])
          checkRecord(filename, 'noarch', record)
        attempt([InvalidShardError], () => decodeShardIndex(bytes))
        const there = attempt([CorruptStreamError], () => zstdDecompressInBrowser(bytes, 2 ** 24))
        // The decoder for browsers is stricter, never laxer.
        if (there !== undefined)
          require(Buffer.compare(there, corpus.inflate(bytes)) === 0, 'zstd decoders differ')
      },
    }
  }
}

const TAR_TYPES = ['0', '0', '0', '0', '\0', '1', '2', '3', '5', '6', '7', 'x', 'g', 'L', 'K', 'S', 'V']
const TAR_NAMES = ['a', 'lib/a', 'lib', 'info/index.json', 'info/paths.json', 'info', './a', '../a', '/a', 'a/../b', 'A', 'é', 'e\u0301', 'a\\b', 'con', 'lib/', '', '.', 'x'.repeat(300), 'conda-meta/x', 'a\0b'] // prettier-ignore
const INDEX = '{"name":"demo","version":"1.0","build":"0","build_number":0,"depends":[],"subdir":"noarch"}'

async function archives(): Promise<MakeCase> {
  const known = await corpus.archives()
  return (random) => {
    const { filename, bytes } = random.chance(0.6)
      ? mutatedArchive(random, known)
      : random.chance(0.5)
        ? tarball(random, randomTar(random))
        : tarball(random, random.mutate(randomTar(random)))
    return {
      input: `${filename} ${Buffer.from(bytes).toString('base64')}`,
      async run() {
        for (const read of [inspectPackage, readPackageInfo]) {
          try {
            await read(bytesSource(bytes), { filename })
          } catch (error) {
            if (!(error instanceof InvalidPackageError)) throw error
          }
        }
      },
    }
  }
}

function mutatedArchive(random: RandomSource, known: readonly corpus.ArchiveInput[]): corpus.ArchiveInput {
  const { filename, bytes } = random.pick(known)
  return { filename, bytes: random.mutate(bytes, random.pick(known).bytes) }
}

function randomTar(random: RandomSource): Uint8Array {
  const entry = (): TarEntry => ({
    path: random.pick(TAR_NAMES),
    type: random.pick(TAR_TYPES),
    content: random.chance(0.3) ? random.bytes(random.below(2000)) : random.pick(['', INDEX, '{"paths":[{"_path":"a"}]}', '30 path=../../etc/passwd\n12345\n']), // prettier-ignore
    target: random.pick(['', ...TAR_NAMES]),
    mode: random.pick([0o644, 0o755, 0o4755, 0o777]),
    ...(random.chance(0.1) && { statedSize: random.pick([0, 1, 512, 8 ** 11, 2 ** 40]) }),
    ...(random.chance(0.1) && { pax: { [random.pick(['path', 'linkpath', 'size', 'GNU.sparse.map', 'mtime'])]: random.pick(['1', '-1', '1e9', '../x', 'é']) } }), // prettier-ignore
  })
  const rest = Array.from({ length: random.below(6) }, entry)
  return writeTar([{ path: 'info/index.json', content: INDEX }, ...rest])
}

function tarball(random: RandomSource, tar: Uint8Array): corpus.ArchiveInput {
  const other = random.chance(0.5) ? tar : writeTar([{ path: 'info/index.json', content: INDEX }])
  switch (random.below(3)) {
    case 0:
      return { filename: 'demo-1.0-0.tar.bz2', bytes: bzip2Compress(tar) }
    case 1:
      return { filename: 'demo-1.0-0.conda', bytes: writeConda('demo-1.0-0', other, tar) }
    default:
      return {
        filename: 'demo-1.0-0.conda',
        bytes: zipConda(
          'demo-1.0-0',
          random.mutate(corpus.deflate(other)),
          random.mutate(corpus.deflate(tar)),
        ),
      }
  }
}

const TEXT_PIECES = ['GPL', '-2.0', 'MIT', ' AND ', ' OR ', ' WITH ', '+', '(', ')', '/', ',', ' and ', 'BSD 3-Clause', 'Apache', 'LicenseRef-', 'file LICENSE', 'https://', 'pkg:conda/', '@', '?', '&', '=', '%', '%2F', 'type=conda', '#', '-', '.', '_', '1.0', '.conda', 'é', '('.repeat(200)] // prettier-ignore

/** Licences, package URLs and file names. */
function texts(): MakeCase {
  const known = ['GPL-2.0-or-later WITH Classpath-exception-2.0', 'MIT/X11 | BSD', 'pkg:conda/openssl@1.1.1?build=h7b_0&type=conda', 'zlib-1.2.11-h7b6447c_3.conda'] // prettier-ignore
  return (random) => {
    const text = random.chance(0.5)
      ? random.mutateText(random.pick(known), TEXT_PIECES)
      : pieces(random, TEXT_PIECES, 40)
    return {
      input: JSON.stringify(text),
      run() {
        const { expression } = readLicence(text, random.pick([undefined, 'GPL', text]))
        if (expression !== undefined) {
          require(readLicence(expression).expression === expression, 'licence expression is no fixed point')
          licenceSatisfies(expression, ['MIT', 'GPL-2.0-or-later'])
        }
        const purl = attempt([InvalidPurlError], () => parsePurl(text))
        if (purl !== undefined) {
          const printed = formatPurl(purl)
          require(formatPurl(parsePurl(printed)) === printed, 'package URL is no fixed point')
        }
        attempt([InvalidFilenameError], () => parseArtifactFilename(text))
      },
    }
  }
}

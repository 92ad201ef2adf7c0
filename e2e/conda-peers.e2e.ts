/**
 * The conda formats against those who read and write them too: conda, conda-index, conda-package-streaming,
 * msgpack with zstandard, rattler. On all real data where that is, else on what is built here.
 */
import { createHash } from 'node:crypto'
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  applyPatchInstructions,
  channeldataEntry,
  checkRecord,
  convertToConda,
  currentRepodata,
  encodeShard,
  encodeShardIndex,
  inspectPackage,
  InvalidPackageError,
  isServable,
  normalizeRunExports,
  packageFilename,
  parsePatchInstructions,
  recordFromIndex,
  scanRepodata,
  stableJson,
  toServedRecord,
  writePackage,
  type ChanneldataArtifact,
  type JsonObject,
  type LinkFact,
  type PackageInspection,
  type PackageSpec,
  type RecordEntry,
  type RepodataRecord,
  type TarMember,
} from '@terrarium/conda'
import { fileSource } from '@terrarium/conda/node'
import { realIndexes } from '@terrarium/conda/testing/real-indexes.ts'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { syntheticIndex } from '../bench/synthetic-index.ts'
import { askPeer, hasPython } from './support/python.ts'
import { solve, type Solved } from './support/rattler.ts'
import { serveFolder, type StaticUpstream } from './support/static-upstream.ts'
import { temporaryFolder } from './support/terrarium.ts'

/** Shards that rattler is asked for together. */
const AT_ONCE = 50

const folder = temporaryFolder('conda-peers')
afterAll(() => rm(folder, { recursive: true }))

test('the Python environment is required', { skip: process.env['E2E_REQUIRE'] !== '1' }, () => {
  expect(hasPython, 'scripts/prepare-e2e.sh makes it').toBe(true)
})

if (!hasPython) console.warn('conda-peers: most is skipped, no Python environment (scripts/prepare-e2e.sh)')

interface Section {
  readonly name: string
  readonly packages: RecordEntry[]
  readonly 'packages.conda': RecordEntry[]
}

/** What a server would serve of an index: sound records without what clients left in them. */
function readSections(name: string, bytes: Uint8Array): Section {
  const sections: Section = { name, packages: [], 'packages.conda': [] }
  for (const { section, filename, parse } of scanRepodata(bytes).records()) {
    if (section !== 'packages' && section !== 'packages.conda') continue
    const record = toServedRecord(parse())
    const extension = section === 'packages' ? '.tar.bz2' : '.conda'
    if (filename.endsWith(extension) && isServable(checkRecord(filename, record.subdir ?? 'noarch', record)))
      sections[section].push([filename, record])
  }
  return sections
}

const indexes = (): Section[] =>
  hasSharedData
    ? realIndexes()
        // without what lies there twice, and earlier days of the same channels
        .filter(({ name }) => !name.endsWith('.zst') && !name.startsWith('repodata/history/'))
        .map(({ name, read }) => readSections(name, read()))
    : [readSections('built', syntheticIndex(3000))]

/** The largest one: all records that the shared data has, of many channels and ages. */
const largest = (): Section => {
  const all = indexes()
  const count = (one: Section): number => one.packages.length + one['packages.conda'].length
  return all.reduce((best, one) => (count(one) > count(best) ? one : best))
}

/** The record as it is in a shard, with digests as text: what a reader of msgpack gives back. */
function inShard({ md5, sha256, ...rest }: RepodataRecord): RepodataRecord {
  return { ...rest, ...(md5 && { md5 }), ...(sha256 && { sha256 }) }
}

describe('shards', () => {
  const subdir = join(folder, 'shards', 'noarch')
  const names = new Map<string, Section>()
  let upstream: StaticUpstream

  beforeAll(async () => {
    const { packages, 'packages.conda': conda } = largest()
    for (const [section, entries] of Object.entries({ packages, 'packages.conda': conda })) {
      for (const [filename, record] of entries) {
        const name = record.name
        let shard = names.get(name)
        if (shard === undefined) names.set(name, (shard = { name, packages: [], 'packages.conda': [] }))
        shard[section as 'packages'].push([filename, { ...record, subdir: 'noarch' }]) // one of the two keys
      }
    }
    writeShards(subdir, names)
    upstream = await serveFolder(join(folder, 'shards'))
  })
  afterAll(() => upstream.close())

  test.skipIf(!hasPython)('Python reads every shard, with equal content', async () => {
    const found = await askPeer<{
      info: JsonObject
      version: number
      shards: Record<string, Record<string, Record<string, RepodataRecord>>>
    }>('shards', subdir)

    expect(found.version).toBe(1)
    expect(found.info).toMatchObject({ subdir: 'noarch', base_url: './', shards_base_url: './shards/' })
    expect(Object.keys(found.shards)).toHaveLength(names.size)
    for (const [name, shard] of names) {
      const expected = {
        packages: Object.fromEntries(shard.packages.map(([file, record]) => [file, inShard(record)])),
        'packages.conda': Object.fromEntries(
          shard['packages.conda'].map(([file, record]) => [file, inShard(record)]),
        ),
      }
      expect(stableJson(found.shards[name] ?? null), name).toBe(stableJson(expected))
    }
  })

  test.skipIf(!hasPython)("rattler's gateway reads every shard, with equal content", async () => {
    const found = await askPeer<Record<string, JsonObject>>('gateway', {
      channel: upstream.url,
      subdir: 'noarch',
      names: [...names.keys()],
      atOnce: AT_ONCE,
      cache: join(folder, 'gateway'),
    })

    const expected = [...names.values()].flatMap((shard) => [...shard.packages, ...shard['packages.conda']])
    expect(Object.keys(found)).toHaveLength(expected.length)
    for (const [filename, record] of expected) {
      const { name, version, build, build_number, depends = [], constrains = [] } = record
      const { size = null, md5 = null, sha256 = null } = record
      expect(found[filename], filename).toEqual({
        ...{ name, build, build_number, depends, constrains, size, md5, sha256 },
        version: expect.stringMatching(new RegExp(`^${RegExp.escape(version)}$`, 'i')) as string,
      })
    }
    expect(upstream.requests.some((path) => path.endsWith('/repodata.json'))).toBe(false)
  })

  test('rattler for JavaScript reads every shard, and solves for all names', async () => {
    // Without dependencies, or no set of all packages would do.
    const alone = new Map<string, Section>()
    for (const [name, shard] of names) {
      const strip = ([filename, record]: RecordEntry): RecordEntry => {
        const kept = Object.entries(record).filter(([key]) => !/^(?:constrains|track_features)$/.test(key))
        return [filename, { ...(Object.fromEntries(kept) as RepodataRecord), depends: [] }]
      }
      const stripped = {
        packages: shard.packages.map(strip),
        'packages.conda': shard['packages.conda'].map(strip),
      }
      alone.set(name, { name, ...stripped })
    }
    const root = join(folder, 'alone')
    writeShards(join(root, 'noarch'), alone)
    const served = await serveFolder(root)
    try {
      const solved: Solved[] = []
      // rattler opens a connection for each shard: all at once are more than a busy machine takes
      const all = [...alone.keys()]
      for (let i = 0; i < all.length; i += AT_ONCE)
        solved.push(...(await solve(all.slice(i, i + AT_ONCE), served.url, 'noarch')))
      const digests = new Map(
        [...alone.values()].flatMap((shard) => [...shard.packages, ...shard['packages.conda']]),
      )

      expect(new Set(solved.map(({ name }) => name))).toEqual(new Set(alone.keys()))
      for (const { name, build, url } of solved)
        expect(digests.get(basename(url))).toMatchObject({ name, build })
      const asked = new Set(served.requests.filter((path) => path.includes('/shards/')))
      expect(asked.size).toBe(new Set([...alone.values()].map(digestOf)).size)
    } finally {
      await served.close()
    }
  })
})

const digestOf = (shard: Section): string => createHash('sha256').update(encodeShard(shard)).digest('hex')

function writeShards(subdir: string, names: ReadonlyMap<string, Section>): void {
  mkdirSync(join(subdir, 'shards'), { recursive: true })
  const digests = new Map<string, string>()
  for (const [name, shard] of names) {
    const bytes = encodeShard(shard)
    const digest = createHash('sha256').update(bytes).digest('hex')
    digests.set(name, digest)
    writeFileSync(join(subdir, 'shards', `${digest}.msgpack.zst`), bytes)
  }
  const index = encodeShardIndex({ subdir: 'noarch', shards: digests, createdAt: new Date(0) })
  writeFileSync(join(subdir, 'repodata_shards.msgpack.zst'), index)
}

describe.skipIf(!hasPython)('conda-index', () => {
  test('keeps the same records in current_repodata.json', async () => {
    const all = indexes()
    const paths = all.map(({ packages, 'packages.conda': conda }, i) => {
      const path = join(folder, `index-${i}.json`)
      const repodata = { packages: Object.fromEntries(packages), 'packages.conda': Object.fromEntries(conda) }
      writeFileSync(path, JSON.stringify(repodata))
      return path
    })
    type Kept = { packages: string[]; 'packages.conda': Record<string, string | null> } | { error: string }
    const answers = await askPeer<Kept[]>('current', paths)

    const refused = answers.flatMap((kept, i) => ('error' in kept ? [all[i]?.name] : []))
    // The one index whose legacy part has dependencies in the syntax of v3.
    expect(refused).toEqual(
      hasSharedData ? ['repodata/variants/conditional-repodata/noarch/repodata.json'] : [],
    )
    answers.forEach((kept, i) => {
      const sections = all[i]
      if ('error' in kept || sections === undefined) return
      const ours = currentRepodata(sections)
      const twins = ours['packages.conda'].map(([filename, { legacy_bz2_md5 }]) => [filename, legacy_bz2_md5])
      expect(ours.packages.map(([filename]) => filename).sort(), sections.name).toEqual(kept.packages)
      expect(Object.fromEntries(twins), sections.name).toEqual(kept['packages.conda'])
    })
  })

  test.skipIf(!hasSharedData)('patches an index in the same way', async () => {
    const data = sharedPath('data/repodata')
    const index = join(data, 'medium/conda-forge-linux-64-2016-08-06.json.gz')
    const instructions = globSync(`${data}/patches/conda-forge-*/*/patch_instructions.json.gz`).sort()
    const requests = instructions.map((path) => ({ index, instructions: path }))
    type Repodata = Record<'packages' | 'packages.conda', Record<string, RepodataRecord>> & {
      removed: string[]
    }
    const answers = await askPeer<Repodata[]>('patched', requests)

    const { packages, 'packages.conda': conda } = readSections('all', gunzipSync(readFileSync(index)))
    const before = { packages: new Map(packages), 'packages.conda': new Map(conda) }
    let changed = 0
    instructions.forEach((path, i) => {
      const text = gunzipSync(readFileSync(path)).toString()
      const after = applyPatchInstructions(before, parsePatchInstructions(text))
      for (const section of ['packages', 'packages.conda'] as const) {
        const theirs = answers[i]![section]
        for (const [filename, record] of after[section]) {
          if (record !== before[section].get(filename)) changed++
          expect(withoutNulls(theirs[filename]!), `${path} ${filename}`).toBe(withoutNulls(record))
        }
      }
      const sound = new Set([...before.packages.keys(), ...before['packages.conda'].keys()])
      expect(after.removed).toEqual(answers[i]!.removed.filter((filename) => sound.has(filename)))
    })
    expect(changed).toBeGreaterThan(50)
  })

  test('makes the same records, run exports and channeldata of a folder of packages', async () => {
    const root = join(folder, 'channel')
    const subdirs = await copyChannel(root)
    const made = await askPeer<{
      channeldata: { packages: Record<string, JsonObject>; subdirs: string[] }
      subdirs: Record<string, Record<'repodata' | 'run_exports', Record<string, Record<string, JsonObject>>>>
    }>('index', { channel: root, subdirs })

    const artifacts: ChanneldataArtifact[] = []
    for (const subdir of subdirs) {
      const { repodata, run_exports: runExports } = made.subdirs[subdir]!
      for (const path of globSync(`${root}/${subdir}/*.{conda,tar.bz2}`)) {
        const filename = basename(path)
        const section = filename.endsWith('.conda') ? 'packages.conda' : 'packages'
        await using file = await open(path)
        const inspection = await inspectPackage(await fileSource(file), { filename })
        const record = recordFromIndex(inspection.index)
        const theirs = repodata[section]?.[filename] ?? {}
        const { md5, sha256, size, ...fields } = theirs
        expect([typeof md5, typeof sha256, typeof size]).toEqual(['string', 'string', 'number'])
        expect(record, filename).toEqual(fields)
        const exports = normalizeRunExports(inspection.runExports)
        expect(exports, filename).toEqual(
          normalizeRunExports(runExports[section]?.[filename]?.['run_exports'] as JsonObject),
        )
        artifacts.push({
          subdir,
          filename,
          record,
          linkFacts: linkFactsOf(inspection.flags),
          about: inspection.about ?? {},
          runExports: exports,
        })
      }
    }
    expect(artifacts.length).toBeGreaterThan(0)
    const byName = Map.groupBy(artifacts, ({ record }) => record.name)
    expect([...byName.keys()].sort()).toEqual(Object.keys(made.channeldata.packages).sort())
    for (const [name, all] of byName) {
      const ours = { ...channeldataEntry(all) }
      const theirs = { ...made.channeldata.packages[name] }
      compareTimestamps(name, ours, theirs, all)
      for (const fields of [ours, theirs]) dropEmpty(fields)
      // What only the recipe says; ours reads about.json alone.
      for (const field of ['source_url', 'source_git_url'])
        if (ours[field] === undefined) Reflect.deleteProperty(theirs, field)
      expect(ours, name).toEqual(theirs)
    }
    expect(made.channeldata.subdirs).toEqual([...subdirs].sort())
  })
})

/** conda-index adds a null to a record that has nothing a patch could take away. */
function withoutNulls(record: RepodataRecord): string {
  const fields = Object.entries(toServedRecord(record)).filter(([, value]) => value !== null)
  return stableJson(Object.fromEntries(fields))
}

/** Real packages where they are, else ours. */
async function copyChannel(root: string): Promise<string[]> {
  if (hasSharedData) {
    const source = sharedPath('data/packages/conda-forge-2023')
    for (const subdir of ['linux-aarch64', 'noarch'])
      for (const path of globSync(`${source}/${subdir}/*.{conda,tar.bz2}`))
        cpSync(path, join(root, subdir, basename(path)))
    return ['linux-aarch64', 'noarch']
  }
  mkdirSync(join(root, 'noarch'), { recursive: true })
  for (const [filename, bytes] of await builtPackages())
    await writeFile(join(root, 'noarch', filename), bytes)
  return ['noarch']
}

async function builtPackages(): Promise<[filename: string, bytes: Uint8Array][]> {
  const built: [string, Uint8Array][] = []
  for (const [i, format] of (['conda', 'tar.bz2', 'conda', 'tar.bz2'] as const).entries()) {
    const spec: PackageSpec = {
      name: `demo${i}`,
      version: `1.${i}`,
      subdir: 'noarch',
      files: { 'lib/a.txt': 'a'.repeat(100_000), 'bin/b': Uint8Array.from({ length: 9000 }, (_, at) => at) },
      links: { 'lib/l': 'a.txt' },
      info: { 'about.json': { summary: `demo ${i}`, home: 'https://example.org' } },
    }
    built.push([packageFilename(spec, format), await writePackage(spec, format)])
  }
  return built
}

function linkFactsOf(flags: Awaited<ReturnType<typeof inspectPackage>>['flags']): Set<LinkFact> {
  const facts: readonly [LinkFact, boolean][] = [
    ['activate.d', flags.activateD],
    ['binary_prefix', flags.binaryPrefix],
    ['deactivate.d', flags.deactivateD],
    ['post_link', flags.postLink],
    ['pre_link', flags.preLink],
    ['pre_unlink', flags.preUnlink],
    ['text_prefix', flags.textPrefix],
  ]
  return new Set(facts.filter(([, is]) => is).map(([fact]) => fact))
}

/** conda-index gives the time of the build it looked at last; ours is the newest, never older than theirs. */
function compareTimestamps(
  name: string,
  ours: Record<string, unknown>,
  theirs: Record<string, unknown>,
  artifacts: readonly ChanneldataArtifact[],
): void {
  const seconds = artifacts.map(({ record }) => Math.floor((record.timestamp ?? 0) / 1000))
  expect(seconds, name).toContain(theirs['timestamp'])
  expect(ours['timestamp'], name).toBe(Math.max(...seconds))
  delete ours['timestamp']
  delete theirs['timestamp']
}

/** conda-index writes null where it knows nothing; ours leaves the field out. */
function dropEmpty(fields: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(fields)) {
    const isEmpty = Array.isArray(value) ? value.length === 0 : value === null
    if (isEmpty) Reflect.deleteProperty(fields, key)
  }
}

interface PeerMember {
  readonly path: string
  readonly kind: string
  readonly mode: number
  readonly target: string | null
  readonly sha256: string | null
  readonly text: string | null
}
type PeerArchive = { members: PeerMember[] } | { error: string }

describe.skipIf(!hasPython)('conda-package-streaming', () => {
  const converted = new Map<string, string>()
  let paths: string[]
  let answers: Record<string, PeerArchive>

  beforeAll(async () => {
    paths = await archivePaths()
    mkdirSync(join(folder, 'converted'))
    for (const [i, path] of paths.entries()) {
      const filename = basename(path)
      if (!filename.endsWith('.tar.bz2')) continue
      try {
        await using file = await open(path)
        const result = await convertToConda(await fileSource(file), { filename })
        const target = join(folder, 'converted', String(i), result.filename)
        mkdirSync(join(folder, 'converted', String(i)))
        await writeFile(target, result.bytes)
        converted.set(path, target)
      } catch (error) {
        if (!(error instanceof InvalidPackageError)) throw error
      }
    }
    answers = await askPeer('archives', [...paths, ...converted.values()])
  })

  test('reads of every archive what ours reads', async () => {
    const refused: string[] = []
    for (const path of paths) {
      const filename = basename(path)
      const theirs = answers[path]!
      try {
        const { inspection, members } = await readAll(path)
        if ('error' in theirs) throw new Error(`conda-package-streaming refuses ${filename}: ${theirs.error}`)
        expect(members, path).toEqual(theirs.members.map(comparable))
        expect(inspection.index).toEqual(jsonOf(theirs.members, 'info/index.json'))
        expect(inspection.about).toEqual(jsonOf(theirs.members, 'info/about.json'))
      } catch (error) {
        if (!(error instanceof InvalidPackageError)) throw error
        refused.push(path)
      }
    }
    // Which ones and why: conda/src/archive/real-packages.test.ts.
    expect(refused).toHaveLength(hasSharedData ? 10 : 0)
    const unreadable = Object.entries(answers).flatMap(([path, answer]) => ('error' in answer ? [path] : []))
    expect(refused).toEqual(expect.arrayContaining(unreadable))
  })

  test('finds the same files in a converted archive', () => {
    expect(converted.size).toBeGreaterThan(0)
    for (const [path, target] of converted) {
      const [before, after] = [answers[path]!, answers[target]!]
      if ('error' in before || 'error' in after)
        throw new Error(`${path}: ${JSON.stringify([before, after])}`)
      const sorted = (members: PeerMember[]): unknown[] =>
        members
          .map(comparable)
          .filter(({ path }) => path !== '')
          .sort((a, b) => (a.path < b.path ? -1 : 1))
      expect(sorted(after.members), path).toEqual(sorted(before.members))
    }
  })
})

async function archivePaths(): Promise<string[]> {
  if (hasSharedData) return globSync(`${sharedPath('data/packages')}/**/*.{conda,tar.bz2}`).sort()
  mkdirSync(join(folder, 'built'))
  const paths: string[] = []
  for (const [filename, bytes] of await builtPackages()) {
    const path = join(folder, 'built', filename)
    await writeFile(path, bytes)
    paths.push(path)
  }
  return paths
}

interface Comparable {
  readonly path: string
  readonly kind: string
  readonly mode: number
  /** Empty for what is no link. */
  readonly target: string
  readonly sha256: string | null
}

function comparable({ path, kind, mode, target, sha256 }: PeerMember): Comparable {
  const [withoutDot, targetWithoutDot] = [path, target ?? ''].map((text) =>
    text.replace(/^(?:\.\/)+|^\.$/g, ''),
  )
  return { path: withoutDot!.replace(/\/+$/, ''), kind, mode, target: targetWithoutDot!, sha256 }
}

/** In one pass, what inspecting says and every member. */
async function readAll(path: string): Promise<{ inspection: PackageInspection; members: Comparable[] }> {
  const members: Comparable[] = []
  let hash = createHash('sha256')
  let current: TarMember | undefined
  await using file = await open(path)
  const inspection = await inspectPackage(
    await fileSource(file),
    { filename: basename(path) },
    {
      beginMember(member) {
        current = member
        hash = createHash('sha256')
      },
      content: (bytes) => void hash.update(bytes),
      endMember() {
        if (current === undefined) return
        const { declaredPath, declaredTarget, kind, mode } = current
        const sha256 = kind === 'file' ? hash.digest('hex') : null
        members.push(
          comparable({ path: declaredPath, kind, mode, target: declaredTarget, sha256, text: null }),
        )
      },
    },
  )
  return { inspection, members }
}

function jsonOf(members: readonly PeerMember[], path: string): unknown {
  const text = members.find((member) => member.path.replace(/^\.\//, '') === path)?.text
  return typeof text === 'string' ? JSON.parse(text) : undefined
}

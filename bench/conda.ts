/**
 * The formats: versions, match specs, the scan of an index, archives. Peers are JSON.parse, and in Python (the
 * environment of the end-to-end tests) rattler's sparse reader and conda-package-streaming.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { globSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import {
  compareKeys,
  compareVersions,
  InvalidVersionError,
  MatchSpec,
  packageFilename,
  parseVersion,
  readPackageInfo,
  scanRepodata,
  tailBufferedSource,
  versionSortKey,
  writePackage,
} from '@terrarium/conda'
import { fileSource } from '@terrarium/conda/node'
import { versionTexts } from '@terrarium/conda/testing/fuzz-corpus.ts'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { hasPython, PYTHON } from '../e2e/support/python.ts'
import { figure, ratio, time, timeInTurn, type Bench, type BenchTable } from './bench.ts'
import { syntheticIndex, syntheticRecords } from './synthetic-index.ts'

const RUNS = 7
const PEERS = fileURLToPath(new URL('conda-peers.py', import.meta.url))
const SCAN_ONCE = fileURLToPath(new URL('conda-scan-once.ts', import.meta.url))
const run = promisify(execFile)

export const bench: Bench = async ({ args, say }) => {
  const { values } = parseArgs({
    args: [...args],
    options: { records: { type: 'string', default: '500000' } },
  })
  const records = Number(values.records)
  const folder = await mkdtemp(join(tmpdir(), 'terrarium-bench-'))
  if (!hasPython) say('no Python environment: the figures of peers are missing (scripts/prepare-e2e.sh)')
  try {
    say('versions…')
    const tables = [await versions()]
    say('match specs…')
    tables.push(await specs(records))
    say('index…')
    tables.push(await index(records, folder))
    say('archives…')
    tables.push(await archives(folder))
    return tables
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function versions(): Promise<BenchTable> {
  const texts = versionTexts().filter(isVersion)
  const keys = texts.map((text) => versionSortKey(text))
  const pairs = texts.length - 1
  const parse = await time(RUNS, () => {
    for (const text of texts) parseVersion(text)
  })
  let order = 0 // what is compared has to be used, or the compiler leaves it out
  const compare = await time(RUNS, () => {
    for (let i = 0; i < pairs; i++) order += compareVersions(texts[i]!, texts[i + 1]!)
  })
  const byKey = await time(RUNS, () => {
    for (let i = 0; i < pairs; i++) order += compareKeys(keys[i]!, keys[i + 1]!)
  })
  if (Number.isNaN(order)) throw new Error('versions have no order')
  const perSecond = (count: number, ms: number): string => figure((count / ms) * 1000)
  return {
    title: 'Versions',
    columns: ['what', 'per second'],
    rows: [
      ['parsed, with their sort keys', perSecond(texts.length, parse.bestMs)],
      ['compared, as texts seen before', perSecond(pairs, compare.bestMs)],
      ['compared, by sort keys', perSecond(pairs, byKey.bestMs)],
    ],
    notes: [`${figure(texts.length)} ${hasSharedData ? 'distinct real' : 'built'} versions.`],
  }
}

function isVersion(text: string): boolean {
  try {
    parseVersion(text)
    return true
  } catch (error) {
    if (error instanceof InvalidVersionError) return false
    throw error
  }
}

const SPECS = {
  'a range, `* >=2.1,<5.0a0`': '* >=2.1,<5.0a0',
  'a family and a build, `* 3.* *_1`': '* 3.* *_1',
  'a name and a range, `py-lib7 >=1`': 'py-lib7 >=1',
  'names by a glob, `*data* !=1.5.*`': '*data* !=1.5.*',
  'a regular expression, `*[build=^py3(10|11)h.*$]`': '*[build="^py3(10|11)h.*$"]',
  'a licence and a build number': '*[license=mit,build_number=">=3"]',
}

async function specs(count: number): Promise<BenchTable> {
  const records = [...syntheticRecords(count)].map(([, record]) => record)
  const rows: string[][] = []
  for (const [what, text] of Object.entries(SPECS)) {
    const spec = MatchSpec.parse(text)
    let matched = 0
    const { bestMs } = await time(3, () => {
      matched = 0
      for (const record of records) if (spec.matches(record)) matched++
    })
    rows.push([what, figure(bestMs), figure((count / bestMs) * 1000), figure(matched)])
  }
  return {
    title: `One spec against ${figure(count)} records`,
    columns: ['spec', 'ms', 'records per second', 'matched'],
    rows,
  }
}

interface ScanCost {
  readonly peakBytes: number
}

async function index(count: number, folder: string): Promise<BenchTable> {
  const path = join(folder, 'repodata.json')
  await writeFile(path, syntheticIndex(count))
  const bytes = await readFile(path)
  const megabytes = bytes.length / 1e6
  const check = (found: number): void => {
    if (found !== count) throw new Error(`found ${found} records of ${count}`)
  }
  const decoder = new TextDecoder()
  const text = decoder.decode(bytes)
  const { scan, parse, decodeAndParse } = await timeInTurn(3, {
    scan: () => check(scanRepodata(bytes).recordCount),
    parse: () => check(recordsIn(JSON.parse(text))),
    decodeAndParse: () => check(recordsIn(JSON.parse(decoder.decode(bytes)))),
  })
  const rattlerMs = await peer<number>('sparse', path, 'linux-64')
  const memoryOf = async (how: string): Promise<number> => {
    const { stdout } = await run(process.execPath, [SCAN_ONCE, how, path])
    return (JSON.parse(stdout) as ScanCost).peakBytes
  }
  const idle = await memoryOf('nothing')
  const memory = async (how: string): Promise<string> =>
    `${figure(((await memoryOf(how)) - idle) / bytes.length)} × the file`
  const row = (what: string, ms: number, used: string): string[] => [
    what,
    figure(megabytes / (ms / 1000)),
    ratio(ms / scan.bestMs),
    used,
  ]
  return {
    title: `Index of ${figure(count)} records, ${figure(megabytes)} MB`,
    columns: ['reader', 'MB/s', 'time against ours', 'memory, the file included'],
    rows: [
      row('`scanRepodata`: every record found, all JSON checked', scan.bestMs, await memory('scan')),
      row('`JSON.parse` of the text', parse.bestMs, '–'),
      row('`JSON.parse`, decoding included', decodeAndParse.bestMs, await memory('parse')),
      ...(rattlerMs === undefined
        ? []
        : [row("rattler's `SparseRepoData`, to its list of names", rattlerMs, '–')]),
    ],
    notes: [
      'Memory is the most that a process of its own held, above one that does nothing. `SparseRepoData` maps the file and reads it in native code.',
    ],
  }
}

const recordsIn = (repodata: unknown): number =>
  Object.keys((repodata as { 'packages.conda': object })['packages.conda']).length // as it was written

async function archives(folder: string): Promise<BenchTable> {
  const paths = hasSharedData
    ? globSync(
        `${sharedPath('data/packages')}/{conda-forge-2023,legacy-2016,ppc32-2025}/**/*.{conda,tar.bz2}`,
      )
    : await builtArchives(folder)
  const rows: string[][] = []
  for (const format of ['conda', 'tar.bz2']) {
    const chosen = paths.filter((path) => path.endsWith(format)).sort()
    const { bestMs } = await time(3, async () => {
      for (const path of chosen) {
        await using file = await open(path)
        await readPackageInfo(tailBufferedSource(await fileSource(file)), { filename: basename(path) })
      }
    })
    const list = join(folder, `${format}.txt`)
    await writeFile(list, chosen.join('\n'))
    const peerMs = await peer<number>('archives', list)
    const each = (ms: number): string => figure(ms / chosen.length)
    rows.push([
      `${chosen.length} \`.${format}\``,
      each(bestMs),
      peerMs === undefined ? '–' : each(peerMs),
      peerMs === undefined ? '–' : ratio(peerMs / bestMs),
    ])
  }
  return {
    title: 'The info part of archives',
    columns: ['archives', 'ms each, ours', 'ms each, conda-package-streaming', 'its time against ours'],
    rows,
    notes: [
      'Ours checks every member it reads, and reads a `.tar.bz2` to its end, since info/ may lie anywhere in it; the peer stops at the first file that is not in info/, and decompresses in native code.',
    ],
  }
}

async function builtArchives(folder: string): Promise<string[]> {
  const paths: string[] = []
  for (const format of ['conda', 'tar.bz2'] as const) {
    for (let i = 0; i < 20; i++) {
      const files = { 'lib/a.bin': Uint8Array.from({ length: 400_000 }, (_, at) => (at * at + i) >> 4) }
      const spec = { name: `demo${i}`, version: '1.0', files }
      const path = join(folder, packageFilename(spec, format))
      await writeFile(path, await writePackage(spec, format))
      paths.push(path)
    }
  }
  return paths
}

/** What the peer took, in milliseconds; undefined without Python. */
async function peer<T>(...args: readonly string[]): Promise<T | undefined> {
  if (!hasPython) return undefined
  const { stdout } = await run(PYTHON, [PEERS, ...args])
  return JSON.parse(stdout) as T
}

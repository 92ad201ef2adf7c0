/**
 * The worker of the benchmark `matching`: makes the world, matches it, lets a day go by, and matches it afresh. The verdicts
 * after the day must be those of a full recompute, by their hash.
 */
import { createHash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { identityKey } from '../server/src/vulnerabilities/advisory.ts'
import { parseRecord } from '../server/src/vulnerabilities/detect-format.ts'
import type { NameDecider } from '../server/src/vulnerabilities/match-name.ts'
import { MemoryAdvisories } from '../server/src/vulnerabilities/memory-advisories.ts'
import { figure, type BenchTable } from './bench.ts'
import {
  makePackages,
  makeRecord,
  makeOwners,
  makeRecords,
  pickOwner,
  seeded,
  type WorldPackage,
  type WorldSize,
} from './matching-world.ts'

const FULL: WorldSize = { names: 33_909, nameVersions: 750_000, linked: 5_000, advisories: 300_000 }
const FULL_FILES = 2_500_000
const DELTA = { changed: 500, added: 120, withdrawn: 20 }

/** For a name, each vulnerability with its verdicts by version, in words that say all: what would be stored. */
type Verdicts = Map<string, Map<string, string>>

interface Measured<Result> {
  readonly result: Result
  readonly cpuMs: number
}

/** In a function of its own, so that its advisories are gone before the full recompute makes them again. */
function liveThrough(packages: readonly WorldPackage[], size: WorldSize) {
  const held = new MemoryAdvisories()
  const read = measure(() => {
    for (const records of inChunks(makeRecords(packages, size, seeded(SEED)))) put(held, records)
  })
  const cold = measure(() => matchAll(held, packages))
  const atRest = process.memoryUsage.rss()
  const atMost = peakMb()
  const day = makeDay(packages, size)
  const delta = measure(() => applyDay(held, packages, cold.result, day))
  const incremental = hashOf(cold.result)
  const pairs = [...cold.result.values()].reduce((sum, own) => sum + own.size, 0)
  return { read, cold: { cpuMs: cold.cpuMs }, delta, atRest, atMost, pairs, incremental }
}

function run(files: number): BenchTable[] {
  const size = scaled(files / FULL_FILES)
  const packages = makePackages(size, seeded(SEED))
  const { read, cold, delta, atRest, atMost, pairs, incremental } = liveThrough(packages, size)
  const afresh = new MemoryAdvisories()
  for (const records of inChunks(makeRecords(packages, size, seeded(SEED)))) put(afresh, records)
  put(afresh, makeDay(packages, size))
  const full = hashOf(matchAll(afresh, packages))
  if (incremental !== full) {
    throw new Error(`after the delta the verdicts are ${incremental}, in a full recompute ${full}`)
  }
  const decided = `${figure(delta.result)} names and vulnerabilities decided again`
  return [
    {
      title: `${figure(files)} files, ${figure(size.nameVersions)} names and versions, ${figure(size.advisories)} advisories`,
      columns: ['step', 'CPU seconds', 'what'],
      rows: [
        [
          'read',
          seconds(read.cpuMs),
          `${figure(size.advisories)} OSV and NVD records parsed, joined and indexed`,
        ],
        [
          'match, cold',
          seconds(cold.cpuMs),
          `${figure(pairs)} vulnerabilities of names, every version decided`,
        ],
        [
          'daily delta',
          seconds(delta.cpuMs),
          `${DELTA.changed} changed, ${DELTA.added} new, ${DELTA.withdrawn} withdrawn, from JSON to verdicts: ${decided}`,
        ],
      ],
      notes: [
        `Memory after the cold match, with the world, all advisories and all verdicts in it: ${figure(atRest / 2 ** 20)} MB; at most until then ${figure(atMost)} MB.`,
        `The hash of all verdicts after the delta is that of a full recompute: ${full.slice(0, 16)}.`,
      ],
    },
  ]
}

const SEED = 7
const CHUNK = 2_000

function put(held: MemoryAdvisories, records: readonly object[]): ReturnType<MemoryAdvisories['put']> {
  return held.put(records.map((record) => parseRecord(JSON.parse(JSON.stringify(record)))))
}

function* inChunks(records: Iterable<object>): Generator<object[]> {
  let chunk: object[] = []
  for (const record of records) {
    chunk.push(record)
    if (chunk.length < CHUNK) continue
    yield chunk
    chunk = []
  }
  yield chunk
}

function scaled(share: number): WorldSize {
  const part = (count: number): number => Math.max(10, Math.round(count * share))
  return {
    names: part(FULL.names),
    nameVersions: part(FULL.nameVersions),
    linked: part(FULL.linked),
    advisories: part(FULL.advisories),
  }
}

function measure<Result>(run: () => Result): Measured<Result> {
  const before = process.cpuUsage()
  const result = run()
  const { user, system } = process.cpuUsage(before)
  return { result, cpuMs: (user + system) / 1000 }
}

function matchAll(held: MemoryAdvisories, packages: readonly WorldPackage[]): Verdicts {
  const verdicts: Verdicts = new Map()
  for (const { name, links, versions } of packages) {
    if (links.length === 0) continue
    const own = new Map<string, string>()
    for (const decider of held.decide(name, links)) {
      const text = verdictText(decider, versions)
      if (text !== '') own.set(decider.vulnerabilityId, text)
    }
    if (own.size > 0) verdicts.set(name, own)
  }
  return verdicts
}

/** Runs of versions with the same decision: `0-11 affected 0.882 all`. */
function verdictText({ decide }: NameDecider, versions: readonly string[]): string {
  const runs: string[] = []
  let start = 0
  let current = decide(versions[0] ?? '')
  for (let index = 1; index <= versions.length; index += 1) {
    const next = index < versions.length ? decide(versions[index]!) : undefined
    if (next === current) continue
    for (const { verdict, confidence, platforms } of current) {
      runs.push(`${start}-${index - 1} ${verdict} ${confidence} ${platforms?.join() ?? 'all'}`)
    }
    start = index
    if (next) current = next
  }
  return runs.join('; ')
}

/** Changed and withdrawn records are about whom they were about; new ones are about anybody. */
function makeDay(packages: readonly WorldPackage[], size: WorldSize): object[] {
  const random = seeded(SEED + 1)
  const owners = [...makeOwners(packages, size, seeded(SEED))]
  const remade = (): object => {
    const number = Math.floor(random() * size.advisories)
    return makeRecord(owners[number]!, number, random) // there is one for each number
  }
  return [
    ...Array.from({ length: DELTA.changed }, remade),
    ...Array.from({ length: DELTA.added }, (_, index) =>
      makeRecord(packages[pickOwner(size.linked, random)]!, size.advisories + index, random),
    ),
    ...Array.from({ length: DELTA.withdrawn }, () => {
      const record = remade()
      return 'vulnStatus' in record
        ? { ...record, vulnStatus: 'Rejected' }
        : { ...record, withdrawn: '2026-01-02T00:00:00Z' }
    }),
  ]
}

/** @returns how many names and vulnerabilities were decided again */
function applyDay(
  held: MemoryAdvisories,
  packages: readonly WorldPackage[],
  verdicts: Verdicts,
  day: readonly object[],
): number {
  const byIdentity = Map.groupBy(
    packages.filter(({ links }) => links.length > 0),
    ({ links }) => identityKey(links[0]!.identity),
  )
  const touched = put(held, day)
  let decided = 0
  for (const identity of touched.identities) {
    for (const { name, links, versions } of byIdentity.get(identity) ?? []) {
      const own = verdicts.get(name) ?? new Map<string, string>()
      for (const id of touched.vulnerabilities) {
        if (!own.has(id) && held.rowsOf([identity], id).length === 0) continue
        decided += 1
        const [decider] = held.decide(name, links, id)
        const text = decider ? verdictText(decider, versions) : ''
        if (text === '') own.delete(id)
        else own.set(id, text)
      }
      if (own.size > 0) verdicts.set(name, own)
      else verdicts.delete(name)
    }
  }
  return decided
}

function hashOf(verdicts: Verdicts): string {
  const hash = createHash('sha256')
  for (const name of [...verdicts.keys()].toSorted()) {
    const own = verdicts.get(name) ?? new Map<string, string>()
    for (const id of [...own.keys()].toSorted()) hash.update(`${name} ${id} ${own.get(id) ?? ''}\n`)
  }
  return hash.digest('hex')
}

function peakMb(): number {
  return process.resourceUsage().maxRSS / 1024
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2)
}

parentPort?.postMessage(run(workerData as number)) // matching.ts starts it with a number

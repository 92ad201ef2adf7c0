/**
 * What the chosen files of a mirror depend on: `include_dependencies`, and what platforms need of noarch. Pure but
 * for giving way to other work.
 *
 * A platform is walked together with noarch, for that is what a solver sees there. Every file that a `depends`
 * could be satisfied with is taken, since which of them a solver picks depends on the rest of an environment.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { InvalidMatchSpecError } from '@terrarium/conda/match-spec/errors.ts'
import { MatchSpec } from '@terrarium/conda/match-spec/match-spec.ts'
import type { RepodataScan } from '@terrarium/conda/repodata/scan-repodata.ts'
import type { CompiledFilter } from './mirror.ts'
import { readRecord } from './plan-subdir.ts'

/** A file that is only wanted when something needs it. */
interface Candidate {
  readonly filename: string
  readonly version: string
  readonly build: string
  readonly build_number: number
  readonly depends: readonly string[]
}

/** An index as the walk needs it. */
export interface NamedIndex {
  readonly subdir: string
  /** What the chosen files depend on. */
  readonly wanted: ReadonlySet<string>
  readonly candidates: ReadonlyMap<string, readonly Candidate[]>
}

const STEPS_BETWEEN_BREATHS = 500

/**
 * @param isListed whether the mirror brings this subdir by itself; of one that it does not, nothing is chosen and
 *   everything may be needed
 */
export async function indexNames(
  subdir: string,
  scan: RepodataScan,
  filter: CompiledFilter,
  isListed: boolean,
  signal: AbortSignal,
): Promise<NamedIndex> {
  const wanted = new Set<string>()
  const candidates = new Map<string, Candidate[]>()
  const filenames = new Set<string>()
  for (const { filename } of scan.records()) filenames.add(filename)
  const texts = new Map<string, string>()
  const lists = new Map<string, readonly string[]>()
  let seen = 0
  for (const scanned of scan.records()) {
    if ((seen += 1) % STEPS_BETWEEN_BREATHS === 0) await pause(signal)
    const read = readRecord(scanned, subdir)
    if ('code' in read) continue // the plan says so, and why
    const { filename, record } = read
    const cause = filter.cause(record, filename, filenames)
    if (cause !== undefined && cause !== 'only_specs') continue
    const depends = shared(record.depends, texts, lists)
    if (isListed && cause === undefined) {
      for (const text of depends) wanted.add(text)
      continue
    }
    const { name, version, build, build_number } = record
    const known = candidates.get(name)
    const candidate = { filename, version, build, build_number, depends }
    if (known) known.push(candidate)
    else candidates.set(name, [candidate])
  }
  return { subdir, wanted, candidates }
}

/** @returns for each index the files in it that are needed, without those that were chosen anyway */
export async function findDependencies(
  indexes: readonly NamedIndex[],
  signal: AbortSignal,
): Promise<Map<string, Set<string>>> {
  const needed = new Map(indexes.map(({ subdir }) => [subdir, new Set<string>()]))
  const taken = new Set<Candidate>()
  // a set is walked in the order of its entries, also those that come while it is walked: each spec once
  const specs = new Set(indexes.flatMap(({ wanted }) => [...wanted]))
  let steps = 0
  for (const text of specs) {
    if ((steps += 1) % STEPS_BETWEEN_BREATHS === 0) await pause(signal)
    const spec = readSpec(text)
    if (!spec) continue
    for (const { subdir, candidates } of indexes) {
      for (const candidate of candidates.get(spec.name) ?? []) {
        if (taken.has(candidate) || !spec.matches({ name: spec.name, ...candidate })) continue
        taken.add(candidate)
        needed.get(subdir)?.add(candidate.filename)
        for (const depend of candidate.depends) specs.add(depend)
      }
    }
  }
  return needed
}

async function pause(signal: AbortSignal): Promise<void> {
  await breathe()
  signal.throwIfAborted()
}

/** A spec that nothing can read is satisfied by nothing, for solvers too. */
function readSpec(text: string): MatchSpec | undefined {
  try {
    return MatchSpec.parse(text)
  } catch (error) {
    if (error instanceof InvalidMatchSpecError) return undefined
    throw error
  }
}

/** One list and one text for all that say the same: builds of a version mostly do, and an index has millions. */
function shared(
  depends: readonly string[] | undefined,
  texts: Map<string, string>,
  lists: Map<string, readonly string[]>,
): readonly string[] {
  const list = (depends ?? []).map((text) => {
    const known = texts.get(text)
    if (known === undefined) texts.set(text, text)
    return known ?? text
  })
  const key = list.join('\n')
  const known = lists.get(key)
  if (known === undefined) lists.set(key, list)
  return known ?? list
}

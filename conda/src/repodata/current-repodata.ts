/**
 * current_repodata.json: the newest of everything and what that needs, for classic conda, which tries the
 * small index first and falls back to the whole one.
 *
 * @see conda_index/index/current_repodata.py
 */
import { dependencyName } from '../match-spec/dependency-name.ts'
import { InvalidMatchSpecError } from '../match-spec/errors.ts'
import { MatchSpec } from '../match-spec/match-spec.ts'
import { compareVersions } from '../version/compare.ts'
import { VersionSpec } from '../version/version-spec.ts'
import { type RecordEntry, type RepodataRecord, recordTimestampMs } from './record.ts'
import { sortedEntries } from './render-repodata.ts'

export interface CurrentRecords {
  readonly packages: readonly RecordEntry[]
  readonly 'packages.conda': readonly RecordEntry[]
}

/** Further versions to keep: of each name, the newest that matches each spec, as `{ python: ['2.7', '3.6'] }`. */
export type VersionPins = ReadonlyMap<string, readonly string[]>

interface Artifact {
  readonly filename: string
  readonly record: RepodataRecord
}

/**
 * Picks the records of a subdir that stand in its small index, in the order of the file names. A `.tar.bz2`
 * with a `.conda` beside it is left out. Versions have to be readable: leave out before what `checkRecord`
 * finds fatal.
 */
export function currentRepodata(
  records: { readonly packages: Iterable<RecordEntry>; readonly 'packages.conda': Iterable<RecordEntry> },
  pins: VersionPins = new Map(),
): CurrentRecords {
  const bz2 = new Map(records.packages)
  const conda = new Map(records['packages.conda'])
  const alone = [...bz2].filter(([filename]) => !conda.has(filename.replace(/\.tar\.bz2$/, '.conda')))
  const all = groupByName([...alone, ...conda])
  const kept = new Map<string, Set<Artifact>>()
  for (const [name, newestFirst] of all) {
    kept.set(name, new Set(newestOf(newestFirst, pins.get(name) ?? [])))
  }
  // One pass over what is kept now: what a dependency brings in does not bring in more.
  for (const artifact of [...kept.values()].flatMap((set) => [...set])) {
    for (const spec of artifact.record.depends ?? []) addMissing(spec, kept, all)
  }
  const filenames = [...kept.values()].flatMap((set) => [...set])
  const entries = filenames.map(({ filename, record }): RecordEntry => [filename, record])
  return {
    packages: sortedEntries(entries.filter(([filename]) => !filename.endsWith('.conda'))),
    'packages.conda': sortedEntries(
      entries
        .filter(([filename]) => filename.endsWith('.conda'))
        .map(([filename, record]) => [filename, withTwinDigest(filename, record, bz2)]),
    ),
  }
}

function groupByName(entries: readonly RecordEntry[]): Map<string, Artifact[]> {
  const groups = Map.groupBy(
    entries.map(([filename, record]): Artifact => ({ filename, record })),
    ({ record }) => record.name,
  )
  for (const group of groups.values()) group.sort(newestFirst)
  return groups
}

function newestFirst({ record: a }: Artifact, { record: b }: Artifact): number {
  return (
    compareVersions(b.version, a.version) ||
    b.build_number - a.build_number ||
    (recordTimestampMs(b) ?? 0) - (recordTimestampMs(a) ?? 0)
  )
}

function newestOf(group: readonly Artifact[], pins: readonly string[]): Artifact[] {
  const versions = new Set<string>()
  const newest = group[0]
  if (newest !== undefined) versions.add(newest.record.version)
  for (const pin of pins) {
    const spec = VersionSpec.parse(pin)
    const match = group.find(
      ({ record }) => spec.matches(record.version) || record.version.startsWith(`${pin}.`),
    )
    if (match !== undefined) versions.add(match.record.version)
  }
  const kept = group.filter(({ record }) => versions.has(record.version))
  // Features lower a package's rank; without one that has none, plain users would get nothing.
  if (!kept.some(({ record }) => hasFeatures(record))) return kept
  const plain = group.find(({ record }) => !hasFeatures(record))
  return plain === undefined || kept.includes(plain) ? kept : [...kept, plain]
}

function hasFeatures({ track_features: tracked, features }: RepodataRecord): boolean {
  return Boolean(tracked?.length) || Boolean(features)
}

function addMissing(
  text: string,
  kept: ReadonlyMap<string, Set<Artifact>>,
  all: ReadonlyMap<string, readonly Artifact[]>,
): void {
  const name = dependencyName(text)
  const candidates = all.get(name)
  const present = kept.get(name)
  const spec = candidates === undefined ? undefined : readSpec(text)
  if (candidates === undefined || present === undefined || spec === undefined) return
  if ([...present].some(({ record }) => spec.matches(record))) return
  const best = candidates.find(({ record }) => spec.matches(record))
  if (best === undefined) return
  for (const artifact of candidates)
    if (artifact.record.version === best.record.version) present.add(artifact)
}

function readSpec(text: string): MatchSpec | undefined {
  try {
    return MatchSpec.parse(text)
  } catch (error) {
    if (error instanceof InvalidMatchSpecError) return undefined
    throw error
  }
}

/** Tells conda which .tar.bz2 holds the same, so that it does not download it again. */
function withTwinDigest(
  filename: string,
  record: RepodataRecord,
  bz2: ReadonlyMap<string, RepodataRecord>,
): RepodataRecord {
  const twin = bz2.get(filename.replace(/\.conda$/, '.tar.bz2'))
  return { ...record, legacy_bz2_md5: twin?.md5 ?? null }
}

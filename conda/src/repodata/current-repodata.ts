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
  const entries = [...records.packages, ...records['packages.conda']]
  const named = Map.groupBy(entries, ([, record]) => record.name)
  const current = new CurrentRepodata(pins)
  for (const [name, own] of named) current.add(name, own)
  for (const name of current.incomplete()) current.complete(name, named.get(name) ?? [])
  return current.records()
}

/**
 * The same one name after the other, for an index that does not fit into memory: `add` all records of each
 * name, then give those of the names that are `incomplete` once more.
 */
export class CurrentRepodata {
  readonly #pins: VersionPins
  readonly #kept = new Map<string, Set<Artifact>>()
  /** Specs by the name whose kept records do not match them. */
  #wanted: ReadonlyMap<string, ReadonlySet<string>> = new Map()

  constructor(pins: VersionPins = new Map()) {
    this.#pins = pins
  }

  add(name: string, entries: Iterable<RecordEntry>): void {
    this.#kept.set(name, new Set(newestOf(artifactsOf(entries), this.#pins.get(name) ?? [])))
  }

  /**
   * Names of which something kept needs a record that is not kept.
   * One pass over what is kept now: what a dependency brings in does not bring in more.
   */
  incomplete(): string[] {
    const wanted = new Map<string, Set<string>>()
    const seen = new Set<string>() // most specs stand in many records
    for (const { record } of [...this.#kept.values()].flatMap((own) => [...own])) {
      for (const text of record.depends ?? []) {
        if (seen.has(text)) continue
        seen.add(text)
        const name = dependencyName(text)
        const present = this.#kept.get(name)
        if (present === undefined) continue
        const spec = readSpec(text)
        if (spec === undefined || matchesAny(spec, present)) continue
        const specs = wanted.get(name)
        if (specs === undefined) wanted.set(name, new Set([text]))
        else specs.add(text)
      }
    }
    this.#wanted = wanted
    return [...wanted.keys()]
  }

  complete(name: string, entries: Iterable<RecordEntry>): void {
    const present = this.#kept.get(name)
    if (present === undefined) return
    const candidates = artifactsOf(entries)
    for (const text of this.#wanted.get(name) ?? []) {
      const spec = readSpec(text)
      if (spec === undefined || matchesAny(spec, present)) continue
      const best = candidates.find(({ record }) => spec.matches(record))
      if (best === undefined) continue
      const known = new Set([...present].map(({ filename }) => filename))
      for (const artifact of candidates) {
        if (artifact.record.version === best.record.version && !known.has(artifact.filename))
          present.add(artifact)
      }
    }
  }

  records(): CurrentRecords {
    const entries = [...this.#kept.values()].flatMap((own) =>
      [...own].map(({ filename, record }): RecordEntry => [filename, record]),
    )
    return {
      packages: sortedEntries(entries.filter(([filename]) => !filename.endsWith('.conda'))),
      'packages.conda': sortedEntries(entries.filter(([filename]) => filename.endsWith('.conda'))),
    }
  }
}

/** Of each pair of formats the `.conda`; the newest first. */
function artifactsOf(entries: Iterable<RecordEntry>): Artifact[] {
  const all = new Map(entries)
  const artifacts: Artifact[] = []
  for (const [filename, record] of all) {
    if (filename.endsWith('.conda')) {
      // tells conda which .tar.bz2 holds the same, so that it does not download it again
      const twin = all.get(filename.replace(/\.conda$/, '.tar.bz2'))
      artifacts.push({ filename, record: { ...record, legacy_bz2_md5: twin?.md5 ?? null } })
    } else if (!all.has(filename.replace(/\.tar\.bz2$/, '.conda'))) artifacts.push({ filename, record })
  }
  return artifacts.sort(newestFirst)
}

function matchesAny(spec: MatchSpec, artifacts: Iterable<Artifact>): boolean {
  for (const { record } of artifacts) if (spec.matches(record)) return true
  return false
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

function readSpec(text: string): MatchSpec | undefined {
  try {
    return MatchSpec.parse(text)
  } catch (error) {
    if (error instanceof InvalidMatchSpecError) return undefined
    throw error
  }
}

/**
 * current_repodata.json: the newest of everything and what that needs, for classic conda, which tries the
 * small index first and falls back to the whole one.
 *
 * @see conda_index/index/current_repodata.py
 */
import { dependencyName } from '../match-spec/dependency-name.ts'
import { InvalidMatchSpecError } from '../match-spec/errors.ts'
import { MatchSpec } from '../match-spec/match-spec.ts'
import { compareVersions, versionOf } from '../version/compare.ts'
import { startsWith } from '../version/starts-with.ts'
import { type RecordEntry, type RepodataRecord, recordTimestampMs } from './record.ts'
import { sortedEntries } from './render-repodata.ts'

export interface CurrentRecords {
  readonly packages: readonly RecordEntry[]
  readonly 'packages.conda': readonly RecordEntry[]
}

/** Further versions to keep: of each name, the newest of each family, as `{ python: ['2.7', '3.6'] }`. */
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
  /** What is kept beside those, last of all: it brings in nothing. */
  readonly #plain = new Map<string, Artifact>()
  /** Specs by the name whose kept records do not match them. */
  #wanted: ReadonlyMap<string, ReadonlySet<string>> = new Map()

  constructor(pins: VersionPins = new Map()) {
    this.#pins = pins
  }

  add(name: string, entries: Iterable<RecordEntry>): void {
    const artifacts = artifactsOf(entries)
    const kept = new Set(newestOf(artifacts, this.#pins.get(name) ?? []))
    this.#kept.set(name, kept)
    this.#keepPlain(name, kept, artifacts)
  }

  /**
   * Names of which something kept needs a record that is not kept.
   * One pass over what is kept now: what a dependency brings in neither brings in more nor satisfies others.
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
      const best = candidates.find(({ record }) => spec?.matches(record))
      if (best === undefined) continue
      const known = new Set([...present].map(({ filename }) => filename))
      for (const artifact of familyOf(candidates, best))
        if (!known.has(artifact.filename)) present.add(artifact)
    }
    this.#keepPlain(name, present, candidates)
  }

  /** Features lower a package's rank; without one that has none, plain users would get nothing. */
  #keepPlain(name: string, kept: ReadonlySet<Artifact>, all: readonly Artifact[]): void {
    if (![...kept].some(({ record }) => hasFeatures(record))) return
    const plain = all.find(({ record }) => !hasFeatures(record))
    if (plain !== undefined) this.#plain.set(name, plain)
  }

  records(): CurrentRecords {
    const kept = [...[...this.#kept.values()].flatMap((own) => [...own]), ...this.#plain.values()]
    const entries = [...new Map(kept.map(({ filename, record }): RecordEntry => [filename, record]))]
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
  const newest = group[0] === undefined ? [] : familyOf(group, group[0])
  return pins.reduce((kept, pin) => {
    const prefix = versionOf(pin)
    const match = group.find(({ record }) => startsWith(versionOf(record.version), prefix))
    return match === undefined ? kept : [...kept, ...familyOf(group, match)]
  }, newest)
}

/** All that `=version` matches: of `2.5`, also `2.5.1` and `2.5rc1`, as conda-index has it. */
function familyOf(group: readonly Artifact[], { record }: Artifact): Artifact[] {
  const prefix = versionOf(record.version)
  return group.filter((artifact) => startsWith(versionOf(artifact.record.version), prefix))
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

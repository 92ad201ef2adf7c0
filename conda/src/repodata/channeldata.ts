/**
 * channeldata.json: one entry per package name over all subdirs, for conda-build, Navigator and web pages.
 *
 * @see CEP 38; `_update_channeldata` in conda_index/index/__init__.py
 */
import { compareVersions } from '../version/compare.ts'
import { type JsonPart, type RenderEntries, joinParts, objectParts } from './json-chunks.ts'
import { type JsonObject, type JsonValue, isJsonArray, isJsonObject, stringsIn } from './json-value.ts'
import { type RepodataRecord, recordTimestampMs } from './record.ts'

/** What an artifact does when it is linked, found by looking into it. */
export const LINK_FACTS = [
  'activate.d',
  'binary_prefix',
  'deactivate.d',
  'post_link',
  'pre_link',
  'pre_unlink',
  'text_prefix',
] as const

export type LinkFact = (typeof LINK_FACTS)[number]

export interface ChanneldataArtifact {
  readonly subdir: string
  readonly filename: string
  readonly record: RepodataRecord
  readonly linkFacts: ReadonlySet<LinkFact>
  /** Its info/about.json. */
  readonly about: JsonObject
  /** As `normalizeRunExports` gives it. */
  readonly runExports: JsonObject
}

/** Taken from about.json; `license` from the record, because patches correct it there. */
const ABOUT_FIELDS = [
  'description',
  'dev_url',
  'doc_source_url',
  'doc_url',
  'home',
  'identifiers',
  'keywords',
  'recipe_origin',
  'source_git_url',
  'source_url',
  'summary',
  'tags',
] as const

/** As conda-index writes them. */
const ONE_LINE: ReadonlySet<string> = new Set(['description', 'summary'])

/**
 * The entry of one name, from all of its artifacts in the channel.
 * @returns undefined when there are none
 */
export function channeldataEntry(artifacts: Iterable<ChanneldataArtifact>): JsonObject | undefined {
  const all = withoutTwins([...artifacts])
  const builds = [...newestBuilds(all).values()].sort(oldestFirst)
  const newest = builds.at(-1)
  if (newest === undefined) return undefined
  const facts = new Set(all.flatMap(({ linkFacts }) => [...linkFacts]))
  const timestamps = all.map(({ record }) => recordTimestampMs(record) ?? 0)
  const runExports = builds.filter(({ runExports }) => Object.keys(runExports).length > 0)
  return {
    ...describe(builds),
    ...Object.fromEntries(LINK_FACTS.map((fact) => [fact, facts.has(fact)])),
    run_exports: Object.fromEntries(runExports.map(({ record, runExports }) => [record.version, runExports])),
    subdirs: [...new Set(all.map(({ subdir }) => subdir))].sort(),
    // Seconds here, though milliseconds everywhere else.
    timestamp: Math.floor(timestamps.reduce((a, b) => Math.max(a, b), 0) / 1000),
    version: newest.record.version,
  }
}

/** The chunks of the file. Entries in the order of the names, as objects or as JSON. */
export function renderChanneldata(entries: RenderEntries, subdirs: Iterable<string>): Generator<Uint8Array> {
  return joinParts(documentParts(entries, subdirs))
}

function* documentParts(entries: RenderEntries, subdirs: Iterable<string>): Generator<JsonPart> {
  yield '{"channeldata_version":1,"packages":'
  yield* objectParts(entries)
  yield `,"subdirs":${JSON.stringify([...new Set(subdirs)].sort())}}`
}

/** A .tar.bz2 holds the same as the .conda of its name. */
function withoutTwins(artifacts: readonly ChanneldataArtifact[]): ChanneldataArtifact[] {
  const addresses = new Set(artifacts.map(({ subdir, filename }) => `${subdir}/${filename}`))
  return artifacts.filter(
    ({ subdir, filename }) =>
      filename.endsWith('.conda') || !addresses.has(`${subdir}/${filename.replace(/\.tar\.bz2$/, '.conda')}`),
  )
}

/** Of each version the build that was made last: it speaks for all. */
function newestBuilds(artifacts: readonly ChanneldataArtifact[]): Map<string, ChanneldataArtifact> {
  const builds = new Map<string, ChanneldataArtifact>()
  for (const artifact of artifacts) {
    const { version } = artifact.record
    const known = builds.get(version)
    if (known === undefined || builtMs(artifact) > builtMs(known)) builds.set(version, artifact)
  }
  return builds
}

function oldestFirst(a: ChanneldataArtifact, b: ChanneldataArtifact): number {
  return compareVersions(a.record.version, b.record.version) || builtMs(a) - builtMs(b)
}

function builtMs({ record }: ChanneldataArtifact): number {
  return recordTimestampMs(record) ?? 0
}

/** The newest value of each field; what a newer build left empty stays as an older one had it. */
function describe(oldestFirst: readonly ChanneldataArtifact[]): JsonObject {
  const fields = new Map<string, JsonValue>()
  for (const { about, record } of oldestFirst) {
    for (const field of ABOUT_FIELDS) {
      setUnlessEmpty(fields, field, ONE_LINE.has(field) ? onOneLine(about[field]) : about[field])
    }
    setUnlessEmpty(fields, 'license', record.license)
  }
  return Object.fromEntries(fields)
}

/** Some recipes have a list of lines there. */
function onOneLine(value: JsonValue | undefined): JsonValue | undefined {
  const text = isJsonArray(value) ? stringsIn(value).join('') : value
  return typeof text === 'string' ? text.trim().replaceAll('\n', ' ') : text
}

function setUnlessEmpty(fields: Map<string, JsonValue>, field: string, value: JsonValue | undefined): void {
  if (value === undefined || value === null || value === '') return
  if (isJsonArray(value) && value.length === 0) return
  if (isJsonObject(value) && Object.keys(value).length === 0) return
  fields.set(field, value)
}

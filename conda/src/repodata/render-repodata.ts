/**
 * Writes a repodata.json, anew and from records: what is not given here is not in the file. Never edit an
 * index that was read instead, because all that one did not think of would get through.
 *
 * The bytes are the same for the same content.
 *
 * @see CEP 36, `repodata.json`; CEP 15, `base_url`; CEP 42, `channel_relations`; CEP 48, `v3`
 */
import {
  type JsonPart,
  type RenderEntries,
  type RenderedJson,
  joinParts,
  objectParts,
} from './json-chunks.ts'
import { type JsonObject, stableJson } from './json-value.ts'
import type { RepodataRecord } from './record.ts'

export interface RepodataContent {
  readonly subdir: string
  /** Where the packages are, if not beside the file. Makes it an index of version 2, which old clients refuse. */
  readonly baseUrl?: string
  readonly repodataRevisions?: JsonObject
  readonly channelRelations?: JsonObject
  /** Records, or `renderRecord`s of them, in the order of the file names: see `sortedEntries`. */
  readonly packages: RenderEntries
  readonly 'packages.conda': RenderEntries
  readonly removed?: Iterable<string>
  /** By file extension, in order; the names in it have none. */
  readonly v3?: Iterable<readonly [extension: string, entries: RenderEntries]>
}

/**
 * The chunks of the file.
 * @throws Error when file names are out of order or given twice
 */
export function renderRepodata(content: RepodataContent): Generator<Uint8Array> {
  return joinParts(documentParts(content))
}

/** The JSON of one record, to be kept and given to `renderRepodata` in its place. */
export function renderRecord(record: RepodataRecord): RenderedJson {
  return new TextEncoder().encode(stableJson(record))
}

/** The entries in the order `renderRepodata` asks for. */
export function sortedEntries<Entry extends readonly [string, unknown]>(entries: Iterable<Entry>): Entry[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}

function* documentParts(content: RepodataContent): Generator<JsonPart> {
  yield `{"info":${stableJson(infoOf(content))},"packages":`
  yield* objectParts(content.packages)
  yield ',"packages.conda":'
  yield* objectParts(content['packages.conda'])
  const version = content.baseUrl === undefined ? 1 : 2
  yield `,"removed":${JSON.stringify([...(content.removed ?? [])].sort())},"repodata_version":${version}`
  if (content.v3 !== undefined) yield* sectionParts(content.v3)
  yield '}'
}

function infoOf(content: RepodataContent): JsonObject {
  return {
    subdir: content.subdir,
    base_url: content.baseUrl,
    repodata_revisions: content.repodataRevisions,
    channel_relations: content.channelRelations,
  }
}

function* sectionParts(sections: Iterable<readonly [string, RenderEntries]>): Generator<JsonPart> {
  let separator = ''
  yield ',"v3":{'
  for (const [extension, entries] of sections) {
    yield `${separator}${JSON.stringify(extension)}:`
    yield* objectParts(entries)
    separator = ','
  }
  yield '}'
}

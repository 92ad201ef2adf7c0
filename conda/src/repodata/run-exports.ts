/**
 * run_exports: what packages built against this one shall depend on.
 *
 * @see CEP 12, `run_exports.json`; CEP 21, `run_exports` in shards
 */
import { type JsonPart, joinParts, objectParts } from './json-chunks.ts'
import {
  type JsonObject,
  type JsonValue,
  isJsonArray,
  isJsonObject,
  stableJson,
  stringsIn,
} from './json-value.ts'
import { sortedEntries } from './render-repodata.ts'

const KINDS = ['noarch', 'strong', 'strong_constrains', 'weak', 'weak_constrains'] as const

export interface RunExportsContent {
  readonly subdir: string
  /** Every package of the unpatched index; one without run_exports as an empty object. */
  readonly packages: Iterable<readonly [filename: string, runExports: JsonObject]>
  readonly 'packages.conda': Iterable<readonly [filename: string, runExports: JsonObject]>
}

/**
 * What an artifact's `info/run_exports.json`, or the `run_exports` of its recipe, says: specs by kind,
 * kinds without any left out. A plain list means `weak`.
 */
export function normalizeRunExports(value: JsonValue | undefined): JsonObject {
  if (typeof value === 'string') return { weak: [value] }
  if (isJsonArray(value)) return normalizeRunExports({ weak: value })
  if (!isJsonObject(value)) return {}
  const specs = KINDS.map((kind) => [kind, specsOf(value[kind])] as const)
  return Object.fromEntries(specs.filter(([, list]) => list.length > 0))
}

function specsOf(value: JsonValue | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : stringsIn(value)
}

/** The chunks of a subdir's run_exports.json. */
export function renderRunExports(content: RunExportsContent): Generator<Uint8Array> {
  return joinParts(documentParts(content))
}

function* documentParts(content: RunExportsContent): Generator<JsonPart> {
  yield `{"info":${stableJson({ subdir: content.subdir, version: 1 })},"packages":`
  yield* objectParts(wrapped(content.packages))
  yield ',"packages.conda":'
  yield* objectParts(wrapped(content['packages.conda']))
  yield '}'
}

function wrapped(entries: Iterable<readonly [string, JsonObject]>): [string, JsonObject][] {
  return sortedEntries(entries).map(([filename, runExports]) => [filename, { run_exports: runExports }])
}

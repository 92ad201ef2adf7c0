/**
 * Repodata v3: records that old clients would misread stand under a key of their own, which they skip.
 *
 * @see CEP 48; CEP 43 to 45 for what made it necessary
 */
import { MatchSpec } from '../match-spec/match-spec.ts'
import { InvalidMatchSpecError } from '../match-spec/errors.ts'
import { type ArtifactFormat, artifactFormat } from '../names.ts'
import { type JsonObject, isJsonObject, stringsIn } from './json-value.ts'
import type { RepodataRecord } from './record.ts'
import type { RecordSection } from './scan-repodata.ts'

/** The first `schema_version` of an index.json that must not appear among the older records (CEP 43). */
const FIRST_V3_SCHEMA = 3

/**
 * Where the record of an artifact belongs. Only the artifact's own `schema_version` decides: a record that
 * looks like v3 but is not says so to no client.
 * @param schemaVersion of its info/index.json; absent in nearly all
 */
export function sectionOf(format: ArtifactFormat, schemaVersion: number | undefined): RecordSection {
  if (schemaVersion !== undefined && schemaVersion >= FIRST_V3_SCHEMA) return `v3.${format}`
  return format === 'conda' ? 'packages.conda' : 'packages'
}

/** The key of a record in `v3`: its file name without extension. */
export function v3Key(filename: string): string {
  const format = artifactFormat(filename)
  return format === undefined ? filename : filename.slice(0, -format.length - 1)
}

/**
 * The `info.repodata_revisions` for the records under `v3` of one file or shard.
 * @returns undefined when there are none
 */
export function repodataRevisions(
  records: Iterable<RepodataRecord>,
  message?: string,
): JsonObject | undefined {
  let count = 0
  const stamps: number[] = []
  for (const { indexed_timestamp: stamp } of records) {
    count++
    if (typeof stamp === 'number') stamps.push(stamp)
  }
  if (count === 0) return undefined
  const oldest = stamps.reduce((a, b) => Math.min(a, b), Infinity)
  const newest = stamps.reduce((a, b) => Math.max(a, b), 0)
  const range = stamps.length === 0 ? {} : { oldest, newest }
  return { v3: { n_packages: count, ...range, ...(message === undefined ? {} : { message }) } }
}

const ALLOWED_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'version',
  'build',
  'build_number',
  'when',
  'extras',
  'flags',
])

/** The specs of a v3 record that break CEP 48's rules for them, each with the reason. */
export function badV3Specs(record: RepodataRecord): { spec: string; reason: string }[] {
  const groups = isJsonObject(record.extra_depends) ? Object.values(record.extra_depends) : []
  const lists = [record.depends, record.constrains, ...groups]
  return lists.flatMap((list) =>
    stringsIn(list).flatMap((spec) => {
      const reason = specFault(spec)
      return reason === undefined ? [] : [{ spec, reason }]
    }),
  )
}

function specFault(text: string): string | undefined {
  try {
    const spec = MatchSpec.parse(text, 'v3')
    if (spec.exactName === undefined) return 'the name is a pattern'
    const extra = Object.keys(spec.fields).find((field) => !ALLOWED_FIELDS.has(field))
    if (extra !== undefined) return `${extra} is not allowed`
    if (spec.isNameOnly) return text === spec.name ? undefined : 'more than the name, though it says no more'
    const bracketed = text.startsWith(`${spec.name}[`) && text.endsWith(']')
    return bracketed ? undefined : 'it has to read name[key=value,…]'
  } catch (error) {
    if (error instanceof InvalidMatchSpecError) return error.message
    throw error
  }
}

/**
 * Public mappings of conda names to PyPI, in the two forms parselmouth publishes: `name → [pypi, …] | null`,
 * and grayskull's `name → pypi`.
 *
 * The first lists every project whose metadata lies in the package, so it mixes "is" with "has a copy of":
 * `arm_pyart` names 21. One name is taken as the package itself, or the one that the conda name spells out: the same,
 * without what tells outputs of a recipe apart (`ray-core`), or with the owner in front (`apache-airflow`).
 */
import { isObject, textsOf } from './json-reading.ts'
import { normalizePypiName } from './pypi-name.ts'
import type { IdentityLink, Relation } from './identity-link.ts'

export interface MappingRow {
  readonly condaName: string
  /** Normalised PyPI name; empty for the relation `none`. */
  readonly pypiName: string
  readonly relation: Relation
}

export interface ParsedMapping {
  readonly rows: readonly MappingRow[]
  /** Names whose value is neither a text, a list of texts nor null. */
  readonly skipped: readonly string[]
}

/** What some packages declare for want of a name; no project. */
const NO_NAME = 'unknown'

/** @returns undefined for a document that is no mapping */
export function parseNameMapping(document: unknown): ParsedMapping | undefined {
  if (!isObject(document)) return undefined
  const rows: MappingRow[] = []
  const skipped: string[] = []
  for (const [condaName, value] of Object.entries(document)) {
    const names = pypiNames(value)
    if (names) rows.push(...rowsOf(condaName, names))
    else skipped.push(condaName)
  }
  return skipped.length > Object.keys(document).length / 2 ? undefined : { rows, skipped }
}

function pypiNames(value: unknown): string[] | undefined {
  if (value === null) return []
  if (typeof value === 'string') return clean([value])
  return Array.isArray(value) ? clean(textsOf(value)) : undefined
}

function clean(names: readonly string[]): string[] {
  return [...new Set(names.map(normalizePypiName))].filter((name) => name !== '' && name !== NO_NAME)
}

function rowsOf(condaName: string, pypi: readonly string[]): MappingRow[] {
  if (pypi.length === 0) return [{ condaName, pypiName: '', relation: 'none' }]
  const own = pypi.length === 1 ? pypi[0] : ownProject(normalizePypiName(condaName), pypi)
  return pypi.map((pypiName) => ({ condaName, pypiName, relation: pypiName === own ? 'is' : 'contains' }))
}

const OUTPUT = /-(?:base|core|cpu|cuda|default|full|gpu|lite|minimal|slim|python)$|^(?:py|python)-/

function ownProject(name: string, pypi: readonly string[]): string | undefined {
  const bare = name.replace(OUTPUT, '')
  return [name, bare, `apache-${name}`].find((candidate) => pypi.includes(candidate))
}

const IS_CONFIDENCE = 0.9
const CONTAINS_CONFIDENCE = 0.6

/** @returns undefined for `none` */
export function mappingLink(row: MappingRow, source: string): IdentityLink | undefined {
  if (row.relation === 'none') return undefined
  return {
    condaName: row.condaName,
    identity: { kind: 'pypi', name: row.pypiName },
    relation: row.relation,
    role: null,
    order: null,
    confidence: row.relation === 'is' ? IS_CONFIDENCE : CONTAINS_CONFIDENCE,
    evidence: `the mapping ${source} names it${row.relation === 'is' ? '' : ' among others'}`,
    origin: 'mapping',
  }
}

/** From a condition as an officer wrote it, shorthands and all, to the one form that is compiled. */
import { duration, parseComparisons, probability, score, size } from './comparison.ts'
import type { Comparison, Unit } from './comparison.ts'
import type { Severity, VulnerabilityStatus } from './facts.ts'
import { flagNames } from './policy-schema.ts'
import type { ConditionDocument } from './policy-schema.ts'
import type { Condition, CveCondition, ListTest } from './policy.ts'
import { looksLikeId, parseInstant } from './schema-values.ts'

/** How sure a match has to be when the policy does not say. */
export const defaultMinConfidence = 0.8

/** Mitigated and cleared mean that somebody looked at this very file and found it safe. */
export const defaultStatuses: readonly VulnerabilityStatus[] = ['reported', 'active', 'disputed']

const dayMs = 86_400_000

/** @param document that the schema accepted */
export function readCondition(document: ConditionDocument): Condition {
  const parts: Condition[] = []
  if (document.all) parts.push({ kind: 'all', of: document.all.map(readCondition) })
  if (document.any) parts.push({ kind: 'any', of: document.any.map(readCondition) })
  if (document.not) parts.push({ kind: 'not', of: readCondition(document.not) })
  if (document.package !== undefined) {
    const { test, values } = readListTest(document.package)
    parts.push({ kind: 'package', test, specs: values })
  }
  if (document.platform !== undefined) {
    const { test, values } = readListTest(document.platform)
    parts.push({ kind: 'platform', test, subdirs: values })
  }
  const licence = document.licence ?? document.license
  if (licence !== undefined) {
    const { test, values } = readListTest(licence)
    parts.push({ kind: 'licence', test, licences: values })
  }
  if (document.cve !== undefined) parts.push(readCve(document.cve))
  if (document.age !== undefined) parts.push({ kind: 'age', age: readBounds(document.age, duration) })
  if (document.build_age !== undefined) {
    parts.push({ kind: 'build_age', age: readBounds(document.build_age, duration) })
  }
  if (document.built !== undefined) {
    const { from, to } = document.built
    parts.push({
      kind: 'built',
      fromMs: from === undefined ? undefined : parseInstant(from)?.ms,
      beforeMs: to === undefined ? undefined : afterInclusive(to),
    })
  }
  if (document.size !== undefined) parts.push({ kind: 'size', size: readBounds(document.size, size) })
  if (document.origin !== undefined) {
    const origin = typeof document.origin === 'string' ? { kind: document.origin } : document.origin
    parts.push({ kind: 'origin', kinds: oneOrMore(origin.kind), names: oneOrMore(origin.name) })
  }
  for (const fact of flagNames) {
    const value = document[fact]
    if (value !== undefined) parts.push({ kind: 'flag', fact, value })
  }
  const [only] = parts
  return parts.length === 1 && only ? only : { kind: 'all', of: parts }
}

function readCve(document: NonNullable<ConditionDocument['cve']>): CveCondition {
  if (typeof document === 'string') {
    return readCve(looksLikeId(document) ? { ids: document } : { score: document })
  }
  return {
    kind: 'cve',
    score: document.score === undefined ? [] : readBounds(document.score, score),
    severities: document.severity === undefined ? undefined : readSeverities(document.severity),
    unscored: document.unscored,
    statuses: oneOrMore(document.status) ?? defaultStatuses,
    ids: oneOrMore(document.ids)?.map((id) => id.toUpperCase()),
    fixed: document.fixed,
    fixedHere: document.fixed_here,
    kev: document.kev,
    epss: document.epss === undefined ? undefined : readBounds(document.epss, probability),
    age: document.age === undefined ? undefined : readBounds(document.age, duration),
    source: document.source,
    minConfidence: document.min_confidence ?? defaultMinConfidence,
    indeterminate: document.indeterminate ?? false,
  }
}

const ratings = ['low', 'medium', 'high', 'critical'] as const

function readSeverities(
  document: Severity | Severity[] | { at_least: (typeof ratings)[number] },
): readonly Severity[] {
  if (typeof document === 'string') return [document]
  return 'at_least' in document ? ratings.slice(ratings.indexOf(document.at_least)) : document
}

type BoundsDocument =
  string | { [Bound in 'at_least' | 'above' | 'at_most' | 'below']?: string | number | undefined }

const boundOperators = { at_least: '>=', above: '>', at_most: '<=', below: '<' } as const

function readBounds(document: BoundsDocument, unit: Unit): readonly Comparison[] {
  if (typeof document === 'string') {
    const read = parseComparisons(document, unit)
    return typeof read === 'string' ? [] : read // the schema has refused what cannot be read
  }
  return (['at_least', 'above', 'at_most', 'below'] as const).flatMap((bound) => {
    const written = document[bound]
    const value = typeof written === 'string' ? unit.read(written) : written
    return value === undefined ? [] : { operator: boundOperators[bound], value }
  })
}

/** One value, several, or a mapping with one of the two tests. */
function readListTest<Item extends string>(
  document: Item | readonly Item[] | { in?: Item | Item[] | undefined; not_in?: Item | Item[] | undefined },
): { test: ListTest; values: readonly Item[] } {
  if (typeof document === 'string') return { test: 'in', values: [document] }
  if (isList(document)) return { test: 'in', values: document }
  return document.not_in === undefined
    ? { test: 'in', values: oneOrMore(document.in) ?? [] }
    : { test: 'not_in', values: oneOrMore(document.not_in) ?? [] }
}

export function oneOrMore<Item extends string>(
  document: Item | Item[] | undefined,
): readonly Item[] | undefined {
  return document === undefined || Array.isArray(document) ? document : [document]
}

function isList<Item>(value: readonly Item[] | object): value is readonly Item[] {
  return Array.isArray(value)
}

/** `to`: the date or the instant itself is still inside. */
function afterInclusive(text: string): number | undefined {
  const instant = parseInstant(text)
  return instant && instant.ms + (instant.isDay ? dayMs : 1)
}

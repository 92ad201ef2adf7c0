/**
 * Rules that can never apply: an officer who writes one believes to be protected and is not. What is found
 * here is certain (`age: '< 1 day, > 2 days'`, linux-64 and win-64 at once); what only looks odd passes.
 */
import { MatchSpec } from '@terrarium/conda/match-spec/match-spec.ts'
import { compareVersions } from '@terrarium/conda/version/compare.ts'
import { duration, score, size, probability, showComparisons } from './comparison.ts'
import type { Comparison, Unit } from './comparison.ts'
import { complainOfSpec, hasNamePattern } from './package-specs.ts'
import type { Path } from './policy-faults.ts'
import type { ConditionDocument } from './policy-schema.ts'
import type { Condition, CveCondition } from './policy.ts'
import { readCondition } from './read-condition.ts'

export interface Impossibility {
  /** Below the condition that was looked at. */
  readonly path: Path
  readonly message: string
}

/** @param document that the schema accepted */
export function findImpossible(document: ConditionDocument, path: Path = []): Impossibility[] {
  const { all = [], any = [], not, ...leaves } = document
  const inner = [
    ...all.flatMap((part, index) => findImpossible(part, [...path, 'all', index])),
    ...any.flatMap((part, index) => findImpossible(part, [...path, 'any', index])),
    ...(not ? findImpossible(not, [...path, 'not']) : []),
    ...Object.entries(leaves).flatMap(([field, value]) => {
      const message = value === undefined ? undefined : complainOfLeaf(readCondition({ [field]: value }))
      return message === undefined ? [] : [{ path: [...path, field], message }]
    }),
  ]
  if (inner.length > 0) return inner
  const message = complainOfTogether(required(readCondition(document)))
  return message === undefined ? [] : [{ path, message }]
}

/** What has to hold at once, `all` within `all` opened up. */
function required(condition: Condition): Condition[] {
  return condition.kind === 'all' ? condition.of.flatMap(required) : [condition]
}

function complainOfLeaf(condition: Condition): string | undefined {
  switch (condition.kind) {
    case 'age':
    case 'build_age':
      return complainOfRange(condition.age, duration, 0, Infinity)
    case 'size':
      return complainOfRange(condition.size, size, 0, Infinity)
    case 'cve':
      return complainOfCve(condition)
    case 'built':
      return (condition.fromMs ?? -Infinity) >= (condition.beforeMs ?? Infinity)
        ? 'ends before it begins, so it can never match'
        : undefined
    case 'package':
      return complainOfSpecs(condition.test, condition.specs)
    default:
      return undefined
  }
}

function complainOfCve(condition: CveCondition): string | undefined {
  return (
    complainOfRange(condition.score, score, 0, 10) ??
    complainOfRange(condition.epss ?? [], probability, 0, 1) ??
    complainOfRange(condition.age ?? [], duration, 0, Infinity) ??
    (condition.score.length > 0 && condition.severities?.every((severity) => severity === 'unscored')
      ? 'asks for a score and for none, so it can never match'
      : undefined)
  )
}

/** Whether numbers from `least` to `most` leave none that meets all the comparisons. */
function complainOfRange(
  comparisons: readonly Comparison[],
  unit: Unit,
  least: number,
  most: number,
): string | undefined {
  let [low, lowOpen, high, highOpen] = [least, false, most, false]
  for (const { operator, value } of comparisons) {
    if (operator !== '<' && operator !== '<=' && (value > low || (value === low && operator === '>'))) {
      ;[low, lowOpen] = [value, operator === '>']
    }
    if (operator !== '>' && operator !== '>=' && (value < high || (value === high && operator === '<'))) {
      ;[high, highOpen] = [value, operator === '<']
    }
  }
  const isEmpty = low > high || (low === high && (lowOpen || highOpen))
  return isEmpty ? `asks for ${showComparisons(comparisons, unit)}, which nothing can be` : undefined
}

function complainOfSpecs(test: 'in' | 'not_in', specs: readonly string[]): string | undefined {
  if (test === 'not_in') {
    return specs.some((spec) => spec.trim() === '*')
      ? 'lets every package through, so it can never match'
      : undefined
  }
  const empty = specs.find(hasNoVersion)
  return empty === undefined ? undefined : `asks for "${empty}", which no version can be`
}

/** A list of bounds that exclude each other: `>2,<1`. Alternatives (`|`) and patterns are left alone. */
function hasNoVersion(text: string): boolean {
  if (complainOfSpec(text) !== undefined) return false // said elsewhere
  const clauses = MatchSpec.parse(text.trim()).fields.version?.split(',') ?? []
  const read = clauses.map((clause) => /^(>=|<=|==|>|<)([\w.!+]+)$/.exec(clause))
  if (read.length < 2) return false
  const lows = read.flatMap((one) => (one?.[1] && one[1] !== '<' && one[1] !== '<=' ? [one] : []))
  const highs = read.flatMap((one) => (one?.[1] && one[1] !== '>' && one[1] !== '>=' ? [one] : []))
  return lows.some(([, lowOperator, low = '']) =>
    highs.some(([, highOperator, high = '']) => {
      const order = compareVersions(low, high)
      return order > 0 || (order === 0 && (lowOperator === '>' || highOperator === '<'))
    }),
  )
}

function complainOfTogether(conditions: readonly Condition[]): string | undefined {
  const texts = new Set(conditions.map((condition) => JSON.stringify(condition)))
  for (const condition of conditions) {
    if (condition.kind === 'not' && texts.has(JSON.stringify(condition.of))) {
      return 'asks for something and its opposite, so it can never match'
    }
  }
  return (
    complainOfFlags(conditions) ??
    complainOfRanges(conditions) ??
    complainOfSets('platform', conditions.flatMap(platformsOf)) ??
    complainOfSets('package', conditions.flatMap(namesOf)) ??
    complainOfSets('origin', conditions.flatMap(originsOf))
  )
}

function complainOfFlags(conditions: readonly Condition[]): string | undefined {
  const seen = new Map<string, boolean>()
  for (const condition of conditions) {
    if (condition.kind !== 'flag') continue
    if (seen.get(condition.fact) === !condition.value) {
      return `asks for ${condition.fact} and its opposite, so it can never match`
    }
    seen.set(condition.fact, condition.value)
  }
  return undefined
}

function complainOfRanges(conditions: readonly Condition[]): string | undefined {
  const of = (kind: 'age' | 'build_age'): Comparison[] =>
    conditions.flatMap((one) => (one.kind === kind ? one.age : []))
  const sizes = conditions.flatMap((one) => (one.kind === 'size' ? one.size : []))
  return (
    complainOfRange(of('age'), duration, 0, Infinity) ??
    complainOfRange(of('build_age'), duration, 0, Infinity) ??
    complainOfRange(sizes, size, 0, Infinity)
  )
}

/** What a value has to be in, or out of. */
interface Membership {
  readonly isIn: boolean
  readonly values: readonly string[]
}

function platformsOf(condition: Condition): Membership[] {
  return condition.kind === 'platform' ? [{ isIn: condition.test === 'in', values: condition.subdirs }] : []
}

/** Names that stand for themselves; a list with a pattern says too little. */
function namesOf(condition: Condition): Membership[] {
  if (condition.kind !== 'package' || condition.test !== 'in') return []
  if (condition.specs.some((spec) => complainOfSpec(spec) !== undefined || hasNamePattern(spec))) return []
  return [{ isIn: true, values: condition.specs.map((spec) => MatchSpec.parse(spec.trim()).name) }]
}

function originsOf(condition: Condition): Membership[] {
  return condition.kind === 'origin' && condition.kinds ? [{ isIn: true, values: condition.kinds }] : []
}

function complainOfSets(what: string, memberships: readonly Membership[]): string | undefined {
  const [first, ...others] = memberships.toSorted((a, b) => Number(b.isIn) - Number(a.isIn))
  if (!first?.isIn) return undefined
  const left = others.reduce(
    (values, { isIn, values: listed }) => values.filter((value) => listed.includes(value) === isIn),
    first.values,
  )
  return left.length === 0
    ? `asks for a ${what} that would have to be several at once, so it can never match`
    : undefined
}

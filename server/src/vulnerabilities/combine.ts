/**
 * One answer from all that several advisories say about one vulnerability and one package version.
 *
 * Per operating system, because an entry can be about Windows only: the most trusted rank (`authority.ts`) that
 * gives a definite answer decides. The result does not depend on the order of the entries.
 */
import { identityKey, osClasses, type AdvisorySource, type OsClass } from './advisory.ts'
import { authorityOf } from './authority.ts'
import { readVersion } from './intervals.ts'
import { endsAfter, evaluate, type Evaluation, type PreparedEntry } from './match.ts'

/** An affected entry with the advisory it is from. */
export interface Statement {
  readonly source: AdvisorySource
  /** `PYSEC-2023-192` */
  readonly advisoryId: string
  readonly prepared: PreparedEntry
}

/** Why a version matched, kept as it was when it was decided. */
export interface Evidence {
  readonly advisoryId: string
  readonly source: AdvisorySource
  /** `pypi:urllib3` */
  readonly identity: string
  readonly identityEvidence: string
  readonly range: string
  readonly order: string | null
  readonly platforms: readonly OsClass[] | null
  readonly conditions: readonly string[]
  readonly component: string | null
  /** `matchCriteriaId` of NVD, the ecosystem of OSV. */
  readonly note: string | null
  readonly verdict: Evaluation['verdict']
  readonly confidence: number
  readonly why: string
}

export interface CombinedVerdict {
  readonly verdict: 'affected' | 'indeterminate'
  readonly confidence: number
  readonly why: string
  /** Where it holds; null for everywhere. */
  readonly platforms: readonly OsClass[] | null
  readonly fixedIn: readonly string[]
  /** The deciding statement first, then what else was looked at. */
  readonly evidence: readonly Evidence[]
}

/** @returns nothing for "not affected"; more than one where systems differ in how sure it is, and why */
export function combineStatements(statements: readonly Statement[], version: string): CombinedVerdict[] {
  const answers = statements.map((statement) => ({
    ...statement,
    evaluation: evaluate(statement.prepared, version),
  }))
  const byDecision = Map.groupBy(decideByOs(answers), ({ decided }) => decided)
  if (byDecision.size === 0) return []
  const fixedIn = fixedVersions(statements, version)
  return [...byDecision].map(([decided, systems]) => {
    const { verdict, confidence, why } = decided.evaluation
    const others = answers.filter((answer) => answer !== decided).toSorted(byRank)
    return {
      verdict: verdict === 'affected' ? 'affected' : 'indeterminate',
      confidence,
      why,
      platforms: systems.length === osClasses.length ? null : systems.map(({ os }) => os),
      fixedIn,
      evidence: [decided, ...others].slice(0, MAX_EVIDENCE).map(toEvidence),
    }
  })
}

/**
 * The nearest versions in which the flaw is gone, nearest first: the ends of intervals above the version that
 * the statements together do not cover again.
 */
export function fixedVersions(statements: readonly Statement[], version: string): string[] {
  const orderId = statements[0]?.prepared.readings[0]?.order ?? 'generic'
  const ends = [...new Set(statements.flatMap(({ prepared }) => endsAfter(prepared, version)))]
    .map((end) => ({ end, key: readVersion(orderId, end) ?? '~' }))
    .toSorted((left, right) => compareText(left.key, right.key))
  const fixed: string[] = []
  for (const { end } of ends) {
    if (fixed.length === MAX_FIXED) break
    const answers = statements.map((statement) => ({
      ...statement,
      evaluation: evaluate(statement.prepared, end),
    }))
    if (decideByOs(answers).length === 0) fixed.push(end)
  }
  return fixed
}

function decideByOs(answers: readonly Answer[]): { os: OsClass; decided: Answer }[] {
  if (!answers.some(concerns)) return []
  return osClasses.flatMap((os) => {
    const decided = decide(answers.filter(({ prepared }) => prepared.entry.platforms?.includes(os) ?? true))
    return decided && concerns(decided) ? [{ os, decided }] : []
  })
}

const MAX_EVIDENCE = 8
const MAX_FIXED = 4

interface Answer extends Statement {
  readonly evaluation: Evaluation
}

function concerns({ evaluation }: Answer): boolean {
  return evaluation.verdict !== 'not-affected'
}

function decide(answers: readonly Answer[]): Answer | undefined {
  const definite = answers.filter(({ evaluation }) => evaluation.verdict !== 'indeterminate')
  const heard = definite.length > 0 ? definite : answers
  const highest = Math.min(...heard.map(rankOf))
  return heard.filter((answer) => rankOf(answer) === highest).toSorted(bySureness)[0]
}

function rankOf({ source, prepared }: Answer): number {
  return authorityOf(source, prepared.entry)
}

const verdictOrder: readonly Evaluation['verdict'][] = ['affected', 'indeterminate', 'not-affected']

function bySureness(left: Answer, right: Answer): number {
  return (
    verdictOrder.indexOf(left.evaluation.verdict) - verdictOrder.indexOf(right.evaluation.verdict) ||
    right.evaluation.confidence - left.evaluation.confidence ||
    byRank(left, right)
  )
}

function byRank(left: Answer, right: Answer): number {
  return (
    rankOf(left) - rankOf(right) ||
    compareText(left.advisoryId, right.advisoryId) ||
    compareText(identityKey(left.prepared.entry.identity), identityKey(right.prepared.entry.identity)) ||
    compareText(left.evaluation.why, right.evaluation.why)
  )
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function toEvidence({ source, advisoryId, prepared, evaluation }: Answer): Evidence {
  const { link, entry } = prepared
  return {
    advisoryId,
    source,
    identity: identityKey(link.identity),
    identityEvidence: link.evidence,
    range: evaluation.range,
    order: evaluation.order,
    platforms: entry.platforms,
    conditions: entry.conditions,
    component: entry.component,
    note: entry.note,
    verdict: evaluation.verdict,
    confidence: evaluation.confidence,
    why: evaluation.why,
  }
}

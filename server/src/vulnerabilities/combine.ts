/**
 * One answer from all that several advisories say about one vulnerability and one package version.
 *
 * Per operating system, because an entry can be about Windows only: the most trusted rank (`authority.ts`) that
 * gives a definite answer decides. The result does not depend on the order of the entries.
 */
import { identityKey, osClasses, type AdvisorySource, type OsClass } from './advisory.ts'
import { authorityOf } from './authority.ts'
import { readVersion } from './intervals.ts'
import {
  describeHit,
  endsAfter,
  hitConfidence,
  locate,
  type Evaluation,
  type Hit,
  type PreparedEntry,
} from './match.ts'

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

/** What the statements decide together for a version; the same for many versions, so it names none. */
export interface Decision {
  readonly verdict: 'affected' | 'indeterminate'
  readonly confidence: number
  /** Where it holds; null for everywhere. */
  readonly platforms: readonly OsClass[] | null
  /** Which of the statements decides. */
  readonly deciding: number
  /** The answer of each statement. */
  readonly hits: readonly Hit[]
}

/** Decides versions one after the other; equal answers of the statements are combined only once. */
export type Decider = (version: string) => readonly Decision[]

const nothing: readonly Decision[] = []

export function decider(statements: readonly Statement[]): Decider {
  const known = new Map<string, readonly Decision[]>()
  return (version) => {
    const hits = statements.map(({ prepared }) => locate(prepared, version))
    if (!hits.some(concerns)) return nothing
    const key = hits.map(({ index }) => index).join()
    const decisions = known.get(key) ?? combine(statements, hits)
    known.set(key, decisions)
    return decisions
  }
}

/** @returns nothing for "not affected"; more than one where systems differ in how sure it is, and why */
export function combineStatements(statements: readonly Statement[], version: string): CombinedVerdict[] {
  const decide = decider(statements)
  return decide(version).map((decision) => explain(statements, decide, version, decision))
}

/** A decision with the words and the evidence for one version. */
export function explain(
  statements: readonly Statement[],
  decide: Decider,
  version: string,
  decision: Decision,
): CombinedVerdict {
  const answers = toAnswers(statements, decision.hits)
  const decided = answers[decision.deciding]! // a decider counts the same statements
  const others = answers.filter((answer) => answer !== decided).toSorted(byRank)
  const evidence = [decided, ...others].slice(0, MAX_EVIDENCE).map((answer) => toEvidence(answer, version))
  return {
    verdict: decision.verdict,
    confidence: decision.confidence,
    why: evidence[0]?.why ?? '',
    platforms: decision.platforms,
    fixedIn: fixedVersions(statements, version, decide),
    evidence,
  }
}

/**
 * The nearest versions in which the flaw is gone, nearest first: the ends of intervals above the version that
 * the statements together do not cover again.
 */
export function fixedVersions(
  statements: readonly Statement[],
  version: string,
  decide: Decider = decider(statements),
): string[] {
  const orderId = statements[0]?.prepared.orders[0] ?? 'generic'
  const ends = [...new Set(statements.flatMap(({ prepared }) => endsAfter(prepared, version)))]
    .map((end) => ({ end, key: readVersion(orderId, end) ?? '~' }))
    .toSorted((left, right) => compareText(left.key, right.key))
  const fixed: string[] = []
  for (const { end } of ends) {
    if (fixed.length === MAX_FIXED) break
    if (decide(end).length === 0) fixed.push(end)
  }
  return fixed
}

function combine(statements: readonly Statement[], hits: readonly Hit[]): Decision[] {
  const answers = toAnswers(statements, hits)
  return [...Map.groupBy(decideByOs(answers), ({ decided }) => decided)].map(([decided, systems]) => ({
    verdict: decided.hit.verdict === 'affected' ? 'affected' : 'indeterminate',
    confidence: hitConfidence(decided.prepared, decided.hit),
    platforms: systems.length === osClasses.length ? null : systems.map(({ os }) => os),
    deciding: answers.indexOf(decided),
    hits,
  }))
}

function toAnswers(statements: readonly Statement[], hits: readonly Hit[]): Answer[] {
  return statements.map((statement, index) => ({ ...statement, hit: hits[index]! })) // one hit a statement
}

function decideByOs(answers: readonly Answer[]): { os: OsClass; decided: Answer }[] {
  return osClasses.flatMap((os) => {
    const decided = decide(answers.filter(({ prepared }) => prepared.entry.platforms?.includes(os) ?? true))
    return decided && concerns(decided.hit) ? [{ os, decided }] : []
  })
}

const MAX_EVIDENCE = 8
const MAX_FIXED = 4

interface Answer extends Statement {
  readonly hit: Hit
}

function concerns(hit: Hit): boolean {
  return hit.verdict !== 'not-affected'
}

function decide(answers: readonly Answer[]): Answer | undefined {
  const definite = answers.filter(({ hit }) => hit.verdict !== 'indeterminate')
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
    verdictOrder.indexOf(left.hit.verdict) - verdictOrder.indexOf(right.hit.verdict) ||
    hitConfidence(right.prepared, right.hit) - hitConfidence(left.prepared, left.hit) ||
    byRank(left, right)
  )
}

function byRank(left: Answer, right: Answer): number {
  return (
    rankOf(left) - rankOf(right) ||
    compareText(left.advisoryId, right.advisoryId) ||
    compareText(identityKey(left.prepared.entry.identity), identityKey(right.prepared.entry.identity)) ||
    compareText(rangeOf(left), rangeOf(right))
  )
}

/** Entries of one advisory about one identity differ in their ranges. */
function rangeOf({ prepared, hit }: Answer): string {
  return describeHit(prepared, '', hit).range
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function toEvidence({ source, advisoryId, prepared, hit }: Answer, version: string): Evidence {
  const { link, entry } = prepared
  const evaluation = describeHit(prepared, version, hit)
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

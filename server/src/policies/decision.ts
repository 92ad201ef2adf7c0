/** What a decision says: the effect, every rule that asked for it with its evidence, and what lifted others. */
import { describeEvidence, plain } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import type { Effect, RuleEffect } from './policy.ts'

export interface Decision {
  readonly effect: Effect
  /** Every rule that applies, strictest first, then by policy and rule. */
  readonly reasons: readonly DecisionReason[]
  readonly exceptionsUsed: readonly ExceptionUse[]
  /** Rules that apply and do not count, because a final rule of their policy had the last word. */
  readonly overruled?: readonly DecisionReason[]
  /** What policies on trial would have made of it; absent when they would have changed nothing. */
  readonly trial?: Trial
  /**
   * With the same facts and policies the decision stays as it is until this instant, and has to be made
   * anew then; absent when time alone never changes it.
   */
  readonly nextChangeAt?: Date
}

/** The outcome if the policies that are assigned for audit only were enforced as well. */
export interface Trial {
  readonly effect: Effect
  /** The rules of those policies alone. */
  readonly reasons: readonly DecisionReason[]
}

export interface DecisionReason {
  readonly policy: string
  /** The rule's id; `policy` where the policy as a whole could not be applied. */
  readonly rule: string
  readonly effect: RuleEffect
  /** For people, one line: the facts, and how each is known. */
  readonly text: string
  readonly evidence: readonly Evidence[]
  /** It had the last word in its policy. */
  readonly final?: true
  /** The officer's own words to the person, where the rule has some. */
  readonly note?: string
  /** When the rule stops applying by itself, where one of its conditions says so. */
  readonly until?: Date
}

/** An exception without which the rule would apply, or would name more CVEs. */
export interface ExceptionUse {
  readonly policy: string
  readonly exception: string
  readonly rule: string
  /** The CVEs it left out of account; absent when it lifted the whole rule. */
  readonly cves?: readonly string[]
  readonly reason: string
  readonly expiresAt?: Date
}

/** Whether people get the file: `warn` says something and lets pass, `hide` only keeps it out of the index. */
export function isServed(decision: Decision): boolean {
  return decision.effect !== 'hold' && decision.effect !== 'deny'
}

/** Whether the index offers the artifact to solvers. */
export function isListed(decision: Decision): boolean {
  return decision.effect === 'allow' || decision.effect === 'warn'
}

/** Nothing to tell but when it may change. */
export function isPlainAllow({ effect, reasons, exceptionsUsed, overruled, trial }: Decision): boolean {
  return effect === 'allow' && reasons.length + exceptionsUsed.length === 0 && !overruled && !trial
}

const shownCves = 3

/** The evidence in one clause; CVEs highest score first, at most three of them by name. */
export function describeEvidenceList(evidence: readonly Evidence[], options: { why: boolean }): string {
  let cves = 0
  const clauses: string[] = []
  for (const one of evidence) {
    if (one.kind === 'cve') {
      cves += 1
      if (cves > shownCves) continue
    }
    const why = options.why && one.kind === 'cve' && one.why !== '' ? ` [${plain(one.why)}]` : ''
    clauses.push(describeEvidence(one) + why)
  }
  const hidden = cves - shownCves
  if (hidden > 0) clauses.push(`and ${hidden} more CVE${hidden === 1 ? '' : 's'}`)
  return clauses.join('; ').replaceAll('; and ', ' and ')
}

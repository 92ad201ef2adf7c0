/**
 * Exceptions that were asked for: who wants what lifted, for which files, until when, and what became of it.
 * One that is granted joins the exceptions in the document of the policy it lifts (`grantedExceptions`), so
 * that a decision knows one kind only.
 *
 * Pure. `exception-store.ts` has the SQL, `request-exception.ts` and `decide-exception.ts` the operations.
 */
import type { DecisionReason } from './decision.ts'
import { strictness, type PolicyException } from './policy.ts'

export const exceptionKinds = ['exception', 'release'] as const
/** `release`: ends a hold for files, by somebody who may. */
export type ExceptionKind = (typeof exceptionKinds)[number]

export const exceptionStates = [
  'requested',
  'approved',
  'refused',
  'withdrawn',
  'revoked',
  'expired',
  'fixed',
] as const
export type ExceptionState = (typeof exceptionStates)[number]

/** One thing it lifts, of one policy: a rule or all, as a whole or for some CVEs only. */
export interface Lift {
  readonly policy: string
  readonly rule: string | null
  readonly cves: readonly string[] | null
}

export interface ExceptionRecord {
  readonly id: string
  readonly channelId: string
  readonly channelName: string
  readonly kind: ExceptionKind
  readonly state: ExceptionState
  /** `subdir/filename`; null for every file. */
  readonly files: readonly string[] | null
  /** A match spec; null for every package. */
  readonly package: string | null
  readonly lifts: readonly Lift[]
  readonly reason: string
  /** What is done instead, to carry the risk. */
  readonly control: string | null
  /** Ends as soon as the channel allows a version without the CVEs. */
  readonly untilFixed: boolean
  readonly expiresAt: Date | null
  readonly requestedBy: string
  readonly requestedAt: Date
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  readonly decisionNote: string | null
  readonly endedAt: Date | null
  readonly endCause: string | null
  readonly remindedAt: Date | null
}

/** What an approved record lifts in a policy, as the policy's own exceptions would say it. */
export function grantedExceptions(record: ExceptionRecord, policy: string): PolicyException[] {
  return record.lifts
    .filter((lift) => lift.policy === policy)
    .map((lift) => ({
      id: record.id,
      packages: record.package === null ? undefined : [record.package],
      cves: lift.cves ?? undefined,
      rules: lift.rule === null ? undefined : [lift.rule],
      ...(record.files && { files: record.files }),
      ...(record.kind === 'release' && { effect: 'hold' as const }),
      reason: record.reason,
      expiresMs: record.expiresAt?.getTime(),
    }))
}

/**
 * What has to be lifted for files that these rules keep back. A rule that rests on CVEs is lifted for those
 * CVEs alone, so that the next one blocks again.
 */
export function liftsAgainst(reasons: readonly DecisionReason[]): Lift[] {
  const byRule = new Map<string, Lift>()
  for (const reason of reasons) {
    if (strictness(reason.effect) <= strictness('warn')) continue
    const cves = reason.evidence.flatMap((one) => (one.kind === 'cve' ? one.id : []))
    const key = JSON.stringify([reason.policy, reason.rule])
    const known = byRule.get(key)
    const isWhole = cves.length === 0 || known?.cves === null
    byRule.set(key, {
      policy: reason.policy,
      rule: reason.rule,
      cves: isWhole ? null : [...new Set([...(known?.cves ?? []), ...cves])].sort(),
    })
  }
  return [...byRule.values()]
}

/** The CVEs it carries the risk of; empty where it lifts rules about something else. */
export function concernedCves(record: Pick<ExceptionRecord, 'lifts'>): string[] {
  return [...new Set(record.lifts.flatMap(({ cves }) => cves ?? []))].sort()
}

/**
 * What a person reads who asked for a package and did not get it: what happened, why, what to do now.
 *
 * The same sentence goes into the 403 that conda prints, into the web page and into `terrarium why`. Its
 * wording is held by golden tests; the codes and fields beside it are the promise to programs.
 */
import type { Alternative } from './alternatives.ts'
import { describeEvidenceList } from './decision.ts'
import type { Decision, DecisionReason } from './decision.ts'
import { day, plain } from './evidence.ts'
import type { CveEvidence } from './evidence.ts'
import type { ArtifactFacts } from './facts.ts'
import { strictness } from './policy.ts'
import type { Effect } from './policy.ts'

export interface BlockedArtifact {
  readonly facts: Pick<ArtifactFacts, 'channel' | 'subdir' | 'filename' | 'name' | 'version'>
  readonly decision: Decision
  /** From `chooseAlternatives`, nearest first. */
  readonly alternatives: readonly Alternative[]
  /** Where an exception can be asked for. */
  readonly exceptionUrl?: string
  /** No exception helps: a virtual channel does not have it from the member that its name belongs to. */
  readonly isFinal?: boolean
  /** In sentences, of a file that could not be had if it were allowed: its bytes are damaged. */
  readonly damage?: string | undefined
}

const shownReasons = 3

/**
 * `requests 2.30.0 is blocked in channel "prod" by policy "baseline", rule no-critical: CVE-2099-0001 has
 * score 9.8 (NVD), fixed in 2.31.0. Allowed: 2.31.1 (newest), 2.29.0.`
 */
export function blockedMessage(blocked: BlockedArtifact): string {
  const { facts, decision } = blocked
  const [first, ...others] = decision.reasons
  const subject = `${plain(facts.name)} ${plain(facts.version)}`
  const place = `in channel "${plain(facts.channel)}"`
  const damage = blocked.damage === undefined ? [] : [blocked.damage]
  if (!first) return [`${subject} is allowed ${place}.`, ...damage].join(' ')

  const decisive = others.filter((reason) => strictness(reason.effect) > strictness('warn'))
  const more = decisive.slice(0, shownReasons - 1).map((reason) => `Also ${causeOf(reason, first.policy)}.`)
  const unshown = decisive.length - more.length
  if (unshown > 0) more.push(`Also ${unshown} more rule${unshown === 1 ? '' : 's'}.`)
  return [
    `${subject} ${verbs[decision.effect]} ${place} by policy "${plain(first.policy)}", ${causeOf(first, first.policy)}.`,
    ...more,
    ...(first.note === undefined ? [] : [sentence(plain(first.note))]),
    ...wayOut(blocked),
    ...damage,
  ].join(' ')
}

const verbs: Readonly<Record<Effect, string>> = {
  allow: 'is allowed',
  warn: 'comes with a warning',
  hide: 'is hidden from new installations',
  hold: 'is on hold',
  deny: 'is blocked',
}

function causeOf(reason: DecisionReason, knownPolicy: string): string {
  const policy = reason.policy === knownPolicy ? '' : `policy "${plain(reason.policy)}", `
  const facts = describeEvidenceList(reason.evidence, { why: false })
  return `${policy}rule ${reason.rule}${facts === '' ? '' : `: ${facts}`}`
}

function wayOut({ facts, decision, alternatives, exceptionUrl, isFinal }: BlockedArtifact): string[] {
  if (decision.effect === 'allow' || decision.effect === 'warn') return []
  const until = decision.effect === 'hold' ? decision.reasons[0]?.until : undefined
  const steps = until ? [`Available from ${day(until)}.`] : []
  if (alternatives.length > 0) {
    steps.push(
      `Allowed${until ? ' now' : ''}: ${alternatives.map((one) => describeAlternative(one, facts.version)).join(', ')}.`,
    )
  } else {
    steps.push(`No other version of ${plain(facts.name)} is allowed for ${plain(facts.subdir)} here.`)
  }
  if (isFinal) steps.push('No exception changes that: ask whoever looks after the channel.')
  else if (exceptionUrl !== undefined) steps.push(`Request an exception: ${exceptionUrl}`)
  else if (alternatives.length === 0) steps.push("Ask the channel's owner for an exception.")
  return steps
}

function describeAlternative(alternative: Alternative, wantedVersion: string): string {
  const version = plain(alternative.version)
  if (alternative.version === wantedVersion) return `${version} build ${plain(alternative.build)}`
  return alternative.relation === 'newest' ? `${version} (newest)` : version
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}

/** The body of the 403, as JSON. conda prints `reason` and `message`; RFC 9457 readers take the rest. */
export interface BlockedResponse {
  readonly code: 'blocked-by-policy'
  /** Short and upper-case; conda prints it as the status text. */
  readonly reason: 'BLOCKED BY POLICY' | 'ON HOLD'
  readonly message: string
  readonly type: string
  readonly title: string
  readonly status: 403
  /** The same text as `message`. A string always: clients before conda 26.7.0 fail on anything else. */
  readonly detail: string
  readonly instance: string
  readonly effect: Effect
  /** Absent only when no rule asked for the block. */
  readonly policy?: string
  readonly rule?: string
  readonly cves: readonly BlockingCve[]
  readonly alternatives: readonly BlockedAlternative[]
  /** All rules that apply, strictest first. */
  readonly reasons: readonly { policy: string; rule: string; effect: Effect; text: string }[]
  readonly available_from?: string
  readonly exception_url?: string
}

export type BlockedAlternative = Omit<Alternative, 'buildNumber'> & { readonly build_number: number }

export function toBlockedAlternative({ buildNumber, ...rest }: Alternative): BlockedAlternative {
  return { ...rest, build_number: buildNumber }
}

export interface BlockingCve {
  readonly id: string
  readonly score?: number
  readonly severity: string
  readonly source?: string
  readonly status: string
  readonly fixed_in: readonly string[]
}

/**
 * @param options.instance the path that was asked for, without any token in it; the artifact's own otherwise
 * @param options.type URI of a page about this kind of answer
 */
export function blockedResponse(
  blocked: BlockedArtifact,
  options: { instance?: string; type?: string } = {},
): BlockedResponse {
  const { facts, decision, alternatives, exceptionUrl } = blocked
  const isHold = decision.effect === 'hold'
  const [first] = decision.reasons
  const message = blockedMessage(blocked)
  return {
    code: 'blocked-by-policy',
    reason: isHold ? 'ON HOLD' : 'BLOCKED BY POLICY',
    message,
    type: options.type ?? 'urn:terrarium:problem:blocked-by-policy',
    title: isHold ? 'The package is on hold' : 'The package is blocked by a policy',
    status: 403,
    detail: message,
    instance: options.instance ?? artifactPath(facts),
    effect: decision.effect,
    ...(first && { policy: first.policy, rule: first.rule }),
    cves: blockingCves(decision),
    alternatives: alternatives.map(toBlockedAlternative),
    reasons: decision.reasons.map(({ policy, rule, effect, text }) => ({ policy, rule, effect, text })),
    ...(isHold && first?.until && { available_from: first.until.toISOString() }),
    ...(exceptionUrl !== undefined && { exception_url: exceptionUrl }),
  }
}

function artifactPath({ channel, subdir, filename }: BlockedArtifact['facts']): string {
  const parts = [...channel.split('/'), subdir, filename]
  return `/api/repo/${parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`
}

function blockingCves(decision: Decision): BlockingCve[] {
  const byId = new Map<string, CveEvidence>()
  for (const reason of decision.reasons) {
    for (const one of reason.evidence) if (one.kind === 'cve') byId.set(one.id, one)
  }
  return [...byId.values()].map((cve) => ({
    id: cve.id,
    severity: cve.severity,
    status: cve.status,
    fixed_in: cve.fixedIn,
    ...(cve.score !== null && { score: cve.score }),
    ...(cve.scoreSource !== null && cve.scoreSource !== '' && { source: cve.scoreSource }),
  }))
}

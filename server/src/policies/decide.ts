/**
 * The one question of the product: may this artifact be had from this channel, now, and why (not)?
 *
 * Pure and total. The index builder, the download gate, previews and explanations all ask here, so they
 * cannot disagree. How rules, effects and exceptions meet is docs/POLICIES.md; this is that page in code.
 */
import { compilePolicy } from './compile-policy.ts'
import type { CompiledException, CompiledPolicy, CompiledRule } from './compile-policy.ts'
import type { World } from './compiled-condition.ts'
import { isNamed } from './cve-condition.ts'
import type { Decision, DecisionReason, ExceptionUse, Trial } from './decision.ts'
import { describeEvidenceList } from './decision.ts'
import type { Evidence } from './evidence.ts'
import type { ArtifactFacts } from './facts.ts'
import { strictness } from './policy.ts'
import type { Effect, Policy, Rule } from './policy.ts'

const allowed: Decision = Object.freeze({
  effect: 'allow',
  reasons: Object.freeze([]),
  exceptionsUsed: Object.freeze([]),
})

/** What one policy, or several together, have to say. */
interface Findings {
  readonly reasons: DecisionReason[]
  readonly overruled: DecisionReason[]
  readonly exceptionsUsed: ExceptionUse[]
  nextChangeMs: number
}

/**
 * Applies every rule of every policy. In a policy the strictest effect wins, of its final rules if any
 * applies; of several policies the strictest wins, and no policies means allow. The order of policies and
 * of rules has no influence. Policies for audit only change nothing but `trial`.
 *
 * Never throws. What cannot be judged counts against the artifact: a rule that fails on these facts applies,
 * and a policy that cannot be read denies everything.
 *
 * @param policies from `parsePolicy`; keep the objects, they are compiled once each
 * @param options.brief the same effect and rules, without the evidence and the exceptions for CVEs: for
 *   whoever counts
 */
export function decide(
  facts: ArtifactFacts,
  policies: readonly Policy[],
  now: Date,
  { brief = false }: { brief?: boolean } = {},
): Decision {
  const world: World = { facts, nowMs: now.getTime(), counted: facts.vulnerabilities, brief }
  let enforced: Findings | undefined
  let audited: Findings | undefined
  for (const policy of policies) {
    const found = askPolicy(policy, world)
    if (!found) continue
    if (policy.auditOnly) addTo((audited ??= noFindings()), found)
    else addTo((enforced ??= noFindings()), found)
  }
  return enforced || audited ? conclude(enforced ?? noFindings(), audited) : allowed
}

/** @returns undefined when the policy has nothing to say, now or at any later time */
function askPolicy(policy: Policy, world: World): Findings | undefined {
  const compiled = tryCompile(policy)
  if (typeof compiled === 'string') {
    const findings = noFindings()
    findings.reasons.push(unreadableReason(policy.name, { id: 'policy', effect: 'deny' }, compiled))
    return findings
  }
  if (!compiled.concerns(world.facts)) return undefined
  let findings: Findings | undefined
  let hasFinal = false
  for (const rule of compiled.rules) {
    if (!isConcerned(rule, world)) continue
    findings ??= noFindings()
    try {
      if (applyRule(compiled, rule, world, findings) && rule.rule.final) hasFinal = true
    } catch (error) {
      findings.reasons.push(unreadableReason(policy.name, rule.rule, problemText(error)))
      if (rule.rule.final) hasFinal = true
    }
  }
  if (findings && hasFinal) overrule(findings)
  return findings
}

/** Sets aside what is not final. A final rule that an exception lifted keeps the last word: it then allows. */
function overrule(findings: Findings): void {
  const all = findings.reasons.splice(0)
  for (const reason of all) (reason.final ? findings.reasons : findings.overruled).push(reason)
}

function addTo(all: Findings, one: Findings): void {
  all.reasons.push(...one.reasons)
  all.overruled.push(...one.overruled)
  all.exceptionsUsed.push(...one.exceptionsUsed)
  changesAt(all, one.nextChangeMs)
}

/** Whether the rule applies as far as exceptions allow, or time may make it apply. */
function isConcerned({ rule, condition }: CompiledRule, world: World): boolean {
  if (condition.changesAt || rule.fromMs !== undefined || rule.untilMs !== undefined) return true
  try {
    return condition.test(world)
  } catch {
    return true // `applyRule` meets the same error and reports it
  }
}

/** @returns whether the rule applies, exceptions left aside */
function applyRule(
  policy: CompiledPolicy,
  compiled: CompiledRule,
  world: World,
  findings: Findings,
): boolean {
  const { rule, condition } = compiled
  if (rule.untilMs !== undefined && world.nowMs >= rule.untilMs) return false
  changesAt(findings, rule.untilMs)
  if (rule.fromMs !== undefined && world.nowMs < rule.fromMs) {
    changesAt(findings, rule.fromMs)
    return false
  }
  changesAt(findings, condition.changesAt?.(world))
  if (!condition.test(world)) return false

  const active = policy
    .exceptionsFor(world.facts, rule)
    .filter(({ exception }) => exception.expiresMs === undefined || world.nowMs < exception.expiresMs)
  for (const { exception } of active) changesAt(findings, exception.expiresMs)

  const lifting = active.filter((exception) => exception.cves === undefined)
  if (lifting.length > 0) {
    findings.exceptionsUsed.push(...lifting.map((exception) => exceptionUse(policy, rule, exception)))
    return true
  }

  const remaining = withoutExcused(world, active)
  const stillApplies = remaining === world || condition.test(remaining)
  const evidence = stillApplies && !world.brief ? condition.explain(remaining, true) : []
  if (remaining !== world && !world.brief) {
    const excused = missingCves(condition.explain(world, true), evidence)
    findings.exceptionsUsed.push(...excusedUses(policy, rule, active, excused, world))
  }
  if (stillApplies) findings.reasons.push(ruleReason(policy.name, rule, evidence))
  return true
}

/** The same world, or one without the CVEs that these exceptions name. */
function withoutExcused(world: World, exceptions: readonly CompiledException[]): World {
  if (exceptions.length === 0) return world
  const counted = world.counted.filter((cve) => !exceptions.some(({ cves }) => cves && isNamed(cve, cves)))
  return counted.length === world.counted.length ? world : { ...world, counted }
}

/** The CVEs that spoke against the artifact before exceptions and no longer do. */
function missingCves(before: readonly Evidence[], after: readonly Evidence[]): ReadonlySet<string> {
  const left = new Set(after.flatMap((one) => (one.kind === 'cve' ? one.id : [])))
  return new Set(before.flatMap((one) => (one.kind === 'cve' && !left.has(one.id) ? one.id : [])))
}

function excusedUses(
  policy: CompiledPolicy,
  rule: Rule,
  active: readonly CompiledException[],
  excused: ReadonlySet<string>,
  world: World,
): ExceptionUse[] {
  return active.flatMap((exception) => {
    const cves = world.counted
      .filter((cve) => excused.has(cve.id) && exception.cves && isNamed(cve, exception.cves))
      .map((cve) => cve.id)
    return cves.length > 0 ? exceptionUse(policy, rule, exception, cves) : []
  })
}

function exceptionUse(
  policy: CompiledPolicy,
  rule: Rule,
  { exception }: CompiledException,
  cves?: readonly string[],
): ExceptionUse {
  return {
    policy: policy.name,
    exception: exception.id,
    rule: rule.id,
    reason: exception.reason,
    ...(cves && { cves }),
    ...(exception.expiresMs !== undefined && { expiresAt: new Date(exception.expiresMs) }),
  }
}

function ruleReason(policy: string, rule: Rule, evidence: readonly Evidence[]): DecisionReason {
  const until = untilOf(rule, evidence)
  return {
    policy,
    rule: rule.id,
    effect: rule.effect,
    text: describeEvidenceList(evidence, { why: true }),
    evidence,
    ...(rule.final && { final: true }),
    ...(rule.reason !== undefined && { note: rule.reason }),
    ...(until && { until }),
  }
}

/** When the rule may stop applying by itself: it ends, or its conditions turn, of several CVEs the last. */
function untilOf(rule: Rule, evidence: readonly Evidence[]): Date | undefined {
  const cves = evidence.filter((one) => one.kind === 'cve')
  const ends = [
    ...(rule.untilMs === undefined ? [] : [new Date(rule.untilMs)]),
    ...evidence.flatMap((one) => (one.kind === 'age' || one.kind === 'build_age' ? (one.until ?? []) : [])),
    ...(cves.every((cve) => cve.until !== undefined) ? latest(cves.flatMap((cve) => cve.until ?? [])) : []),
  ]
  return ends.toSorted((a, b) => a.getTime() - b.getTime())[0]
}

function latest(dates: readonly Date[]): Date[] {
  return dates.toSorted((a, b) => b.getTime() - a.getTime()).slice(0, 1)
}

function unreadableReason(
  policy: string,
  rule: Pick<Rule, 'id' | 'effect' | 'final'>,
  problem: string,
): DecisionReason {
  const evidence = [{ kind: 'unreadable', problem }] as const
  return {
    policy,
    rule: rule.id,
    // an allow that cannot be judged must not open anything
    effect: rule.effect === 'allow' ? 'deny' : rule.effect,
    text: describeEvidenceList(evidence, { why: true }),
    evidence,
    ...(rule.final && { final: true }),
  }
}

function conclude(enforced: Findings, audited: Findings | undefined): Decision {
  const reasons = enforced.reasons.sort(strictestFirst)
  const overruled = enforced.overruled.sort(strictestFirst)
  const exceptionsUsed = enforced.exceptionsUsed.sort(
    (a, b) => byText(a.policy, b.policy) || byText(a.exception, b.exception) || byText(a.rule, b.rule),
  )
  const effect = reasons[0]?.effect ?? 'allow'
  const trial = audited && conductTrial(effect, audited)
  const nextChangeMs = Math.min(enforced.nextChangeMs, audited?.nextChangeMs ?? Infinity)
  return {
    effect,
    reasons,
    exceptionsUsed,
    ...(overruled.length > 0 && { overruled }),
    ...(trial && { trial }),
    ...(nextChangeMs !== Infinity && { nextChangeAt: new Date(nextChangeMs) }),
  }
}

function conductTrial(effect: Effect, audited: Findings): Trial | undefined {
  const reasons = audited.reasons.sort(strictestFirst)
  const wouldBe = reasons[0]?.effect ?? 'allow'
  return strictness(wouldBe) > strictness(effect) ? { effect: wouldBe, reasons } : undefined
}

function strictestFirst(a: DecisionReason, b: DecisionReason): number {
  return strictness(b.effect) - strictness(a.effect) || byText(a.policy, b.policy) || byText(a.rule, b.rule)
}

function changesAt(findings: Findings, ms: number | undefined): void {
  if (ms !== undefined && ms < findings.nextChangeMs) findings.nextChangeMs = ms
}

function noFindings(): Findings {
  return { reasons: [], overruled: [], exceptionsUsed: [], nextChangeMs: Infinity }
}

function tryCompile(policy: Policy): CompiledPolicy | string {
  try {
    return compilePolicy(policy)
  } catch (error) {
    return problemText(error)
  }
}

function problemText(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error'
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

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
import type { Decision, DecisionReason, ExceptionUse } from './decision.ts'
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

/** What is gathered while the rules are asked one by one. */
interface Findings {
  readonly reasons: DecisionReason[]
  readonly exceptionsUsed: ExceptionUse[]
  nextChangeMs: number
}

/**
 * Applies every rule of every policy; the strictest effect wins, and no policies means allow. The order of
 * policies and of rules has no influence.
 *
 * Never throws. What cannot be judged counts against the artifact: a rule that fails on these facts applies,
 * and a policy that cannot be read denies everything.
 *
 * @param policies from `parsePolicy`; keep the objects, they are compiled once each
 */
export function decide(facts: ArtifactFacts, policies: readonly Policy[], now: Date): Decision {
  const world: World = { facts, nowMs: now.getTime(), counted: facts.vulnerabilities }
  let findings: Findings | undefined
  for (const policy of policies) {
    const compiled = tryCompile(policy)
    if (typeof compiled === 'string') {
      findings ??= noFindings()
      findings.reasons.push(unreadableReason(policy.name, 'policy', 'deny', compiled))
      continue
    }
    for (const rule of compiled.rules) {
      if (!isConcerned(rule, world)) continue
      findings ??= noFindings()
      try {
        applyRule(compiled, rule, world, findings)
      } catch (error) {
        const { id, effect } = rule.rule
        findings.reasons.push(unreadableReason(policy.name, id, effect, problemText(error)))
      }
    }
  }
  return findings ? conclude(findings) : allowed
}

/** Whether the rule applies as far as exceptions allow, or time may make it apply. */
function isConcerned({ condition }: CompiledRule, world: World): boolean {
  if (condition.changesAt) return true
  try {
    return condition.test(world)
  } catch {
    return true // `applyRule` meets the same error and reports it
  }
}

function applyRule(policy: CompiledPolicy, compiled: CompiledRule, world: World, findings: Findings): void {
  const { rule, condition } = compiled
  changesAt(findings, condition.changesAt?.(world))
  if (!condition.test(world)) return

  const active = policy
    .exceptionsFor(world.facts, rule.id)
    .filter(({ exception }) => exception.expiresMs === undefined || world.nowMs < exception.expiresMs)
  for (const { exception } of active) changesAt(findings, exception.expiresMs)

  const lifting = active.filter((exception) => exception.cves === undefined)
  if (lifting.length > 0) {
    findings.exceptionsUsed.push(...lifting.map((exception) => exceptionUse(policy, rule, exception)))
    return
  }

  const remaining = withoutExcused(world, active)
  const stillApplies = remaining === world || condition.test(remaining)
  const evidence = stillApplies ? condition.explain(remaining, true) : []
  if (remaining !== world) {
    const excused = missingCves(condition.explain(world, true), evidence)
    findings.exceptionsUsed.push(...excusedUses(policy, rule, active, excused, world))
  }
  if (stillApplies) findings.reasons.push(ruleReason(policy.name, rule, evidence))
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
  const until = untilOf(evidence)
  return {
    policy,
    rule: rule.id,
    effect: rule.effect,
    text: describeEvidenceList(evidence, { why: true }),
    evidence,
    ...(rule.reason !== undefined && { note: rule.reason }),
    ...(until && { until }),
  }
}

/** When the rule may stop applying by itself: its conditions turn, of several CVEs the last. */
function untilOf(evidence: readonly Evidence[]): Date | undefined {
  const cves = evidence.filter((one) => one.kind === 'cve')
  const ends = [
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
  rule: string,
  effect: Rule['effect'],
  problem: string,
): DecisionReason {
  const evidence = [{ kind: 'unreadable', problem }] as const
  return { policy, rule, effect, text: describeEvidenceList(evidence, { why: true }), evidence }
}

function conclude({ reasons, exceptionsUsed, nextChangeMs }: Findings): Decision {
  reasons.sort(
    (a, b) =>
      strictness(b.effect) - strictness(a.effect) || byText(a.policy, b.policy) || byText(a.rule, b.rule),
  )
  exceptionsUsed.sort(
    (a, b) => byText(a.policy, b.policy) || byText(a.exception, b.exception) || byText(a.rule, b.rule),
  )
  const effect: Effect = reasons[0]?.effect ?? 'allow'
  if (nextChangeMs === Infinity) return { effect, reasons, exceptionsUsed }
  return { effect, reasons, exceptionsUsed, nextChangeAt: new Date(nextChangeMs) }
}

function changesAt(findings: Findings, ms: number | undefined): void {
  if (ms !== undefined && ms < findings.nextChangeMs) findings.nextChangeMs = ms
}

function noFindings(): Findings {
  return { reasons: [], exceptionsUsed: [], nextChangeMs: Infinity }
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

/** A policy made ready for many decisions: predicates for its rules, and its exceptions by package name. */
import { MatchSpec } from '@terrarium/conda/match-spec/match-spec.ts'
import { compileCondition } from './compile-condition.ts'
import type { CompiledCondition } from './compiled-condition.ts'
import type { ArtifactFacts } from './facts.ts'
import { compileSpecs, hasNamePattern } from './package-specs.ts'
import type { Policy, PolicyException, Rule } from './policy.ts'

export interface CompiledPolicy {
  readonly name: string
  readonly rules: readonly CompiledRule[]
  /** Whether it speaks of this file at all. */
  concerns(facts: ArtifactFacts): boolean
  /** The exceptions that cover the artifact and the rule, expired ones too. */
  exceptionsFor(facts: ArtifactFacts, rule: Rule): readonly CompiledException[]
}

export interface CompiledRule {
  readonly rule: Rule
  readonly condition: CompiledCondition
}

export interface CompiledException {
  readonly exception: PolicyException
  /** Upper case; undefined for an exception that lifts whole rules. */
  readonly cves: ReadonlySet<string> | undefined
  covers(facts: ArtifactFacts, rule: Rule): boolean
}

const compiled = new WeakMap<Policy, CompiledPolicy>()

/**
 * Compiles once per policy object; a policy is never changed after it was made, so the memory is sound.
 *
 * @throws InvalidMatchSpecError when the policy did not come from `parsePolicy` and holds a bad spec
 */
export function compilePolicy(policy: Policy): CompiledPolicy {
  const known = compiled.get(policy)
  if (known) return known
  const made: CompiledPolicy = {
    name: policy.name,
    concerns: ({ origin }) => policy.mirrorId === undefined || origin.id === policy.mirrorId,
    rules: policy.rules.map((rule) => ({ rule, condition: compileCondition(rule.when) })),
    exceptionsFor: indexExceptions(policy.exceptions),
  }
  compiled.set(policy, made)
  return made
}

/** Thousands of exceptions may pile up in a policy; each names few packages, so they are found by name. */
function indexExceptions(exceptions: readonly PolicyException[]): CompiledPolicy['exceptionsFor'] {
  const byName = new Map<string, CompiledException[]>()
  const forAny: CompiledException[] = []
  for (const exception of exceptions) {
    const made = compileException(exception)
    const names = exactNames(exception)
    if (names === undefined) forAny.push(made)
    for (const name of names ?? []) byName.set(name, [...(byName.get(name) ?? []), made])
  }
  if (exceptions.length === 0) return () => []
  return (facts, rule) => {
    if (rule.effect === 'allow') return [] // an exception can only ever lift
    return [...(byName.get(facts.name.toLowerCase()) ?? []), ...forAny].filter((exception) =>
      exception.covers(facts, rule),
    )
  }
}

/** The package names it is limited to; undefined when it is not, or only by a pattern. */
function exactNames({ packages }: PolicyException): ReadonlySet<string> | undefined {
  if (packages === undefined || packages.some(hasNamePattern)) return undefined
  return new Set(packages.map((spec) => MatchSpec.parse(spec.trim()).name))
}

function compileException(exception: PolicyException): CompiledException {
  const find = exception.packages && compileSpecs(exception.packages)
  const rules = exception.rules && new Set(exception.rules)
  const files = exception.files && new Set(exception.files)
  return {
    exception,
    cves: exception.cves && new Set(exception.cves.map((id) => id.toUpperCase())),
    covers: (facts, rule) =>
      (rules?.has(rule.id) ?? true) &&
      (exception.effect === undefined || exception.effect === rule.effect) &&
      (files?.has(`${facts.subdir}/${facts.filename}`) ?? true) &&
      (find === undefined || find(facts) !== undefined),
  }
}

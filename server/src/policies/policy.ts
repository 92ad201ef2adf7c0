/**
 * A policy as the rest of the product handles it: plain data, every default filled in, every shorthand
 * written out. `policy-document.ts` makes one from the text an officer wrote; `compile-policy.ts` turns it
 * into predicates. What each part means to people is docs/POLICIES.md.
 */
import type { Comparison } from './comparison.ts'
import type { FlagFact, Origin, ScoreSource, Severity, VulnerabilityStatus } from './facts.ts'

/** Weakest to strictest. A decision takes the strictest of what its rules say. */
export const effects = ['allow', 'warn', 'hide', 'hold', 'deny'] as const
export type Effect = (typeof effects)[number]

/** What a rule may say; `allow` only with the last word (`final`). */
export const ruleEffects = effects
export type RuleEffect = Effect

/** Greater is stricter. */
export function strictness(effect: Effect): number {
  return effects.indexOf(effect)
}

export interface Policy {
  readonly version: 1
  readonly name: string
  readonly description?: string
  readonly rules: readonly Rule[]
  readonly exceptions: readonly PolicyException[]
  /** Those of the exceptions that were granted on request, so that another text can have them too. */
  readonly granted?: readonly PolicyException[]
  /** Decides nothing: what it would have done is written down beside the decision. */
  readonly auditOnly?: boolean
  /** Id of a mirror: the policy speaks of the files that came by it, and of no others. */
  readonly mirrorId?: string
}

export interface Rule {
  /** Unique in its policy; named in messages, audit events and exceptions. */
  readonly id: string
  readonly description?: string
  readonly effect: RuleEffect
  readonly when: Condition
  /** Of the rules of its policy that apply, those that are final alone count. */
  readonly final?: boolean
  /** The first instant at which it applies, milliseconds since 1970. */
  readonly fromMs?: number
  /** The first instant at which it no longer does. */
  readonly untilMs?: number
  /** The officer's words to the person who is blocked. */
  readonly reason?: string
}

/**
 * From the document, or granted on request (`exceptions.ts`).
 *
 * Lifts rules of its own policy, never those of another one: a channel's exception must not open what the
 * organisation's baseline closes. Without `cves` it lifts the rules; with `cves` only those are left out of
 * account, and the rules are asked again.
 */
export interface PolicyException {
  readonly id: string
  /** Match specs, any of which suffices; undefined for every package. */
  readonly packages: readonly string[] | undefined
  readonly cves: readonly string[] | undefined
  /** Rule ids; undefined for every rule of the policy. */
  readonly rules: readonly string[] | undefined
  /** `subdir/filename`, any of which suffices; absent for every file. */
  readonly files?: readonly string[]
  /** Lifts rules of this effect only; absent for every effect. */
  readonly effect?: RuleEffect
  readonly reason: string
  /** The first instant at which it no longer holds, milliseconds since 1970; undefined for no end. */
  readonly expiresMs: number | undefined
}

export type Condition =
  | { readonly kind: 'all'; readonly of: readonly Condition[] }
  | { readonly kind: 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | PackageCondition
  | PlatformCondition
  | LicenceCondition
  | CveCondition
  | AgeCondition
  | BuildAgeCondition
  | BuiltCondition
  | SizeCondition
  | OriginCondition
  | FlagCondition

/** The artifact matches one of the match specs, or (`not_in`) none of them. */
export interface PackageCondition {
  readonly kind: 'package'
  readonly test: ListTest
  readonly specs: readonly string[]
}

export interface PlatformCondition {
  readonly kind: 'platform'
  readonly test: ListTest
  readonly subdirs: readonly string[]
}

/**
 * `in`: whatever choice the licence leaves, something listed comes with it. `not_in`: no choice stays
 * within the list. `unknown` stands for a licence that is absent or that nobody can read.
 */
export interface LicenceCondition {
  readonly kind: 'licence'
  readonly test: ListTest
  readonly licences: readonly string[]
}

/** There is one CVE for which every field holds. */
export interface CveCondition {
  readonly kind: 'cve'
  /** All must hold; empty for any score. */
  readonly score: readonly Comparison[]
  readonly severities: readonly Severity[] | undefined
  /** Whether a CVE without a score passes `score` and `severities`. */
  readonly unscored: boolean | undefined
  readonly statuses: readonly VulnerabilityStatus[]
  /** Upper case; undefined for any. Matched against the id and the aliases. */
  readonly ids: readonly string[] | undefined
  readonly fixed: boolean | undefined
  /** Whether this channel has a newer version without it. */
  readonly fixedHere: boolean | undefined
  readonly kev: boolean | undefined
  /** All must hold, values 0 to 1; undefined for any, also for none. */
  readonly epss: readonly Comparison[] | undefined
  /** Time since it was published, values in milliseconds; undefined for any, also for an unknown one. */
  readonly age: readonly Comparison[] | undefined
  /** Whose score counts; undefined for the preferred one. */
  readonly source: ScoreSource | 'maximum' | undefined
  readonly minConfidence: number
  /** `true`: versions that can't be placed count too. `only`: those and no others. */
  readonly indeterminate: boolean | 'only'
}

/** Time since our own first sight of the artifact. */
export interface AgeCondition {
  readonly kind: 'age'
  /** Values in milliseconds. */
  readonly age: readonly Comparison[]
}

/** Time since the builder's timestamp; false when there is none. */
export interface BuildAgeCondition {
  readonly kind: 'build_age'
  /** Values in milliseconds. */
  readonly age: readonly Comparison[]
}

/** The builder's timestamp lies in [from, before); false when there is none. */
export interface BuiltCondition {
  readonly kind: 'built'
  readonly fromMs: number | undefined
  readonly beforeMs: number | undefined
}

export interface SizeCondition {
  readonly kind: 'size'
  /** Values in bytes. */
  readonly size: readonly Comparison[]
}

export interface OriginCondition {
  readonly kind: 'origin'
  readonly kinds: readonly Origin['kind'][] | undefined
  readonly names: readonly string[] | undefined
}

/** One of the facts that are a plain yes or no is as asked for. */
export interface FlagCondition {
  readonly kind: 'flag'
  readonly fact: FlagFact
  readonly value: boolean
}

export type ListTest = 'in' | 'not_in'

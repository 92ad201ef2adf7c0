/** Decisions, their evidence and the facts they rest on, as HTTP shows them: the same fields, instants as text. */
import { z } from 'zod'
import { operators } from './comparison.ts'
import type { Decision } from './decision.ts'
import { flagFacts, originKinds, scoreSources, severities, vulnerabilityStatuses } from './facts.ts'
import type { ArtifactFacts, FlagFact } from './facts.ts'
import { effects } from './policy.ts'

const instant = z.string().describe('ISO 8601')
const share = z.number().describe('0 to 1')
const listTest = z.enum(['in', 'not_in'])
const verdict = z.enum(['affected', 'indeterminate'])
const severity = z.enum(severities)
const status = z.enum(vulnerabilityStatuses)
const limits = z.array(z.object({ operator: z.enum(operators), value: z.number() }))
const origin = z.object({ kind: z.enum(originKinds), id: z.string().optional(), name: z.string() })

const evidenceBody = z.union([
  z.object({
    kind: z.literal('cve'),
    id: z.string(),
    aliases: z.array(z.string()),
    verdict,
    score: z.number().nullable(),
    severity,
    scoreSource: z.string().nullable(),
    vector: z.string().nullable(),
    status,
    confidence: share,
    why: z.string(),
    fixedIn: z.array(z.string()),
    fixedInChannel: z.array(z.string()),
    kev: z.boolean(),
    epss: share.nullable(),
    published: instant.nullable(),
    until: instant.optional().describe('When time next changes whether it counts'),
  }),
  z.object({ kind: z.literal('no-cve') }),
  z.object({
    kind: z.literal('package'),
    test: listTest,
    spec: z.string().optional().describe('The one that matched'),
    specs: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('platform'),
    subdir: z.string(),
    listed: z.boolean(),
    subdirs: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('licence'),
    licence: z.string().nullable(),
    expression: z.string().optional().describe('How it was read'),
    known: z.boolean(),
    families: z.array(z.string()),
    test: listTest,
    listed: z.array(z.string()),
    applies: z.boolean(),
    why: z.string(),
  }),
  z.object({
    kind: z.literal('age'),
    firstSeen: instant,
    ageMs: z.number(),
    limits,
    until: instant.optional(),
  }),
  z.object({
    kind: z.literal('build_age'),
    built: instant.nullable(),
    limits,
    until: instant.optional(),
  }),
  z.object({
    kind: z.literal('built'),
    built: instant.nullable(),
    from: instant.optional(),
    before: instant.optional(),
  }),
  z.object({ kind: z.literal('size'), bytes: z.number(), limits }),
  z.object({ kind: z.literal('origin'), origin, listed: z.boolean() }),
  z.object({
    kind: z.literal('flag'),
    fact: z.enum(Object.keys(flagFacts) as FlagFact[]), // its keys are what FlagFact is made of
    value: z.boolean(),
    detail: z.string().optional().describe('Where more is known than yes or no: whose signature it has'),
  }),
  z.object({ kind: z.literal('unreadable'), problem: z.string() }),
])

const decisionReasonBody = z
  .object({
    policy: z.string(),
    rule: z.string(),
    effect: z.enum(effects),
    text: z.string().describe('The facts in one line, for people'),
    evidence: z.array(evidenceBody),
    final: z.literal(true).optional(),
    note: z.string().optional().describe('The words of who wrote the rule'),
    until: instant.optional().describe('When the rule stops applying by itself'),
  })
  .meta({ id: 'DecisionReason' })

export const decisionBody = z
  .object({
    effect: z.enum(effects),
    reasons: z.array(decisionReasonBody).describe('Every rule that applies, the strictest first'),
    exceptionsUsed: z.array(
      z.object({
        policy: z.string(),
        exception: z.string(),
        rule: z.string(),
        cves: z.array(z.string()).optional().describe('Left out of account; absent when the whole rule was'),
        reason: z.string(),
        expiresAt: instant.optional(),
      }),
    ),
    overruled: z
      .array(decisionReasonBody)
      .optional()
      .describe('Rules that a final one had the last word over'),
    trial: z
      .object({ effect: z.enum(effects), reasons: z.array(decisionReasonBody) })
      .optional()
      .describe('What the policies on trial would have made of it'),
    nextChangeAt: instant.optional().describe('When time alone may change it'),
  })
  .meta({ id: 'Decision' })
export type DecisionBody = z.output<typeof decisionBody>

/** What JSON makes of a type. */
type AsJson<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? AsJson<Item>[]
    : T extends object
      ? { -readonly [Field in keyof T]: AsJson<T[Field]> }
      : T

export function toDecisionBody(decision: Decision): DecisionBody {
  const body = JSON.parse(JSON.stringify(decision)) as AsJson<Decision> // by the meaning of AsJson
  return body
}

export const factsBody = z
  .object({
    channel: z.string(),
    subdir: z.string(),
    filename: z.string(),
    name: z.string(),
    version: z.string(),
    build: z.string(),
    buildNumber: z.number(),
    size: z.number().describe('Bytes'),
    licence: z.string().nullable(),
    licenceFamily: z.string().nullable(),
    timestampMs: z.number().nullable().describe('When it was built, as the builder claims; ms since 1970'),
    firstSeenMs: z.number().describe('When this server first saw these bytes; ms since 1970'),
    noarch: z.string().optional(),
    origin,
    unmapped: z.boolean(),
    signed: z.boolean(),
    signedWhy: z.string().optional().describe('With which key, or why not'),
    attested: z.boolean(),
    attestedWhy: z.string().optional(),
    linkScripts: z.boolean(),
    executablesInNoarch: z.boolean(),
    legacyDuplicate: z.boolean(),
    vulnerabilities: z.array(
      z.object({
        id: z.string(),
        aliases: z.array(z.string()),
        verdict,
        score: z.number().nullable(),
        severity,
        status,
        confidence: share,
        why: z.string(),
        fixedIn: z.array(z.string()),
        scoreSource: z.string().nullable(),
        vector: z.string().nullable(),
        scores: z.array(z.object({ source: z.enum(scoreSources), score: z.number(), severity })),
        kev: z.boolean(),
        epss: share.nullable(),
        publishedMs: z.number().nullable(),
        fixedInChannel: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'ArtifactFacts' })
export type FactsBody = z.output<typeof factsBody>

export function toFactsBody(facts: ArtifactFacts): FactsBody {
  return {
    ...facts,
    vulnerabilities: facts.vulnerabilities.map((one) => ({
      ...one,
      aliases: [...one.aliases],
      fixedIn: [...one.fixedIn],
      scores: [...one.scores],
      fixedInChannel: [...one.fixedInChannel],
    })),
  }
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from './decide.ts'
import { severities, vulnerabilityStatuses } from './facts.ts'
import type { ArtifactFacts, VulnerabilityFact } from './facts.ts'
import { ruleEffects, strictness } from './policy.ts'
import type { Condition, Policy, PolicyException, Rule } from './policy.ts'

/**
 * Small worlds, so that rules, exceptions and facts often meet: few names, few CVEs, few instants.
 */
const ids = ['CVE-2099-0001', 'CVE-2099-0002', 'CVE-2099-0003']
const instants = fc.integer({ min: -3, max: 12 }).map((day) => day * 86_400_000)

const vulnerability: fc.Arbitrary<VulnerabilityFact> = fc.record({
  id: fc.constantFrom(...ids),
  aliases: fc.subarray(ids),
  verdict: fc.constantFrom('affected', 'indeterminate'),
  score: fc.option(fc.constantFrom(0, 3.9, 7, 9.8)),
  severity: fc.constantFrom(...severities),
  status: fc.constantFrom(...vulnerabilityStatuses),
  confidence: fc.constantFrom(0.3, 0.8, 1),
  why: fc.string({ maxLength: 5 }),
  fixedIn: fc.constantFrom([], ['2.0']),
  scoreSource: fc.option(fc.constant('NVD')),
  vector: fc.constant(null),
  scores: fc.constantFrom([], [{ source: 'nvd', score: 5, severity: 'medium' }] as const),
  kev: fc.boolean(),
  epss: fc.option(fc.constantFrom(0.01, 0.9)),
  publishedMs: fc.option(instants),
  fixedInChannel: fc.constantFrom([], ['2.0']),
})

const artifact: fc.Arbitrary<ArtifactFacts> = fc.record({
  channel: fc.constant('prod'),
  subdir: fc.constantFrom('linux-64', 'noarch', 'win-64'),
  filename: fc.constant('a-1.0-0.conda'),
  name: fc.constantFrom('a', 'b'),
  version: fc.constantFrom('1.0', '2.0', '3.0rc1', 'not a version!', ''),
  build: fc.constant('0'),
  buildNumber: fc.nat(3),
  size: fc.nat(2_000_000),
  licence: fc.option(fc.constantFrom('MIT', 'GPL-3.0-only', 'MIT OR GPL-2.0-only', 'whatever', '(')),
  licenceFamily: fc.option(fc.constantFrom('GPL', 'MIT', 'OTHER')),
  timestampMs: fc.option(instants),
  firstSeenMs: instants,
  origin: fc.record({ kind: fc.constantFrom('mirror', 'upload', 'bundle'), name: fc.constantFrom('x', 'y') }),
  unmapped: fc.boolean(),
  signed: fc.boolean(),
  attested: fc.constant(false),
  linkScripts: fc.boolean(),
  executablesInNoarch: fc.constant(false),
  legacyDuplicate: fc.constant(false),
  vulnerabilities: fc.array(vulnerability, { maxLength: 4 }),
})

const ages = fc
  .tuple(fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const, '=' as const), instants)
  .map(([operator, value]) => [{ operator, value }])

const listTest = fc.constantFrom('in', 'not_in')
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    kind: fc.constant('package' as const),
    test: listTest,
    specs: fc.subarray(['a', 'a <2', 'b 1.0', '*', 'b* >=1'], { minLength: 1 }),
  }),
  fc.record({
    kind: fc.constant('platform' as const),
    test: listTest,
    subdirs: fc.subarray(['linux-64', 'noarch'], { minLength: 1 }),
  }),
  fc.record({
    kind: fc.constant('licence' as const),
    test: listTest,
    licences: fc.subarray(['GPL', 'MIT', 'unknown', 'GPL-3.0-only'], { minLength: 1 }),
  }),
  fc.record({
    kind: fc.constant('cve' as const),
    score: fc.constantFrom([], [{ operator: '>=', value: 7 }] as const),
    severities: fc.option(fc.subarray([...severities], { minLength: 1 }), { nil: undefined }),
    unscored: fc.option(fc.boolean(), { nil: undefined }),
    statuses: fc.subarray([...vulnerabilityStatuses], { minLength: 1 }),
    ids: fc.option(fc.subarray(ids, { minLength: 1 }), { nil: undefined }),
    fixed: fc.option(fc.boolean(), { nil: undefined }),
    fixedHere: fc.option(fc.boolean(), { nil: undefined }),
    kev: fc.option(fc.boolean(), { nil: undefined }),
    epss: fc.constantFrom(undefined, [{ operator: '>', value: 0.5 }] as const),
    age: fc.option(ages, { nil: undefined }),
    source: fc.constantFrom(undefined, 'nvd' as const, 'maximum' as const),
    minConfidence: fc.constantFrom(0, 0.8),
    indeterminate: fc.constantFrom(false, true, 'only' as const),
  }),
  fc.record({ kind: fc.constantFrom('age', 'build_age'), age: ages }),
  fc.record({
    kind: fc.constant('flag' as const),
    fact: fc.constantFrom('unmapped', 'signed', 'link_scripts'),
    value: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('size' as const),
    size: fc.constant([{ operator: '>' as const, value: 1e6 }]),
  }),
  fc.record({
    kind: fc.constant('built' as const),
    fromMs: fc.option(instants, { nil: undefined }),
    beforeMs: fc.option(instants, { nil: undefined }),
  }),
)

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom('all', 'any'),
      of: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('not' as const), of: tie('condition') }),
  ),
}))

const rule: fc.Arbitrary<Rule> = fc.record({
  id: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
  effect: fc.constantFrom(...ruleEffects),
  when: condition,
  final: fc.boolean(),
})

/** The same with a time of its own. */
const timedRule: fc.Arbitrary<Rule> = fc
  .tuple(rule, fc.option(instants), fc.option(instants))
  .map(([base, from, until]) => ({
    ...base,
    ...(from !== null && { fromMs: from }),
    ...(until !== null && { untilMs: until }),
  }))

const exception: fc.Arbitrary<PolicyException> = fc.record({
  id: fc.constantFrom('e1', 'e2', 'e3'),
  packages: fc.option(fc.constantFrom(['a'], ['a <2', 'b'], ['*']), { nil: undefined }),
  cves: fc.option(fc.subarray(ids, { minLength: 1 }), { nil: undefined }),
  rules: fc.option(fc.subarray(['r1', 'r2'], { minLength: 1 }), { nil: undefined }),
  reason: fc.constant('because'),
  expiresMs: fc.option(instants, { nil: undefined }),
})

const scoped: fc.Arbitrary<PolicyException> = fc
  .tuple(
    exception,
    fc.option(fc.constantFrom('linux-64/a-1.0-0.conda')),
    fc.option(fc.constantFrom(...ruleEffects)),
  )
  .map(([base, file, effect]) => ({
    ...base,
    ...(file !== null && { files: [file] }),
    ...(effect !== null && { effect }),
  }))

const policy: fc.Arbitrary<Policy> = fc.record({
  version: fc.constant(1 as const),
  name: fc.constantFrom('p', 'q'),
  rules: fc.uniqueArray(fc.oneof(rule, timedRule), { maxLength: 4, selector: ({ id }) => id }),
  exceptions: fc.uniqueArray(fc.oneof(exception, scoped), { maxLength: 3, selector: ({ id }) => id }),
})

const world = fc.tuple(artifact, fc.array(policy, { maxLength: 2 }), instants)
const runs = { numRuns: 1000 }

function strictnessOf(facts: ArtifactFacts, policies: readonly Policy[], nowMs: number): number {
  return strictness(decide(facts, policies, new Date(nowMs)).effect)
}

test('one more policy never allows more, whatever it says', () => {
  fc.assert(
    fc.property(world, rule, ([facts, policies, at], extra) => {
      const more: Policy = { version: 1, name: 'extra', rules: [extra], exceptions: [] }
      expect(strictnessOf(facts, [...policies, more], at)).toBeGreaterThanOrEqual(
        strictnessOf(facts, policies, at),
      )
    }),
    runs,
  )
})

test('one more rule that is not final never allows more', () => {
  fc.assert(
    fc.property(artifact, policy, timedRule, instants, (facts, base, extra, at) => {
      const more: Policy = { ...base, rules: [...base.rules, { ...extra, id: 'extra', final: false }] }
      expect(strictnessOf(facts, [more], at)).toBeGreaterThanOrEqual(strictnessOf(facts, [base], at))
    }),
    runs,
  )
})

test('a policy for audit only changes no outcome', () => {
  fc.assert(
    fc.property(world, policy, ([facts, policies, at], extra) => {
      const trial: Policy = { ...extra, auditOnly: true }
      const now = new Date(at)
      const { effect, reasons } = decide(facts, policies, now)
      expect(decide(facts, [...policies, trial], now)).toMatchObject({ effect, reasons })
      const enforced = strictness(decide(facts, [...policies, extra], now).effect)
      expect(strictness(decide(facts, [...policies, trial], now).trial?.effect ?? effect)).toBe(enforced)
    }),
    runs,
  )
})

test('one more exception never forbids more', () => {
  fc.assert(
    fc.property(artifact, policy, fc.oneof(exception, scoped), instants, (facts, base, extra, at) => {
      const lenient: Policy = { ...base, exceptions: [...base.exceptions, extra] }
      expect(strictnessOf(facts, [lenient], at)).toBeLessThanOrEqual(strictnessOf(facts, [base], at))
    }),
    runs,
  )
})

test('the order of policies, rules and exceptions changes nothing', () => {
  const reversed = (policy: Policy): Policy => ({
    ...policy,
    rules: policy.rules.toReversed(),
    exceptions: policy.exceptions.toReversed(),
  })
  fc.assert(
    fc.property(artifact, policy, policy, instants, (facts, one, two, at) => {
      const policies = [
        { ...one, name: 'p' },
        { ...two, name: 'q' },
      ]
      const now = new Date(at)
      expect(decide(facts, policies.map(reversed).toReversed(), now)).toEqual(decide(facts, policies, now))
    }),
    runs,
  )
})

test('the effect is that of the first reason, and reasons come strictest first', () => {
  fc.assert(
    fc.property(world, ([facts, policies, at]) => {
      const { effect, reasons } = decide(facts, policies, new Date(at))
      expect(reasons[0]?.effect ?? 'allow').toBe(effect)
      const order = reasons.map((reason) => strictness(reason.effect))
      expect(order).toEqual(order.toSorted((a, b) => b - a))
      for (const reason of reasons) expect(reason.text).not.toBe('')
    }),
    runs,
  )
})

test('nothing changes before nextChangeAt', () => {
  const shape = (facts: ArtifactFacts, policies: readonly Policy[], at: number): unknown => {
    const { effect, reasons, exceptionsUsed } = decide(facts, policies, new Date(at))
    return [effect, reasons.map((reason) => [reason.policy, reason.rule]), exceptionsUsed]
  }
  fc.assert(
    fc.property(world, fc.double({ min: 0, max: 1, noNaN: true }), ([facts, policies, at], part) => {
      const next = decide(facts, policies, new Date(at)).nextChangeAt?.getTime() ?? at + 1e12
      expect(next).toBeGreaterThan(at)
      for (const later of [next - 1, Math.floor(at + part * (next - 1 - at))]) {
        expect(shape(facts, policies, later)).toEqual(shape(facts, policies, at))
      }
    }),
    runs,
  )
})

test('never throws, not even on facts and times that cannot be', () => {
  const odd: fc.Arbitrary<ArtifactFacts> = fc
    .tuple(artifact, fc.string(), fc.string(), fc.double(), fc.option(fc.string()))
    .map(([base, name, version, number, text]) => ({
      ...base,
      name,
      version,
      buildNumber: number,
      size: number,
      firstSeenMs: number,
      timestampMs: number,
      licence: text,
      licenceFamily: text,
    }))
  fc.assert(
    fc.property(odd, fc.array(policy), fc.double(), (facts, policies, at) => {
      decide(facts, policies, new Date(at))
    }),
    runs,
  )
})

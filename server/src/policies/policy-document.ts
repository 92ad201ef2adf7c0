/**
 * Reads the text of a policy, YAML or JSON, into a `Policy`.
 *
 * All faults are reported at once, those of syntax first since nothing behind them can be trusted. The
 * shape of the language is `policy-schema.ts`; `policy-names.ts` compares its names with each other; here
 * the shorthands are written out.
 */
import { findImpossible } from './impossible-condition.ts'
import { InvalidPolicyError, showPath } from './policy-faults.ts'
import type { Path, PolicyFault } from './policy-faults.ts'
import { isTriedOften } from './package-specs.ts'
import { findNameFaults, shorthandIds } from './policy-names.ts'
import { policyDocument } from './policy-schema.ts'
import type { ConditionDocument, ExceptionDocument, PolicyDocument, RuleDocument } from './policy-schema.ts'
import { ruleEffects } from './policy.ts'
import type { Condition, Policy, PolicyException, Rule, RuleEffect } from './policy.ts'
import { isFaults, readPositionedYaml } from './positioned-yaml.ts'
import type { PositionedYaml } from './positioned-yaml.ts'
import { oneOrMore, readCondition } from './read-condition.ts'
import { exclusiveEnd, parseInstant } from './schema-values.ts'
import { zodFaults } from './zod-faults.ts'

/**
 * @param options.filename for the messages
 * @param options.name of the policy when its text states none; without it, the file's name
 * @param options.saved it was checked when it was saved: what only makes no sense is let pass
 * @throws InvalidPolicyError with every fault found
 */
export function parsePolicy(
  text: string,
  options: { filename: string; name?: string; saved?: boolean },
): Policy {
  const { filename } = options
  const yaml = readPositionedYaml(text)
  if (isFaults(yaml)) throw new InvalidPolicyError(filename, yaml)
  if (yaml.value === null || yaml.value === undefined) {
    throw new InvalidPolicyError(filename, [
      { line: 1, column: 1, path: '', message: 'the file says nothing' },
    ])
  }
  const read = policyDocument.safeParse(yaml.value)
  const faults = [...(read.success ? [] : zodFaults(read.error, yaml)), ...findNameFaults(yaml)]
  if (read.success && !options.saved) faults.push(...impossibleFaults(read.data, yaml))
  if (faults.length > 0 || !read.success) throw new InvalidPolicyError(filename, faults)
  const policy = toPolicy(
    read.data,
    read.data.name ?? options.name ?? nameFromFile(filename),
    shorthandIds(yaml.value),
  )
  if (!options.saved) requireFewPatterns(policy, filename)
  return policy
}

/** Each takes microseconds, whatever it looks like: so many take a few thousandths of a second for a package. */
const MAX_PATTERNS = 1000

/** A list has its own limit, but there may be a thousand lists: then every decision would take long. */
function requireFewPatterns(policy: Policy, filename: string): void {
  const specs = [
    ...policy.rules.flatMap(({ when }) => specsOf(when)),
    ...policy.exceptions.flatMap(({ packages }) => packages ?? []),
  ]
  const patterns = specs.filter(isTriedOften).length
  if (patterns <= MAX_PATTERNS) return
  const message =
    `has ${patterns} match specs with a pattern for a name or with a regular expression, and ${MAX_PATTERNS} are ` +
    'the most: each is tried on many packages. Name the packages exactly; of exact names there may be thousands'
  throw new InvalidPolicyError(filename, [{ line: 1, column: 1, path: '', message }])
}

function specsOf(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of.flatMap(specsOf)
    case 'not':
      return specsOf(condition.of)
    case 'package':
      return condition.specs
    default:
      return []
  }
}

function impossibleFaults(document: PolicyDocument, yaml: PositionedYaml): PolicyFault[] {
  const conditions: [Path, ConditionDocument][] = [
    ...(document.rules ?? []).map((rule, index): [Path, ConditionDocument] => [
      ['rules', index, 'when'],
      rule.when,
    ]),
    ...ruleEffects.flatMap((effect) =>
      (document[effect] ?? []).map((one, index): [Path, ConditionDocument] => [[effect, index], one]),
    ),
  ]
  return conditions
    .flatMap(([path, condition]) => findImpossible(condition, path))
    .map(({ path, message }) => ({ ...yaml.positionOf(path), path: showPath(path), message }))
}

/** `policies/baseline.yaml` gives `baseline`. */
function nameFromFile(filename: string): string {
  const base = filename.slice(filename.lastIndexOf('/') + 1)
  return base.replace(/\.(ya?ml|json)$/i, '') || 'policy'
}

/** @param document that `policyDocument` accepted */
function toPolicy(
  document: PolicyDocument,
  name: string,
  ids: ReadonlyMap<RuleEffect, readonly string[]>,
): Policy {
  const written = (document.rules ?? []).map((rule): Rule => ({
    id: rule.id,
    effect: rule.effect,
    when: readCondition(rule.when),
    ...(rule.final === true && { final: true }),
    ...timeOf(rule),
    ...(rule.description !== undefined && { description: rule.description }),
    ...(rule.reason !== undefined && { reason: oneLine(rule.reason) }),
  }))
  const short = ruleEffects.toReversed().flatMap((effect) =>
    (document[effect] ?? []).map((condition, index): Rule => ({
      id: ids.get(effect)?.[index] ?? effect,
      effect,
      when: readCondition(condition),
      ...(effect === 'allow' && { final: true }),
    })),
  )
  return {
    version: 1,
    name: oneLine(name),
    ...(document.description !== undefined && { description: document.description }),
    rules: [...written, ...short],
    exceptions: (document.exceptions ?? []).map(toException),
  }
}

function timeOf(rule: RuleDocument): Pick<Rule, 'fromMs' | 'untilMs'> {
  const fromMs = rule.from === undefined ? undefined : parseInstant(rule.from)?.ms
  const untilMs = rule.until === undefined ? undefined : exclusiveEnd(rule.until)
  return { ...(fromMs !== undefined && { fromMs }), ...(untilMs !== undefined && { untilMs }) }
}

function toException({ id, match, reason, expires }: ExceptionDocument): PolicyException {
  return {
    id,
    packages: oneOrMore(match.package),
    cves: oneOrMore(match.cve)?.map((cve) => cve.toUpperCase()),
    rules: oneOrMore(match.rule),
    ...(match.file !== undefined && { files: oneOrMore(match.file) ?? [] }),
    reason: oneLine(reason),
    expiresMs: expires === undefined ? undefined : exclusiveEnd(expires),
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

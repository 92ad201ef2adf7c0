/**
 * Ids in a policy document: those given to shorthands, and faults that show only when ids are compared.
 * Looks at the raw value, so that these faults come to light together with faults of shape.
 */
import { showPath, showValue } from './policy-faults.ts'
import type { Path, PolicyFault } from './policy-faults.ts'
import { ruleEffects } from './policy.ts'
import type { RuleEffect } from './policy.ts'
import type { PositionedYaml } from './positioned-yaml.ts'
import { suggest } from './suggest.ts'

/**
 * The ids of the rules that `deny: [cve: '>= 7', licence: GPL]` makes: `deny-cve`, `deny-licence`. Taken from
 * the raw value, where the fields still stand in the author's order.
 */
export function shorthandIds(value: unknown): ReadonlyMap<RuleEffect, readonly string[]> {
  const taken = new Set(entries(value, 'rules').map((rule) => rule['id']))
  const counts = new Map<string, number>()
  const newId = (base: string): string => {
    const count = (counts.get(base) ?? 0) + 1
    counts.set(base, count)
    const id = count === 1 ? base : `${base}-${count}`
    return taken.has(id) ? newId(base) : id
  }
  return new Map(
    ruleEffects.map((effect) => [
      effect,
      entries(value, effect).map((condition) => newId(`${effect}-${Object.keys(condition)[0] ?? 'rule'}`)),
    ]),
  )
}

/**
 * What no single field shows: ids given twice, exceptions for rules that do not exist, exceptions for
 * everything.
 */
export function findNameFaults(yaml: PositionedYaml): PolicyFault[] {
  const rules = entries(yaml.value, 'rules')
  const exceptions = entries(yaml.value, 'exceptions')
  const ruleIds = new Set([
    ...rules.map((rule) => rule['id']).filter((id) => typeof id === 'string'),
    ...[...shorthandIds(yaml.value).values()].flat(),
  ])
  return [
    ...doubleIds(rules, 'rules', yaml),
    ...doubleIds(exceptions, 'exceptions', yaml),
    ...exceptions.flatMap((exception, index) =>
      matchFaults(exception, ['exceptions', index, 'match'], ruleIds, yaml),
    ),
  ]
}

function doubleIds(items: readonly Mapping[], list: string, yaml: PositionedYaml): PolicyFault[] {
  const seen = new Map<unknown, number>()
  return items.flatMap(({ id }, index) => {
    const first = seen.get(id)
    if (typeof id !== 'string') return []
    if (first === undefined) {
      seen.set(id, index)
      return []
    }
    return fault(yaml, [list, index, 'id'], id, `is already the id of ${list}[${first}]`)
  })
}

function matchFaults(
  exception: Mapping,
  path: Path,
  ruleIds: ReadonlySet<string>,
  yaml: PositionedYaml,
): PolicyFault[] {
  const { match, expires } = exception
  if (!isMapping(match)) return []
  const rules = [match['rule']].flat()
  const unknown = rules.flatMap((rule, index): PolicyFault[] => {
    if (typeof rule !== 'string' || ruleIds.has(rule)) return []
    const place = [...path, 'rule', ...(Array.isArray(match['rule']) ? [index] : [])]
    return [fault(yaml, place, rule, 'is no rule of this policy', suggest(rule, ruleIds))]
  })
  if (['package', 'cve', 'file'].some((field) => match[field] !== undefined)) return unknown
  if (match['rule'] === undefined) {
    return [fault(yaml, path, match, 'lifts everything; name a package, a file, a cve or a rule')]
  }
  if (expires === undefined) {
    return [...unknown, fault(yaml, path, match, 'lifts a rule for every package; that needs an expires')]
  }
  return unknown
}

type Mapping = Readonly<Record<string, unknown>>

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The entries of a list field; what is no mapping counts as an empty one, so that indexes stay right. */
function entries(document: unknown, field: string): Mapping[] {
  const list = isMapping(document) && Object.hasOwn(document, field) ? document[field] : undefined
  return Array.isArray(list) ? list.map((item: unknown) => (isMapping(item) ? item : {})) : []
}

function fault(
  yaml: PositionedYaml,
  path: Path,
  value: unknown,
  message: string,
  suggestion?: string,
): PolicyFault {
  return {
    ...yaml.positionOf(path),
    path: showPath(path),
    value: showValue(value),
    message,
    ...(suggestion !== undefined && { suggestion }),
  }
}

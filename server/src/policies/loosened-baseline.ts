/**
 * Whether a new text of the organisation's baseline lets through what the old one stopped. Certain loosening
 * only: a rule that is gone, weaker, ends or may be overruled, an exception that is new. What a changed
 * condition lets through shows in the preview.
 */
import { showPath, type PolicyFault } from './policy-faults.ts'
import { parsePolicy } from './policy-document.ts'
import { strictness, type Policy, type Rule } from './policy.ts'
import { isFaults, readPositionedYaml, type PositionedYaml } from './positioned-yaml.ts'

const remedy = 'the baseline can be tightened like this, not loosened; to loosen it on purpose ask for that'

/** @param document that `parsePolicy` accepts */
export function findLoosening(before: Policy, document: string): PolicyFault[] {
  const yaml = readPositionedYaml(document)
  if (isFaults(yaml)) return [...yaml]
  const after = parsePolicy(document, { filename: before.name, name: before.name, saved: true })
  return [...before.rules.flatMap((rule) => weakened(rule, after, yaml)), ...newWaysOut(before, after, yaml)]
}

function weakened(rule: Rule, after: Policy, yaml: PositionedYaml): PolicyFault[] {
  if (rule.effect === 'allow') return []
  const index = after.rules.findIndex(({ id }) => id === rule.id)
  const now = after.rules[index]
  if (!now) return [fault(yaml, [], `no longer has the rule ${rule.id} (${rule.effect})`)]
  const at = ['rules', index]
  if (strictness(now.effect) < strictness(rule.effect)) {
    return [fault(yaml, [...at, 'effect'], `is weaker than before (${rule.effect})`)]
  }
  if ((now.untilMs ?? Infinity) < (rule.untilMs ?? Infinity)) {
    return [fault(yaml, [...at, 'until'], `makes the rule ${rule.id} end sooner`)]
  }
  if ((now.fromMs ?? -Infinity) > (rule.fromMs ?? -Infinity)) {
    return [fault(yaml, [...at, 'from'], `makes the rule ${rule.id} begin later`)]
  }
  return []
}

function newWaysOut(before: Policy, after: Policy, yaml: PositionedYaml): PolicyFault[] {
  const known = new Set(before.exceptions.map((exception) => JSON.stringify(exception)))
  const knownFinal = new Set(before.rules.filter(({ final }) => final).map(({ id }) => id))
  return [
    ...after.exceptions.flatMap((exception, index) =>
      known.has(JSON.stringify(exception))
        ? []
        : fault(yaml, ['exceptions', index], `adds or changes the exception ${exception.id}`),
    ),
    ...after.rules.flatMap((rule, index) =>
      rule.final && rule.effect !== 'deny' && !knownFinal.has(rule.id)
        ? fault(yaml, ['rules', index], `gives the rule ${rule.id} the last word`)
        : [],
    ),
  ]
}

function fault(yaml: PositionedYaml, path: (string | number)[], what: string): PolicyFault {
  return { ...yaml.positionOf(path), path: showPath(path), message: `${what}; ${remedy}` }
}

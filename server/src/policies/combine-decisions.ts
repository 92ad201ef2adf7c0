/** Two decisions about one file, where both have to let it pass: the stricter holds, and all reasons are told. */
import type { Decision, DecisionReason, Trial } from './decision.ts'
import { strictness } from './policy.ts'

export function combineDecisions(a: Decision, b: Decision): Decision {
  const stricter = strictness(b.effect) > strictness(a.effect) ? b : a
  const overruled = distinct([...(a.overruled ?? []), ...(b.overruled ?? [])])
  const trial = combineTrials([a.trial, b.trial])
  const changes = [a.nextChangeAt, b.nextChangeAt].filter((at) => at !== undefined)
  return {
    effect: stricter.effect,
    reasons: inOrder(distinct([...a.reasons, ...b.reasons])),
    exceptionsUsed: distinct([...a.exceptionsUsed, ...b.exceptionsUsed]),
    ...(overruled.length > 0 && { overruled }),
    ...(trial && { trial }),
    ...(changes.length > 0 && { nextChangeAt: new Date(Math.min(...changes.map(Number))) }),
  }
}

function combineTrials(trials: readonly (Trial | undefined)[]): Trial | undefined {
  const there = trials.filter((trial) => trial !== undefined)
  const [strictest] = [...there].sort((a, b) => strictness(b.effect) - strictness(a.effect))
  return (
    strictest && { effect: strictest.effect, reasons: inOrder(distinct(there.flatMap((t) => t.reasons))) }
  )
}

/** Strictest first, as in every decision. */
function inOrder(reasons: readonly DecisionReason[]): DecisionReason[] {
  return [...reasons].sort((a, b) => strictness(b.effect) - strictness(a.effect))
}

/** A policy that both are under says the same twice. */
function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
}

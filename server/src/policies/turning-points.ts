/** When time alone changes the outcome of a comparison with an age. */
import type { Comparison } from './comparison.ts'

/**
 * The first instant after `nowMs` at which the age of what began at `sinceMs` may compare differently.
 * Instants and values in milliseconds.
 */
export function nextTurn(limits: readonly Comparison[], sinceMs: number, nowMs: number): number | undefined {
  return earliest(limits.flatMap((limit) => turningPoints(limit, sinceMs).filter((at) => at > nowMs)))
}

/** The first milliseconds at which the comparison with the age answers differently than the one before. */
function turningPoints({ operator, value }: Comparison, sinceMs: number): number[] {
  const reached = Math.ceil(sinceMs + value)
  const passed = Math.floor(sinceMs + value) + 1
  switch (operator) {
    case '<':
    case '>=':
      return [reached]
    case '>':
    case '<=':
      return [passed]
    case '=':
      return [reached, passed]
  }
}

export function earliest(instants: readonly (number | undefined)[]): number | undefined {
  let first: number | undefined
  for (const at of instants) if (at !== undefined && (first === undefined || at < first)) first = at
  return first
}

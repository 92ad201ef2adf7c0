/**
 * Makes a recorded decision again, from nothing but what is kept with it: the facts of its day, the texts of the
 * policies, the exceptions, the instant. What is known today, and which policies hold today, has no say in it.
 */
import type { Db } from '../platform/database/db.ts'
import { findDecisionInputs, type KeptChange } from './decision-changes.ts'
import { CorruptPieceError, decideAgain, unpackInputs, type DecisionInputs } from './decision-inputs.ts'
import { isPlainAllow, type Decision } from './decision.ts'

export const replayOutcomes = ['same', 'different', 'not_kept', 'damaged'] as const

export type Replay =
  | {
      readonly outcome: 'same' | 'different'
      readonly inputs: DecisionInputs
      readonly decision: Decision
      /** The first of them; none when it is the same. */
      readonly differences: readonly Difference[]
    }
  /** It was recorded before its inputs were. */
  | { readonly outcome: 'not_kept' }
  /** What is stored is not what was stored then. */
  | { readonly outcome: 'damaged'; readonly problem: string }

export interface Difference {
  /** `reasons.0.text` */
  readonly path: string
  /** JSON; absent where there is nothing. */
  readonly recorded?: string
  readonly replayed?: string
}

const MAX_DIFFERENCES = 20

export async function replayDecision(db: Db, channelId: string, change: KeptChange): Promise<Replay> {
  const { inputs: kept } = change
  if (!kept) return { outcome: 'not_kept' }
  let inputs: DecisionInputs
  try {
    inputs = await unpackInputs(kept.facts, change, (sha256) => findDecisionInputs(db, channelId, sha256))
  } catch (error) {
    if (!(error instanceof CorruptPieceError)) throw error
    return { outcome: 'damaged', problem: error.message }
  }
  const decision = decideAgain(inputs, kept.decidedAt)
  const differences: Difference[] = []
  compare('effect', change.after, decision.effect, differences)
  // nothing is written down of a plain allow, not even when it may change
  const again = isPlainAllow(decision) ? null : (JSON.parse(JSON.stringify(decision)) as unknown)
  compare('', change.decision, again, differences)
  return { outcome: differences.length === 0 ? 'same' : 'different', inputs, decision, differences }
}

function compare(path: string, recorded: unknown, replayed: unknown, found: Difference[]): void {
  if (found.length >= MAX_DIFFERENCES) return
  if (isObject(recorded) && isObject(replayed)) {
    for (const field of new Set([...Object.keys(recorded), ...Object.keys(replayed)]))
      compare(path === '' ? field : `${path}.${field}`, recorded[field], replayed[field], found)
    return
  }
  const [before, after] = [textOf(recorded), textOf(replayed)]
  if (before === after || found.some((one) => one.path === path)) return
  found.push({
    path,
    ...(before !== undefined && { recorded: before }),
    ...(after !== undefined && { replayed: after }),
  })
}

/** Lists too: their fields are their places. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}

/** Precision, recall and F1 of judgements, in all and per class. An indeterminate answer reports nothing. */
import type { Judgement } from './judge-truth.ts'

export interface Measure {
  /** `all`, or a class of the rows. */
  readonly group: string
  readonly rows: number
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly trueNegatives: number
  readonly indeterminate: number
  /** Null where nothing was reported. */
  readonly precision: number | null
  /** Null where nothing is affected. */
  readonly recall: number | null
  readonly f1: number | null
}

/** All first, then the classes by size. */
export function measureTruth(judgements: readonly Judgement[]): Measure[] {
  const classes = [...Map.groupBy(judgements, ({ row }) => row.class)]
    .toSorted(([a, left], [b, right]) => right.length - left.length || (a < b ? -1 : 1))
    .map(([group, own]) => measure(group, own))
  return [measure('all', judgements), ...classes]
}

function measure(group: string, judgements: readonly Judgement[]): Measure {
  const count = (isFound: boolean, isAffected: boolean): number =>
    judgements.filter(
      ({ row, verdict }) => (verdict === 'affected') === isFound && row.affected === isAffected,
    ).length
  const [truePositives, falsePositives] = [count(true, true), count(true, false)]
  const [falseNegatives, trueNegatives] = [count(false, true), count(false, false)]
  return {
    group,
    rows: judgements.length,
    truePositives,
    falsePositives,
    falseNegatives,
    trueNegatives,
    indeterminate: judgements.filter(({ verdict }) => verdict === 'indeterminate').length,
    precision: share(truePositives, truePositives + falsePositives),
    recall: share(truePositives, truePositives + falseNegatives),
    f1: share(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
  }
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

/** The mean square of how far the stated probability was off: 0 is perfect, 0.25 is a coin. */
export function brierScore(judgements: readonly Judgement[]): number {
  const sum = judgements.reduce(
    (total, { row, probability }) => total + (probability - (row.affected ? 1 : 0)) ** 2,
    0,
  )
  return judgements.length === 0 ? 0 : sum / judgements.length
}

export function isWrong({ row, verdict }: Judgement): boolean {
  return (verdict === 'affected') !== row.affected
}

/**
 * Which of a vulnerability's scores counts. Sources disagree (CVE-2022-3970: NVD 8.8, the CNA 6.3), so all are
 * kept, and the choice is a documented order rather than whoever came last.
 *
 * `preferred`: our own re-score, then a curated feed, then who assigned the CVE, then NVD, CISA, GitHub, other
 * OSV records; within a source the newest CVSS version. `maximum`: the highest of all, the strict mode.
 */
import type { CvssVersion, Score, ScoreSource } from './advisory.ts'
import { severityOf, type Severity } from './score.ts'

export type ScoreMode = 'preferred' | 'maximum'

export interface ChosenScore {
  /** Null: nobody has scored it, which is not the same as 0. */
  readonly score: number | null
  readonly severity: Severity
  readonly source: ScoreSource | null
  readonly vector: string | null
}

export const unscored: ChosenScore = { score: null, severity: 'unscored', source: null, vector: null }

const sourceOrder: readonly ScoreSource[] = ['local', 'curated', 'cna', 'nvd', 'cisa-adp', 'ghsa', 'osv']
const versionOrder: readonly CvssVersion[] = ['4.0', '3.1', '3.0', '2.0']

/** What each source says, in the order of preference: one score of each. */
export function scoresBySource(scores: readonly Score[]): ChosenScore[] {
  return sourceOrder
    .map((source) =>
      chooseScore(
        scores.filter((score) => score.source === source),
        'preferred',
      ),
    )
    .filter((chosen) => chosen.source !== null)
}

/** @param scores of every advisory of one vulnerability, in any order; the answer does not depend on it */
export function chooseScore(scores: readonly Score[], mode: ScoreMode): ChosenScore {
  const [first] = scores.toSorted(mode === 'maximum' ? byHeight : byPreference)
  if (!first) return unscored
  return {
    score: first.base,
    severity: severityOf(first.base, first.version),
    source: first.source,
    vector: first.vector,
  }
}

function byPreference(left: Score, right: Score): number {
  return (
    sourceOrder.indexOf(left.source) - sourceOrder.indexOf(right.source) ||
    versionOrder.indexOf(left.version) - versionOrder.indexOf(right.version) ||
    right.base - left.base ||
    compareText(left.vector ?? '', right.vector ?? '')
  )
}

function byHeight(left: Score, right: Score): number {
  return right.base - left.base || byPreference(left, right)
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

const sourceNames: Readonly<Record<ScoreSource, string>> = {
  local: 'this organisation',
  curated: 'the curated feed',
  cna: 'the CNA',
  nvd: 'NVD',
  'cisa-adp': 'CISA',
  ghsa: 'GitHub',
  osv: 'OSV',
}

/** For people: `NVD`. */
export function scoreSourceName(source: ScoreSource): string {
  return sourceNames[source]
}

/** What an import changes of what is known against a version in our channels. Pure. */
import type { EpssMark, Match } from './vulnerability-fact.ts'

export const effectChanges = [
  'newly_affected',
  'newly_indeterminate',
  'no_longer_affected',
  'no_longer_indeterminate',
  'score_changed',
  'detail_changed',
  'kev_listed',
  'kev_removed',
  'epss_changed',
] as const
export type EffectChange = (typeof effectChanges)[number]

/** A match as a list shows it; of several, one for each system, the gravest. */
export interface KnownMatch {
  readonly verdict: 'affected' | 'indeterminate'
  readonly confidence: number
  readonly score: number | null
  readonly severity: string
  readonly epss?: number | null
}

export interface Effect {
  readonly condaName: string
  readonly version: string
  readonly vulnerabilityId: string
  readonly change: EffectChange
  readonly before: KnownMatch | null
  readonly after: KnownMatch | null
}

type Verdict = Pick<Match, 'version' | 'vulnerability' | 'verdict' | 'confidence' | 'platforms'>

/**
 * What differs between the matches of a name before and after.
 * @param condaName whose matches they are
 */
export function compareMatches(
  condaName: string,
  before: readonly Verdict[],
  after: readonly Verdict[],
): Effect[] {
  const keyOf = (match: Verdict): string => `${match.version}\n${match.vulnerability.id}`
  const old = Map.groupBy(before, keyOf)
  const now = Map.groupBy(after, keyOf)
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) => {
    const [was = [], is = []] = [old.get(key), now.get(key)]
    if (verdictText(was) === verdictText(is)) return []
    const [version = '', vulnerabilityId = ''] = key.split('\n')
    const [from, to] = [gravest(was), gravest(is)]
    return { condaName, version, vulnerabilityId, change: changeOf(was, is), before: from, after: to }
  })
}

/** All that a decision can see of the matches of one version with one vulnerability. The same for the same. */
export function verdictText(matches: readonly Verdict[]): string {
  return JSON.stringify(
    matches
      .map(({ platforms, verdict, confidence, vulnerability }) =>
        JSON.stringify([platforms, verdict, confidence, scoreText(vulnerability), vulnerability.isDisputed]),
      )
      .toSorted(),
  )
}

function scoreText({ preferred, maximum, scores }: Verdict['vulnerability']): string {
  return JSON.stringify([preferred, maximum, scores])
}

export function gravest(matches: readonly Verdict[]): KnownMatch | null {
  const [match] = matches.toSorted(
    (left, right) => rankOf([right]) - rankOf([left]) || right.confidence - left.confidence,
  )
  if (!match) return null
  const { score, severity } = match.vulnerability.preferred
  return { verdict: match.verdict, confidence: match.confidence, score, severity }
}

export function withEpss(match: KnownMatch | null, epss: EpssMark['probability'] | null): KnownMatch | null {
  return match && { ...match, epss }
}

function changeOf(was: readonly Verdict[], is: readonly Verdict[]): EffectChange {
  const [from, to] = [rankOf(was), rankOf(is)]
  if (to > from) return to === 2 ? 'newly_affected' : 'newly_indeterminate'
  if (to < from) return from === 2 ? 'no_longer_affected' : 'no_longer_indeterminate'
  const [old, now] = [was[0], is[0]]
  const isScored = old && now && scoreText(old.vulnerability) !== scoreText(now.vulnerability)
  return isScored ? 'score_changed' : 'detail_changed'
}

function rankOf(matches: readonly Verdict[]): number {
  return matches.some(({ verdict }) => verdict === 'affected') ? 2 : Math.min(matches.length, 1)
}

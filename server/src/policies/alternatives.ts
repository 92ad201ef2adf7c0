/**
 * The way out of a block: which allowed artifacts of the same package come nearest to the one wanted.
 * Pure; the caller brings the files of that name, each with its decision.
 */
import { compareVersions } from '@terrarium/conda/version/compare.ts'
import { isListed } from './decision.ts'
import type { Decision } from './decision.ts'
import type { ArtifactFacts } from './facts.ts'

export interface Candidate {
  readonly facts: ArtifactFacts
  readonly decision: Decision
}

export interface Alternative {
  readonly name: string
  readonly version: string
  readonly build: string
  readonly buildNumber: number
  readonly subdir: string
  readonly filename: string
  readonly relation: AlternativeRelation
}

/** Why it is offered; `newest` where the next version is the newest one too. */
export const alternativeRelations = ['other-build', 'next-version', 'newest', 'previous-version'] as const
export type AlternativeRelation = (typeof alternativeRelations)[number]

/**
 * At most four, nearest first: the same version with a higher build number, the next higher version, the
 * newest, the nearest lower one. Pre-releases are offered only to who wanted one or when nothing else is
 * left. What a policy keeps out of the index, and files for other platforms, are passed over.
 *
 * @param siblings the channel's files of the same name, each with its decision; the wanted one may be there
 */
export function chooseAlternatives(
  wanted: ArtifactFacts,
  siblings: readonly Candidate[],
): readonly Alternative[] {
  const usable = siblings.flatMap(({ facts, decision }) =>
    isListed(decision) && isForSame(wanted, facts) ? [facts] : [],
  )
  const finished = usable.filter((file) => file.version === wanted.version || !isPreRelease(file.version))
  const offered = isPreRelease(wanted.version) || finished.length === 0 ? usable : finished

  const sorted = offered.toSorted(
    (a, b) =>
      compareLeniently(a.version, b.version) ||
      a.buildNumber - b.buildNumber ||
      Number(a.filename.endsWith('.conda')) - Number(b.filename.endsWith('.conda')),
  )
  const higher = sorted.filter((file) => compareLeniently(file.version, wanted.version) > 0)
  const rebuilt = sorted.findLast(
    (file) => compareLeniently(file.version, wanted.version) === 0 && file.buildNumber > wanted.buildNumber,
  )
  const newest = higher.at(-1)
  const next = lastOfVersion(higher, higher[0]?.version)
  const lower = sorted.findLast((file) => compareLeniently(file.version, wanted.version) < 0)
  return [
    ...offer(rebuilt, 'other-build'),
    ...(next?.version === newest?.version ? [] : offer(next, 'next-version')),
    ...offer(newest, 'newest'),
    ...offer(lower, 'previous-version'),
  ]
}

function isForSame(wanted: ArtifactFacts, file: ArtifactFacts): boolean {
  const fits = file.subdir === wanted.subdir || file.subdir === 'noarch' || wanted.subdir === 'noarch'
  return fits && file.name === wanted.name
}

/** The list is sorted by version, then by build number: the last one is the newest build. */
function lastOfVersion(
  sorted: readonly ArtifactFacts[],
  version: string | undefined,
): ArtifactFacts | undefined {
  if (version === undefined) return undefined
  return sorted.findLast((file) => compareLeniently(file.version, version) === 0)
}

function offer(file: ArtifactFacts | undefined, relation: Alternative['relation']): Alternative[] {
  if (!file) return []
  const { name, version, build, buildNumber, subdir, filename } = file
  return [{ name, version, build, buildNumber, subdir, filename, relation }]
}

/** Letters alone prove nothing: openssl's 1.1.1b came after 1.1.1a. */
function isPreRelease(version: string): boolean {
  return /(?:rc|dev|alpha|beta|pre)\.?_?\d*$/i.test(version.slice(0, 128))
}

/** Versions in an old index may not parse; they sort below all that do, by their text. */
function compareLeniently(a: string, b: string): number {
  try {
    return compareVersions(a, b)
  } catch {
    return Number(isReadable(a)) - Number(isReadable(b)) || (a < b ? -1 : a > b ? 1 : 0)
  }
}

function isReadable(version: string): boolean {
  try {
    compareVersions(version, version)
    return true
  } catch {
    return false
  }
}

import { asKey, END, number, numbersFilled } from './key.ts'
import type { VersionKey } from './key.ts'

const SEMVER =
  /^v?([0-9]+(?:\.[0-9]+)*)(?:-([0-9a-z-]+(?:\.[0-9a-z-]+)*))?(?:\+[0-9a-z-]+(?:\.[0-9a-z-]+)*)?$/i
/** How conda, which has no dash in versions, spells a pre-release: `1.21rc1`, `1.0.0_beta.2`. */
const CONDA_SPELLING =
  /^v?([0-9]+(?:\.[0-9]+)*)[._]?(alpha|a|beta|b|c|rc|pre|preview|dev|nightly|canary|snapshot|next)[._]?([0-9]+(?:[._][0-9]+)*)?$/i

const RELEASE = '~'

/**
 * SemVer 2.0, with fewer or more numbers than three let pass (missing ones are zero). Build metadata does
 * not count. `1.22.0-0`, with which Go begins a range, is below every pre-release of 1.22.0.
 *
 * @see https://semver.org/spec/v2.0.0.html#spec-item-11
 */
export function semverKey(text: string): VersionKey | undefined {
  const trimmed = text.trim()
  const match = SEMVER.exec(trimmed)
  if (match !== null) {
    const [, release = '', preRelease] = match
    return key(release, preRelease?.split('.'))
  }
  const spelled = CONDA_SPELLING.exec(trimmed)
  if (spelled === null) return undefined
  const [, release = '', word = '', counts] = spelled
  return key(release, [word.toLowerCase(), ...(counts?.split(/[._]/) ?? [])])
}

function key(release: string, preRelease: readonly string[] | undefined): VersionKey {
  const numbers = numbersFilled(release.split('.'))
  return asKey(numbers + (preRelease === undefined ? RELEASE : preRelease.map(identifier).join('') + END))
}

/** Numbers are below words; words compare by their ASCII codes, upper case first. */
function identifier(text: string): string {
  return /^[0-9]+$/.test(text) ? `n${number(text)}` : `w${text} `
}

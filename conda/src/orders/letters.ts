import { asKey, number, numbersFilled, word } from './key.ts'
import type { VersionKey } from './key.ts'

const LETTERS = /^v?([0-9]+(?:\.[0-9]+)*)([a-z]*)(?:[._-]?(alpha|beta|rc|pre|dev|p|s)[._-]?([0-9]*))?_?$/
/** `9.18.0b2`, `1.0.2rc1`: a letter with a number behind it announces a release, and is no patch. */
const COUNTED = /^v?([0-9]+(?:\.[0-9]+)*)[._-]?(alpha|beta|rc|pre|dev|a|b)[._-]?([0-9]+)$/
/** The same without a number, spelled out. */
const SPELLED = /^v?([0-9]+(?:\.[0-9]+)*)[._-]?(alpha|beta|rc|pre|dev)$/

const PRE_RELEASES: Readonly<Record<string, string>> = {
  dev: '0',
  a: '1',
  alpha: '1',
  b: '2',
  beta: '2',
  pre: '3',
  rc: '4',
}

/**
 * The order of projects whose letters count patches, as OpenSSL's before 3.0, jpeg's and tzdata's:
 * 1.0.2 < 1.0.2a < 1.0.2z < 1.0.2za < 1.0.3. conda's underscore in `1.1.1_` means no letter.
 *
 * A key is the numbers, then what stands before the release (`0`…`4`), the release (`5`) or the letters
 * above it (`6`, by length and text), then a patch level as BIND has them (`9.16.8-P1`).
 */
export function lettersKey(text: string): VersionKey | undefined {
  const lower = text.trim().toLowerCase()
  const before = COUNTED.exec(lower) ?? SPELLED.exec(lower)
  if (before !== null) {
    const [, release = '', preWord = '', count] = before
    const rank = PRE_RELEASES[preWord] ?? ''
    return asKey(numbersFilled(release.split('.')) + rank + number(count ?? '0'))
  }
  const match = LETTERS.exec(lower)
  if (match === null) return undefined
  const [, release = '', letters = '', suffix, count] = match
  const numbers = numbersFilled(release.split('.'))
  const patched = letters === '' ? '5' : `6${number(String(letters.length))}${word(letters)}`
  if (suffix === undefined) return asKey(numbers + patched)
  const rank = PRE_RELEASES[suffix]
  if (rank === undefined) return asKey(`${numbers}${patched}${word(suffix)}${number(count || '0')}`)
  return letters === '' ? asKey(numbers + rank + number(count || '0')) : undefined
}

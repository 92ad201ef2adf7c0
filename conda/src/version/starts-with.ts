import type { Version, VersionComponent } from './parse.ts'

/**
 * Whether a version lies in the family of a prefix, as `=1.2` and `1.2.*` ask: `1.2.5` and `1.2` do for
 * `1.2`, `1.20` does not; `1.0alpha` does for `1.0a`, because the last word may go on.
 *
 * A prefix with a local part (`1.2+cuda`) wants the main part equal and looks at the local parts.
 *
 * @see `startswith` in conda/models/version.py
 */
export function startsWith(version: Version, prefix: Version): boolean {
  if (prefix.local.length === 0) return listStartsWith(version.segments, prefix.segments)
  return sameList(version.segments, prefix.segments) && listStartsWith(version.local, prefix.local)
}

type List = readonly VersionComponent[]

const EMPTY: VersionComponent = []

function listStartsWith(list: List, prefix: List): boolean {
  const last = prefix.length - 1
  for (let i = 0; i < last; i++) {
    if (!sameComponent(list[i] ?? EMPTY, prefix[i] ?? EMPTY)) return false
  }
  const wanted = prefix[last] ?? EMPTY
  const given = list[last] ?? EMPTY
  const end = wanted.length - 1
  for (let i = 0; i < end; i++) {
    if ((given[i] ?? '0') !== wanted[i]) return false
  }
  const wantedItem = wanted[end] ?? '0'
  const givenItem = given[end] ?? '0'
  return isWord(wantedItem) ? givenItem.startsWith(wantedItem) : givenItem === wantedItem
}

function sameList(a: List, b: List): boolean {
  const length = Math.max(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if (!sameComponent(a[i] ?? EMPTY, b[i] ?? EMPTY)) return false
  }
  return true
}

function sameComponent(a: VersionComponent, b: VersionComponent): boolean {
  const length = Math.max(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if ((a[i] ?? '0') !== (b[i] ?? '0')) return false
  }
  return true
}

/** `POST` stands for a number, infinity, and so is matched whole. */
function isWord(item: string): boolean {
  const code = item.charCodeAt(0)
  return (code < 0x30 || code > 0x39) && item !== 'POST'
}

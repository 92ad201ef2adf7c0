/** Comparing versions, with a bounded memory of those parsed before. */
import { parseVersion } from './parse.ts'
import type { Version } from './parse.ts'

export type Ordering = -1 | 0 | 1

/** A channel of 500,000 records has some 20,000 distinct versions, so few are parsed twice. */
const MEMORY = 32_768
let recent = new Map<string, Version>()
let older = new Map<string, Version>()

/** As `parseVersion`, but remembers. The result is shared: do not change it. */
export function versionOf(text: string): Version {
  const known = recent.get(text)
  if (known !== undefined) return known
  const version = older.get(text) ?? parseVersion(text)
  if (recent.size >= MEMORY) {
    // Two generations: what was used since the last turn survives, and no entry needs bookkeeping.
    older = recent
    recent = new Map()
  }
  recent.set(text, version)
  return version
}

/**
 * Which version is newer by conda's order.
 *
 * @returns 0 also for versions written differently (`1.1`, `1.1.0`)
 * @throws InvalidVersionError for either text
 */
export function compareVersions(a: string, b: string): Ordering {
  return compareKeys(versionOf(a).key, versionOf(b).key)
}

/** A text that sorts as the version does: see sort-key.ts. @throws InvalidVersionError */
export function versionSortKey(text: string): string {
  return versionOf(text).key
}

export function compareKeys(a: string, b: string): Ordering {
  return a === b ? 0 : a < b ? -1 : 1
}

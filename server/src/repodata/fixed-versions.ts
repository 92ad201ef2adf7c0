/**
 * Which newer versions of a package a channel has that a vulnerability does not concern. A name may have
 * hundreds of versions and dozens of vulnerabilities, so that each pair is looked at once at the most, and no
 * further than a few fixes.
 */
import { compareVersions } from '@terrarium/conda/version/compare.ts'
import type { SubdirVersion } from '../channels/list-contents.ts'
import { toVulnerabilityFacts, type Match } from '../vulnerabilities/vulnerability-fact.ts'

const SHOWN_FIXES = 3

export class FixedVersions {
  readonly #found: ReadonlyMap<string, readonly Match[]>
  /** Oldest first; versions of an old index that no rule orders are no fix for anything. */
  readonly #sorted: readonly SubdirVersion[]
  readonly #concerned = new Map<string, ReadonlySet<string>>()
  readonly #fixes = new Map<string, readonly string[]>()

  /** @param offered what the channel has of one name */
  constructor(found: ReadonlyMap<string, readonly Match[]>, offered: readonly SubdirVersion[]) {
    this.#found = found
    this.#sorted = offered
      .filter(({ version }) => isOrdered(version))
      .sort((a, b) => compareVersions(a.version, b.version))
  }

  /** Nearest first, three at the most, for who uses that subdir. */
  above(version: string, subdir: string, id: string): readonly string[] {
    const key = `${subdir}/${version}/${id}`
    const known = this.#fixes.get(key)
    if (known) return known
    const fixes = this.#find(version, subdir, id)
    this.#fixes.set(key, fixes)
    return fixes
  }

  #find(version: string, subdir: string, id: string): string[] {
    const fixes: string[] = []
    if (!isOrdered(version)) return fixes
    for (let index = this.#firstAbove(version); index < this.#sorted.length; index += 1) {
      const other = this.#sorted[index]! // within its bounds
      const fits = other.subdir === subdir || other.subdir === 'noarch' || subdir === 'noarch'
      if (!fits || fixes.includes(other.version) || this.#concernedBy(other).has(id)) continue
      fixes.push(other.version)
      if (fixes.length === SHOWN_FIXES) break
    }
    return fixes
  }

  #firstAbove(version: string): number {
    let [low, high] = [0, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareVersions(this.#sorted[middle]!.version, version) > 0) high = middle
      else low = middle + 1
    }
    return low
  }

  #concernedBy({ version, subdir }: SubdirVersion): ReadonlySet<string> {
    const key = `${subdir}/${version}`
    const known = this.#concerned.get(key)
    if (known) return known
    const facts = toVulnerabilityFacts(this.#found.get(version) ?? [], { subdir })
    const ids = new Set(facts.map(({ id }) => id))
    this.#concerned.set(key, ids)
    return ids
  }
}

function isOrdered(version: string): boolean {
  try {
    compareVersions(version, version)
    return true
  } catch {
    return false
  }
}

/**
 * Whose word counts where advisories about one vulnerability disagree on versions.
 *
 * The project's own list before the database of its ecosystem (PyPA knows releases), that before corrections of
 * NVD, those before NVD and the CNA, and a container's restatement last. A lower rank is heard only where no
 * higher one says "affected" or "not affected"; within a rank anyone's "affected" is enough. An override replaces
 * NVD's data for its CVE as a whole, also where it no longer names the product.
 */
import type { AdvisorySource, AffectedEntry } from './advisory.ts'

/** Lower is heard first. */
export function authorityOf(source: AdvisorySource, entry: AffectedEntry): number {
  return entry.isSecondary ? LAST : ranks[source]
}

const LAST = 5

const ranks: Readonly<Record<AdvisorySource, number>> = {
  openssl: 1,
  curl: 1,
  node: 1,
  pypa: 2,
  psf: 2,
  ghsa: 2,
  cran: 2,
  osv: 2,
  'nvd-override': 3,
  nvd: 4,
  cve: 4,
}

export function isProjectList(source: AdvisorySource): boolean {
  return source === 'openssl' || source === 'curl' || source === 'node'
}

/** The sources whose affected versions count at all, given which sources speak of the vulnerability. */
export function isReplaced(source: AdvisorySource, present: () => ReadonlySet<AdvisorySource>): boolean {
  return source === 'nvd' && present().has('nvd-override')
}

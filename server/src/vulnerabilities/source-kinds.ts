/** The kinds of sources: which records each may hold, whether a file is all of it, and what can be done with it. */
import type { AdvisorySource } from './advisory.ts'
import type { FeedKind } from './feed-version.ts'

export const sourceKinds = [
  'osv',
  'nvd',
  'cve5',
  'nvd-override',
  'curl',
  'openssl',
  'node',
  'kev',
  'epss',
] as const
export type SourceKind = (typeof sourceKinds)[number]

interface KindRule {
  readonly feed: FeedKind
  /** Who may have written its records; a record of another is a fault. */
  readonly writers: readonly AdvisorySource[]
  readonly licence: string
}

const osvWriters = ['osv', 'pypa', 'psf', 'ghsa', 'cran', 'curl'] as const

export const kindRules: Readonly<Record<SourceKind, KindRule>> = {
  osv: { feed: 'advisories', writers: osvWriters, licence: 'CC-BY 4.0 and others; see the records' },
  nvd: { feed: 'advisories', writers: ['nvd'], licence: 'public domain' },
  cve5: { feed: 'advisories', writers: ['cve'], licence: 'CVE terms of use' },
  'nvd-override': { feed: 'advisories', writers: ['nvd-override'], licence: 'CC0' },
  curl: { feed: 'advisories', writers: ['curl'], licence: 'curl' },
  openssl: { feed: 'advisories', writers: ['openssl'], licence: 'OpenSSL website terms' },
  node: { feed: 'advisories', writers: ['node'], licence: 'MIT' },
  kev: { feed: 'kev', writers: [], licence: 'CC0' },
  epss: { feed: 'epss', writers: [], licence: 'free with credit to FIRST' },
}

/**
 * Where advisories, KEV and EPSS come from: an address, a watched folder, or both. What is due, how long to wait after a
 * failure, and how old what we have is. Pure.
 */
import { z } from 'zod'
import type { SourceKind } from './source-kinds.ts'

export const fetchMethods = ['file', 'changes', 'osv', 'nvd-api', 'cve5-deltas'] as const
/**
 * `file`: one file that is all of it. `changes`: one file of the latest changes. `osv`: a folder of osv.dev's bucket.
 * `nvd-api`: NVD's API 2.0. `cve5-deltas`: the folder `cves` of the CVE list.
 */
export type FetchMethod = (typeof fetchMethods)[number]

/** Where the next refresh goes on. */
export const markerSchema = z.object({
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  sha256: z.string().optional(),
  /** The newest change we have, as the source writes instants. */
  since: z.string().optional(),
})
export type Marker = z.output<typeof markerSchema>

export interface Source {
  readonly id: string
  readonly name: string
  readonly kind: SourceKind
  readonly method: FetchMethod
  /** Null: only from the watched folder. */
  readonly address: string | null
  /** Of names in the watched folder: `*` stands for anything. */
  readonly filePattern: string
  readonly licence: string
  readonly isAutomatic: boolean
  readonly isPaused: boolean
  readonly refreshMinutes: number
  readonly nextRefreshAt: Date | null
  readonly attemptedAt: Date | null
  /** When it was last known to be current. */
  readonly refreshedAt: Date | null
  /** The newest date its data names. */
  readonly dataAt: Date | null
  readonly result: SourceResult | null
  readonly message: string | null
  readonly failures: number
  readonly marker: Marker
}

export const sourceResults = ['applied', 'unchanged', 'held', 'failed'] as const
export type SourceResult = (typeof sourceResults)[number]

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** After a failure twice as long, and again, up to a day. */
export function nextRefresh(source: Pick<Source, 'refreshMinutes'>, failures: number, now: Date): Date {
  const interval = source.refreshMinutes * MINUTE_MS
  const backedOff = Math.min(interval * 2 ** Math.min(failures, 20), Math.max(DAY_MS, interval))
  return new Date(now.getTime() + backedOff)
}

export const sourceAges = ['fresh', 'aging', 'old', 'stale', 'never'] as const
export type SourceAge = (typeof sourceAges)[number]

/**
 * How far behind the world we may be: counted from when the source was last found current, or, of files from a folder,
 * from the newest date the data names.
 */
export function ageOf(source: Pick<Source, 'refreshedAt' | 'dataAt'>, now: Date): SourceAge {
  const since = currentAt(source)
  if (!since) return 'never'
  const days = (now.getTime() - since.getTime()) / DAY_MS
  if (days < 2) return 'fresh'
  if (days < 7) return 'aging'
  return days < 14 ? 'old' : 'stale'
}

export function currentAt({ refreshedAt, dataAt }: Pick<Source, 'refreshedAt' | 'dataAt'>): Date | null {
  const times = [refreshedAt, dataAt].flatMap((date) => date?.getTime() ?? [])
  return times.length === 0 ? null : new Date(Math.max(...times))
}

/** Whether a file of the watched folder belongs to a source. */
export function matchesPattern(filename: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(filename)
}

export interface SourcePreset {
  readonly name: string
  readonly kind: SourceKind
  readonly method: FetchMethod
  readonly address: string
  readonly licence: string
}

const OSV = 'https://osv-vulnerabilities.storage.googleapis.com'

/** Sources that are known to be good, by the name they get. */
export const presets: readonly SourcePreset[] = [
  osvPreset('osv-pypi', 'PyPI', 'CC-BY 4.0 (PyPA, GitHub)'),
  osvPreset('osv-cran', 'CRAN', 'Apache-2.0 (RConsortium)'),
  osvPreset('osv-npm', 'npm', 'CC-BY 4.0 (GitHub)'),
  osvPreset('osv-go', 'Go', 'CC-BY 4.0 (Go, GitHub)'),
  osvPreset('osv-crates', 'crates.io', 'CC0, CC-BY 4.0 (RustSec, GitHub)'),
  {
    name: 'nvd',
    kind: 'nvd',
    method: 'nvd-api',
    address: 'https://services.nvd.nist.gov/rest/json/cves/2.0',
    licence: 'public domain; not endorsed or certified by the NVD',
  },
  {
    name: 'cve',
    kind: 'cve5',
    method: 'cve5-deltas',
    address: 'https://raw.githubusercontent.com/CVEProject/cvelistV5/main/cves',
    licence: 'CVE terms of use; CISA’s additions CC0',
  },
  {
    name: 'kev',
    kind: 'kev',
    method: 'file',
    address: 'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json',
    licence: 'CC0',
  },
  {
    name: 'epss',
    kind: 'epss',
    method: 'file',
    address: 'https://epss.empiricalsecurity.com/epss_scores-current.csv.gz',
    licence: 'free with credit to FIRST',
  },
  {
    name: 'openssl',
    kind: 'openssl',
    method: 'file',
    address: 'https://openssl-library.org/news/vulnerabilities.xml',
    licence: 'OpenSSL website terms',
  },
  {
    name: 'curl',
    kind: 'curl',
    method: 'file',
    address: 'https://curl.se/docs/vuln.json',
    licence: 'curl (MIT-like)',
  },
]

function osvPreset(name: string, ecosystem: string, licence: string): SourcePreset {
  return { name, kind: 'osv', method: 'osv', address: `${OSV}/${ecosystem}`, licence }
}

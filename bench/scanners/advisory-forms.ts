/**
 * The advisories in the forms that scanners take. OSV records go as they are. NVD's become its 2.0 form, with anchore's
 * corrections in place of NVD's own ranges, as grype's makers do it. What projects list themselves (OpenSSL, curl,
 * Node.js) and CVE 5 records have no such form and are given where NVD has nothing, as a 2.0 record.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Advisory, AffectedEntry, VersionRange } from '../../server/src/vulnerabilities/advisory.ts'
import { detectFormat, parseRecord } from '../../server/src/vulnerabilities/detect-format.ts'
import { isObject, RecordError, type JsonObject } from '../../server/src/vulnerabilities/json-reading.ts'
import { readAdvisoryFile } from '../../server/src/vulnerabilities/read-advisory-file.ts'

export interface OsvRecord {
  readonly id: string
  readonly aliases?: readonly string[]
  readonly withdrawn?: string
  readonly published?: string
  readonly modified?: string
  readonly summary?: string
  readonly details?: string
  readonly affected?: readonly {
    readonly package?: { readonly name: string; readonly ecosystem: string }
    readonly ranges?: readonly { readonly type: string; readonly events: readonly Record<string, string>[] }[]
    readonly versions?: readonly string[]
  }[]
}

export interface CpeMatch {
  readonly vulnerable: boolean
  readonly criteria: string
  readonly versionStartIncluding?: string
  readonly versionStartExcluding?: string
  readonly versionEndIncluding?: string
  readonly versionEndExcluding?: string
}

interface CpeNode {
  readonly operator: string
  readonly negate: boolean
  readonly cpeMatch: readonly CpeMatch[]
}

export interface NvdRecord {
  readonly id: string
  readonly configurations: readonly { readonly operator?: string; readonly nodes: readonly CpeNode[] }[]
}

export interface AdvisoryForms {
  readonly osv: readonly OsvRecord[]
  readonly nvd: readonly NvdRecord[]
  readonly advisories: readonly Advisory[]
}

export async function readForms(
  folders: readonly string[],
  files: readonly string[],
): Promise<AdvisoryForms> {
  const osv: OsvRecord[] = []
  const advisories: Advisory[] = []
  const [nvd, overrides, others] = [0, 0, 0].map(() => new Map<string, NvdRecord>()) as [Nvd, Nvd, Nvd]
  const paths = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).toSorted().map((name) => join(folder, name))),
  )
  for (const path of [...paths.flat(), ...files]) {
    for await (const item of readAdvisoryFile(path)) {
      const advisory = item.kind === 'record' ? parsed(item.record) : undefined
      if (item.kind === 'broken' || !advisory) continue
      advisories.push(advisory)
      const format = detectFormat(item.record)
      const record = item.record as JsonObject // the parser took it
      if (format === 'osv') osv.push(record as unknown as OsvRecord)
      else if (format === 'nvd-1.1') nvd.set(advisory.id, { id: advisory.id, configurations: from11(record) })
      else if (format === 'nvd-2.0' || format === 'nvd-2.0-wrapped' || format === 'nvd-override') {
        const body = (isObject(record.cve) ? record.cve : record) as unknown as NvdRecord
        const { configurations = [] } = body as Partial<NvdRecord>
        ;(format === 'nvd-override' ? overrides : nvd).set(advisory.id, { id: advisory.id, configurations })
      } else for (const id of namedCves(advisory)) others.set(id, fromAdvisory(id, advisory, others.get(id)))
    }
  }
  return { osv, advisories, nvd: [...new Map([...others, ...nvd, ...overrides]).values()] }
}

type Nvd = Map<string, NvdRecord>

/** @returns undefined for a record that our own import would not take either */
function parsed(record: unknown): Advisory | undefined {
  try {
    return parseRecord(record)
  } catch (error) {
    if (error instanceof RecordError) return undefined
    throw error
  }
}

export const namedCves = ({ id, aliases }: Pick<Advisory, 'id' | 'aliases'>): string[] =>
  [id, ...aliases].filter((name) => name.startsWith('CVE-'))

interface Node11 {
  readonly operator: string
  readonly children?: readonly Node11[]
  readonly cpe_match?: readonly (Omit<CpeMatch, 'criteria'> & { readonly cpe23Uri: string })[]
}

function from11(record: JsonObject): NvdRecord['configurations'] {
  const { nodes = [] } = record.configurations as { nodes?: readonly Node11[] } // as feed 1.1 has it
  return nodes.map((node) =>
    node.children?.length
      ? { operator: node.operator, nodes: node.children.map(toNode) }
      : { nodes: [toNode(node)] },
  )
}

const toNode = ({ operator, cpe_match: matches = [] }: Node11): CpeNode => ({
  operator,
  negate: false,
  cpeMatch: matches.map(({ cpe23Uri, ...match }) => ({ ...match, criteria: cpe23Uri })),
})

function fromAdvisory(id: string, { affected }: Advisory, before: NvdRecord | undefined): NvdRecord {
  const cpeMatch = affected.filter(({ identity }) => identity.kind === 'cpe').flatMap(toMatches)
  const own = cpeMatch.length > 0 ? [{ nodes: [{ operator: 'OR', negate: false, cpeMatch }] }] : []
  return { id, configurations: [...(before?.configurations ?? []), ...own] }
}

function toMatches({ identity, ranges, versions }: AffectedEntry): CpeMatch[] {
  const criteria = (version: string): string => `cpe:2.3:a:${identity.name}:${version}:*:*:*:*:*:*:*`
  const named = versions.map((version) => ({ vulnerable: true, criteria: criteria(version) }))
  return [
    ...named,
    ...ranges.flatMap(boundsOf).map((bounds) => ({ vulnerable: true, criteria: criteria('*'), ...bounds })),
  ]
}

function boundsOf(range: VersionRange): Partial<CpeMatch>[] {
  if (range.form === 'events') {
    return intervalsOf(range.events.map(({ kind, version }) => ({ [kind]: version }))).map(
      ({ from, to, last }) => ({
        ...(from === '0' ? {} : { versionStartIncluding: from }),
        ...(to === undefined ? {} : { versionEndExcluding: to }),
        ...(last === undefined ? {} : { versionEndIncluding: last }),
      }),
    )
  }
  if (range.isUnspecified) return []
  const { from, to } = range
  return [
    {
      ...(from
        ? { [from.isInclusive ? 'versionStartIncluding' : 'versionStartExcluding']: from.version }
        : {}),
      ...(to ? { [to.isInclusive ? 'versionEndIncluding' : 'versionEndExcluding']: to.version } : {}),
    },
  ]
}

export interface Interval {
  readonly from: string
  /** The first that is not affected. */
  readonly to?: string
  /** The last that is. */
  readonly last?: string
}

/** OSV's events in their order as intervals. */
export function intervalsOf(events: readonly Record<string, string>[]): Interval[] {
  const intervals: Interval[] = []
  let from: string | undefined
  for (const event of events) {
    const last = event['last_affected'] ?? event['lastAffected']
    if (event['introduced'] !== undefined) from = event['introduced']
    if (from === undefined || (event['fixed'] === undefined && last === undefined)) continue
    intervals.push({
      from,
      ...(event['fixed'] === undefined ? { last: last ?? '' } : { to: event['fixed'] }),
    })
    from = undefined
  }
  return from === undefined ? intervals : [...intervals, { from }]
}

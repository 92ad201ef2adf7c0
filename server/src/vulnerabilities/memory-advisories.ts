/**
 * Advisories without a database: the same pure parts, held in maps. For measuring the matcher on whole files (`truth/`,
 * benchmarks) and for tests.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Advisory, AdvisorySource } from './advisory.ts'
import { identityKey } from './advisory.ts'
import { parseRecord } from './detect-format.ts'
import { identitiesOf } from './identity.ts'
import type { IdentityLink } from './identity-link.ts'
import { RecordError } from './json-reading.ts'
import { mappingLink, parseNameMapping, type MappingRow } from './name-mapping.ts'
import { matchName, type AffectedRow } from './match-name.ts'
import { readAdvisoryFile } from './read-advisory-file.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Match, Vulnerability } from './vulnerability-fact.ts'
import { assignVulnerabilities, namesOf, summarize } from './vulnerability.ts'

export interface MemoryAdvisories {
  readonly rows: ReadonlyMap<string, readonly AffectedRow[]>
  readonly vulnerabilities: ReadonlyMap<string, Vulnerability>
  readonly sources: ReadonlyMap<string, ReadonlySet<AdvisorySource>>
}

export interface LoadedAdvisories {
  readonly advisories: readonly Advisory[]
  /** `file:line: reason` of records that could not be used. */
  readonly skipped: readonly string[]
}

/** @throws AppError invalid-advisories when a file as a whole is unusable */
export async function loadAdvisories(paths: readonly string[]): Promise<LoadedAdvisories> {
  const advisories: Advisory[] = []
  const skipped: string[] = []
  for (const path of paths) {
    for await (const item of readAdvisoryFile(path)) {
      const place = `${basename(path)}:${item.line}`
      if (item.kind === 'broken') {
        skipped.push(`${place}: ${item.reason}`)
        continue
      }
      try {
        advisories.push(parseRecord(item.record))
      } catch (error) {
        if (!(error instanceof RecordError)) throw error
        skipped.push(`${place}: ${error.message}`)
      }
    }
  }
  return { advisories, skipped }
}

/** The last of the same key counts, as after successive imports. */
export function holdAdvisories(all: readonly Advisory[]): MemoryAdvisories {
  const advisories = [...new Map(all.map((advisory) => [advisory.key, advisory])).values()]
  const assigned = assignVulnerabilities(
    advisories.map((advisory) => ({ key: advisory.key, id: advisory.id, names: namesOf(advisory) })),
  )
  const byVulnerability = Map.groupBy(advisories, (advisory) => assigned.get(advisory.key) ?? advisory.id)
  const vulnerabilities = new Map<string, Vulnerability>()
  const sources = new Map<string, Set<AdvisorySource>>()
  const rows: AffectedRow[] = []
  for (const [id, own] of byVulnerability) {
    const active = own.filter((advisory) => advisory.state === 'active')
    const identities = active.flatMap(({ affected }) => affected.map((entry) => identityKey(entry.identity)))
    const vulnerability = summarize(id, own, identities)
    if (vulnerability) vulnerabilities.set(id, { ...vulnerability, kev: null, epss: null })
    sources.set(id, new Set(active.map((advisory) => advisory.source)))
    for (const { id: advisoryId, source, affected } of active) {
      rows.push(...affected.map((entry) => ({ vulnerabilityId: id, advisoryId, source, entry })))
    }
  }
  return { rows: Map.groupBy(rows, (row) => identityKey(row.entry.identity)), vulnerabilities, sources }
}

export function matchInMemory(
  held: MemoryAdvisories,
  condaName: string,
  links: readonly IdentityLink[],
  versions: readonly string[],
): Map<string, Match[]> {
  const rows = links.flatMap((link) => held.rows.get(identityKey(link.identity)) ?? [])
  return matchName(
    { condaName, links, rows, vulnerabilities: held.vulnerabilities, sources: held.sources },
    versions,
  )
}

export type LinkLookup = (condaName: string) => readonly IdentityLink[]

/** Mapping files as a look-up of links, beside curated rows and name rules. */
export function linkLookup(paths: readonly string[]): LinkLookup {
  const rows = paths.flatMap((path) => readMappingFile(path).map((row) => ({ row, source: basename(path) })))
  const byName = Map.groupBy(rows, ({ row }) => row.condaName)
  return (condaName) => {
    const own = byName.get(condaName)
    const links = (own ?? []).flatMap(({ row, source }) => mappingLink(row, source) ?? [])
    return identitiesOf(condaName, { isKnown: own !== undefined, links }).links
  }
}

function readMappingFile(path: string): readonly MappingRow[] {
  const bytes = readFileSync(path)
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  const mapping = parseNameMapping(parseJson((isGzip ? gunzipSync(bytes) : bytes).toString('utf8')))
  if (!mapping) throw new AppError('invalid-mapping', `${basename(path)} is no mapping of conda names`)
  return mapping.rows
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Advisories without a database, for tests of the matcher on whole files: the same pure parts, held in maps. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Advisory, AdvisorySource } from '../advisory.ts'
import { identityKey } from '../advisory.ts'
import { parseRecord } from '../detect-format.ts'
import { identitiesOf, type MappedName } from '../identity.ts'
import type { IdentityLink } from '../identity-link.ts'
import { RecordError } from '../json-reading.ts'
import { mappingLink, parseNameMapping } from '../name-mapping.ts'
import { matchName, type AffectedRow } from '../match-name.ts'
import { readAdvisoryFile } from '../read-advisory-file.ts'
import type { Match, Vulnerability } from '../vulnerability-fact.ts'
import { assignVulnerabilities, namesOf, summarize } from '../vulnerability.ts'

export interface MemoryAdvisories {
  readonly rows: ReadonlyMap<string, readonly AffectedRow[]>
  readonly vulnerabilities: ReadonlyMap<string, Vulnerability>
  readonly sources: ReadonlyMap<string, ReadonlySet<AdvisorySource>>
}

export async function loadAdvisories(paths: readonly string[]): Promise<Advisory[]> {
  const advisories: Advisory[] = []
  for (const path of paths) {
    for await (const item of readAdvisoryFile(path)) {
      if (item.kind === 'broken') throw new Error(`${path}:${item.line}: ${item.reason}`)
      try {
        advisories.push(parseRecord(item.record))
      } catch (error) {
        if (!(error instanceof RecordError)) throw error
      }
    }
  }
  return advisories
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

/** parselmouth's file as a look-up of links. */
export function readMapping(path: string): (condaName: string) => readonly IdentityLink[] {
  const parsed = parseNameMapping(JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')))
  const byName = Map.groupBy(parsed?.rows ?? [], (row) => row.condaName)
  return (condaName) => {
    const own = byName.get(condaName)
    const mapped: MappedName = {
      isKnown: own !== undefined,
      links: (own ?? []).flatMap((row) => mappingLink(row, 'parselmouth') ?? []),
    }
    return identitiesOf(condaName, mapped).links
  }
}

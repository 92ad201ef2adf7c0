/**
 * All vulnerabilities of the versions of one conda name, from the affected entries of its identities. Pure: the
 * database (`find-vulnerabilities.ts`), the tests and a benchmark hand in the same rows.
 */
import { identityKey, type AdvisorySource, type AffectedEntry } from './advisory.ts'
import { isProjectList, isReplaced } from './authority.ts'
import { combineStatements, type Statement } from './combine.ts'
import type { IdentityLink } from './identity-link.ts'
import { prepareEntry } from './match.ts'
import type { Match, Vulnerability } from './vulnerability-fact.ts'

/** An entry of an active advisory, with the vulnerability it is about. */
export interface AffectedRow {
  readonly vulnerabilityId: string
  readonly advisoryId: string
  readonly source: AdvisorySource
  readonly entry: AffectedEntry
}

export interface NameEvidence {
  readonly condaName: string
  readonly links: readonly IdentityLink[]
  /** Entries of the identities of `links`; others are ignored. */
  readonly rows: readonly AffectedRow[]
  /** By id; a vulnerability that is not here (rejected) does not match. */
  readonly vulnerabilities: ReadonlyMap<string, Vulnerability>
  /** Sources of the advisories of a vulnerability, also of those that do not name this package. */
  readonly sources: ReadonlyMap<string, ReadonlySet<AdvisorySource>>
}

/** @returns an entry for each version, empty where nothing concerns it */
export function matchName(evidence: NameEvidence, versions: readonly string[]): Map<string, Match[]> {
  const statements = statementsByVulnerability(evidence)
  const found = new Map<string, Match[]>(versions.map((version) => [version, []]))
  for (const [id, own] of statements) {
    const vulnerability = evidence.vulnerabilities.get(id)
    if (!vulnerability) continue
    for (const [version, matches] of found) {
      for (const combined of combineStatements(own, version)) {
        matches.push({ condaName: evidence.condaName, version, vulnerability, ...combined })
      }
    }
  }
  return found
}

function statementsByVulnerability(evidence: NameEvidence): Map<string, Statement[]> {
  const links = new Map(evidence.links.map((link) => [identityKey(link.identity), link]))
  const statements = new Map<string, Statement[]>()
  for (const { vulnerabilityId, advisoryId, source, entry } of evidence.rows) {
    const link = links.get(identityKey(entry.identity))
    if (!link || isReplaced(source, evidence.sources.get(vulnerabilityId) ?? new Set())) continue
    const prepared = prepareEntry(link, entry, isProjectList(source))
    if (!prepared) continue
    const own = statements.get(vulnerabilityId)
    if (own) own.push({ source, advisoryId, prepared })
    else statements.set(vulnerabilityId, [{ source, advisoryId, prepared }])
  }
  return statements
}

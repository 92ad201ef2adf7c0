/**
 * All vulnerabilities of the versions of one conda name, from the affected entries of its identities. Pure: the
 * database (`find-vulnerabilities.ts`), the tests and a benchmark hand in the same rows.
 */
import { identityKey, type AdvisorySource, type AffectedEntry } from './advisory.ts'
import { isProjectList, isReplaced } from './authority.ts'
import { decider, explain, type Decider, type Statement } from './combine.ts'
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
  readonly vulnerabilities: Pick<ReadonlyMap<string, Vulnerability>, 'get' | 'has'>
  /** Sources of the advisories of a vulnerability, also of those that do not name this package. */
  readonly sources: Pick<ReadonlyMap<string, ReadonlySet<AdvisorySource>>, 'get'>
}

/** @returns an entry for each version, empty where nothing concerns it */
export function matchName(evidence: NameEvidence, versions: readonly string[]): Map<string, Match[]> {
  const found = new Map<string, Match[]>(versions.map((version) => [version, []]))
  for (const { vulnerabilityId, statements, decide } of decideName(evidence)) {
    const vulnerability = evidence.vulnerabilities.get(vulnerabilityId)
    if (!vulnerability) continue
    for (const [version, matches] of found) {
      for (const decision of decide(version)) {
        const combined = explain(statements, decide, version, decision)
        matches.push({ condaName: evidence.condaName, version, vulnerability, ...combined })
      }
    }
  }
  return found
}

export interface NameDecider {
  readonly vulnerabilityId: string
  readonly statements: readonly Statement[]
  readonly decide: Decider
}

/** The vulnerabilities that may concern a name, each with what decides its versions: without words, for many names. */
export function decideName(evidence: NameEvidence): NameDecider[] {
  return [...statementsByVulnerability(evidence)]
    .filter(([id]) => evidence.vulnerabilities.has(id))
    .map(([vulnerabilityId, statements]) => ({ vulnerabilityId, statements, decide: decider(statements) }))
}

const noSources: ReadonlySet<AdvisorySource> = new Set()

function statementsByVulnerability(evidence: NameEvidence): Map<string, Statement[]> {
  const links = new Map(evidence.links.map((link) => [identityKey(link.identity), link]))
  const statements = new Map<string, Statement[]>()
  for (const { vulnerabilityId, advisoryId, source, entry } of evidence.rows) {
    const link = links.get(identityKey(entry.identity))
    if (!link || isReplaced(source, () => evidence.sources.get(vulnerabilityId) ?? noSources)) continue
    const prepared = prepareEntry(link, entry, isProjectList(source))
    if (!prepared) continue
    const own = statements.get(vulnerabilityId)
    if (own) own.push({ source, advisoryId, prepared })
    else statements.set(vulnerabilityId, [{ source, advisoryId, prepared }])
  }
  return statements
}

/**
 * What is known against the versions of a conda name, evaluated now from the current advisories: the same for
 * an index that is built and for the one file somebody downloads. Three indexed queries a name.
 */
import type { Db } from '../platform/database/db.ts'
import { identityKey } from './advisory.ts'
import type { Curation } from './curation/curation.ts'
import { findCurationsOf } from './curation/curation-store.ts'
import { matchName } from './match-name.ts'
import { findAffected, findIdentities, findKnownVulnerabilities, replaceMatches } from './store.ts'
import type { Match, Vulnerability } from './vulnerability-fact.ts'

/** @returns an entry for each version, empty where nothing is known against it, or nothing at all of the name */
export async function findVulnerabilities(
  db: Db,
  condaName: string,
  versions: readonly string[],
): Promise<Map<string, Match[]>> {
  const { links } = await findIdentities(db, condaName)
  const identities = links.map((link) => identityKey(link.identity))
  const rows = await findAffected(db, identities)
  const said = (await findCurationsOf(db, condaName)).filter(({ status }) => status === 'active')
  if (rows.length + said.length === 0) return new Map(versions.map((version) => [version, []]))
  const ids = [...rows, ...said].map((row) => row.vulnerabilityId)
  const known = await findKnownVulnerabilities(db, [...new Set(ids)])
  const found = matchName({ condaName, links, rows, ...known }, versions)
  addSaid(found, condaName, said, known.vulnerabilities)
  return found
}

/** Where somebody says that files are affected, the version has a match, whatever the advisories know. */
function addSaid(
  found: ReadonlyMap<string, Match[]>,
  condaName: string,
  said: readonly Curation[],
  vulnerabilities: ReadonlyMap<string, Vulnerability>,
): void {
  for (const { vulnerabilityId, scope } of said) {
    const vulnerability = vulnerabilities.get(vulnerabilityId)
    if (!vulnerability) continue
    for (const [version, matches] of found) {
      if ((scope.version ?? version) !== version) continue
      const isKnown = matches.some(
        ({ vulnerability: { id }, platforms }) => id === vulnerabilityId && platforms === null,
      )
      if (isKnown) continue
      matches.push({
        condaName,
        version,
        vulnerability,
        verdict: 'affected',
        confidence: 1,
        why: 'somebody says so of files of this version',
        platforms: null,
        fixedIn: [],
        evidence: [],
        isSaidOnly: true,
      })
    }
  }
}

/** Writes down for lists what `findVulnerabilities` answers for all versions a name has. */
export async function projectMatches(
  tx: Db,
  condaName: string,
  versions: readonly string[],
  at: Date,
): Promise<Map<string, Match[]>> {
  const found = await findVulnerabilities(tx, condaName, versions)
  await replaceMatches(tx, condaName, [...found.values()].flat(), at)
  return found
}

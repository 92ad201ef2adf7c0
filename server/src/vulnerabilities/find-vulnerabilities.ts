/**
 * What is known against the versions of a conda name, evaluated now from the current advisories: the same for
 * an index that is built and for the one file somebody downloads. Three indexed queries a name.
 */
import type { Db } from '../platform/database/db.ts'
import { identityKey } from './advisory.ts'
import { matchName } from './match-name.ts'
import { findAffected, findIdentities, findKnownVulnerabilities, replaceMatches } from './store.ts'
import type { Match } from './vulnerability-fact.ts'

/** @returns an entry for each version, empty where nothing is known against it, or nothing at all of the name */
export async function findVulnerabilities(
  db: Db,
  condaName: string,
  versions: readonly string[],
): Promise<Map<string, Match[]>> {
  const { links } = await findIdentities(db, condaName)
  const identities = links.map((link) => identityKey(link.identity))
  const rows = await findAffected(db, identities)
  if (rows.length === 0) return new Map(versions.map((version) => [version, []]))
  const ids = [...new Set(rows.map((row) => row.vulnerabilityId))]
  const known = await findKnownVulnerabilities(db, ids)
  return matchName({ condaName, links, rows, ...known }, versions)
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

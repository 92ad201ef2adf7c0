/**
 * What is known against the versions of conda names, evaluated now from the current advisories: the same for
 * an index that is built and for the one file somebody downloads. A few indexed queries, however many names.
 */
import type { Db } from '../platform/database/db.ts'
import { identityKey } from './advisory.ts'
import type { Curation } from './curation/curation.ts'
import { findCurationsOf } from './curation/curation-store.ts'
import type { NameIdentities } from './identity.ts'
import { matchName, type AffectedRow } from './match-name.ts'
import { findAffected, findIdentitiesOfNames, findKnownVulnerabilities, replaceMatches } from './store.ts'
import type { Match, Vulnerability } from './vulnerability-fact.ts'

/** What is known of a name. */
export interface NameKnowledge {
  readonly state: NameIdentities['state']
  /** By version; none where nothing is known against any version of the name. */
  readonly found: ReadonlyMap<string, Match[]>
  /** What people say of its files. */
  readonly curations: readonly Curation[]
}

/**
 * @param versionsOf the versions to look at, asked for those names only against which anything may be known: of
 *   a whole channel, most have nothing
 * @returns an entry for each name
 */
export async function findKnowledge(
  db: Db,
  names: readonly string[],
  versionsOf: (concerned: readonly string[]) => Promise<ReadonlyMap<string, Iterable<string>>>,
): Promise<Map<string, NameKnowledge>> {
  const identities = await findIdentitiesOfNames(db, names)
  const keys = new Set([...identities.values()].flatMap(({ links }) => links.map(keyOfLink)))
  const rows = Map.groupBy(await findAffected(db, [...keys]), ({ entry }) => identityKey(entry.identity))
  const curations = await findCurationsOf(db, names)
  const ids = new Set(
    [...rows.values(), ...curations.values()].flatMap((own) => own.map((row) => row.vulnerabilityId)),
  )
  const known = await findKnownVulnerabilities(db, [...ids])
  const affectedOf = (name: string): AffectedRow[] =>
    identities.get(name)!.links.flatMap((link) => rows.get(keyOfLink(link)) ?? []) // there is one for each name
  const concerned = names.filter((name) => curations.has(name) || affectedOf(name).length > 0)
  const versions = concerned.length > 0 ? await versionsOf(concerned) : NOTHING
  return new Map(
    names.map((condaName) => {
      const { links, state } = identities.get(condaName)! // there is one for each name
      const own = [...new Set(versions.get(condaName))]
      const found = matchName({ condaName, links, rows: affectedOf(condaName), ...known }, own)
      const said = curations.get(condaName) ?? []
      addSaid(
        found,
        condaName,
        said.filter(({ status }) => status === 'active'),
        known.vulnerabilities,
      )
      return [condaName, { state, found, curations: said }]
    }),
  )
}

const NOTHING: ReadonlyMap<string, Iterable<string>> = new Map()

function keyOfLink({ identity }: NameIdentities['links'][number]): string {
  return identityKey(identity)
}

/** `findKnowledge` of one name. */
export async function findVulnerabilities(
  db: Db,
  condaName: string,
  versions: readonly string[],
): Promise<ReadonlyMap<string, Match[]>> {
  const knowledge = await findKnowledge(db, [condaName], () =>
    Promise.resolve(new Map([[condaName, versions]])),
  )
  return knowledge.get(condaName)!.found // there is one for each name
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
): Promise<ReadonlyMap<string, Match[]>> {
  const found = await findVulnerabilities(tx, condaName, versions)
  await replaceMatches(tx, condaName, [...found.values()].flat(), at)
  return found
}

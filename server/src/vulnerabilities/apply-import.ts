/**
 * Makes what is matched against follow the versions that stand: after an import was activated, and after one was
 * taken back. Writes what differs, joins advisories of the same vulnerability, and refreshes what is known of each
 * vulnerability. Runs in one transaction, and the result is that of importing everything anew.
 */
import type { Db } from '../platform/database/db.ts'
import type { Advisory } from './advisory.ts'
import type { EpssEntry } from './epss.ts'
import { chooseVersion, type FeedKind, type StandingVersion } from './feed-version.ts'
import {
  assignVulnerability,
  findAdvisoriesNamed,
  findCurrent,
  findVulnerabilityIds,
  putAdvisories,
  type NamedAdvisory,
} from './import-store.ts'
import type { KevEntry } from './kev.ts'
import { putEpss, putKev } from './signal-store.ts'
import { findStanding, keysOfImports, readDocuments } from './version-store.ts'
import { findIdentitiesOfVulnerabilities, refreshVulnerabilities } from './vulnerability-store.ts'
import { assignVulnerabilities } from './vulnerability.ts'

export interface Settled {
  /** Identities whose matches, or what is known of them, may have changed. */
  readonly identities: readonly string[]
  /** Whether anything changed that a decision may look at. */
  readonly isChanged: boolean
  /** CVEs of which something changed that facts show and no decision can depend on: EPSS between two bounds. */
  readonly drifted: readonly string[]
}

/** @param importIds the imports that were activated or taken back: their keys are looked at */
export async function settleImports(
  tx: Db,
  kind: FeedKind,
  importIds: readonly string[],
  context: { readonly at: Date; readonly epssBounds: readonly number[] },
): Promise<Settled> {
  if (kind === 'advisories') {
    const { identities, isChanged } = await settleAdvisories(tx, importIds, context.at)
    return { identities, isChanged, drifted: [] }
  }
  const cves: string[] = []
  const drifted: string[] = []
  for await (const keys of keysOfImports(tx, importIds)) {
    const chosen = await chooseAll(tx, keys)
    const documents = await readDocuments(tx, [...chosen.values()])
    const entries = [...documents.values()].map((document) => JSON.parse(document) as unknown) // written by `stageFeed`
    const own = keys.map((key) => key.slice(kind.length + 1))
    if (kind === 'kev') {
      cves.push(...(await putKev(tx, own, entries as KevEntry[])))
      continue
    }
    const { changed, crossed } = await putEpss(tx, own, entries as EpssEntry[], context.epssBounds)
    cves.push(...crossed)
    for (const cve of changed) drifted.push(cve)
  }
  return { identities: await findIdentitiesOfVulnerabilities(tx, cves), isChanged: cves.length > 0, drifted }
}

/** The version that counts under each of these keys; none where nothing stands, or it is gone. */
export async function chooseAll(tx: Db, keys: readonly string[]): Promise<Map<string, StandingVersion>> {
  const chosen = new Map<string, StandingVersion>()
  for (const [key, versions] of await findStanding(tx, keys)) {
    const version = chooseVersion(versions)
    if (version && !version.isGone) chosen.set(key, version)
  }
  return chosen
}

async function settleAdvisories(
  tx: Db,
  importIds: readonly string[],
  at: Date,
): Promise<Pick<Settled, 'identities' | 'isChanged'>> {
  const identities = new Set<string>()
  const names = new Set<string>()
  const vulnerabilities = new Set<string>()
  for await (const keys of keysOfImports(tx, importIds)) {
    const chosen = await chooseAll(tx, keys)
    const current = await findCurrent(tx, keys)
    const gone = keys.filter((key) => current.has(key) && !chosen.has(key))
    const differing = [...chosen.values()].filter(
      (version) => current.get(version.key)?.contentSha256 !== version.contentSha256,
    )
    if (differing.length === 0 && gone.length === 0) continue
    const documents = await readDocuments(tx, differing)
    const versions = differing.map(({ key, contentSha256, importId }) => ({
      advisory: JSON.parse(documents.get(key) ?? '') as Advisory, // written by `stageFeed`
      contentSha256,
      importId,
    }))
    for (const id of await findVulnerabilityIds(tx, keys)) vulnerabilities.add(id)
    const put = await putAdvisories(tx, versions, gone, at)
    for (const identity of put.identities) identities.add(identity)
    for (const name of put.names) names.add(name)
  }
  for (const id of await joinVulnerabilities(tx, names)) vulnerabilities.add(id)
  const changed = await refreshVulnerabilities(tx, [...vulnerabilities], at)
  for (const identity of await findIdentitiesOfVulnerabilities(tx, changed)) identities.add(identity)
  return { identities: [...identities].toSorted(), isChanged: changed.length > 0 || identities.size > 0 }
}

/**
 * Puts the advisories with these names, and those connected to them, under the right vulnerability.
 * @returns the ids before and after
 */
export async function joinVulnerabilities(tx: Db, names: ReadonlySet<string>): Promise<Set<string>> {
  const connected = await findConnected(tx, names)
  const assigned = assignVulnerabilities(connected)
  const strays = connected.filter((advisory) => assigned.get(advisory.key) !== advisory.vulnerabilityId)
  for (const [id, moved] of Map.groupBy(strays, (stray) => assigned.get(stray.key) ?? stray.id)) {
    await assignVulnerability(
      tx,
      id,
      moved.map((stray) => stray.key),
    )
  }
  return new Set([...strays.map((stray) => stray.vulnerabilityId), ...assigned.values()])
}

/** Every advisory that shares a name with these, directly or through others. */
export async function findConnected(db: Db, names: ReadonlySet<string>): Promise<NamedAdvisory[]> {
  const found = new Map<string, NamedAdvisory>()
  const seen = new Set(names)
  let frontier = [...names]
  while (frontier.length > 0) {
    const next: string[] = []
    for (const advisory of await findAdvisoriesNamed(db, frontier)) {
      found.set(advisory.key, advisory)
      for (const name of advisory.names) {
        if (seen.has(name)) continue
        seen.add(name)
        next.push(name)
      }
    }
    frontier = next
  }
  return [...found.values()]
}

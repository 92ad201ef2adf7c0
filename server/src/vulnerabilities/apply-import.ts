/**
 * Makes staged advisories current: writes them, joins advisories of the same vulnerability, and refreshes what
 * is known of each vulnerability. Runs in one transaction, and the result is that of importing everything anew.
 */
import type { Db } from '../platform/database/db.ts'
import {
  assignVulnerability,
  findAdvisoriesNamed,
  findVulnerabilityIds,
  putAdvisories,
  readStaged,
  type NamedAdvisory,
} from './import-store.ts'
import { findIdentitiesOfVulnerabilities, refreshVulnerabilities } from './vulnerability-store.ts'
import { assignVulnerabilities } from './vulnerability.ts'

/** @returns identities whose matches may have changed */
export async function applyStaged(
  tx: Db,
  written: { readonly importId: string; readonly at: Date },
): Promise<string[]> {
  const identities = new Set<string>()
  const names = new Set<string>()
  const vulnerabilities = new Set<string>()
  for await (const staged of readStaged(tx, written.importId)) {
    const keys = staged.map(({ advisory }) => advisory.key)
    for (const id of await findVulnerabilityIds(tx, keys)) vulnerabilities.add(id)
    const put = await putAdvisories(tx, staged, written)
    for (const identity of put.identities) identities.add(identity)
    for (const name of put.names) names.add(name)
  }
  for (const id of await joinVulnerabilities(tx, names)) vulnerabilities.add(id)
  const changed = await refreshVulnerabilities(tx, [...vulnerabilities], written.at)
  for (const identity of await findIdentitiesOfVulnerabilities(tx, changed)) identities.add(identity)
  return [...identities].toSorted()
}

/**
 * Puts the advisories with these names, and those connected to them, under the right vulnerability.
 * @returns the ids before and after
 */
async function joinVulnerabilities(tx: Db, names: ReadonlySet<string>): Promise<Set<string>> {
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

async function findConnected(tx: Db, names: ReadonlySet<string>): Promise<NamedAdvisory[]> {
  const found = new Map<string, NamedAdvisory>()
  const seen = new Set(names)
  let frontier = [...names]
  while (frontier.length > 0) {
    const next: string[] = []
    for (const advisory of await findAdvisoriesNamed(tx, frontier)) {
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

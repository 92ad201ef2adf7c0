/**
 * For repairs: what is matched against, made again from the versions that stand. An import looks only at what differs by
 * its digest; here everything that follows from a version is compared, so that a row that was lost comes back.
 */
import type { Advisory } from './advisory.ts'
import { chooseAll, joinVulnerabilities } from './apply-import.ts'
import type { Db } from '../platform/database/db.ts'
import { findCurrent, putAdvisories } from './import-store.ts'
import { keysOfImports, readDocuments, readEntries } from './version-store.ts'
import { namesOf } from './vulnerability.ts'
import { refreshVulnerabilities } from './vulnerability-store.ts'

/** @returns how many advisories and vulnerabilities were not what they should be */
export async function remakeAdvisories(db: Db, at: Date): Promise<number> {
  const imports = await db
    .selectFrom('advisory_imports')
    .select('id')
    .where('kind', '=', 'advisories')
    .where('state', '=', 'active')
    .execute()
  if (imports.length === 0) return 0
  let count = 0
  for await (const keys of keysOfImports(
    db,
    imports.map(({ id }) => id),
  ))
    count += await db.transaction().execute((tx) => remakeSome(tx, keys, at))
  return count + (await db.transaction().execute((tx) => remakeVulnerabilities(tx, at)))
}

async function remakeSome(tx: Db, keys: readonly string[], at: Date): Promise<number> {
  const chosen = await chooseAll(tx, keys)
  const documents = await readDocuments(tx, [...chosen.values()])
  const current = await findCurrent(tx, keys)
  const entries = await readEntries(tx, keys)
  const names = await namesByKey(tx, keys)
  const lost = [...chosen.values()].flatMap(({ key, contentSha256, importId }) => {
    const advisory = JSON.parse(documents.get(key) ?? '') as Advisory // written by `stageFeed`
    const isWhole =
      current.get(key)?.contentSha256 === contentSha256 &&
      JSON.stringify(entries.get(key) ?? []) === JSON.stringify(advisory.affected) &&
      [...new Set(namesOf(advisory))].every((name) => names.get(key)?.has(name))
    return isWhole ? [] : [{ advisory, contentSha256, importId }]
  })
  if (lost.length === 0) return 0
  const put = await putAdvisories(tx, lost, [], at)
  await refreshVulnerabilities(tx, [...(await joinVulnerabilities(tx, put.names))], at)
  return lost.length
}

async function namesByKey(tx: Db, keys: readonly string[]): Promise<Map<string, Set<string>>> {
  const rows = await tx
    .selectFrom('advisory_names')
    .select(['advisory_key as key', 'name'])
    .where('advisory_key', 'in', keys)
    .execute()
  const grouped = Map.groupBy(rows, ({ key }) => key)
  return new Map([...grouped].map(([key, own]) => [key, new Set(own.map(({ name }) => name))]))
}

/** Of advisories that hold, and whose vulnerability is not there. */
async function remakeVulnerabilities(tx: Db, at: Date): Promise<number> {
  const rows = await tx
    .selectFrom('advisories')
    .leftJoin('vulnerabilities', 'vulnerabilities.id', 'advisories.vulnerability_id')
    .select('advisories.vulnerability_id as id')
    .distinct()
    .where('advisories.state', '=', 'active')
    .where('vulnerabilities.id', 'is', null)
    .execute()
  const changed = await refreshVulnerabilities(
    tx,
    rows.map(({ id }) => id),
    at,
  )
  return changed.length
}

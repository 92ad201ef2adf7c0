/**
 * Keeps what new packages say they are upstream. A name keeps what any of its files has said: a project does not change
 * its name with a release, and where it does, both names concern the versions in its channels.
 */
import { inChunks, type Db } from '../platform/database/db.ts'
import { identityKey } from './advisory.ts'
import { packageLinks, type PackageLink, type PackageSource } from './package-identity.ts'

/** @returns conda names that have a link they did not have before */
export async function learnIdentities(db: Db, packages: readonly PackageSource[]): Promise<string[]> {
  const rows = new Map<string, LinkRow>()
  for (const source of packages) {
    for (const link of packageLinks(source)) {
      const row = toRow(source.name, link)
      const key = `${row.conda_name} ${row.identity}`
      // a file that is the project in its version says more than one that holds a copy
      if (rows.get(key)?.relation !== 'is') rows.set(key, row)
    }
  }
  const fresh = await notKnown(db, [...rows.values()])
  for (const chunk of inChunks(fresh)) {
    await db
      .insertInto('identity_links')
      .values(chunk)
      .onConflict((conflict) => conflict.columns(['conda_name', 'source', 'identity']).doNothing())
      .execute()
  }
  return [...new Set(fresh.map((row) => row.conda_name))].toSorted()
}

function toRow(condaName: string, link: PackageLink): LinkRow {
  return {
    source: `${PACKAGE_SOURCE}:${link.found}:${link.relation}`,
    conda_name: condaName,
    identity: identityKey(link.identity),
    relation: link.relation,
    evidence: link.evidence,
  }
}

/** `package:dist-info:is` in the place of a mapping's name: what packages have said of themselves. */
const PACKAGE_SOURCE = 'package'

interface LinkRow {
  readonly source: string
  readonly conda_name: string
  readonly identity: string
  readonly relation: string
  readonly evidence: string
}

async function notKnown(db: Db, rows: readonly LinkRow[]): Promise<LinkRow[]> {
  const known = new Set<string>()
  for (const chunk of inChunks([...new Set(rows.map((row) => row.conda_name))])) {
    const found = await db
      .selectFrom('identity_links')
      .select(['conda_name', 'source', 'identity'])
      .where('conda_name', 'in', chunk)
      .execute()
    for (const row of found) known.add(keyOf(row))
  }
  return rows.filter((row) => !known.has(keyOf(row)))
}

function keyOf(row: Pick<LinkRow, 'conda_name' | 'source' | 'identity'>): string {
  return `${row.conda_name} ${row.source} ${row.identity}`
}

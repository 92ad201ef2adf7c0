/** The SQL of what is known of CVEs beside advisories: KEV and EPSS. Written only while importing. */
import { inChunks, type Db } from '../platform/database/db.ts'
import type { EpssEntry } from './epss.ts'
import type { KevEntry } from './kev.ts'

/** @returns the CVEs of which something changed that a decision may look at */
export async function putKev(
  tx: Db,
  cves: readonly string[],
  entries: readonly KevEntry[],
): Promise<string[]> {
  const changed = new Set<string>()
  const after = new Map(entries.map((entry) => [entry.cve, entry]))
  for (const chunk of inChunks(cves)) {
    const before = await tx.selectFrom('kev_entries').select('cve').where('cve', 'in', chunk).execute()
    const listed = new Set(before.map(({ cve }) => cve))
    // that it is listed is all a decision sees
    for (const cve of chunk) if (listed.has(cve) !== after.has(cve)) changed.add(cve)
    await tx.deleteFrom('kev_entries').where('cve', 'in', chunk).execute()
    const rows = chunk.flatMap((cve) => after.get(cve) ?? [])
    if (rows.length === 0) continue
    await tx
      .insertInto('kev_entries')
      .values(
        rows.map((entry) => ({
          cve: entry.cve,
          name: entry.name,
          added_at: entry.addedMs,
          due_at: entry.dueMs,
          is_ransomware: entry.isRansomware ? 1 : 0,
          required_action: entry.requiredAction,
        })),
      )
      .execute()
  }
  return [...changed]
}

export interface EpssChanges {
  /** CVEs whose probability is another. */
  readonly changed: readonly string[]
  /** Of those, the ones that are on another side of a bound now. */
  readonly crossed: readonly string[]
}

/** @param bounds what conditions compare EPSS with: between two of them no decision can change */
export async function putEpss(
  tx: Db,
  cves: readonly string[],
  entries: readonly EpssEntry[],
  bounds: readonly number[],
): Promise<EpssChanges> {
  const changed: string[] = []
  const crossed: string[] = []
  const after = new Map(entries.map((entry) => [entry.cve, entry]))
  for (const chunk of inChunks(cves)) {
    const rows = await tx
      .selectFrom('epss_scores')
      .select(['cve', 'probability'])
      .where('cve', 'in', chunk)
      .execute()
    const before = new Map(rows.map((row) => [row.cve, row.probability]))
    for (const cve of chunk) {
      const [old, now] = [before.get(cve), after.get(cve)?.probability]
      if (old === now) continue
      changed.push(cve)
      if (crosses(old, now, bounds)) crossed.push(cve)
    }
    await tx.deleteFrom('epss_scores').where('cve', 'in', chunk).execute()
    const inserted = chunk.flatMap((cve) => after.get(cve) ?? [])
    if (inserted.length > 0) await tx.insertInto('epss_scores').values(inserted).execute()
  }
  return { changed, crossed }
}

/** Undefined: EPSS does not know the CVE, so that no condition on EPSS holds. */
export function crosses(
  before: number | undefined,
  after: number | undefined,
  bounds: readonly number[],
): boolean {
  if (before === undefined || after === undefined) return before !== after && bounds.length > 0
  return bounds.some((bound) => Math.sign(before - bound) !== Math.sign(after - bound))
}

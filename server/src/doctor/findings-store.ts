/** The SQL of what checks found, by the job that looked. */
import { inChunks, type Db } from '../platform/database/db.ts'
import type { Repair } from './repair/repair-storage.ts'
import { kindOf, type Finding, type FindingCode, type FindingKind } from './finding.ts'

/** A finding, and what was done about it. */
export interface Found {
  readonly finding: Finding
  readonly repair?: Pick<Repair, 'outcome' | 'message'> | undefined
}

export interface StoredFinding {
  readonly kind: FindingKind
  readonly code: FindingCode
  readonly where: string
  readonly message: string
  readonly outcome: Repair['outcome'] | null
  readonly repair: string | null
}

/** So many checks are remembered. */
const KEPT_CHECKS = 20

export async function replaceFindings(db: Db, checkId: string, found: readonly Found[]): Promise<void> {
  await db.deleteFrom('storage_findings').where('check_id', '=', checkId).execute()
  const rows = found.map(({ finding, repair }, position) => ({
    check_id: checkId,
    position,
    kind: kindOf(finding),
    code: finding.code,
    subject: finding.where,
    message: finding.message,
    place: finding.place ? JSON.stringify(finding.place) : null,
    outcome: repair?.outcome ?? null,
    repair: repair?.message ?? null,
  }))
  for (const chunk of inChunks(rows, 200)) await db.insertInto('storage_findings').values(chunk).execute()
  const kept = await db
    .selectFrom('jobs')
    .select('id')
    .where('kind', '=', 'storage.check')
    .orderBy('created_at', 'desc')
    .limit(KEPT_CHECKS)
    .execute()
  await db
    .deleteFrom('storage_findings')
    .where(
      'check_id',
      'not in',
      kept.map(({ id }) => id),
    )
    .execute()
}

export async function listFindings(
  db: Db,
  checkId: string,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ total: number; items: StoredFinding[] }> {
  const own = db.selectFrom('storage_findings').where('check_id', '=', checkId)
  const { count } = await own
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await own
    .select(['kind', 'code', 'subject', 'message', 'outcome', 'repair'])
    .orderBy('position')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  const items = rows.map(({ subject, ...row }) => ({ ...row, where: subject }) as StoredFinding) // as replaceFindings wrote it
  return { total: Number(count), items }
}

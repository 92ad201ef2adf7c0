/** The SQL of what checks found, by the job that looked. */
import { inChunks, type Db } from '../platform/database/db.ts'
import { kindOf, type FindingCode, type FindingKind } from './finding.ts'
import type { Found } from './finding-log.ts'
import type { Outcome } from './repair/outcome.ts'

export interface StoredFinding {
  readonly kind: FindingKind
  readonly code: FindingCode
  readonly where: string
  readonly message: string
  readonly outcome: Outcome['outcome'] | null
  readonly repair: string | null
}

/** So many checks are remembered. */
const KEPT_CHECKS = 20
/** So many findings of each of them. */
const MAX_KEPT_FINDINGS = 10_000

export async function replaceFindings(db: Db, checkId: string, found: Iterable<Found>): Promise<void> {
  await db.deleteFrom('storage_findings').where('check_id', '=', checkId).execute()
  const rows = [...Iterator.from(found).take(MAX_KEPT_FINDINGS)].map(({ finding, repair }, position) => ({
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

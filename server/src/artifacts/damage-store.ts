/** The SQL of bytes that were found damaged. There are few of them, or something is very wrong. */
import { inChunks, type Db } from '../platform/database/db.ts'
import type { Damage } from './damage.ts'

/** Marks bytes; what is marked already keeps what was found first, and when. */
export async function markDamaged(
  db: Db,
  found: readonly Pick<Damage, 'sha256' | 'code' | 'found'>[],
  at: Date,
): Promise<void> {
  for (const chunk of inChunks(found, 200)) {
    await db
      .insertInto('damaged_artifacts')
      .values(chunk.map((one) => ({ ...one, found_at: at.getTime(), state: 'found' })))
      .onConflict((conflict) => conflict.column('sha256').doNothing())
      .execute()
  }
}

/** What was done about bytes that are marked. */
export async function noteDamageAction(
  db: Db,
  sha256: string,
  done: Pick<Damage, 'state'> & { readonly action: string },
  at: Date,
): Promise<void> {
  await db
    .updateTable('damaged_artifacts')
    .set({ ...done, acted_at: at.getTime() })
    .where('sha256', '=', sha256)
    .execute()
}

/** The bytes came again, or were found whole. */
export async function forgetDamage(db: Db, digests: readonly string[]): Promise<void> {
  for (const chunk of inChunks(digests))
    await db.deleteFrom('damaged_artifacts').where('sha256', 'in', chunk).execute()
}

export async function listDamage(db: Db): Promise<Damage[]> {
  return (await db.selectFrom('damaged_artifacts').selectAll().execute()).map(toDamage)
}

export async function findDamage(db: Db, digests: readonly string[]): Promise<Map<string, Damage>> {
  const found = new Map<string, Damage>()
  for (const chunk of inChunks([...new Set(digests)])) {
    const rows = await db.selectFrom('damaged_artifacts').selectAll().where('sha256', 'in', chunk).execute()
    for (const row of rows) found.set(row.sha256, toDamage(row))
  }
  return found
}

/** The casts: only this file writes these columns. */
function toDamage(row: {
  sha256: string
  code: string
  found: string
  found_at: number
  state: string
  action: string | null
  acted_at: number | null
}): Damage {
  return {
    sha256: row.sha256,
    code: row.code as Damage['code'],
    found: row.found,
    foundAt: new Date(row.found_at),
    state: row.state as Damage['state'],
    action: row.action,
    actedAt: row.acted_at === null ? null : new Date(row.acted_at),
  }
}

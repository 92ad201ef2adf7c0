/**
 * Keeps what is known of damaged packages in step with a check, so that whoever asks for one learns what was found and
 * what was done (artifacts/damage.ts), long after the check itself is forgotten.
 */
import { forgetDamage, listDamage, markDamaged } from '../artifacts/damage-store.ts'
import type { Damage } from '../artifacts/damage.ts'
import type { Db } from '../platform/database/db.ts'
import type { Finding } from './finding.ts'

/** @param deep every byte was read: only then what was corrupt and is not found again is whole */
export async function noteDamage(
  db: Db,
  findings: readonly Finding[],
  { deep, at }: { readonly deep: boolean; readonly at: Date },
): Promise<void> {
  const found = findings.flatMap(toDamaged)
  const damaged = new Set(found.map(({ sha256 }) => sha256))
  const isWhole = ({ sha256, code, state }: Damage): boolean =>
    !damaged.has(sha256) && state !== 'awaited' && (deep || code === 'package-missing')
  const whole = (await listDamage(db)).filter(isWhole).map(({ sha256 }) => sha256)
  if (found.length + whole.length === 0) return
  await db.transaction().execute(async (tx) => {
    await forgetDamage(tx, whole)
    await markDamaged(tx, found, at)
  })
}

/** Of a finding about a package; of any other nothing. */
export function toDamaged({ code, message, place }: Finding): Pick<Damage, 'sha256' | 'code' | 'found'>[] {
  if (code !== 'package-corrupt' && code !== 'package-missing') return []
  return place?.sha256 === undefined ? [] : [{ sha256: place.sha256, code, found: message }]
}

/**
 * Keeps what is known of damaged packages in step with a check, so that whoever asks for one learns what was found and
 * what was done (artifacts/damage.ts), long after the check itself is forgotten.
 */
import { forgetDamage, listDamage, markDamaged } from '../artifacts/damage-store.ts'
import type { Damage } from '../artifacts/damage.ts'
import type { Db } from '../platform/database/db.ts'
import { DigestSet } from './digest-set.ts'
import type { Finding } from './finding.ts'
import type { Found } from './finding-log.ts'

const AT_ONCE = 500

/** @param deep every byte was read: only then what was corrupt and is not found again is whole */
export async function noteDamage(
  db: Db,
  findings: Iterable<Found>,
  { deep, at }: { readonly deep: boolean; readonly at: Date },
): Promise<void> {
  const damaged = new DigestSet()
  let some: ReturnType<typeof toDamaged> = []
  for (const { finding } of findings) {
    for (const one of toDamaged(finding)) {
      damaged.add(one.sha256)
      some.push(one)
    }
    if (some.length < AT_ONCE) continue
    await markDamaged(db, some, at)
    some = []
  }
  await markDamaged(db, some, at)
  const isWhole = ({ sha256, code, state }: Damage): boolean =>
    !damaged.has(sha256) && state !== 'awaited' && (deep || code === 'package-missing')
  const whole = (await listDamage(db)).filter(isWhole).map(({ sha256 }) => sha256)
  await forgetDamage(db, whole)
}

/** Of a finding about a package; of any other nothing. */
export function toDamaged({ code, message, place }: Finding): Pick<Damage, 'sha256' | 'code' | 'found'>[] {
  if (code !== 'package-corrupt' && code !== 'package-missing') return []
  return place?.sha256 === undefined ? [] : [{ sha256: place.sha256, code, found: message }]
}

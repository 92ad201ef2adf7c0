/**
 * How guessing a password is slowed down: five wrong ones are free, then each further one locks the account
 * for twice as long as the one before, up to a quarter of an hour. An attempt is counted before it is
 * checked, so that many at once get no more than one by one. Pure rules; `sign-in.ts` applies them, to names
 * that have no account as well.
 */
export const FREE_ATTEMPTS = 5
const FIRST_LOCK_MS = 30_000
const LONGEST_LOCK_MS = 15 * 60_000

/** For how long the account is locked after its so-many-th wrong attempt in a row; 0 for not at all. */
export function lockMsAfter(failures: number): number {
  if (failures < FREE_ATTEMPTS) return 0
  return Math.min(LONGEST_LOCK_MS, FIRST_LOCK_MS * 2 ** Math.min(failures - FREE_ATTEMPTS, 20))
}

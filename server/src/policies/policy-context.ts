/** What every operation on policies needs. */
import type { Actor } from '../identity/actor.ts'
import type { Db } from '../platform/database/db.ts'

export interface PolicyContext {
  readonly db: Db
  readonly actor: Actor
  readonly now: () => Date
}

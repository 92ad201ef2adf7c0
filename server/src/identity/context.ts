/** What the operations on accounts, groups and roles work with. */
import type { Db } from '../platform/database/db.ts'
import type { SecretBox } from '../platform/secret-box.ts'
import type { Access } from './access.ts'
import type { Actor } from './actor.ts'

/** How long things last here; from the configuration. */
export interface AccountRules {
  readonly sessionHours: number
  readonly maxTokenDays: number
}

export interface IdentityParts {
  readonly db: Db
  readonly access: Access
  readonly box: SecretBox
  readonly rules: AccountRules
  /** Wrong attempts to sign in with names that have no account. */
  readonly unknownNames: Map<string, { readonly failures: number; readonly lockedUntilMs: number }>
  readonly now: () => Date
}

export interface IdentityContext extends IdentityParts {
  readonly actor: Actor
}

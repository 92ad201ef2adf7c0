/** What the operations on accounts, groups and roles work with. */
import type { Db } from '../platform/database/db.ts'
import type { Log } from '../platform/log.ts'
import type { SecretBox } from '../platform/secret-box.ts'
import type { Access } from './access.ts'
import type { Actor } from './actor.ts'
import type { Providers } from './oidc/provider.ts'

/** How long things last here; from the configuration. */
export interface AccountRules {
  readonly sessionHours: number
  readonly maxTokenDays: number
  /** How long what a provider said of somebody stands without it saying so again. */
  readonly confirmDays: number
}

export interface IdentityParts {
  readonly db: Db
  readonly access: Access
  readonly box: SecretBox
  readonly rules: AccountRules
  /** Where people can sign in besides here. */
  readonly providers: Providers
  /** Wrong attempts to sign in with names that have no account. */
  readonly unknownNames: Map<string, { readonly failures: number; readonly lockedUntilMs: number }>
  readonly log: Log
  readonly now: () => Date
}

export interface IdentityContext extends IdentityParts {
  readonly actor: Actor
}

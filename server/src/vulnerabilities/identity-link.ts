/** A link from a conda name to an upstream project; where links come from is `identity.ts`. */
import type { VersionOrderId } from '@terrarium/conda/orders/order.ts'
import type { Identity } from './advisory.ts'

/**
 * `is`: the package holds the project in this very version. `contains`: the project is in it, in a version we
 * do not know. `wraps`: it reaches the project from outside (a binding, a client), and the flawed code is not in it.
 * `none`: somebody has looked, and it is not in this namespace.
 */
export type Relation = 'is' | 'contains' | 'wraps' | 'none'

export interface IdentityLink {
  readonly condaName: string
  readonly identity: Identity
  readonly relation: Exclude<Relation, 'none'>
  /** Which part of a split project this package is; null where projects are not split or parts not told apart. */
  readonly role: 'library' | 'tool' | null
  /** The order of this identity's versions, where the namespace alone does not decide it. */
  readonly order: VersionOrderId | null
  /** 0 to 1. */
  readonly confidence: number
  /** One clause for people. */
  readonly evidence: string
  readonly origin: 'curated' | 'package' | 'mapping' | 'name-rule' | 'person'
}

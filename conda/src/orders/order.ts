/**
 * The orders of versions that packages bring along from where they were made. A range of an advisory is
 * read under the order of its ecosystem: under conda's, OpenSSL 1.1.1a is older than 1.1.1.
 *
 * Which order is for which range is decided where ranges are evaluated, not here.
 */
import { condaKey } from './conda.ts'
import { cranKey } from './cran.ts'
import { genericKey } from './generic.ts'
import { jdkKey } from './jdk.ts'
import { MAX_ORDERED_LENGTH } from './key.ts'
import type { VersionKey } from './key.ts'
import { lettersKey } from './letters.ts'
import { pep440Key } from './pep440.ts'
import { semverKey } from './semver.ts'

export type { VersionKey } from './key.ts'

export const VERSION_ORDER_IDS = ['conda', 'pep440', 'semver', 'cran', 'letters', 'jdk', 'generic'] as const

export type VersionOrderId = (typeof VERSION_ORDER_IDS)[number]

export interface VersionOrder {
  readonly id: VersionOrderId
  /** @returns undefined if the text is no version under this order; never throws */
  parse(text: string): VersionKey | undefined
  /** Of two keys of this order. They are texts, so `<` and a database compare them as well. */
  compare(a: VersionKey, b: VersionKey): -1 | 0 | 1
}

function order(id: VersionOrderId, key: (text: string) => VersionKey | undefined): VersionOrder {
  return {
    id,
    parse: (text) => (text.length > MAX_ORDERED_LENGTH ? undefined : key(text)),
    compare: (a, b) => (a === b ? 0 : a < b ? -1 : 1),
  }
}

const ORDERS: Readonly<Record<VersionOrderId, VersionOrder>> = {
  conda: order('conda', condaKey),
  pep440: order('pep440', pep440Key),
  semver: order('semver', semverKey),
  cran: order('cran', cranKey),
  letters: order('letters', lettersKey),
  jdk: order('jdk', jdkKey),
  generic: order('generic', genericKey),
}

export function orderNamed(id: VersionOrderId): VersionOrder {
  return ORDERS[id]
}

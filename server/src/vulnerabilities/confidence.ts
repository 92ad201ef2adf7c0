/**
 * How sure a match is, 0 to 1: how sure the identity is, times how well the range can be read, times what we
 * could not check. Policies block at 0.8 and more unless told otherwise; 0.4 to 0.8 is for a person to look at.
 *
 * The weights are those of the research (§6.2), two of them replaced by counts: of 206 flaws in curl's own table
 * 195 concern the library and 166 the tool.
 */
import type { VersionOrderId } from '@terrarium/conda/orders/order.ts'
import type { AffectedEntry } from './advisory.ts'
import type { IdentityLink } from './identity-link.ts'

/** How the version was found in the range. An order stands for a range read under it. */
export type RangeStrength = VersionOrderId | 'enumerated' | 'open-ended' | 'unspecified' | 'unreadable'

const rangeWeights: Readonly<Record<RangeStrength, number>> = {
  enumerated: 1,
  pep440: 0.98,
  semver: 0.98,
  cran: 0.98,
  letters: 0.98,
  jdk: 0.9,
  generic: 0.9,
  conda: 0.9,
  // A CPE without any bound: NVD means "all so far", which was true on the day it was written.
  'open-ended': 0.5,
  unreadable: 0.5,
  unspecified: 0.3,
}

const UNKNOWN_CONDITION = 0.8
/** The flaw may be in how one distribution packages the project, which a conda package does not share. */
const DISTRIBUTION_CONDITION = 0.4
const COMPONENT_UNKNOWN = { library: 195 / 206, tool: 166 / 206 } as const

export function confidenceOf(
  { link, entry }: { readonly link: IdentityLink; readonly entry: AffectedEntry },
  strength: RangeStrength,
): number {
  const conditions = entry.conditions.map((condition) =>
    condition.startsWith('as packaged by') ? DISTRIBUTION_CONDITION : UNKNOWN_CONDITION,
  )
  const component = link.role !== null && entry.component === null ? COMPONENT_UNKNOWN[link.role] : 1
  const product = [link.confidence, rangeWeights[strength], component, ...conditions].reduce(
    (total, weight) => total * weight,
  )
  return Math.round(product * 1000) / 1000
}

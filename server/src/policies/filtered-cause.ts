/**
 * Why a file is not to be had, in the one word that the contract has for it; `damaged` is ours: no policy keeps such a
 * file back, its bytes are not there.
 * @see FilteredCause in the product's OpenAPI document, version 6.5
 */
import type { DecisionReason } from './decision.ts'
import type { Evidence } from './evidence.ts'

export const filteredCauses = [
  'only_specs',
  'exclude_specs',
  'duplicated_legacy_conda',
  'cve',
  'license',
  'date',
  'signed',
  'platforms',
  'damaged',
] as const
export type FilteredCause = (typeof filteredCauses)[number]

/** What policies say, of the first reason; null for one that the contract has no word for. */
export function filteredCause(reasons: readonly Pick<DecisionReason, 'evidence'>[]): FilteredCause | null {
  for (const evidence of reasons[0]?.evidence ?? []) {
    const cause = causeOf(evidence)
    if (cause) return cause
  }
  return null
}

function causeOf(evidence: Evidence): FilteredCause | undefined {
  switch (evidence.kind) {
    case 'cve':
    case 'no-cve':
      return 'cve'
    case 'licence':
      return 'license'
    case 'age':
    case 'build_age':
    case 'built':
      return 'date'
    case 'platform':
      return 'platforms'
    case 'package':
      return evidence.test === 'not_in' ? 'only_specs' : 'exclude_specs'
    case 'flag':
      if (evidence.fact === 'signed') return 'signed'
      return evidence.fact === 'legacy_duplicate' ? 'duplicated_legacy_conda' : undefined
    case 'size':
    case 'origin':
    case 'unreadable':
      return undefined
  }
}

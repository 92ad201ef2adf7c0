/**
 * Where the product's filters and our policies part ways: filters that are refused, and those whose
 * translation is not word for word.
 */
import { isGiven } from './psm-filter-object.ts'
import type { PsmFilterName, PsmFilters } from './psm-filter-object.ts'

export interface PsmRefusal {
  readonly filter: PsmFilterName
  /** `unsupported`: no counterpart here yet. `conflict`: the product refuses the combination as well. */
  readonly why: 'unsupported' | 'conflict' | 'invalid'
  readonly message: string
}

/** A filter silently lost would let packages in, so what has no counterpart is refused by name. */
export function findRefusals(filters: PsmFilters): PsmRefusal[] {
  const refusals: PsmRefusal[] = []
  const refuse = (filter: PsmFilterName, why: PsmRefusal['why'], message: string): void => {
    refusals.push({ filter, why, message })
  }
  if (filters.include_dependencies === true) {
    refuse(
      'include_dependencies',
      'unsupported',
      'policies judge one artifact and do not follow dependencies',
    )
  }
  for (const filter of ['projects', 'packages'] as const) {
    if (isGiven(filters[filter])) refuse(filter, 'unsupported', 'is for other package families than conda')
  }
  const others = (['exclude_specs', 'include_specs', 'include_licenses', 'exclude_licenses'] as const).filter(
    (filter) => isGiven(filters[filter]),
  )
  if (isGiven(filters.only_specs) && others.length > 0) {
    refuse('only_specs', 'conflict', `may not be combined with ${others.join(', ')}`)
  }
  if (filters.cve_score_threshold !== undefined && !(filters.cve_score_threshold <= 10)) {
    refuse('cve_score_threshold', 'invalid', 'must be at most 10')
  }
  return refusals
}

/** For the person who brought the filters. */
export function findNotes(filters: PsmFilters): string[] {
  const notes: string[] = []
  if (isGiven(filters.subdirs) && !filters.subdirs.includes('noarch')) {
    notes.push('subdirs: noarch is let through too, since packages of every platform depend on it')
  }
  if (filters.cve_score_threshold !== undefined && filters.cve_score_threshold < 10) {
    notes.push('cve_score_threshold: CVEs that are mitigated or cleared for a file do not count')
  }
  if (filters.exclude_cve_statuses?.includes('unknown')) {
    notes.push('exclude_cve_statuses: "unknown" never occurs here; what nobody examined is "reported"')
  }
  if (filters.exclude_non_curated_cve === true) {
    notes.push('exclude_non_curated_cve: CVEs in status "reported" are those that nobody has examined')
  }
  if (filters.date_from !== undefined || filters.date_to !== undefined) {
    notes.push(
      "date_from, date_to: compared with the builder's own timestamp; packages without one are denied",
    )
  }
  if (filters.only_signed === true) {
    notes.push(
      'only_signed: what counts is a signature by a key that is trusted here (terrarium key trust); without such keys every package is denied',
    )
  }
  if (isGiven(filters.include_specs) && !isGiven(filters.exclude_specs)) {
    notes.push('include_specs: has no effect without exclude_specs')
  }
  return notes
}

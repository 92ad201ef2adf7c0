/**
 * The filter object of the product we replace (`filters` of a mirror, `filters.conda` of a channel), turned
 * into a policy of ours that lets the same packages through.
 *
 * Its filters take packages out of the channel, so every rule denies. `psm-differences.ts` has what cannot be
 * translated.
 *
 * @see MirrorConfiguration and ChannelFilters in the product's OpenAPI document, version 6.5
 */
import { parsePolicy } from './policy-document.ts'
import { InvalidPolicyError } from './policy-faults.ts'
import type { ConditionDocument, PolicyDocument } from './policy-schema.ts'
import type { Policy } from './policy.ts'
import { findNotes, findRefusals } from './psm-differences.ts'
import type { PsmRefusal } from './psm-differences.ts'
import { isGiven } from './psm-filter-object.ts'
import type { PsmFilterName, PsmFilters, PsmLicence } from './psm-filter-object.ts'

export type PsmTranslation =
  | {
      readonly kind: 'policy'
      readonly policy: Policy
      /** The policy as JSON text, to be kept and shown. */
      readonly document: string
      /** Where the policy is not word for word the filter, for the person who brought it. */
      readonly notes: readonly string[]
    }
  | { readonly kind: 'refused'; readonly refusals: readonly PsmRefusal[] }

/** @param name of the resulting policy, `filters of mirror conda-forge` */
export function translatePsmFilters(filters: PsmFilters, name: string): PsmTranslation {
  const refusals = findRefusals(filters)
  if (refusals.length > 0) return { kind: 'refused', refusals }

  const rules = translateRules(filters)
  const document = JSON.stringify(
    { version: 1, name, ...translateException(filters), rules: rules.map(toRule) },
    null,
    2,
  )
  try {
    const policy = parsePolicy(document, { filename: name })
    return { kind: 'policy', policy, document, notes: findNotes(filters) }
  } catch (error) {
    if (!(error instanceof InvalidPolicyError)) throw error
    return { kind: 'refused', refusals: error.faults.map((fault) => filterFault(fault, rules)) }
  }
}

interface FilterRule {
  /** Also the rule's id, with dashes: people find the filter again in the message. */
  readonly filter: PsmFilterName
  readonly when: ConditionDocument
}

function toRule({ filter, when }: FilterRule): NonNullable<PolicyDocument['rules']>[number] {
  return { id: ruleId(filter), effect: 'deny', when }
}

function ruleId(filter: PsmFilterName): string {
  return filter.replaceAll('_', '-')
}

function translateRules(filters: PsmFilters): FilterRule[] {
  const rules: FilterRule[] = []
  const { subdirs, only_specs, exclude_specs, include_specs, include_licenses, exclude_licenses } = filters
  if (isGiven(subdirs)) {
    // The product brings in noarch dependencies by itself; without noarch few packages could be installed.
    rules.push({ filter: 'subdirs', when: { platform: { not_in: [...new Set([...subdirs, 'noarch'])] } } })
  }
  if (isGiven(only_specs)) rules.push({ filter: 'only_specs', when: { package: { not_in: only_specs } } })
  if (isGiven(exclude_specs)) {
    const excluded: ConditionDocument = { package: exclude_specs }
    const when = isGiven(include_specs)
      ? { all: [excluded, { package: { not_in: include_specs } }] }
      : excluded
    rules.push({ filter: 'exclude_specs', when })
  }
  if (isGiven(include_licenses)) {
    rules.push({
      filter: 'include_licenses',
      when: { licence: { not_in: include_licenses.flatMap(toFamilies) } },
    })
  }
  if (isGiven(exclude_licenses)) {
    rules.push({ filter: 'exclude_licenses', when: { licence: exclude_licenses.flatMap(toFamilies) } })
  }
  if (filters.only_signed === true) rules.push({ filter: 'only_signed', when: { signed: false } })
  if (filters.dedupe_conda_legacy === true) {
    rules.push({ filter: 'dedupe_conda_legacy', when: { legacy_duplicate: true } })
  }
  return [...rules, ...translateCveRules(filters), ...translateDateRules(filters)]
}

function translateCveRules(filters: PsmFilters): FilterRule[] {
  const rules: FilterRule[] = []
  const { cve_score_threshold: threshold, exclude_non_curated_cve, exclude_cve_statuses = [] } = filters
  if (threshold !== undefined && threshold < 10) {
    // Higher than the number, not from the number on. Below 0 stands for "any score".
    const score = threshold < 0 ? { at_least: 0 } : { above: threshold }
    rules.push({ filter: 'cve_score_threshold', when: { cve: { score } } })
  }
  const statuses = exclude_cve_statuses.filter((status) => status !== 'unknown')
  if (statuses.length > 0) rules.push({ filter: 'exclude_cve_statuses', when: { cve: { status: statuses } } })
  if (exclude_non_curated_cve === true) {
    rules.push({ filter: 'exclude_non_curated_cve', when: { cve: { status: 'reported' } } })
  }
  return rules
}

function translateDateRules({ date_from: from, date_to: to }: PsmFilters): FilterRule[] {
  if (from === undefined && to === undefined) return []
  return [
    {
      filter: from === undefined ? 'date_to' : 'date_from',
      when: { not: { built: { ...(from !== undefined && { from }), ...(to !== undefined && { to }) } } },
    },
  ]
}

/** `cve_score_exceptions` does not count for the threshold, and for nothing else. */
function translateException({
  cve_score_exceptions: ids,
  cve_score_threshold: threshold,
}: PsmFilters): Pick<PolicyDocument, 'exceptions'> {
  if (!isGiven(ids) || threshold === undefined || threshold >= 10) return {}
  return {
    exceptions: [
      {
        id: 'cve-score-exceptions',
        match: { cve: ids, rule: ruleId('cve_score_threshold') },
        reason: 'Listed in cve_score_exceptions.',
      },
    ],
  }
}

const familyNames: Readonly<Record<PsmLicence, readonly string[]>> = {
  agpl: ['AGPL'],
  gpl2: ['GPL2'],
  gpl3: ['GPL3'],
  lgpl: ['LGPL'],
  bsd: ['BSD'],
  mit: ['MIT'],
  apache: ['APACHE'],
  psf: ['PSF'],
  public_domain: ['PUBLIC-DOMAIN'],
  proprietary: ['PROPRIETARY'],
  other: ['OTHER', 'unknown'], // the product puts what it cannot read there
  none: ['NONE'],
}

function toFamilies(licence: PsmLicence): readonly string[] {
  return familyNames[licence]
}

function filterFault(
  fault: { path: string; message: string; value?: string },
  rules: readonly FilterRule[],
): PsmRefusal {
  const index = Number(/^rules\[(\d+)\]/.exec(fault.path)?.[1] ?? -1)
  const filter = rules[index]?.filter ?? 'cve_score_exceptions'
  const value = fault.value === undefined ? '' : `${fault.value} `
  return { filter, why: 'invalid', message: `${value}${fault.message}` }
}

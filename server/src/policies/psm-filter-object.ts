/**
 * The product's filter object for conda, as its API document has it. What is not listed here is unknown to the
 * product as well, and refused: a filter silently lost would let packages in.
 */
import { z } from 'zod'

const licences = [
  'agpl',
  'gpl2',
  'gpl3',
  'lgpl',
  'bsd',
  'mit',
  'apache',
  'psf',
  'public_domain',
  'proprietary',
  'other',
  'none',
] as const
export type PsmLicence = (typeof licences)[number]

const texts = z.array(z.string()).max(5000)
const families = z.array(z.enum(licences))

export const psmFilters = z.strictObject({
  subdirs: texts.optional(),
  only_specs: texts.optional(),
  exclude_specs: texts.optional(),
  include_specs: texts.optional(),
  include_licenses: families.optional(),
  exclude_licenses: families.optional(),
  include_dependencies: z.boolean().optional(),
  cve_score_threshold: z.number().optional(),
  cve_score_exceptions: texts.optional(),
  exclude_non_curated_cve: z.boolean().optional(),
  exclude_cve_statuses: z
    .array(z.enum(['reported', 'active', 'mitigated', 'cleared', 'disputed', 'unknown']))
    .optional(),
  dedupe_conda_legacy: z.boolean().optional(),
  date_from: z.string().optional(),
  date_to: z.string().optional(),
  only_signed: z.boolean().optional(),
  projects: texts.optional(),
  packages: texts.optional(),
})
export type PsmFilters = z.output<typeof psmFilters>
export type PsmFilterName = keyof PsmFilters

/** The product takes an empty list for an absent one. */
export function isGiven<Item>(list: readonly Item[] | undefined): list is Item[] {
  return list !== undefined && list.length > 0
}

/**
 * anchore/nvd-data-overrides: hand-made configurations for CVEs that NVD has left without, or got wrong.
 *
 * The form is NVD 2.0's `configurations` beside an `_annotation`. A record replaces NVD's configurations of
 * that CVE as a whole (`authority.ts`), so one that lists a product only as `vulnerable: false` clears it.
 */
import type { ParsedAdvisory } from './advisory.ts'
import { affectedByConfigurations, type ConfigurationNode } from './cpe-configurations.ts'
import {
  instantOf,
  objectOf,
  requireObject,
  requireText,
  textOf,
  textsOf,
  type JsonObject,
} from './json-reading.ts'
import { parseConfigurations20 } from './parse-nvd.ts'

/** @throws RecordError when the record has no CVE id */
export function parseNvdOverride(record: JsonObject): ParsedAdvisory {
  const annotation = requireObject(record._annotation, 'field "_annotation"')
  const id = requireText(annotation, 'cve_id')
  return {
    key: `nvd-override:${id}`,
    source: 'nvd-override',
    id,
    aliases: [],
    upstream: [],
    state: 'active',
    isDisputed: false,
    publishedMs: instantOf(annotation.published),
    modifiedMs: instantOf(annotation.modified),
    summary: textOf(annotation.description) ?? '',
    text: textOf(annotation.description) ?? '',
    scores: [],
    affected: affectedByConfigurations(
      parseConfigurations20(objectOf(record.cve).configurations).map(joinAlternatives),
    ),
    references: textsOf(annotation.references),
  }
}

/**
 * In an AND these records put every spelling of the product into a node of its own (`python:python`,
 * `python_software_foundation:cpython`, then Windows). The spellings are alternatives, not conditions.
 */
function joinAlternatives(configuration: ConfigurationNode): ConfigurationNode {
  if (!configuration.isAnd) return configuration
  const isProduct = (node: ConfigurationNode): boolean => node.matches.some((match) => match.isVulnerable)
  const products = configuration.children.filter(isProduct)
  const conditions = configuration.children.filter((node) => !isProduct(node))
  return {
    ...configuration,
    children: [{ isAnd: false, isNegated: false, matches: [], children: products }, ...conditions],
  }
}

/**
 * NVD records in both published forms: 1.1 (feeds until 2023, `CVE_Items`) and 2.0 (the API and today's feeds).
 *
 * Fields: https://nvd.nist.gov/developers/vulnerabilities. The order of metrics is not fixed and sources
 * disagree, so every score is kept with its source. A Rejected record is a stub that only says so.
 */
import type { ParsedAdvisory, AdvisoryState, CvssVersion, Score, ScoreSource } from './advisory.ts'
import { parseCpe } from './cpe.ts'
import { affectedByConfigurations, type ConfigurationNode, type CpeMatch } from './cpe-configurations.ts'
import {
  instantOf,
  objectOf,
  objectsOf,
  requireObject,
  requireText,
  scoreOf,
  textOf,
  textsOf,
  type JsonObject,
} from './json-reading.ts'
import { readScore } from './score.ts'

const CISA_ADP = '134c704f-9b21-4f2e-91b3-4a467353bcc0'

/** @throws RecordError when the record has no id */
export function parseNvd11(record: JsonObject): ParsedAdvisory {
  const cve = requireObject(record.cve, 'field "cve"')
  const id = requireText(objectOf(cve.CVE_data_meta), 'ID')
  const summary = englishText(objectsOf(objectOf(cve.description).description_data))
  const nodes = objectsOf(objectOf(record.configurations).nodes)
  return {
    key: `nvd:${id}`,
    source: 'nvd',
    id,
    aliases: [],
    upstream: [],
    state: summary.startsWith('** REJECT **') ? 'rejected' : 'active',
    isDisputed: summary.startsWith('** DISPUTED **'),
    publishedMs: instantOf(record.publishedDate),
    modifiedMs: instantOf(record.lastModifiedDate),
    summary,
    text: summary,
    scores: scores11(objectOf(record.impact)),
    affected: affectedByConfigurations(nodes.map((node) => parseNode(node, 'cpe_match', 'cpe23Uri'))),
    references: urlsOf(objectsOf(objectOf(cve.references).reference_data)),
  }
}

/** @throws RecordError when the record has no id */
export function parseNvd20(record: JsonObject): ParsedAdvisory {
  const id = requireText(record, 'id')
  const description = englishText(objectsOf(record.descriptions))
  const tags = objectsOf(record.cveTags).flatMap((tag) => textsOf(tag.tags))
  return {
    key: `nvd:${id}`,
    source: 'nvd',
    id,
    aliases: [],
    upstream: [],
    state: state20(record),
    isDisputed: tags.includes('disputed'),
    publishedMs: instantOf(record.published),
    modifiedMs: instantOf(record.lastModified),
    summary: description,
    text: description,
    scores: scores20(objectOf(record.metrics)),
    affected: affectedByConfigurations(parseConfigurations20(record.configurations)),
    references: urlsOf(objectsOf(record.references)),
  }
}

/** `configurations` of a 2.0 record; anchore's overrides have the same shape. */
export function parseConfigurations20(value: unknown): ConfigurationNode[] {
  return objectsOf(value).map((configuration) => ({
    isAnd: configuration.operator === 'AND',
    isNegated: configuration.negate === true,
    matches: [],
    children: objectsOf(configuration.nodes).map((node) => parseNode(node, 'cpeMatch', 'criteria')),
  }))
}

function parseNode(node: JsonObject, matchesField: string, cpeField: string): ConfigurationNode {
  return {
    isAnd: node.operator === 'AND',
    isNegated: node.negate === true,
    matches: objectsOf(node[matchesField]).flatMap((match) => parseMatch(match, cpeField)),
    children: objectsOf(node.children).map((child) => parseNode(child, matchesField, cpeField)),
  }
}

function parseMatch(match: JsonObject, cpeField: string): CpeMatch[] {
  const cpe = parseCpe(textOf(match[cpeField]) ?? '')
  if (!cpe) return []
  return [
    {
      cpe,
      isVulnerable: match.vulnerable === true,
      from: parseBound(match.versionStartIncluding, match.versionStartExcluding),
      to: parseBound(match.versionEndIncluding, match.versionEndExcluding),
      matchCriteriaId: textOf(match.matchCriteriaId) ?? null,
    },
  ]
}

function parseBound(inclusive: unknown, exclusive: unknown): CpeMatch['from'] {
  const included = textOf(inclusive)
  if (included !== undefined) return { version: included, isInclusive: true }
  const excluded = textOf(exclusive)
  return excluded === undefined ? null : { version: excluded, isInclusive: false }
}

function state20(record: JsonObject): AdvisoryState {
  return record.vulnStatus === 'Rejected' ? 'rejected' : 'active'
}

function scores11(impact: JsonObject): Score[] {
  const v2 = objectOf(objectOf(impact.baseMetricV2).cvssV2)
  const v3 = objectOf(objectOf(impact.baseMetricV3).cvssV3)
  return [
    ...readScore('nvd', v3.version === '3.1' ? '3.1' : '3.0', textOf(v3.vectorString), scoreOf(v3.baseScore)),
    ...readScore('nvd', '2.0', textOf(v2.vectorString), scoreOf(v2.baseScore)),
  ]
}

const metricVersions: Readonly<Record<string, CvssVersion>> = {
  cvssMetricV40: '4.0',
  cvssMetricV31: '3.1',
  cvssMetricV30: '3.0',
  cvssMetricV2: '2.0',
}

function scores20(metrics: JsonObject): Score[] {
  return Object.entries(metricVersions).flatMap(([field, version]) =>
    objectsOf(metrics[field]).flatMap((metric) => {
      const data = objectOf(metric.cvssData)
      return readScore(
        scoreSource(metric.source),
        version,
        textOf(data.vectorString),
        scoreOf(data.baseScore),
      )
    }),
  )
}

function scoreSource(source: unknown): ScoreSource {
  if (source === 'nvd@nist.gov') return 'nvd'
  return source === CISA_ADP ? 'cisa-adp' : 'cna'
}

function englishText(descriptions: readonly JsonObject[]): string {
  const english = descriptions.find((description) => description.lang === 'en') ?? descriptions[0]
  return textOf(english?.value) ?? ''
}

function urlsOf(references: readonly JsonObject[]): string[] {
  return references.flatMap((reference) => textOf(reference.url) ?? [])
}

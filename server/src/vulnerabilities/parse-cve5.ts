/**
 * CVE records 5.x: what the CNA states, and what CISA adds in its ADP container.
 *
 * Since April 2026 NVD no longer describes every CVE, so this is the first source for new ones.
 * Schema: https://github.com/CVEProject/cve-schema. The versions of one product: `cve5-versions.ts`.
 */
import type {
  ParsedAdvisory,
  AffectedEntry,
  CvssVersion,
  Identity,
  OsClass,
  Score,
  ScoreSource,
} from './advisory.ts'
import { osClasses } from './advisory.ts'
import { cpeIdentity, parseCpe } from './cpe.ts'
import { readProductVersions } from './cve5-versions.ts'
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
import { normalizePypiName } from './pypi-name.ts'
import { readScore } from './score.ts'

/** @throws RecordError when the record has no CVE id */
export function parseCve5(record: JsonObject): ParsedAdvisory {
  const metadata = requireObject(record.cveMetadata, 'field "cveMetadata"')
  const id = requireText(metadata, 'cveId')
  const cna = objectOf(objectOf(record.containers).cna)
  const adps = objectsOf(objectOf(record.containers).adp)
  const description = englishText(objectsOf(cna.descriptions))
  return {
    key: `cve:${id}`,
    source: 'cve',
    id,
    aliases: [],
    upstream: [],
    state: metadata.state === 'REJECTED' ? 'rejected' : 'active',
    isDisputed: textsOf(cna.tags).includes('disputed'),
    publishedMs: instantOf(metadata.datePublished),
    modifiedMs: instantOf(metadata.dateUpdated),
    summary: textOf(cna.title) ?? description,
    text: `${textOf(cna.title) ?? ''} ${description}`,
    scores: [...parseMetrics(cna, 'cna'), ...adps.flatMap((adp) => parseMetrics(adp, adpSource(adp)))],
    affected: [
      ...objectsOf(cna.affected).flatMap((product) => parseProduct(product, false)),
      ...adps.flatMap((adp) => objectsOf(adp.affected).flatMap((product) => parseProduct(product, true))),
    ],
    references: objectsOf(cna.references).flatMap((reference) => textOf(reference.url) ?? []),
  }
}

function adpSource(adp: JsonObject): ScoreSource {
  return objectOf(adp.providerMetadata).shortName === 'CISA-ADP' ? 'cisa-adp' : 'osv'
}

const metricVersions: Readonly<Record<string, CvssVersion>> = {
  cvssV4_0: '4.0',
  cvssV3_1: '3.1',
  cvssV3_0: '3.0',
  cvssV2_0: '2.0',
}

function parseMetrics(container: JsonObject, source: ScoreSource): Score[] {
  return objectsOf(container.metrics).flatMap((metric) =>
    Object.entries(metricVersions).flatMap(([field, version]) => {
      const data = objectOf(metric[field])
      return readScore(source, version, textOf(data.vectorString), scoreOf(data.baseScore))
    }),
  )
}

function parseProduct(product: JsonObject, isSecondary: boolean): AffectedEntry[] {
  const statement = readProductVersions(product)
  if (!statement) return []
  const platforms = parsePlatforms(textsOf(product.platforms))
  return identitiesOf(product).map((identity) => ({
    identity,
    ...statement,
    platforms,
    conditions: [],
    component: null,
    targetSoftware: null,
    isSecondary,
    note: null,
  }))
}

const kindsByCollection: readonly (readonly [host: string, kind: string])[] = [
  ['pypi.', 'pypi'],
  ['registry.npmjs.org', 'npm'],
  ['npmjs.com', 'npm'],
  ['cran.', 'cran'],
  ['crates.io', 'crates'],
  ['rubygems.org', 'rubygems'],
]

/** The CPEs of the product where it has some, otherwise its vendor and product spelled as a CPE would. */
function identitiesOf(product: JsonObject): Identity[] {
  const collection = textOf(product.collectionURL)
  const packageName = textOf(product.packageName)
  if (collection !== undefined && packageName !== undefined) {
    const kind = kindsByCollection.find(([host]) => collection.includes(host))?.[1]
    if (kind === undefined) return []
    return [{ kind, name: kind === 'pypi' ? normalizePypiName(packageName) : packageName.toLowerCase() }]
  }
  const named = textsOf(product.cpes).flatMap((text) => parseCpe(text) ?? [])
  if (named.length > 0) {
    const names = new Set(named.filter((cpe) => cpe.part === 'a').map((cpe) => cpeIdentity(cpe).name))
    return [...names].map((name) => ({ kind: 'cpe', name }))
  }
  const vendor = cpeWord(product.vendor)
  const name = cpeWord(product.product)
  return vendor !== undefined && name !== undefined ? [{ kind: 'cpe', name: `${vendor}:${name}` }] : []
}

function cpeWord(value: unknown): string | undefined {
  const text = textOf(value)?.trim().toLowerCase().replaceAll('\\', '')
  return text === undefined || text === '' || text === 'n/a' ? undefined : text.replaceAll(/[\s:]+/g, '_')
}

const systemWords: readonly (readonly [word: RegExp, systems: readonly OsClass[]])[] = [
  [/windows|win32/i, ['win']],
  [/linux/i, ['linux']],
  [/mac ?os|os ?x|darwin/i, ['osx']],
  [/android|\bios\b|iphone/i, []],
]

/** Null unless every word of the list is an operating system: `x64` and `Unknown` exclude nothing. */
function parsePlatforms(words: readonly string[]): OsClass[] | null {
  if (words.length === 0) return null
  const systems = words.map((word) => systemWords.find(([pattern]) => pattern.test(word))?.[1])
  if (systems.includes(undefined)) return null
  return osClasses.filter((os) => systems.some((some) => some?.includes(os)))
}

function englishText(descriptions: readonly JsonObject[]): string {
  const english = descriptions.find((description) => textOf(description.lang)?.startsWith('en'))
  return textOf((english ?? descriptions[0])?.value) ?? ''
}

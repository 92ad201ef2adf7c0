/**
 * What the advisory files themselves say of a few packages, read in the plainest way and with none of the
 * product's code: version lists of OSV, numeric ranges of NVD and CVE 5, the scores as printed. Good for
 * packages with purely numeric versions; it exists to disagree with the product when that is wrong.
 *
 * A CPE of NVD counts for the names given as products only: for what comes from PyPI, a product of the same
 * name proves nothing (NVD's `pip` of 2018 is disputed and covers every version there will ever be).
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { createRequire } from 'node:module'

interface Finding {
  readonly cve: string
  readonly packageName: string
  covers(version: string): boolean
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type JsonMap = Record<string, Json>

export class AdvisoryTruth {
  readonly #findings: Finding[] = []
  /** CVE to scores as [rank, score]; the lowest rank is the preferred source. */
  readonly #scores = new Map<string, [rank: number, score: number][]>()
  readonly #cpeProducts: ReadonlySet<string>
  readonly #names: ReadonlyMap<string, readonly string[]>
  /** All raw text, to look up whether a record names something at all. */
  readonly #texts = new Map<string, string[]>()

  /** @param names conda name to the product names that upstreams use for it */
  constructor(
    names: ReadonlyMap<string, readonly string[]>,
    files: readonly string[],
    options: { cpeProducts: ReadonlySet<string> },
  ) {
    this.#cpeProducts = options.cpeProducts
    this.#names = names
    for (const file of files) for (const record of readRecords(file)) this.#read(record)
  }

  /** CVEs of at least this score that cover the version. */
  cves(packageName: string, version: string, minScore: number): string[] {
    const found = this.#findings.filter(
      (finding) =>
        finding.packageName === packageName &&
        finding.covers(version) &&
        (this.score(finding.cve) ?? -1) >= minScore,
    )
    return [...new Set(found.map(({ cve }) => cve))].sort()
  }

  /** CNA before NVD before CISA before the advisory's own; within one, the newest CVSS. */
  score(cve: string): number | undefined {
    return this.#scores.get(cve)?.toSorted((a, b) => a[0] - b[0])[0]?.[1]
  }

  /** Whether some record of this CVE mentions the word. */
  mentions(cve: string, word: string): boolean {
    return (this.#texts.get(cve) ?? []).some((text) => text.toLowerCase().includes(word.toLowerCase()))
  }

  #read(record: JsonMap): void {
    if (record['affected'] && record['id']) this.#readOsv(record)
    else if (record['cveMetadata']) this.#readCve5(record)
    else if (map(record['cve'])['CVE_data_meta']) this.#readNvd11(record)
    else if (record['_annotation'])
      this.#readNvd20(map(record['cve']), text(map(record['_annotation'])['cve_id']), 'any product')
    else
      this.#readNvd20(
        record['cve'] ? map(record['cve']) : record,
        text((record['cve'] ? map(record['cve']) : record)['id']),
      )
  }

  #readOsv(record: JsonMap): void {
    if (record['withdrawn']) return
    const cve =
      [text(record['id']), ...list(record['aliases']).map(text)].find((id) => id.startsWith('CVE-')) ??
      text(record['id'])
    this.#remember(cve, record)
    for (const severity of list(record['severity']).map(map))
      this.#addScore(cve, 40, scoreOfVector(text(severity['score'])))
    for (const affected of list(record['affected']).map(map)) {
      const name = text(map(affected['package'])['name'])
        .toLowerCase()
        .replace(/[._-]+/g, '-')
      const versions = new Set(list(affected['versions']).map(text))
      this.#add(name, cve, (version) => versions.has(version))
    }
  }

  #readNvd11(record: JsonMap): void {
    const cve = text(map(map(record['cve'])['CVE_data_meta'])['ID'])
    this.#remember(cve, record)
    const base = map(map(record['impact'])['baseMetricV3'])
    this.#addScore(cve, 20, map(base['cvssV3'])['baseScore'])
    this.#addScore(cve, 25, map(map(map(record['impact'])['baseMetricV2'])['cvssV2'])['baseScore'])
    this.#readNodes(cve, list(map(record['configurations'])['nodes']).map(map))
  }

  #readNvd20(record: JsonMap, cve: string, scope?: 'any product'): void {
    this.#remember(cve, record)
    const metrics = map(record['metrics'])
    const kinds = [
      ['cvssMetricV40', 0],
      ['cvssMetricV31', 1],
      ['cvssMetricV30', 2],
      ['cvssMetricV2', 5],
    ] as const
    for (const [kind, offset] of kinds) {
      for (const metric of list(metrics[kind]).map(map)) {
        const rank = metric['source'] === 'nvd@nist.gov' ? 20 : 10
        this.#addScore(cve, rank + offset, map(metric['cvssData'])['baseScore'])
      }
    }
    for (const configuration of list(record['configurations']).map(map)) {
      this.#readNodes(cve, list(configuration['nodes']).map(map), scope)
    }
  }

  /** Only what stands alone: of AND configurations the plain reading says nothing here. */
  #readNodes(cve: string, nodes: readonly JsonMap[], scope?: 'any product'): void {
    for (const node of nodes) {
      this.#readNodes(cve, list(node['children']).map(map), scope)
      for (const match of [...list(node['cpeMatch']), ...list(node['cpe_match'])].map(map)) {
        if (match['vulnerable'] !== true) continue
        const [, , , , product = '', exact = ''] = text(match['criteria'] ?? match['cpe23Uri']).split(':')
        if (scope !== 'any product' && !this.#cpeProducts.has(product)) continue
        const range = {
          from: optional(match['versionStartIncluding']),
          after: optional(match['versionStartExcluding']),
          to: optional(match['versionEndIncluding']),
          before: optional(match['versionEndExcluding']),
        }
        const open = Object.values(range).every((bound) => bound === undefined)
        this.#add(product.replaceAll('\\', ''), cve, (version) =>
          open && exact !== '*' ? version === exact : isWithin(version, range),
        )
      }
    }
  }

  #readCve5(record: JsonMap): void {
    const cve = text(map(record['cveMetadata'])['cveId'])
    if (map(record['cveMetadata'])['state'] !== 'PUBLISHED') return
    this.#remember(cve, record)
    const containers = map(record['containers'])
    this.#readContainer(cve, map(containers['cna']), 0)
    for (const adp of list(containers['adp']).map(map)) this.#readContainer(cve, adp, 30)
  }

  #readContainer(cve: string, container: JsonMap, rank: number): void {
    for (const metric of list(container['metrics']).map(map)) {
      const kinds = ['cvssV4_0', 'cvssV3_1', 'cvssV3_0', 'cvssV2_0']
      kinds.forEach((kind, offset) => this.#addScore(cve, rank + offset, map(metric[kind])['baseScore']))
    }
    for (const affected of list(container['affected']).map(map)) {
      const names = [affected['packageName'], affected['product']].map(
        (name) => text(name).toLowerCase().split('/').at(-1) ?? '',
      )
      const ranges = list(affected['versions'])
        .map(map)
        .filter((version) => version['status'] === 'affected')
        .flatMap(rangesOfCve5)
      for (const name of new Set(names))
        this.#add(name, cve, (version) => ranges.some((range) => isWithin(version, range)))
    }
  }

  #add(product: string, cve: string, covers: (version: string) => boolean): void {
    for (const [packageName, products] of this.#names) {
      if (products.includes(product)) this.#findings.push({ cve, packageName, covers })
    }
  }

  #addScore(cve: string, rank: number, score: Json | undefined): void {
    if (typeof score !== 'number') return
    const known = this.#scores.get(cve)
    if (known) known.push([rank, score])
    else this.#scores.set(cve, [[rank, score]])
  }

  #remember(cve: string, record: JsonMap): void {
    const known = this.#texts.get(cve)
    if (known) known.push(JSON.stringify(record))
    else this.#texts.set(cve, [JSON.stringify(record)])
  }
}

interface Range {
  readonly from?: string | undefined
  readonly after?: string | undefined
  readonly to?: string | undefined
  readonly before?: string | undefined
}

function isWithin(version: string, range: Range): boolean {
  if (range.from !== undefined && compareNumbers(version, range.from) < 0) return false
  if (range.after !== undefined && compareNumbers(version, range.after) <= 0) return false
  if (range.to !== undefined && compareNumbers(version, range.to) > 0) return false
  return range.before === undefined || compareNumbers(version, range.before) < 0
}

/** CVE 5 as it should be, and as people write it: `>= 38.0.0, < 42.0.4` in the version itself. */
function rangesOfCve5(version: JsonMap): Range[] {
  const start = text(version['version'])
  if (/[<>=]/.test(start)) {
    const range: Record<string, string> = {}
    const keys: Record<string, string> = {
      '>=': 'from',
      '>': 'after',
      '<=': 'to',
      '<': 'before',
      '=': 'exact',
    }
    for (const [, operator = '', bound = ''] of start.matchAll(/([<>]?=?)\s*v?([\d.]+)/g))
      range[keys[operator] ?? 'exact'] = bound
    const { exact } = range
    return [exact === undefined ? range : { from: exact, to: exact }]
  }
  const before = optional(version['lessThan'])
  const to = optional(version['lessThanOrEqual'])
  if (before === undefined && to === undefined) return [{ from: start, to: start }]
  return [{ from: /^\d/.test(start) ? start : undefined, before, to }]
}

function compareNumbers(left: string, right: string): number {
  const a = left.split('.').map((part) => parseInt(part, 10) || 0)
  const b = right.split('.').map((part) => parseInt(part, 10) || 0)
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function* readRecords(file: string): Generator<JsonMap> {
  const content = gunzipSync(readFileSync(file)).toString('utf8')
  if (file.endsWith('.jsonl.gz')) {
    for (const line of content.split('\n')) if (line.trim() !== '') yield JSON.parse(line) as JsonMap
    return
  }
  for (const item of list(map(JSON.parse(content) as Json)['CVE_Items'])) yield map(item)
}

const { Cvss3P1 } = createRequire(import.meta.url)('ae-cvss-calculator') as {
  Cvss3P1: new (vector: string) => { calculateScores(): { base?: number } }
}

function scoreOfVector(vector: string): number | undefined {
  return vector.startsWith('CVSS:3') ? new Cvss3P1(vector).calculateScores().base : undefined
}

function map(value: Json | undefined): JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function optional(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/**
 * OSV records: PyPA, PSF, GitHub, RConsortium, curl and whoever else writes the format.
 *
 * Schema: https://ossf.github.io/osv-schema/. A range of type GIT is kept as such and never evaluated. Records
 * of ecosystems that build their own packages (Debian, AlmaLinux) keep their identity: no conda name is
 * linked to it, so they match nothing, but their scores and aliases still count.
 */
import type {
  ParsedAdvisory,
  AdvisorySource,
  AffectedEntry,
  Component,
  Identity,
  RangeEvent,
  RangeScheme,
  Score,
  VersionRange,
} from './advisory.ts'
import { normalizePypiName } from './pypi-name.ts'
import {
  instantOf,
  objectOf,
  objectsOf,
  requireText,
  textOf,
  textsOf,
  type JsonObject,
} from './json-reading.ts'
import { readScore } from './score.ts'

/** @throws RecordError when the record has no id */
export function parseOsv(record: JsonObject): ParsedAdvisory {
  const id = requireText(record, 'id')
  const source = sourceOf(id)
  const affected = objectsOf(record.affected)
  return {
    key: `${source}:${id}`,
    source,
    id,
    aliases: textsOf(record.aliases),
    upstream: textsOf(record.upstream),
    state: textOf(record.withdrawn) === undefined ? 'active' : 'withdrawn',
    isDisputed: false,
    publishedMs: instantOf(record.published),
    modifiedMs: instantOf(record.modified),
    summary: textOf(record.summary) ?? firstLine(textOf(record.details) ?? ''),
    text: `${textOf(record.summary) ?? ''} ${textOf(record.details) ?? ''}`,
    scores: [record, ...affected].flatMap((part) => parseSeverity(part, source)),
    affected: affected.flatMap((entry) => parseAffected(entry, record)),
    references: objectsOf(record.references).flatMap((reference) => textOf(reference.url) ?? []),
  }
}

const sourcesByPrefix: readonly (readonly [prefix: string, source: AdvisorySource])[] = [
  ['PYSEC-', 'pypa'],
  ['PSF-', 'psf'],
  ['GHSA-', 'ghsa'],
  ['RSEC-', 'cran'],
  ['CURL-', 'curl'],
]

function sourceOf(id: string): AdvisorySource {
  return sourcesByPrefix.find(([prefix]) => id.startsWith(prefix))?.[1] ?? 'osv'
}

function parseSeverity(part: JsonObject, source: AdvisorySource): Score[] {
  const scoreSource = source === 'ghsa' ? 'ghsa' : 'osv'
  return objectsOf(part.severity).flatMap((severity) => {
    const vector = textOf(severity.score)
    if (vector === undefined) return []
    if (severity.type === 'CVSS_V2') return readScore(scoreSource, '2.0', vector, undefined)
    if (severity.type === 'CVSS_V4') return readScore(scoreSource, '4.0', vector, undefined)
    if (severity.type !== 'CVSS_V3') return []
    return readScore(scoreSource, vector.startsWith('CVSS:3.0/') ? '3.0' : '3.1', vector, undefined)
  })
}

function parseAffected(entry: JsonObject, record: JsonObject): AffectedEntry[] {
  const specific = objectOf(record.database_specific)
  const named = objectOf(entry.package)
  const identity = packageIdentity(named) ?? projectIdentity(specific)
  if (!identity) return []
  return [
    {
      identity,
      ranges: objectsOf(entry.ranges).map(parseRange),
      versions: textsOf(entry.versions),
      except: [],
      platforms: null,
      conditions: [],
      component: parseComponent(specific.affects),
      targetSoftware: null,
      isSecondary: false,
      note: textOf(named.ecosystem) ?? null,
    },
  ]
}

/** Namespaces we have a shorter word for than the lower-cased ecosystem. */
const kindsByEcosystem: ReadonlyMap<string, string> = new Map([
  ['crates.io', 'crates'],
  ['ConanCenter', 'conan'],
])

function packageIdentity(named: JsonObject): Identity | undefined {
  const ecosystem = textOf(named.ecosystem)
  const name = textOf(named.name)
  if (ecosystem === undefined || name === undefined) return undefined
  const kind = kindsByEcosystem.get(ecosystem) ?? ecosystem.toLowerCase()
  return { kind, name: kind === 'pypi' ? normalizePypiName(name) : name.toLowerCase() }
}

/** curl's own records name no package: they are about curl, and say which part. */
function projectIdentity(specific: JsonObject): Identity | undefined {
  return specific.package === 'curl' ? { kind: 'cpe', name: 'haxx:curl' } : undefined
}

/** curl's `affects`: `lib`, `tool` or `both`. */
export function parseComponent(value: unknown): Component | null {
  if (value === 'lib') return 'library'
  return value === 'tool' || value === 'both' ? value : null
}

const schemesByType: ReadonlyMap<unknown, RangeScheme> = new Map([
  ['ECOSYSTEM', 'ecosystem'],
  ['SEMVER', 'semver'],
  ['GIT', 'git'],
])

function parseRange(range: JsonObject): VersionRange {
  return {
    form: 'events',
    scheme: schemesByType.get(range.type) ?? 'generic',
    events: objectsOf(range.events).flatMap(parseEvents).slice(),
  }
}

const eventKinds = {
  introduced: 'introduced',
  fixed: 'fixed',
  last_affected: 'lastAffected',
  limit: 'limit',
} as const

/** The schema has one event an object; records with two in one object exist. */
function parseEvents(event: JsonObject): RangeEvent[] {
  return Object.entries(eventKinds).flatMap(([field, kind]) => {
    const version = textOf(event[field])
    return version === undefined ? [] : [{ kind, version }]
  })
}

function firstLine(text: string): string {
  const end = text.indexOf('\n')
  return (end < 0 ? text : text.slice(0, end)).slice(0, 300)
}

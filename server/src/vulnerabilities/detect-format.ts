/**
 * Which parser a record needs, by its shape: files are renamed, mixed and converted, records are not.
 * A container (`CVE_Items`, `vulnerabilities`) is opened by `read-advisory-file.ts` before this is asked.
 */
import { identityKey, type Advisory, type ParsedAdvisory } from './advisory.ts'
import { mentionsIn } from './curated-parts.ts'
import { isObject, RecordError, type JsonObject } from './json-reading.ts'
import { parseCurlRow } from './parse-curl-table.ts'
import { parseCve5 } from './parse-cve5.ts'
import { parseNodeCore } from './parse-node-core.ts'
import { parseNvd11, parseNvd20 } from './parse-nvd.ts'
import { parseNvdOverride } from './parse-nvd-overrides.ts'
import { parseOpensslIssue } from './parse-openssl-issue.ts'
import { parseOsv } from './parse-osv.ts'

export type RecordFormat =
  | 'osv'
  | 'nvd-1.1'
  | 'nvd-2.0'
  | 'nvd-2.0-wrapped'
  | 'nvd-override'
  | 'cve-5'
  | 'curl-table'
  | 'openssl-issue'
  | 'node-core'
  | 'kev'

/** @returns undefined for a record of no format we know */
export function detectFormat(record: unknown): RecordFormat | undefined {
  if (typeof record === 'string') return record.startsWith('<issue') ? 'openssl-issue' : undefined
  if (!isObject(record)) return undefined
  const { cve } = record
  if (isObject(cve)) {
    if ('_annotation' in record) return 'nvd-override'
    if ('CVE_data_meta' in cve) return 'nvd-1.1'
    return typeof cve.id === 'string' ? 'nvd-2.0-wrapped' : undefined
  }
  if ('cveMetadata' in record) return 'cve-5'
  if ('first_vulnerable' in record && 'last_vulnerable' in record) return 'curl-table'
  if ('vulnerable' in record && 'patched' in record) return 'node-core'
  if ('cveID' in record) return 'kev'
  if ('vulnStatus' in record || 'lastModified' in record || 'descriptions' in record) return 'nvd-2.0'
  return 'modified' in record || 'affected' in record ? 'osv' : undefined
}

/** @throws RecordError for a record that is of no known format, or lacks what its format demands */
export function parseRecord(record: unknown): Advisory {
  const parsed =
    typeof record === 'string' && record.startsWith('<issue')
      ? parseOpensslIssue(record)
      : parseObject(record)
  const advisory = toAdvisory(parsed)
  requireKeepable(advisory)
  return advisory
}

/**
 * Field by field, and with lists cut to their length: there are hundreds of thousands, and an object made by taking a
 * field away, or a list that was grown, takes twice the memory.
 */
function toAdvisory(parsed: ParsedAdvisory): Advisory {
  return {
    key: parsed.key,
    source: parsed.source,
    id: parsed.id,
    aliases: parsed.aliases.slice(),
    upstream: parsed.upstream.slice(),
    state: parsed.state,
    isDisputed: parsed.isDisputed,
    publishedMs: parsed.publishedMs,
    modifiedMs: parsed.modifiedMs,
    summary: parsed.summary,
    mentions: mentionsIn(parsed.text).slice(),
    scores: parsed.scores.slice(),
    affected: parsed.affected.slice(),
    references: parsed.references.slice(),
  }
}

/** An id longer than this is none; known ones have up to 60 characters. */
const MAX_NAME_LENGTH = 200
const MAX_NAMES = 200
const MAX_IDENTITY_LENGTH = 500

/** Names and identities are indexed, and an index refuses what is too long: or one record could stop an import. */
function requireKeepable(advisory: Advisory): void {
  const names = [advisory.id, ...advisory.aliases, ...advisory.upstream]
  if (names.length > MAX_NAMES) throw new RecordError(`the record has ${names.length} names`)
  if (names.some((name) => name.length > MAX_NAME_LENGTH))
    throw new RecordError('a name of the record is too long')
  const isTooLong = advisory.affected.some(
    ({ identity }) => identityKey(identity).length > MAX_IDENTITY_LENGTH,
  )
  if (isTooLong) throw new RecordError('the record affects something with too long a name')
}

function parseObject(record: unknown): ParsedAdvisory {
  if (!isObject(record)) throw new RecordError('the record is not a JSON object')
  const format = detectFormat(record)
  switch (format) {
    case 'osv':
      return parseOsv(record)
    case 'nvd-1.1':
      return parseNvd11(record)
    case 'nvd-2.0':
      return parseNvd20(record)
    case 'nvd-2.0-wrapped':
      return parseNvd20(record.cve as JsonObject) // detectFormat has seen that it is an object
    case 'nvd-override':
      return parseNvdOverride(record)
    case 'cve-5':
      return parseCve5(record)
    case 'curl-table':
      return parseCurlRow(record)
    case 'node-core':
      return parseNodeCore(record)
    case 'kev':
      throw new RecordError('a record of the KEV catalogue says nothing about versions; it is no advisory')
    case 'openssl-issue':
    case undefined:
      throw new RecordError(`unknown format with the fields ${Object.keys(record).slice(0, 6).join(', ')}`)
  }
}

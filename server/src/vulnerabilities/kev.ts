/**
 * CISA's catalogue of known exploited vulnerabilities, as JSON or CSV: a hard signal, joined by CVE alone. Its product
 * names mislead (CVE-2023-4863 of libwebp is "Chromium WebP"), and it says nothing about versions.
 *
 * Schema: https://www.cisa.gov/known-exploited-vulnerabilities-catalog. US Government work, CC0.
 */
import { parseCsv } from './csv.ts'
import { instantOf, isObject, RecordError, requireText, textOf, type JsonObject } from './json-reading.ts'
import type { BadRecord, SignalFile } from './signal-file.ts'

export interface KevEntry {
  readonly cve: string
  readonly name: string
  /** When CISA listed it. */
  readonly addedMs: number
  /** When US agencies had to be done; null where it is not stated. */
  readonly dueMs: number | null
  readonly isRansomware: boolean
  readonly requiredAction: string
}

/** @throws RecordError when the document as a whole is no catalogue, or names another count than it has */
export function parseKev(text: string): SignalFile<KevEntry> {
  const trimmed = text.trimStart()
  if (trimmed.startsWith('<')) throw new RecordError('it is HTML or XML where the KEV catalogue was expected')
  return trimmed.startsWith('{') ? parseCatalogue(trimmed) : parseTable(trimmed)
}

function parseCatalogue(text: string): SignalFile<KevEntry> {
  const document = parseDocument(text)
  if (!Array.isArray(document.vulnerabilities)) {
    throw new RecordError('the KEV catalogue has no list "vulnerabilities"')
  }
  const records: readonly unknown[] = document.vulnerabilities
  const { count } = document
  if (typeof count === 'number' && count !== records.length) {
    throw new RecordError(
      `the KEV catalogue says it has ${count} entries and has ${records.length}: it was cut`,
    )
  }
  return {
    dataMs: instantOf(document.dateReleased),
    version: textOf(document.catalogVersion) ?? null,
    ...readAll(records),
  }
}

function parseDocument(text: string): JsonObject {
  try {
    const document: unknown = JSON.parse(text)
    if (isObject(document)) return document
  } catch (cause) {
    throw new RecordError(
      `the KEV catalogue is not valid JSON: ${cause instanceof Error ? cause.message : ''}`,
      {
        cause,
      },
    )
  }
  throw new RecordError('the KEV catalogue is no JSON object')
}

function parseTable(text: string): SignalFile<KevEntry> {
  const [header = [], ...rows] = parseCsv(text)
  if (!header.includes('cveID') || !header.includes('dateAdded')) {
    throw new RecordError('the KEV table has no columns "cveID" and "dateAdded"')
  }
  const records = rows.map((row) =>
    row.length === header.length
      ? Object.fromEntries(header.map((name, index) => [name, row[index]]))
      : `a row of ${row.length} columns where ${header.length} were expected`,
  )
  const read = readAll(records)
  const newest = read.entries.reduce((latest, entry) => Math.max(latest, entry.addedMs), 0)
  return { dataMs: newest === 0 ? null : newest, version: null, ...read }
}

function readAll(records: readonly unknown[]): { entries: KevEntry[]; bad: BadRecord[] } {
  const entries = new Map<string, KevEntry>()
  const bad: BadRecord[] = []
  records.forEach((record, index) => {
    try {
      const entry = readEntry(record)
      if (entries.has(entry.cve)) throw new RecordError(`${entry.cve} is listed twice`)
      entries.set(entry.cve, entry)
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      bad.push({ position: index + 1, reason: error.message })
    }
  })
  return { entries: [...entries.values()], bad }
}

function readEntry(record: unknown): KevEntry {
  if (typeof record === 'string') throw new RecordError(record)
  if (!isObject(record)) throw new RecordError('the entry is no object')
  const cve = requireText(record, 'cveID')
  if (!/^CVE-\d{4}-\d{4,}$/.test(cve)) {
    throw new RecordError(`field "cveID" is ${JSON.stringify(cve.slice(0, 40))}, not a CVE id`)
  }
  const addedMs = instantOf(record.dateAdded)
  if (addedMs === null) throw new RecordError(`field "dateAdded" of ${cve} is no date`)
  return {
    cve,
    name: textOf(record.vulnerabilityName) ?? '',
    addedMs,
    dueMs: instantOf(record.dueDate),
    isRansomware: record.knownRansomwareCampaignUse === 'Known',
    requiredAction: textOf(record.requiredAction) ?? '',
  }
}

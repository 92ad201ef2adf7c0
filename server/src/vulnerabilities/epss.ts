/**
 * EPSS: how probable it is that a CVE is exploited within 30 days. A soft signal that changes daily for nearly every
 * CVE, so it is kept outside of matches and never makes one afresh.
 *
 * The daily file is CSV with one comment line, `#model_version:v2025.03.14,score_date:2026-08-01T00:00:00+0000`.
 * FIRST gives it for free use with credit: https://www.first.org/epss/
 */
import { instantOf, isObject, RecordError } from './json-reading.ts'
import type { BadRecord, SignalFile } from './signal-file.ts'

export interface EpssEntry {
  readonly cve: string
  /** 0 to 1. */
  readonly probability: number
  /** 0 to 1: the share of all CVEs that are less probable. */
  readonly percentile: number
}

const HEADER = 'cve,epss,percentile'

/** The daily CSV, or JSON lines with the same fields. @throws RecordError when the file as a whole is something else */
export function parseEpss(text: string): SignalFile<EpssEntry> {
  const lines = text.split('\n')
  if (lines[0]?.trimStart().startsWith('<'))
    throw new RecordError('it is HTML or XML where EPSS scores were expected')
  if (lines[0]?.startsWith('{')) return readLines(lines, 0, readJsonLine, null, null)
  const comment = lines[0]?.startsWith('#') ? lines[0] : ''
  const start = comment === '' ? 0 : 1
  const header = lines[start]?.trim() ?? ''
  if (header !== HEADER) {
    throw new RecordError(
      `the header is ${JSON.stringify(header.slice(0, 80))}, not ${JSON.stringify(HEADER)}`,
    )
  }
  const model = /model_version:([^,\s]+)/.exec(comment)?.[1] ?? null
  const dataMs = instantOf(/score_date:([^,\s]+)/.exec(comment)?.[1])
  return readLines(lines, start + 1, readCsvLine, dataMs, model)
}

function readLines(
  lines: readonly string[],
  start: number,
  read: (line: string) => EpssEntry,
  dataMs: number | null,
  version: string | null,
): SignalFile<EpssEntry> {
  const entries = new Map<string, EpssEntry>()
  const bad: BadRecord[] = []
  for (let index = start; index < lines.length; index += 1) {
    const line = lines[index]!.trim()
    if (line === '') continue
    try {
      const entry = read(line)
      entries.set(entry.cve, entry)
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      bad.push({ position: index + 1, reason: error.message })
    }
  }
  return { entries: [...entries.values()], bad, dataMs, version }
}

function readCsvLine(line: string): EpssEntry {
  const [cve = '', probability = '', percentile = '', ...rest] = line.split(',')
  if (rest.length > 0) throw new RecordError(`${cve.slice(0, 40)} has more than three columns`)
  return checked(cve, readShare(probability), readShare(percentile))
}

/** `Number('')` is 0, and a cut line must not become a score. */
function readShare(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

function readJsonLine(line: string): EpssEntry {
  const value = parseJson(line)
  const record = isObject(value) && isObject(value.item) ? value.item : value
  if (!isObject(record)) throw new RecordError('the line is no JSON object')
  const cve = typeof record.cve === 'string' ? record.cve : ''
  return checked(cve, numberOf(record.epss), numberOf(record.percentile))
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new RecordError('the line is not valid JSON', { cause })
  }
}

function checked(cve: string, probability: number, percentile: number): EpssEntry {
  if (!/^CVE-\d{4}-\d{4,}$/.test(cve)) {
    throw new RecordError(`field "cve" is ${JSON.stringify(cve.slice(0, 40))}, not a CVE id`)
  }
  if (!isShare(probability)) throw new RecordError(`field "epss" of ${cve} is not between 0 and 1`)
  if (!isShare(percentile)) throw new RecordError(`field "percentile" of ${cve} is not between 0 and 1`)
  return { cve, probability, percentile }
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1
}

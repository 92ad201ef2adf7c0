/** Audit events as JSON lines and as CSV, for people and for other systems. */
import type { ListedEvent } from './store.ts'

export const eventFormats = ['jsonl', 'csv'] as const
export type EventFormat = (typeof eventFormats)[number]

export const eventMediaTypes: Readonly<Record<EventFormat, string>> = {
  jsonl: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
}

/** With the JSON of details and of before and after as what it is. */
export function eventBody(event: ListedEvent): Record<string, unknown> {
  return {
    ...event,
    at: new Date(event.at).toISOString(),
    details: parse(event.details),
    before: parse(event.before),
    after: parse(event.after),
  }
}

function parse(json: string | null): unknown {
  return json === null ? null : JSON.parse(json)
}

const csvColumns = [
  ...(['seq', 'at', 'actor_id', 'actor_name', 'credential_id', 'action', 'target'] as const),
  ...(['address', 'request_id', 'details', 'before', 'after', 'id', 'hash'] as const),
] as const

/** What stands before the first event. */
export function formatHeading(format: EventFormat): string {
  return format === 'csv' ? `${csvColumns.join(',')}\r\n` : ''
}

/**
 * JSON lines keep details, before and after as the texts that were hashed, so that the chain can be checked
 * from the file alone.
 */
export function formatEvent(event: ListedEvent, format: EventFormat): string {
  if (format === 'jsonl') return `${JSON.stringify(event)}\n`
  const fields: Record<string, unknown> = { ...event, at: new Date(event.at).toISOString() }
  return `${csvColumns.map((column) => csvField(fields[column])).join(',')}\r\n`
}

function csvField(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'number' ? String(value) : (value as string) // columns hold nothing else
  // or a spreadsheet would run what somebody wrote into a name
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

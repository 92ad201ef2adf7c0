/**
 * What a curation says and VEX has no word for: a status of ours, an end, who said it. It travels as a line of JSON
 * in a place for free text, so that a document of ours says everything to us and nothing wrong to others.
 */
import { isObject, textOf, textsOf } from '../json-reading.ts'
import { vulnerabilityStatuses, type VulnerabilityStatus } from '../vulnerability-status.ts'

export interface StatementExtras {
  readonly status: VulnerabilityStatus
  readonly author: string
  readonly reason: string
  readonly expiresMs: number | null
  readonly links: readonly string[]
}

const MARK = /\n?\[terrarium (\{.*\})\]$/

/** The line at the end of a text. */
export function withExtras(text: string, extras: StatementExtras): string {
  return `${text}${text === '' ? '' : '\n'}[terrarium ${JSON.stringify(extras)}]`
}

/** The text without the line, and what stood there; another's text stays as it is. */
export function splitExtras(text: string): { text: string; extras: StatementExtras | null } {
  const found = MARK.exec(text)
  const extras = found ? readExtras(found[1] ?? '') : null
  return extras && found ? { text: text.slice(0, found.index), extras } : { text, extras: null }
}

function readExtras(json: string): StatementExtras | null {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return null // somebody else's words in brackets
  }
  if (!isObject(value)) return null
  const status = vulnerabilityStatuses.find((one) => one === (value as { status?: unknown }).status)
  const author = textOf(value.author)
  const reason = textOf(value.reason)
  if (!status || author === undefined || reason === undefined) return null
  const expiresMs = typeof value.expiresMs === 'number' ? value.expiresMs : null
  return { status, author, reason, expiresMs, links: textsOf(value.links) }
}

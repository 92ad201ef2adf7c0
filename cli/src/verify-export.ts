/**
 * Checks exported audit events without a server, so that somebody who trusts no administrator can do it. The
 * chain is as docs/ACCESS.md tells: each hash is the sha256 of a list that begins with the hash before.
 */
import { createHash } from 'node:crypto'

export interface ExportReport {
  readonly events: number
  readonly head: { readonly seq: number; readonly hash: string }
  /** What is wrong, the first ones; empty for a sound chain. */
  readonly faults: readonly string[]
}

export interface NotedHead {
  readonly seq: number
  readonly hash: string
}

const GENESIS_HASH = '0'.repeat(64)
const MAX_FAULTS = 20
const fields = [
  ...(['seq', 'id', 'at', 'actor_id', 'actor_name', 'credential_id', 'action', 'target'] as const),
  ...(['address', 'request_id', 'details', 'before', 'after'] as const),
] as const

/**
 * @param lines of exports as JSON lines, in their order, several one after the other
 * @param noted heads that were noted earlier: of events, or of the one before the first, which an export that does
 *   not begin with event 1 needs for its first event to be checked
 */
export async function verifyExport(
  lines: AsyncIterable<string>,
  noted: readonly NotedHead[] = [],
): Promise<ExportReport> {
  const faults: string[] = []
  const fault = (text: string): void => {
    if (faults.length < MAX_FAULTS) faults.push(text)
  }
  let head: NotedHead | undefined
  const unseen = new Set(noted)
  let events = 0
  let number = 0
  for await (const line of lines) {
    number += 1
    if (line.trim() === '') continue
    const event = readEvent(line)
    if (!event) {
      fault(`line ${number} is no audit event`)
      continue
    }
    const { seq, hash } = event
    const before = head ?? startBefore(seq, noted)
    if (before === undefined)
      fault(`event ${seq} is the first; what it follows takes --noted ${seq - 1}:HASH`)
    else if (seq !== before.seq + 1) fault(`event ${seq} follows ${before.seq}: something is missing`)
    else if (hashOf(event, before.hash) !== hash) fault(`event ${seq} was changed`)
    for (const one of unseen) {
      if (one !== before && one.seq !== seq) continue
      unseen.delete(one)
      if (one.seq === seq && one.hash !== hash) fault(`event ${seq} is not the one noted earlier`)
    }
    head = { seq, hash }
    events += 1
  }
  for (const { seq } of unseen) fault(`event ${seq}, noted earlier, is missing`)
  return { events, head: head ?? { seq: 0, hash: GENESIS_HASH }, faults }
}

type ExportedEvent = Readonly<Record<string, unknown>> & NotedHead

function startBefore(seq: number, noted: readonly NotedHead[]): NotedHead | undefined {
  if (seq === 1) return { seq: 0, hash: GENESIS_HASH }
  return noted.find((one) => one.seq === seq - 1)
}

function hashOf(event: ExportedEvent, previousHash: string): string {
  const list = [previousHash, ...fields.map((field) => event[field])]
  return createHash('sha256').update(JSON.stringify(list)).digest('hex')
}

function readEvent(line: string): ExportedEvent | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined // said as a fault of its line
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { seq, hash } = value as Record<string, unknown> // an object has fields
  return Number.isSafeInteger(seq) && typeof hash === 'string' ? (value as ExportedEvent) : undefined
}

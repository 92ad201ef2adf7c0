/**
 * `indexed_timestamp`: when an artifact became available in the channel, by the server's own clock, for
 * clients that leave out what is too new.
 *
 * @see CEP 47
 */
import { type RepodataRecord, recordTimestampMs } from './record.ts'

export interface IndexedTimestampFacts {
  /** What this channel gave the artifact before. Never changed by indexing again or by patches. */
  readonly knownMs: number | undefined
  /** In a mirror, what the upstream's index says. Never take it from the artifact itself. */
  readonly upstreamMs: number | undefined
  readonly nowMs: number
}

/**
 * The value for an artifact: given once, then kept. A mirror keeps the upstream's, so that a client that
 * asks for the state of a day gets the same answer from both; one that lies in the future counts as now.
 */
export function indexedTimestampMs({ knownMs, upstreamMs, nowMs }: IndexedTimestampFacts): number {
  if (knownMs !== undefined) return knownMs
  if (upstreamMs === undefined || !Number.isSafeInteger(upstreamMs) || upstreamMs <= 0) return nowMs
  return Math.min(upstreamMs, nowMs)
}

export function withIndexedTimestamp(record: RepodataRecord, valueMs: number): RepodataRecord {
  return record.indexed_timestamp === valueMs ? record : { ...record, indexed_timestamp: valueMs }
}

/**
 * Whether a record claims to be built after it was indexed: a wrong clock, or an attempt to look new to
 * clients that go by `timestamp`.
 */
export function isBuiltInFuture(record: RepodataRecord, indexedMs: number): boolean {
  const builtMs = recordTimestampMs(record)
  return builtMs !== undefined && builtMs > indexedMs
}

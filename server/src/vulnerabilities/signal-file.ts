/** What a file of signals about CVEs (KEV, EPSS) comes to: the entries, and which records could not be used. */
export interface SignalFile<Entry> {
  readonly entries: readonly Entry[]
  readonly bad: readonly BadRecord[]
  /** When the publisher says it made the data; null where it does not say. */
  readonly dataMs: number | null
  /** The publisher's own version of the data. */
  readonly version: string | null
}

export interface BadRecord {
  /** Which record of the file, from 1. */
  readonly position: number
  /** Names the record and the field. */
  readonly reason: string
}

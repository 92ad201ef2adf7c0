/** Makes the row and the record of a file that enters a channel, from the record and the bytes it is of. */
import { createHash } from 'node:crypto'
import { recordTimestampMs, type RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import type { FileChange, Origin, VerifiedBy } from './channel-file.ts'

export interface FileBytes {
  readonly sha256: string
  /** Empty while it is not known. */
  readonly md5: string
  readonly size: number
  /** Becomes `indexed_timestamp` (CEP 47): given to these bytes once, for all channels and for ever. */
  readonly indexedMs: number
}

/**
 * @param record checked (`checkRecord`) and stripped of what is never served (`toServedRecord`)
 */
export function fileChange(input: {
  subdir: string
  filename: string
  record: RepodataRecord
  bytes: FileBytes
  verifiedBy: VerifiedBy
  origin: Origin
}): FileChange {
  const { subdir, filename, record, bytes } = input
  const served: RepodataRecord = {
    ...record,
    subdir,
    sha256: bytes.sha256,
    ...(bytes.md5 !== '' && { md5: bytes.md5 }),
    size: bytes.size,
    indexed_timestamp: bytes.indexedMs,
  }
  return {
    subdir,
    filename,
    sha256: bytes.sha256,
    name: record.name,
    version: record.version,
    build: record.build,
    buildNumber: record.build_number,
    size: bytes.size,
    ...decisiveColumns(record),
    recordSha256: recordDigest(record),
    verifiedBy: input.verifiedBy,
    origin: input.origin,
    record: JSON.stringify(served),
  }
}

/** What of a record policies ask about, and is therefore in its row as well. */
export function decisiveColumns(
  record: RepodataRecord,
): Pick<FileChange, 'licence' | 'licenceFamily' | 'builtAtMs' | 'noarch'> {
  return {
    licence: textOrNull(record['license']),
    licenceFamily: textOrNull(record['license_family']),
    builtAtMs: recordTimestampMs(record) ?? null,
    noarch: record['noarch'] === true ? 'generic' : textOrNull(record['noarch']),
  }
}

/** The same for records that say the same, whatever the order of their keys: tells whether one changed. */
export function recordDigest(record: RepodataRecord): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(record)))
    .digest('hex')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)])
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

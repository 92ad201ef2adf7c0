/**
 * Imports one file of advisories: read and parsed in pieces beside the old data, then made current in one
 * transaction. A crash before that leaves the old state, and what was put aside is cleared by the next import.
 *
 * An import only adds and changes. What a file does not mention stays as it is, so that an empty or cut feed
 * un-blocks nothing; a withdrawal is a record that says so.
 */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { Db, Tx } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Advisory } from './advisory.ts'
import { applyStaged } from './apply-import.ts'
import { parseRecord } from './detect-format.ts'
import {
  clearStaged,
  findStoredVersions,
  insertImport,
  stageAdvisories,
  type StagedAdvisory,
  type StoredVersion,
} from './import-store.ts'
import { RecordError } from './json-reading.ts'
import { defaultReadLimits, readAdvisoryFile, type ReadLimits } from './read-advisory-file.ts'
import { namesOfIdentities } from './store.ts'

export interface AdvisoryImport {
  readonly path: string
  /** What the operator calls the file's origin; the records themselves say who wrote them. */
  readonly sourceName: string
  readonly now: Date
  readonly filename?: string
  readonly limits?: ReadLimits
  /** Runs in the transaction that makes the import current: marking names stale, audit. */
  readonly inTransaction?: (tx: Tx, result: ImportResult) => Promise<void>
  readonly onProgress?: (records: number) => void
  readonly signal?: AbortSignal
}

export interface SkippedRecord {
  readonly line: number
  readonly reason: string
}

export interface ImportResult {
  readonly importId: string
  readonly records: number
  readonly new: number
  readonly changed: number
  /** Also records older than what we have. */
  readonly unchanged: number
  readonly skippedCount: number
  /** The first hundred. */
  readonly skipped: readonly SkippedRecord[]
  /** True where more than one record in a thousand is bad: say so loudly. */
  readonly isSuspicious: boolean
  readonly touchedIdentities: readonly string[]
  /** conda names whose matches may have changed. */
  readonly touchedNames: readonly string[]
}

const CHUNK = 300
const MAX_REPORTED = 100
const SUSPICIOUS_SHARE = 0.001

/** @throws AppError invalid-advisories when the file as a whole is unusable */
export async function importAdvisories(db: Db, request: AdvisoryImport): Promise<ImportResult> {
  const importId = newId()
  await clearStaged(db)
  const tally = await stageFile(db, importId, request)
  if (tally.records === 0) {
    const why = tally.skipped[0] ? `: line ${tally.skipped[0].line}: ${tally.skipped[0].reason}` : ''
    throw new AppError('invalid-advisories', `${nameOf(request)} holds no advisory we can read${why}`)
  }
  const result = await db.transaction().execute(async (tx) => {
    const touchedIdentities = await applyStaged(tx, { importId, at: request.now })
    const made: ImportResult = {
      importId,
      records: tally.records,
      new: tally.added,
      changed: tally.changed,
      unchanged: tally.unchanged,
      skippedCount: tally.skippedCount,
      skipped: tally.skipped,
      isSuspicious: tally.skippedCount > (tally.records + tally.skippedCount) * SUSPICIOUS_SHARE,
      touchedIdentities,
      touchedNames: await namesOfIdentities(tx, touchedIdentities),
    }
    const { records, added, changed, unchanged, dataMs } = tally
    await insertImport(tx, {
      id: importId,
      kind: 'advisories',
      sourceName: request.sourceName,
      filename: nameOf(request),
      at: request.now,
      dataMs,
      records,
      added,
      changed,
      unchanged,
      skipped: tally.skippedCount,
      skippedLines: tally.skipped,
    })
    await request.inTransaction?.(tx, made)
    return made
  })
  await clearStaged(db)
  return result
}

function nameOf(request: AdvisoryImport): string {
  return request.filename ?? basename(request.path)
}

interface Tally {
  records: number
  added: number
  changed: number
  unchanged: number
  skippedCount: number
  readonly skipped: SkippedRecord[]
  /** The newest modification the records name. */
  dataMs: number | null
  staged: number
}

function skip(tally: Tally, line: number, reason: string): void {
  tally.skippedCount += 1
  if (tally.skipped.length < MAX_REPORTED) tally.skipped.push({ line, reason })
}

async function stageFile(db: Db, importId: string, request: AdvisoryImport): Promise<Tally> {
  const tally: Tally = {
    records: 0,
    added: 0,
    changed: 0,
    unchanged: 0,
    skippedCount: 0,
    skipped: [],
    dataMs: null,
    staged: 0,
  }
  let chunk: Advisory[] = []
  for await (const item of readAdvisoryFile(request.path, request.limits ?? defaultReadLimits)) {
    if (item.kind === 'broken') {
      skip(tally, item.line, item.reason)
      continue
    }
    try {
      chunk.push(parseRecord(item.record))
      tally.records += 1
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      skip(tally, item.line, error.message)
    }
    if (chunk.length < CHUNK) continue
    await stageChunk(db, importId, chunk, tally)
    chunk = []
    request.onProgress?.(tally.records)
    request.signal?.throwIfAborted()
  }
  await stageChunk(db, importId, chunk, tally)
  return tally
}

async function stageChunk(
  db: Db,
  importId: string,
  advisories: readonly Advisory[],
  tally: Tally,
): Promise<void> {
  const stored = await findStoredVersions(
    db,
    advisories.map((advisory) => advisory.key),
  )
  const staged: StagedAdvisory[] = []
  for (const advisory of advisories) {
    const contentSha256 = createHash('sha256').update(JSON.stringify(advisory)).digest('hex')
    const known = stored.get(advisory.key)
    tally.dataMs = Math.max(tally.dataMs ?? 0, advisory.modifiedMs ?? 0) || null
    if (known && !isNews(known, advisory, contentSha256)) {
      tally.unchanged += 1
      continue
    }
    if (known) tally.changed += 1
    else tally.added += 1
    staged.push({ advisory, contentSha256 })
  }
  await stageAdvisories(db, importId, tally.staged, staged)
  tally.staged += staged.length
}

/** A file can be older than what we have: last year's feed must not undo this year's correction. */
function isNews(known: StoredVersion, advisory: Advisory, contentSha256: string): boolean {
  if (known.contentSha256 === contentSha256) return false
  return known.modifiedMs === null || advisory.modifiedMs === null || advisory.modifiedMs >= known.modifiedMs
}

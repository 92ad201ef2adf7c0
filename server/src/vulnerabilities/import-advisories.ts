/**
 * Imports one file of advisories, KEV or EPSS: read and parsed in pieces beside the old data, judged, compared with what
 * it would change, then made current in one transaction, or held for a person. A crash before that leaves the old
 * state, and what was put aside is cleared by the next import.
 *
 * An import of advisories only adds and changes. What a file does not mention stays as it is, so that an empty or cut
 * feed un-blocks nothing; a withdrawal is a record that says so.
 */
import { basename } from 'node:path'
import type { Db, Tx } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
import { activateImport } from './activate-import.ts'
import { clearEffects, putEffects } from './effect-store.ts'
import type { FeedKind } from './feed-version.ts'
import { previewImport, type StagedImport } from './preview-import.ts'
import type { ReadLimits } from './read-advisory-file.ts'
import { judgeEffects, judgeFile } from './sanity-gates.ts'
import { kindRules, type SourceKind } from './source-kinds.ts'
import { stageFeed, type Tally } from './stage-feed.ts'
import { countMatches } from './store.ts'
import {
  concludeStaging,
  countStanding,
  describeStaging,
  dropImport,
  dropUnfinished,
  insertStaging,
  listActiveImports,
  type Finding,
} from './version-store.ts'

export interface AdvisoryImport {
  readonly path: string
  /** What the operator calls the file's origin; the records themselves say who wrote them. */
  readonly sourceName: string
  readonly now: Date
  readonly filename?: string
  /** Of what was sent by hand; a source says it by its kind. */
  readonly kind?: FeedKind
  /** Without one the file was sent by hand. */
  readonly source?: ImportSource | undefined
  readonly limits?: ReadLimits
  /** What conditions compare EPSS with. */
  readonly epssBounds?: readonly number[]
  /** Runs in the transaction that makes the import current: marking names stale, audit. */
  readonly inTransaction?: (tx: Tx, result: ImportResult) => Promise<void>
  /** Runs in the transaction that holds it. */
  readonly whenHeld?: (tx: Tx, result: ImportResult) => Promise<void>
  readonly onProgress?: (records: number) => void
  readonly signal?: AbortSignal
}

export interface ImportSource {
  readonly id: string
  readonly kind: SourceKind
  /** Whether it is applied by itself when nothing is wrong with it. */
  readonly isAutomatic: boolean
  /** Whether the file is all the source has. */
  readonly isWhole: boolean
  /** Where the source goes on after this file. */
  readonly marker: string
}

export interface SkippedRecord {
  readonly line: number
  readonly reason: string
}

export interface ImportResult {
  readonly importId: string
  readonly state: 'active' | 'held'
  readonly records: number
  readonly new: number
  readonly changed: number
  /** Also records older than what we have. */
  readonly unchanged: number
  readonly skippedCount: number
  /** The first hundred. */
  readonly skipped: readonly SkippedRecord[]
  /** The newest date the data names. */
  readonly dataMs: number | null
  /** Why it was held. */
  readonly findings: readonly Finding[]
  /** How many of each kind. */
  readonly effects: Readonly<Record<string, number>>
  readonly touchedIdentities: readonly string[]
  /** conda names whose matches may have changed. */
  readonly touchedNames: readonly string[]
}

/** @throws AppError invalid-advisories when the file as a whole is unusable */
export async function importAdvisories(db: Db, request: AdvisoryImport): Promise<ImportResult> {
  const importId = newId()
  const { source, now } = request
  const kind = source ? kindRules[source.kind].feed : (request.kind ?? 'advisories')
  const sourceId = source?.id ?? null
  const filename = request.filename ?? basename(request.path)
  await dropUnfinished(db)
  await insertStaging(db, {
    id: importId,
    kind,
    sourceId,
    sourceName: request.sourceName,
    filename,
    at: now,
    marker: source?.marker ?? '{}',
  })
  try {
    const tally = await stageFeed(db, {
      path: request.path,
      filename,
      kind,
      importId,
      sourceId,
      writers: source && kind === 'advisories' ? kindRules[source.kind].writers : undefined,
      limits: request.limits,
      signal: request.signal,
      onProgress: request.onProgress,
    })
    const { dataMs, records, added, changed, unchanged } = tally
    const skipped = tally.skippedCount
    await describeStaging(db, importId, { dataMs, records, added, changed, unchanged, skipped })
    const { epssBounds = [], signal } = request
    const effects = await writePreview(db, { importId, kind, at: now, epssBounds, signal })
    const findings = await judge(db, request, { kind, filename, sourceId }, tally, effects)
    const base = {
      importId,
      records,
      new: added,
      changed,
      unchanged,
      skippedCount: skipped,
      skipped: tally.skipped,
      dataMs,
      findings,
      effects,
    }
    return await db.transaction().execute(async (tx) => {
      const state = findings.length > 0 ? 'held' : 'active'
      await concludeStaging(tx, importId, { state, findings, effects })
      if (state === 'held') {
        const held: ImportResult = { ...base, state, touchedIdentities: [], touchedNames: [] }
        await request.whenHeld?.(tx, held)
        return held
      }
      const touched = await activateImport(tx, { kind, importId, at: now, epssBounds })
      const result: ImportResult = { ...base, state, ...touched }
      await request.inTransaction?.(tx, result)
      return result
    })
  } catch (error) {
    // a killed process leaves it to the next import
    await dropImport(db, importId)
    throw error
  }
}

/** Writes down what an import would change. @returns how many effects of each kind */
export async function writePreview(db: Db, staged: StagedImport): Promise<Record<string, number>> {
  await clearEffects(db, staged.importId)
  const counts: Record<string, number> = {}
  let position = 0
  for await (const effects of previewImport(db, staged)) {
    await putEffects(db, staged.importId, position, effects)
    position += effects.length
    for (const { change } of effects) counts[change] = (counts[change] ?? 0) + 1
  }
  return counts
}

async function judge(
  db: Db,
  request: AdvisoryImport,
  file: { readonly kind: FeedKind; readonly filename: string; readonly sourceId: string | null },
  tally: Tally,
  effects: Readonly<Record<string, number>>,
): Promise<Finding[]> {
  const { source } = request
  const { kind, sourceId } = file
  const before = await listActiveImports(db, kind, sourceId)
  const previous = before.find(
    (known) => kind !== 'advisories' || (source && known.filename === file.filename),
  )
  const findings = [
    ...judgeFile({
      records: tally.records,
      skipped: tally.skippedCount,
      ended: tally.ended,
      standing: tally.ended > 0 ? await countStanding(db, kind, sourceId) : 0,
      isCut: tally.skipped.some(({ reason }) => reason.includes('it was cut')),
      dataMs: tally.dataMs,
      previous: previous && { records: previous.records, dataMs: previous.dataAt?.getTime() ?? null },
      isWhole: kind !== 'advisories' || source?.isWhole === true,
      sourceKind: source?.kind,
      nowMs: request.now.getTime(),
    }),
    ...judgeEffects({ effects, matches: await countMatches(db), isFirst: !source || before.length === 0 }),
  ]
  if (findings.length > 0 || !source || source.isAutomatic) return findings
  return [{ code: 'needs-approval', message: 'imports of this source wait for a person’s approval' }]
}

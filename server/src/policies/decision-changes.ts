/**
 * The record of what was decided of files, change by change, with what each decision was made from: written by
 * whoever publishes, read by whoever asks why a file was blocked last month, or wants it decided again.
 */
import { inChunks, type Db } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
import type { PackedInputs } from './decision-inputs.ts'
import type { Effect } from './policy.ts'

/** What of a file the record needs. */
interface DecidedFile {
  readonly subdir: string
  readonly filename: string
  /** Before. */
  readonly effect: Effect | null
}

export interface ChangeSet {
  readonly channelId: string
  /** The revision it came with; its causes say why. */
  readonly revision: number
  readonly at: Date
  readonly causes: readonly object[]
  /** The `now` of the decisions. */
  readonly decidedAt: Date
  readonly inputs: PackedInputs | undefined
  readonly changes: readonly {
    readonly file: DecidedFile
    readonly effect: Effect
    readonly decision: string | null
  }[]
}

export async function recordDecisionChanges(db: Db, set: ChangeSet): Promise<void> {
  for (const chunk of inChunks(set.inputs?.pieces ?? [], 50)) {
    await db
      .insertInto('decision_inputs')
      .values(chunk.map(({ sha256, body }) => ({ channel_id: set.channelId, sha256, body })))
      .onConflict((conflict) => conflict.columns(['channel_id', 'sha256']).doNothing())
      .execute()
  }
  const causes = JSON.stringify(set.causes)
  for (const chunk of inChunks(set.changes, 200)) {
    await db
      .insertInto('decision_changes')
      .values(
        chunk.map(({ file, effect, decision }) => ({
          id: newId(),
          channel_id: set.channelId,
          subdir: file.subdir,
          filename: file.filename,
          at: set.at.getTime(),
          revision: set.revision,
          before: file.effect,
          after: effect,
          causes,
          decision,
          inputs: set.inputs?.facts ?? null,
          decided_at: set.decidedAt.getTime(),
        })),
      )
      .execute()
  }
}

export interface DecisionChange {
  readonly id: string
  readonly at: Date
  readonly revision: number
  readonly before: Effect | null
  readonly after: Effect
  readonly causes: unknown
  /** Null for a plain allow. */
  readonly decision: unknown
}

interface ChangeRow {
  id: string
  at: number
  revision: number
  before: string | null
  after: string
  causes: string
  decision: string | null
}

/** The casts: only recordDecisionChanges writes these columns. */
function toChange(row: ChangeRow): DecisionChange {
  return {
    id: row.id,
    at: new Date(row.at),
    revision: row.revision,
    before: row.before as Effect | null,
    after: row.after as Effect,
    causes: JSON.parse(row.causes) as unknown,
    decision: row.decision === null ? null : (JSON.parse(row.decision) as unknown),
  }
}

/** Newest first. */
export async function listDecisionChanges(
  db: Db,
  file: { channelId: string; subdir: string; filename: string },
  page: { offset: number; limit: number },
): Promise<{ total: number; items: DecisionChange[] }> {
  const own = db
    .selectFrom('decision_changes')
    .where('channel_id', '=', file.channelId)
    .where('subdir', '=', file.subdir)
    .where('filename', '=', file.filename)
  const { count } = await own
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await own.selectAll().orderBy('id', 'desc').offset(page.offset).limit(page.limit).execute()
  return { total: Number(count), items: rows.map(toChange) }
}

export interface KeptChange extends DecisionChange {
  readonly subdir: string
  readonly filename: string
  /** What it was made from; null for a change from before that was kept. */
  readonly inputs: { readonly facts: string; readonly decidedAt: Date } | null
}

export async function findDecisionChange(
  db: Db,
  channelId: string,
  id: string,
): Promise<KeptChange | undefined> {
  const row = await db
    .selectFrom('decision_changes')
    .selectAll()
    .where('channel_id', '=', channelId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) return undefined
  const { subdir, filename, inputs, decided_at } = row
  const kept =
    inputs === null || decided_at === null ? null : { facts: inputs, decidedAt: new Date(decided_at) }
  return { ...toChange(row), subdir, filename, inputs: kept }
}

/** A piece of what decisions of a channel were made from, as `decision-inputs.ts` packed it. */
export async function findDecisionInputs(
  db: Db,
  channelId: string,
  sha256: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('decision_inputs')
    .select('body')
    .where('channel_id', '=', channelId)
    .where('sha256', '=', sha256)
    .executeTakeFirst()
  return row?.body
}

/** By `subdir/filename`, the last change of each file until an instant, that included. */
export async function findDecisionsAt(
  db: Db,
  channelId: string,
  files: readonly { readonly subdir: string; readonly filename: string }[],
  at: Date,
): Promise<Map<string, DecisionChange>> {
  const found = new Map<string, DecisionChange>()
  for (const [subdir, own] of Map.groupBy(files, (file) => file.subdir)) {
    for (const chunk of inChunks(own.map(({ filename }) => filename))) {
      const rows = await db
        .selectFrom('decision_changes')
        .selectAll()
        .where('channel_id', '=', channelId)
        .where('subdir', '=', subdir)
        .where('filename', 'in', chunk)
        .where('at', '<=', at.getTime())
        .orderBy('id')
        .execute()
      for (const row of rows) found.set(`${subdir}/${row.filename}`, toChange(row)) // the last one stays
    }
  }
  return found
}

/**
 * The record of what was decided of files, change by change: written by whoever publishes, read by whoever
 * asks why a file was blocked last month. A decision holds the rules and the facts it rested on, so a past
 * one can be read as it was and made again from the policy versions of its day.
 */
import { inChunks, type Db } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
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
  readonly changes: readonly {
    readonly file: DecidedFile
    readonly effect: Effect
    readonly decision: string | null
  }[]
}

/** Files whose effect is another than before; new evidence for the same effect is not a change. */
export async function recordDecisionChanges(db: Db, set: ChangeSet): Promise<void> {
  const changed = set.changes.filter(
    ({ file, effect }) => file.effect !== effect && !isNewAndAllowed(file, effect),
  )
  const causes = JSON.stringify(set.causes)
  for (const chunk of inChunks(changed, 200)) {
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
        })),
      )
      .execute()
  }
}

/** A mirror brings half a million of those, and its revision tells of them. */
function isNewAndAllowed(file: DecidedFile, effect: Effect): boolean {
  return file.effect === null && effect === 'allow'
}

export interface DecisionChange {
  readonly at: Date
  readonly revision: number
  readonly before: Effect | null
  readonly after: Effect
  readonly causes: unknown
  /** Null for a plain allow. */
  readonly decision: unknown
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
  return {
    total: Number(count),
    items: rows.map((row) => ({
      at: new Date(row.at),
      revision: row.revision,
      before: row.before as Effect | null, // only recordDecisionChanges writes it
      after: row.after as Effect,
      causes: JSON.parse(row.causes) as unknown,
      decision: row.decision === null ? null : (JSON.parse(row.decision) as unknown),
    })),
  }
}

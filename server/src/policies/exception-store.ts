/** The SQL of exceptions that were asked for. */
import { inChunks, type Db } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
import type { ExceptionKind, ExceptionRecord, ExceptionState, Lift } from './exception.ts'

const columns = [
  'policy_exceptions.id',
  'policy_exceptions.channel_id',
  'channels.name as channel_name',
  'policy_exceptions.kind',
  'policy_exceptions.state',
  'policy_exceptions.files',
  'policy_exceptions.package',
  'policy_exceptions.lifts',
  'policy_exceptions.reason',
  'policy_exceptions.control',
  'policy_exceptions.until_fixed',
  'policy_exceptions.expires_at',
  'policy_exceptions.requested_by',
  'policy_exceptions.requested_at',
  'policy_exceptions.decided_by',
  'policy_exceptions.decided_at',
  'policy_exceptions.decision_note',
  'policy_exceptions.ended_at',
  'policy_exceptions.end_cause',
  'policy_exceptions.reminded_at',
] as const

interface ExceptionRow {
  id: string
  channel_id: string
  channel_name: string
  kind: string
  state: string
  files: string | null
  package: string | null
  lifts: string
  reason: string
  control: string | null
  until_fixed: number
  expires_at: number | null
  requested_by: string
  requested_at: number
  decided_by: string | null
  decided_at: number | null
  decision_note: string | null
  ended_at: number | null
  end_cause: string | null
  reminded_at: number | null
}

/** The casts: only this file writes these columns. */
function toRecord(row: ExceptionRow): ExceptionRecord {
  return {
    id: row.id,
    channelId: row.channel_id,
    channelName: row.channel_name,
    kind: row.kind as ExceptionKind,
    state: row.state as ExceptionState,
    files: row.files === null ? null : (JSON.parse(row.files) as string[]),
    package: row.package,
    lifts: JSON.parse(row.lifts) as Lift[],
    reason: row.reason,
    control: row.control,
    untilFixed: row.until_fixed === 1,
    expiresAt: toDate(row.expires_at),
    requestedBy: row.requested_by,
    requestedAt: new Date(row.requested_at),
    decidedBy: row.decided_by,
    decidedAt: toDate(row.decided_at),
    decisionNote: row.decision_note,
    endedAt: toDate(row.ended_at),
    endCause: row.end_cause,
    remindedAt: toDate(row.reminded_at),
  }
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}

export type NewException = Pick<
  ExceptionRecord,
  | 'channelId'
  | 'kind'
  | 'state'
  | 'files'
  | 'package'
  | 'lifts'
  | 'reason'
  | 'control'
  | 'untilFixed'
  | 'expiresAt'
  | 'requestedBy'
  | 'requestedAt'
>

/** @returns its id */
export async function insertException(db: Db, record: NewException): Promise<string> {
  const id = newId()
  await db
    .insertInto('policy_exceptions')
    .values({
      id,
      channel_id: record.channelId,
      kind: record.kind,
      state: record.state,
      files: record.files && JSON.stringify(record.files),
      package: record.package,
      lifts: JSON.stringify(record.lifts),
      reason: record.reason,
      control: record.control,
      until_fixed: record.untilFixed ? 1 : 0,
      expires_at: record.expiresAt?.getTime() ?? null,
      requested_by: record.requestedBy,
      requested_at: record.requestedAt.getTime(),
    })
    .execute()
  return id
}

function select(db: Db) {
  return db
    .selectFrom('policy_exceptions')
    .innerJoin('channels', 'channels.id', 'policy_exceptions.channel_id')
    .select(columns)
}

export async function findException(db: Db, id: string): Promise<ExceptionRecord | undefined> {
  const row = await select(db).where('policy_exceptions.id', '=', id).executeTakeFirst()
  return row && toRecord(row)
}

/** Those in force in a channel, unless time has ended them. */
export async function listApproved(db: Db, channelId: string): Promise<ExceptionRecord[]> {
  const rows = await select(db)
    .where('policy_exceptions.channel_id', '=', channelId)
    .where('policy_exceptions.state', '=', 'approved')
    .orderBy('policy_exceptions.id')
    .execute()
  return rows.map(toRecord)
}

export interface ExceptionQuery {
  readonly channelId?: string | undefined
  readonly state?: ExceptionState | undefined
  readonly requestedBy?: string | undefined
  readonly offset: number
  readonly limit: number
}

/** Those that end first come first; then the newest. */
export async function listExceptions(
  db: Db,
  query: ExceptionQuery,
): Promise<{ total: number; items: ExceptionRecord[] }> {
  const { channelId, state, requestedBy } = query
  const matching = select(db)
    .$if(channelId !== undefined, (qb) => qb.where('policy_exceptions.channel_id', '=', channelId ?? ''))
    .$if(state !== undefined, (qb) => qb.where('policy_exceptions.state', '=', state ?? ''))
    .$if(requestedBy !== undefined, (qb) =>
      qb.where('policy_exceptions.requested_by', '=', requestedBy ?? ''),
    )
  const { count } = await matching
    .clearSelect()
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .orderBy('policy_exceptions.id', 'desc')
    .offset(query.offset)
    .limit(query.limit)
    .execute()
  return { total: Number(count), items: rows.map(toRecord) }
}

/**
 * Moves it on, unless somebody else has meanwhile.
 * @returns false when it is no longer in the state `from`
 */
export async function moveException(
  db: Db,
  id: string,
  from: ExceptionState,
  change:
    | {
        readonly state: 'approved' | 'refused'
        readonly by: string
        readonly note: string | null
        readonly at: Date
        readonly expiresAt: Date | null
        readonly control: string | null
      }
    | {
        readonly state: 'withdrawn' | 'revoked' | 'expired' | 'fixed'
        readonly cause: string
        readonly at: Date
      },
): Promise<boolean> {
  const result = await db
    .updateTable('policy_exceptions')
    .set(
      'by' in change
        ? {
            state: change.state,
            decided_by: change.by,
            decided_at: change.at.getTime(),
            decision_note: change.note,
            expires_at: change.expiresAt?.getTime() ?? null,
            control: change.control,
          }
        : { state: change.state, ended_at: change.at.getTime(), end_cause: change.cause },
    )
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Approved ones that time has ended by now. */
export async function listExpired(db: Db, now: Date): Promise<ExceptionRecord[]> {
  const rows = await select(db)
    .where('policy_exceptions.state', '=', 'approved')
    .where('policy_exceptions.expires_at', '<=', now.getTime())
    .orderBy('policy_exceptions.id')
    .execute()
  return rows.map(toRecord)
}

/** Approved ones that end by then and whose people have not been reminded. */
export async function listToRemind(db: Db, until: Date): Promise<ExceptionRecord[]> {
  const rows = await select(db)
    .where('policy_exceptions.state', '=', 'approved')
    .where('policy_exceptions.expires_at', '<=', until.getTime())
    .where('policy_exceptions.reminded_at', 'is', null)
    .orderBy('policy_exceptions.id')
    .execute()
  return rows.map(toRecord)
}

export async function markReminded(db: Db, ids: readonly string[], at: Date): Promise<void> {
  for (const chunk of inChunks(ids)) {
    await db
      .updateTable('policy_exceptions')
      .set({ reminded_at: at.getTime() })
      .where('id', 'in', chunk)
      .execute()
  }
}

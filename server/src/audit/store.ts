/** The SQL that reads the audit log. */
import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely'
import type { DatabaseSchema } from '../db/schema.gen.ts'
import type { Db } from '../platform/database/db.ts'
import type { ChainedEvent, StoredEvent } from './event.ts'

export interface EventQuery {
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  readonly actions?: readonly string[] | undefined
  readonly actorId?: string | undefined
  /** What it was done to, or what lies below that: `main` finds `main/noarch/a-1-0.conda`. */
  readonly target?: string | undefined
}

/** From before the chain began, `seq` and `hash` are missing. */
export type ListedEvent = Omit<StoredEvent, 'seq'> & {
  readonly seq: number | null
  readonly hash: string | null
}

const columns = [
  ...(['id', 'seq', 'at', 'actor_id', 'actor_name', 'credential_id', 'action', 'target'] as const),
  ...(['address', 'request_id', 'details', 'before', 'after', 'hash'] as const),
] as const

/** The newest first. */
export async function listEvents(
  db: Db,
  query: EventQuery,
  page: { offset: number; limit: number },
): Promise<{ total: number; items: ListedEvent[] }> {
  const matching = db.selectFrom('audit_events').where((eb) => matches(eb, query))
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const items = await matching
    .select(columns)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return { total: Number(count), items }
}

/** Of the chain, in its order, those after `afterSeq` that match. */
export async function readChain(
  db: Db,
  afterSeq: number,
  limit: number,
  query: EventQuery = {},
): Promise<ChainedEvent[]> {
  const rows = await db
    .selectFrom('audit_events')
    .select(columns)
    .where('seq', '>', afterSeq)
    .where((eb) => matches(eb, query))
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows as ChainedEvent[] // what has a seq has a hash
}

function matches(
  eb: ExpressionBuilder<DatabaseSchema, 'audit_events'>,
  query: EventQuery,
): ExpressionWrapper<DatabaseSchema, 'audit_events', SqlBool> {
  return eb.and([
    ...(query.from ? [eb('at', '>=', query.from.getTime())] : []),
    ...(query.to ? [eb('at', '<', query.to.getTime())] : []),
    ...(query.actions ? [eb('action', 'in', query.actions.length > 0 ? query.actions : [''])] : []),
    ...(query.actorId === undefined ? [] : [eb('actor_id', '=', query.actorId)]),
    ...(query.target === undefined
      ? []
      : [
          eb.or([
            eb('target', '=', query.target),
            // a range and not LIKE: it goes by the index, and `_` is a letter of names
            eb.and([eb('target', '>', `${query.target}/`), eb('target', '<', `${query.target}0`)]),
          ]),
        ]),
  ])
}

export interface Head {
  readonly seq: number
  readonly hash: string
  readonly exportedSeq: number
  readonly streamedSeq: number
}

export async function readHead(db: Db): Promise<Head> {
  return db
    .selectFrom('audit_head')
    .select(['seq', 'hash', 'exported_seq as exportedSeq', 'streamed_seq as streamedSeq'])
    .executeTakeFirstOrThrow()
}

export async function countUnchained(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('audit_events')
    .where('seq', 'is', null)
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function setExported(db: Db, seq: number): Promise<void> {
  await db.updateTable('audit_head').set({ exported_seq: seq }).where('exported_seq', '<', seq).execute()
}

export async function setStreamed(db: Db, seq: number): Promise<void> {
  await db.updateTable('audit_head').set({ streamed_seq: seq }).where('streamed_seq', '<', seq).execute()
}

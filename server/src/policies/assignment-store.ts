/** The SQL of where policies hold. */
import { sql } from 'kysely'
import { isWithinReach } from '../channels/store.ts'
import type { Reach } from '../identity/reach.ts'
import type { Db } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
import { targetKey, type AssignedPolicy, type Mode, type Scope, type Target } from './assignment.ts'
import { policyColumns, toPolicy, type PolicyRow } from './store.ts'

interface AssignedRow extends PolicyRow {
  scope: string
  channel_id: string | null
  of_mirror: string | null
  mode: string
}

/** The casts: only this file writes these columns. */
function toAssigned(row: AssignedRow): AssignedPolicy {
  return { ...toPolicy(row), mode: row.mode as Mode, target: toTarget({ ...row, mirror_id: row.of_mirror }) }
}

function toTarget(row: { scope: string; channel_id: string | null; mirror_id: string | null }): Target {
  const channelId = row.channel_id ?? ''
  switch (row.scope as Scope) {
    case 'organisation':
      return { scope: 'organisation' }
    case 'channel':
      return { scope: 'channel', channelId }
    case 'mirror':
      return { scope: 'mirror', channelId, mirrorId: row.mirror_id ?? '' }
  }
}

function assigned(db: Db) {
  return db
    .selectFrom('policy_assignments')
    .innerJoin('policies', 'policies.id', 'policy_assignments.policy_id')
    .select([
      ...policyColumns,
      'policy_assignments.scope',
      'policy_assignments.channel_id',
      'policy_assignments.mirror_id as of_mirror',
      'policy_assignments.mode',
    ])
}

/**
 * All that speak in a channel: the organisation's, its own, those of its mirrors, and in a subchannel those of the
 * channel it belongs to.
 */
export async function listChannelPolicies(db: Db, channelId: string): Promise<AssignedPolicy[]> {
  const rows = await assigned(db)
    .where((eb) =>
      eb.or([
        eb('policy_assignments.scope', '=', 'organisation'),
        eb('policy_assignments.channel_id', '=', channelId),
        eb.and([
          eb('policy_assignments.scope', '=', 'channel'),
          eb.exists(
            eb
              .selectFrom('channels as parent')
              .innerJoin('channels as child', (join) =>
                join.on(sql<boolean>`substr(child.name, 1, length(parent.name) + 1) = parent.name || '/'`),
              )
              .select('parent.id')
              .where('child.id', '=', channelId)
              .whereRef('parent.id', '=', 'policy_assignments.channel_id'),
          ),
        ]),
      ]),
    )
    .orderBy('policies.name')
    .orderBy('policy_assignments.id')
    .execute()
  return rows.map(toAssigned)
}

export interface Assignment {
  readonly target: Target
  readonly mode: Mode
  /** Absent for the organisation. */
  readonly channelName: string | undefined
}

interface AssignmentRow {
  scope: string
  channel_id: string | null
  mirror_id: string | null
  mode: string
  name: string | null
}

/** The organisation first, then by channel. */
function assignmentsOf(db: Db, policyId: string) {
  return db
    .selectFrom('policy_assignments')
    .leftJoin('channels', 'channels.id', 'policy_assignments.channel_id')
    .select([
      'policy_assignments.scope',
      'policy_assignments.channel_id',
      'policy_assignments.mirror_id',
      'policy_assignments.mode',
      'channels.name',
    ])
    .where('policy_assignments.policy_id', '=', policyId)
    .orderBy('policy_assignments.scope', 'desc')
    .orderBy('channels.name')
    .orderBy('policy_assignments.id')
}

function toAssignment(row: AssignmentRow): Assignment {
  return {
    target: toTarget(row),
    mode: row.mode as Mode, // only `assign` writes it
    channelName: row.name ?? undefined,
  }
}

export async function listAssignments(db: Db, policyId: string): Promise<Assignment[]> {
  return (await assignmentsOf(db, policyId).execute()).map(toAssignment)
}

/** A part of the list, without the channels that the reader may not see. */
export async function pageAssignments(
  db: Db,
  policyId: string,
  reader: Reach,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ total: number; items: Assignment[] }> {
  const visible = assignmentsOf(db, policyId).where((eb) =>
    eb.or([
      eb('policy_assignments.channel_id', 'is', null),
      eb('policy_assignments.channel_id', 'in', (channels) =>
        channels
          .selectFrom('channels')
          .select('channels.id')
          .where((channel) => isWithinReach(channel, reader)),
      ),
    ]),
  )
  const { count } = await db
    .selectFrom(visible.clearOrderBy().as('visible'))
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await visible.offset(page.offset).limit(page.limit).execute()
  return { total: Number(count), items: rows.map(toAssignment) }
}

/** The policies that hold for what a mirror brings, and for nothing else there. */
export async function listOfMirror(db: Db, mirrorId: string): Promise<AssignedPolicy[]> {
  const rows = await assigned(db)
    .where('policy_assignments.mirror_id', '=', mirrorId)
    .orderBy('policies.name')
    .execute()
  return rows.map(toAssigned)
}

/** @returns what it was before; undefined when it was not assigned there */
export async function findMode(db: Db, target: Target, policyId: string): Promise<Mode | undefined> {
  const row = await db
    .selectFrom('policy_assignments')
    .select('mode')
    .where('scope', '=', target.scope)
    .where('target', '=', targetKey(target))
    .where('policy_id', '=', policyId)
    .executeTakeFirst()
  return row && (row.mode as Mode) // only `assign` writes it
}

export async function assign(db: Db, target: Target, policyId: string, mode: Mode, at: Date): Promise<void> {
  await db
    .insertInto('policy_assignments')
    .values({
      id: newId(),
      policy_id: policyId,
      scope: target.scope,
      target: targetKey(target),
      channel_id: target.scope === 'organisation' ? null : target.channelId,
      mirror_id: target.scope === 'mirror' ? target.mirrorId : null,
      mode,
      created_at: at.getTime(),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['scope', 'target', 'policy_id'])
        .doUpdateSet((eb) => ({ mode: eb.ref('excluded.mode') })),
    )
    .execute()
}

export async function unassign(db: Db, target: Target, policyId: string): Promise<void> {
  await db
    .deleteFrom('policy_assignments')
    .where('scope', '=', target.scope)
    .where('target', '=', targetKey(target))
    .where('policy_id', '=', policyId)
    .execute()
}

export async function mirrorExists(db: Db, channelId: string, mirrorId: string): Promise<boolean> {
  const row = await db
    .selectFrom('mirrors')
    .select('id')
    .where('id', '=', mirrorId)
    .where('channel_id', '=', channelId)
    .executeTakeFirst()
  return row !== undefined
}

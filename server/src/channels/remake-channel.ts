/**
 * For repairs: a channel whose row was lost while everything it has is still there. What it is called and whose it is the
 * audit log knows, and who may see it; which revisions it serves follows from the rest.
 */
import { z } from 'zod'
import type { Db } from '../platform/database/db.ts'
import { privacies, type Privacy } from './channel.ts'

export interface LostChannel {
  readonly name: string
  readonly ownerId: string
  /** `private` where the log does not say. */
  readonly privacy: Privacy
  readonly createdAt: Date
}

export interface ChannelFaults {
  /** Made and not dropped, by the audit log, and not there. */
  readonly lost: readonly LostChannel[]
  /** Others may see them than the audit log has it: `said` is what was said last. */
  readonly shownOtherwise: readonly {
    readonly name: string
    readonly privacy: string
    readonly said: Privacy
  }[]
}

export async function compareWithLog(db: Db): Promise<ChannelFaults> {
  const lost = await readLog(db)
  const shownOtherwise: ChannelFaults['shownOtherwise'][number][] = []
  for (const { name, privacy } of await db.selectFrom('channels').select(['name', 'privacy']).execute()) {
    const said = lost.get(name)?.privacy
    if (said !== undefined && said !== privacy) shownOtherwise.push({ name, privacy, said })
    lost.delete(name)
  }
  return {
    lost: [...lost.values()].map(({ privacy = 'private', ...channel }) => ({ ...channel, privacy })),
    shownOtherwise,
  }
}

/** The channel that has the lost one's place under a name that nobody gave it. */
export async function findMisnamed(
  db: Db,
  lost: LostChannel,
): Promise<{ readonly id: string; readonly name: string } | undefined> {
  const log = await readLog(db)
  const rows = await db
    .selectFrom('channels')
    .select(['id', 'name'])
    .where('created_at', '=', lost.createdAt.getTime())
    .execute()
  const misnamed = rows.filter(({ name }) => !log.has(name))
  return misnamed.length === 1 ? misnamed[0] : undefined
}

export async function nameChannel(tx: Db, id: string, name: string): Promise<void> {
  await tx.updateTable('channels').set({ name }).where('id', '=', id).execute()
}

type LoggedChannel = Omit<LostChannel, 'privacy'> & { readonly privacy: Privacy | undefined }

async function readLog(db: Db): Promise<Map<string, LoggedChannel>> {
  const events = await db
    .selectFrom('audit_events')
    .select(['action', 'target', 'actor_id', 'at', 'details'])
    .where('action', 'in', ['channel.created', 'channel.updated', 'channel.deleted'])
    .orderBy('seq')
    .execute()
  const channels = new Map<string, LoggedChannel>()
  for (const { action, target, actor_id: actor, at, details } of events) {
    const known = channels.get(target)
    const privacy = privacyOf(details) ?? known?.privacy
    if (action === 'channel.deleted') channels.delete(target)
    else if (action === 'channel.created')
      channels.set(target, { name: target, ownerId: actor ?? '', privacy, createdAt: new Date(at) })
    else if (known) channels.set(target, { ...known, privacy })
  }
  return channels
}

function privacyOf(details: string): Privacy | undefined {
  const read = z.object({ privacy: z.enum(privacies) }).safeParse(parseOrNothing(details))
  return read.success ? read.data.privacy : undefined
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Ids of channels that have files or revisions, and no row. */
export async function findChannelIdsWithoutRow(db: Db): Promise<string[]> {
  const ids = new Set<string>()
  for (const table of ['channel_files', 'revisions', 'serving_periods'] as const) {
    const rows = await db
      .selectFrom(table)
      .select(`${table}.channel_id as id`)
      .distinct()
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('channels').select('channels.id').whereRef('channels.id', '=', `${table}.channel_id`),
          ),
        ),
      )
      .execute()
    for (const { id } of rows) ids.add(id)
  }
  return [...ids].sort()
}

export async function remakeChannel(tx: Db, id: string, lost: LostChannel, at: Date): Promise<void> {
  const { newest } = await tx
    .selectFrom('revisions')
    .select((eb) => eb.fn.max<number | null>('number').as('newest'))
    .where('channel_id', '=', id)
    .executeTakeFirstOrThrow()
  const period = await tx
    .selectFrom('serving_periods')
    .select('number')
    .where('channel_id', '=', id)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  const { rendered } = await tx
    .selectFrom('revision_files')
    .select((eb) => eb.fn.max<number | null>('number').as('rendered'))
    .where('channel_id', '=', id)
    .executeTakeFirstOrThrow()
  const member = await tx
    .selectFrom('virtual_members')
    .select('member_id')
    .where('channel_id', '=', id)
    .executeTakeFirst()
  const newestRevision = newest ?? 0
  const revision = period?.number ?? newestRevision
  await tx
    .insertInto('channels')
    .values({
      id,
      name: lost.name,
      description: '',
      privacy: lost.privacy,
      kind: member ? 'virtual' : 'default',
      owner_id: lost.ownerId,
      revision,
      newest_revision: newestRevision,
      frozen: revision < newestRevision ? 1 : 0,
      keep_days: null,
      rendered_revision: rendered ?? 0,
      rendered_at: null,
      created_at: lost.createdAt.getTime(),
      updated_at: at.getTime(),
    })
    .execute()
}

/** The SQL of channels themselves. Their contents: `contents-store.ts`. */
import { sql, type ExpressionBuilder, type ExpressionWrapper, type RawBuilder, type SqlBool } from 'kysely'
import type { DatabaseSchema } from '../db/schema.gen.ts'
import { newId } from '../platform/ids.ts'
import { containsText, inChunks, startsWithText, type Db, type Tx } from '../platform/database/db.ts'
import type { Reach } from '../identity/reach.ts'
import type { Channel, ChannelKind, Privacy } from './channel.ts'
import { recordServing } from './serving-periods.ts'

interface ChannelRow {
  id: string
  name: string
  description: string
  privacy: string
  kind: string
  owner_id: string
  revision: number
  newest_revision: number
  frozen: number
  keep_days: number | null
  rendered_revision: number
  rendered_at: number | null
  created_at: number
  updated_at: number
}

function toChannel(row: ChannelRow): Channel {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    privacy: row.privacy as Privacy, // only this file writes it
    kind: row.kind as ChannelKind, // and this
    ownerId: row.owner_id,
    revision: row.revision,
    newestRevision: row.newest_revision,
    frozen: row.frozen === 1,
    keepDays: row.keep_days,
    renderedRevision: row.rendered_revision,
    renderedAt: new Date(row.rendered_at ?? row.created_at),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}

export async function findChannelByName(db: Db, name: string): Promise<Channel | undefined> {
  const row = await db.selectFrom('channels').selectAll().where('name', '=', name).executeTakeFirst()
  return row && toChannel(row)
}

export async function findChannelById(db: Db, id: string): Promise<Channel | undefined> {
  const row = await db.selectFrom('channels').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toChannel(row)
}

export async function insertChannel(
  db: Db,
  channel: {
    name: string
    description: string
    privacy: Privacy
    kind?: ChannelKind
    ownerId: string
    at: Date
  },
): Promise<Channel> {
  const row = {
    id: newId(),
    name: channel.name,
    description: channel.description,
    privacy: channel.privacy,
    kind: channel.kind ?? 'default',
    owner_id: channel.ownerId,
    revision: 0,
    newest_revision: 0,
    frozen: 0,
    keep_days: null,
    rendered_revision: 0,
    rendered_at: null,
    created_at: channel.at.getTime(),
    updated_at: channel.at.getTime(),
  }
  await db.insertInto('channels').values(row).execute()
  return toChannel(row)
}

export async function updateChannel(
  db: Db,
  id: string,
  change: {
    description?: string | undefined
    privacy?: Privacy | undefined
    keepDays?: number | null | undefined
    at: Date
  },
): Promise<void> {
  await db
    .updateTable('channels')
    .set({
      updated_at: change.at.getTime(),
      ...(change.description === undefined ? {} : { description: change.description }),
      ...(change.privacy === undefined ? {} : { privacy: change.privacy }),
      ...(change.keepDays === undefined ? {} : { keep_days: change.keepDays }),
    })
    .where('id', '=', id)
    .execute()
}

export async function deleteChannelRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('channels').where('id', '=', id).execute()
}

/** The condition on `channels` that leaves those a reader may see. */
export function isWithinReach(
  eb: ExpressionBuilder<DatabaseSchema, 'channels'>,
  reader: Reach,
): ExpressionWrapper<DatabaseSchema, 'channels', SqlBool> {
  if (reader === 'all') return eb.and([])
  const { anybody, own, only } = reader
  const among = (ids: readonly string[]) =>
    eb.or([...inChunks(ids)].map((chunk) => eb('channels.id', 'in', chunk)))
  const others =
    own === undefined
      ? eb.or([])
      : own === 'all'
        ? eb.and([])
        : eb.or([
            eb('channels.privacy', 'in', own.privacies),
            eb('channels.owner_id', '=', own.ownerId),
            among(own.channelIds),
          ])
  return eb.or([
    ...(anybody ? [eb('channels.privacy', '=', 'public')] : []),
    only ? eb.and([among(only), others]) : others,
  ])
}

function isSubchannelOf(parent: string): RawBuilder<SqlBool> {
  return startsWithText('name', `${parent}/`)
}

export async function listSubchannels(db: Db, parent: string): Promise<Channel[]> {
  const rows = await db
    .selectFrom('channels')
    .selectAll()
    .where(isSubchannelOf(parent))
    .orderBy('name')
    .execute()
  return rows.map(toChannel)
}

/** For work on all of them, whoever may see what. */
export async function listAllChannels(db: Db): Promise<Channel[]> {
  const rows = await db.selectFrom('channels').selectAll().orderBy('id').execute()
  return rows.map(toChannel)
}

/** The channel as it is now; until the transaction ends, nobody else changes what it serves. */
export async function lockChannel(tx: Tx, id: string): Promise<Channel | undefined> {
  const row = await tx
    .updateTable('channels')
    // a write that changes nothing holds the row on either engine
    .set((eb) => ({ revision: eb.ref('revision') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row && toChannel(row)
}

/** Channels the reader may see, by name. */
export async function listChannels(
  db: Db,
  reader: Reach,
  page: {
    offset: number
    limit: number
    q?: string | undefined
    /** `of`: those of that channel only. */
    subchannels?: 'with' | 'without' | { readonly of: string } | undefined
  },
): Promise<{ total: number; items: Channel[] }> {
  const { subchannels = 'with' } = page
  const visible = db
    .selectFrom('channels')
    .where((eb) => isWithinReach(eb, reader))
    .$if(Boolean(page.q), (query) => query.where(containsText('name', page.q ?? '')))
    .$if(subchannels === 'without', (query) => query.where('name', 'not like', '%/%'))
    .$if(typeof subchannels === 'object', (query) =>
      query.where(isSubchannelOf(typeof subchannels === 'object' ? subchannels.of : '')),
    )
  const { count } = await visible
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await visible
    .selectAll()
    // subchannels right behind their channel: `main`, `main/dev`, `main-2`
    .orderBy(sql`replace(name, '/', ' ')`)
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return { total: Number(count), items: rows.map(toChannel) }
}

/**
 * Remembers that the monolithic files of a revision are made; an older one never comes after a newer, nor one
 * that is not served yet.
 */
export async function setRenderedRevision(db: Db, id: string, revision: number, at: Date): Promise<void> {
  await db
    .updateTable('channels')
    .set({ rendered_revision: revision, rendered_at: at.getTime() })
    .where('id', '=', id)
    .where('rendered_revision', '<', revision)
    .where('revision', '>=', revision)
    .execute()
}

/**
 * Adds to the line of revisions: moves the newest from one number to the next, and what is served with it
 * unless the channel is frozen. `recordServing` of what it answers comes last in the transaction.
 * @returns the number of the revision that is served now; undefined when somebody else moved it first
 */
export async function moveRevision(
  db: Db,
  id: string,
  from: number,
  to: number,
  at: Date,
): Promise<number | undefined> {
  const row = await db
    .updateTable('channels')
    .set((eb) => ({
      newest_revision: to,
      revision: eb.case().when('frozen', '=', 1).then(eb.ref('revision')).else(to).end(),
      updated_at: at.getTime(),
    }))
    .where('id', '=', id)
    .where('newest_revision', '=', from)
    .returning('revision')
    .executeTakeFirst()
  return row?.revision
}

/**
 * Keeps what is served as it is, or serves the given revision and keeps that; its monolithic files have to be
 * there.
 */
export async function freezeAt(db: Db, id: string, revision: number | undefined, at: Date): Promise<void> {
  await setServed(db, id, { frozen: 1 }, revision, at)
}

/** Serves the newest revision again, and those that come. */
export async function thaw(db: Db, id: string, at: Date): Promise<void> {
  const { newest_revision: newest } = await db
    .selectFrom('channels')
    .select('newest_revision')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  await setServed(db, id, { frozen: 0 }, newest, at)
}

async function setServed(
  db: Db,
  id: string,
  state: { readonly frozen: number },
  revision: number | undefined,
  at: Date,
): Promise<void> {
  const isRendered = revision === 0 || (revision !== undefined && (await hasRenderedFiles(db, id, revision)))
  await db
    .updateTable('channels')
    .set({
      ...state,
      ...(revision === undefined ? {} : { revision }),
      // else the last complete ones stay until the job has made them
      ...(isRendered ? { rendered_revision: revision, rendered_at: at.getTime() } : {}),
      updated_at: at.getTime(),
    })
    .where('id', '=', id)
    .execute()
  if (revision !== undefined) await recordServing(db, id, revision, at)
}

/** They are there all or none: `render-channel.ts` adds them in one transaction. */
async function hasRenderedFiles(db: Db, channelId: string, number: number): Promise<boolean> {
  const row = await db
    .selectFrom('revision_files')
    .select('number')
    .where('channel_id', '=', channelId)
    .where('number', '=', number)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Ids of the channels whose monolithic files are behind. */
export async function listUnrenderedChannels(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('channels')
    .select('id')
    .whereRef('rendered_revision', '<', 'revision')
    .execute()
  return rows.map(({ id }) => id)
}

export async function listChannelIds(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('channels').select('id').orderBy('id').execute()
  return rows.map(({ id }) => id)
}

export async function setOwner(db: Db, id: string, ownerId: string, at: Date): Promise<void> {
  await db
    .updateTable('channels')
    .set({ owner_id: ownerId, updated_at: at.getTime() })
    .where('id', '=', id)
    .execute()
}

/** Channels of an owner, and others by their ids, by name. */
export async function listChannelsWithAccess(
  db: Db,
  ownerId: string,
  ids: readonly string[],
): Promise<Channel[]> {
  const rows = await db
    .selectFrom('channels')
    .selectAll()
    .where((eb) =>
      eb.or([eb('owner_id', '=', ownerId), ...[...inChunks(ids)].map((chunk) => eb('id', 'in', chunk))]),
    )
    .orderBy('name')
    .execute()
  return rows.map(toChannel)
}

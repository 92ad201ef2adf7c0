/**
 * The one way in which anything changes what clients see: names of a channel are marked stale, and one
 * job kind re-decides them and publishes one revision. An artifact that arrived, an edited policy, a new
 * advisory: they all end here, in the transaction of the change, and nowhere else.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { enqueue } from '../jobs/queue.ts'
import { inChunks, type Db, type Tx } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
import { markFacts } from './fact-marks.ts'
import { addCauses, withoutCauses, writeCause, type Cause, type StoredCauses } from './stale-causes.ts'
import { isStaleAsAWhole, markNamesOf } from './stale-channels.ts'

const LISTED_AT_ONCE = 2_000

export interface StaleName {
  readonly name: string
  /** Changes with every marking: clearing by it can't clear a marking that came later. */
  readonly mark: string
  /** All causes since the last publish of the name: see `readCauses`. */
  readonly stored: StoredCauses
}

/**
 * Marks names stale, also in the virtual channels that show what the channel has. The publish that follows is
 * `enqueuePublish`'s, once for many markings.
 */
export async function markStale(
  db: Db,
  channelId: string,
  names: Iterable<string>,
  cause: Cause,
): Promise<void> {
  const mark = newId()
  const unique = [...new Set(names)]
  for (const id of [channelId, ...(await listVirtualIds(db, channelId))]) {
    if (changesFacts(cause)) await markFacts(db, id, unique)
    for (const chunk of inChunks(unique)) {
      await db
        .insertInto('stale_names')
        .values(chunk.map((name) => ({ channel_id: id, name, mark, ...writeCause(cause) })))
        .onConflict((conflict) =>
          conflict.columns(['channel_id', 'name']).doUpdateSet((eb) => ({
            mark: eb.ref('excluded.mark'),
            cause: eb.ref('excluded.cause'),
            earlier_causes: addCauses('stale_names'),
          })),
        )
        .execute()
    }
  }
  await bumpDecisionEpoch(db)
}

/** Ids of the virtual channels that show what a channel has. */
async function listVirtualIds(db: Db, memberId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('virtual_members')
    .select('channel_id')
    .where('member_id', '=', memberId)
    .where('lost', 'is', null)
    .orderBy('channel_id')
    .execute()
  return rows.map((row) => row.channel_id)
}

/** Policies, exceptions and time change what is decided of the same facts. */
function changesFacts({ kind }: Cause): boolean {
  return !['policy', 'exception', 'time', 'explaining'].includes(kind)
}

/**
 * Voids the kept facts of names, in every channel that has them, without deciding them again: for what facts show and no
 * decision depends on.
 */
export async function markFactsEverywhere(db: Db, names: readonly string[]): Promise<void> {
  for (const [channelId, held] of await findHolders(db, names)) await markFacts(db, channelId, held)
  await bumpDecisionEpoch(db)
}

/** Marks everything a channel has: its policies changed. */
export async function markAllStale(db: Db, channelId: string, cause: Cause): Promise<void> {
  for (const id of [channelId, ...(await listVirtualIds(db, channelId))])
    await markNamesOf(db, id, [channelId], cause)
  await bumpDecisionEpoch(db)
}

/**
 * Marks what the members of a virtual channel have, or of it the given names: where they come from changed.
 * @param names all when absent
 */
export async function markMembersStale(
  db: Db,
  virtualId: string,
  cause: Cause,
  names?: readonly string[],
): Promise<void> {
  if (names) {
    await markStale(db, virtualId, names, cause)
    return
  }
  const members = await db
    .selectFrom('virtual_members')
    .select('member_id')
    .where('channel_id', '=', virtualId)
    .execute()
  await markNamesOf(db, virtualId, [virtualId, ...members.map((row) => row.member_id)], cause)
  await bumpDecisionEpoch(db)
}

/** What a channel shows is another revision: its virtual channels look again. */
export async function markVirtualsStale(db: Db, memberId: string, cause: Cause, at: Date): Promise<void> {
  for (const id of await listVirtualIds(db, memberId)) await markMemberStale(db, id, memberId, cause, at)
  await bumpDecisionEpoch(db)
}

/** Of one virtual channel what one member has, or had when it was lost; with the publish that follows. */
export async function markMemberStale(
  db: Db,
  virtualId: string,
  memberId: string,
  cause: Cause,
  at: Date,
): Promise<void> {
  await markNamesOf(db, virtualId, [memberId], cause)
  await enqueueOwnPublish(db, virtualId, at)
  await bumpDecisionEpoch(db)
}

/**
 * Marks the given names in every channel that has them; returns those channels.
 * @param exceptId a channel that is deciding these names at this moment
 */
export async function markStaleEverywhere(
  db: Db,
  names: readonly string[],
  cause: Cause,
  exceptId?: string,
): Promise<string[]> {
  const holders = await findHolders(db, names)
  if (exceptId !== undefined) holders.delete(exceptId)
  for (const [channelId, held] of holders) await markStale(db, channelId, held, cause)
  // also without holders: a decision of a file that arrives this moment may rest on what changed
  await bumpDecisionEpoch(db)
  return [...holders.keys()]
}

/** Of these names, those that each channel has. */
async function findHolders(db: Db, names: readonly string[]): Promise<Map<string, string[]>> {
  const holders = new Map<string, string[]>()
  for (const chunk of inChunks(names)) {
    const rows = await db
      .selectFrom('channel_files')
      .select(['channel_id', 'name'])
      .distinct()
      .where('name', 'in', chunk)
      .where('state', '=', 'present')
      .execute()
    for (const row of rows) {
      const held = holders.get(row.channel_id)
      if (held) held.push(row.name)
      else holders.set(row.channel_id, [row.name])
    }
  }
  return holders
}

/**
 * Marks one name in the channels that have it, in this one file only and in this channel only where those are
 * named; returns the channels.
 */
export async function markHoldersStale(
  db: Db,
  { name, sha256, channel }: { name: string; sha256: string | null; channel: string | null },
  cause: Cause,
): Promise<string[]> {
  const rows = await db
    .selectFrom('channel_files')
    .innerJoin('channels', 'channels.id', 'channel_files.channel_id')
    .select('channel_files.channel_id')
    .distinct()
    .where('channel_files.name', '=', name)
    .where('channel_files.state', '=', 'present')
    .$if(sha256 !== null, (query) => query.where('channel_files.sha256', '=', sha256 ?? ''))
    .$if(channel !== null, (query) => query.where('channels.name', '=', channel ?? ''))
    .execute()
  for (const row of rows) await markStale(db, row.channel_id, [name], cause)
  // also without holders: a decision of a file that arrives this moment may rest on what changed
  await bumpDecisionEpoch(db)
  return rows.map((row) => row.channel_id)
}

/** One publish waits for each channel at the most, and one runs; of its virtual channels too. */
export async function enqueuePublish(db: Db, channelId: string, now: Date): Promise<void> {
  for (const id of [channelId, ...(await listVirtualIds(db, channelId))]) await enqueueOwnPublish(db, id, now)
}

async function enqueueOwnPublish(db: Db, channelId: string, now: Date): Promise<void> {
  await enqueue(db, {
    kind: 'channel.publish',
    payload: { channel_id: channelId },
    now,
    dedupeKey: `publish:${channelId}`,
    exclusiveKey: `publish:${channelId}`,
  })
}

/** For the start of a server: whatever a killed process marked and did not come to publish. */
export async function enqueueForgottenPublishes(db: Db, now: Date): Promise<void> {
  const rows = await db
    .selectFrom('stale_names')
    .select('channel_id')
    .union(db.selectFrom('stale_channels').select('channel_id'))
    .execute()
  for (const row of rows) await enqueuePublish(db, row.channel_id, now)
}

/** By name. Some at a time, between which requests get their turn: it may be everything a channel has. */
export async function listStale(db: Db, channelId: string): Promise<StaleName[]> {
  const stale: StaleName[] = []
  for (;;) {
    const rows = await db
      .selectFrom('stale_names')
      .select(['name', 'mark', 'cause', 'earlier_causes'])
      .where('channel_id', '=', channelId)
      .where('name', '>', stale.at(-1)?.name ?? '')
      .orderBy('name')
      .limit(LISTED_AT_ONCE)
      .execute()
    stale.push(...rows.map(({ name, mark, ...stored }) => ({ name, mark, stored })))
    if (rows.length < LISTED_AT_ONCE) return stale
    await breathe()
  }
}

/** Those of the names that are stale still; they stay so until the transaction ends. */
export async function keepStale(tx: Tx, channelId: string, names: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>()
  for (const chunk of inChunks([...new Set(names)].sort())) {
    const rows = await tx
      .updateTable('stale_names')
      // a write that changes nothing holds the rows on either engine
      .set((eb) => ({ mark: eb.ref('mark') }))
      .where('channel_id', '=', channelId)
      .where('name', 'in', chunk)
      .returning('name')
      .execute()
    for (const { name } of rows) found.add(name)
  }
  return found
}

/** Once its publish has begun exactly; before, a change of everything counts as one. */
export async function countStale(db: Db, channelId: string): Promise<number> {
  const row = await db
    .selectFrom('stale_names')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('channel_id', '=', channelId)
    .executeTakeFirstOrThrow()
  return Number(row.count) + ((await isStaleAsAWhole(db, channelId)) ? 1 : 0)
}

/** Clears the markings a publish has dealt with, and leaves those that came while it ran. */
export async function clearStale(db: Db, channelId: string, stale: readonly StaleName[]): Promise<void> {
  for (const [mark, marked] of Map.groupBy(stale, (name) => name.mark)) {
    for (const chunk of inChunks(marked)) {
      const { numDeletedRows } = await db
        .deleteFrom('stale_names')
        .where('channel_id', '=', channelId)
        .where('mark', '=', mark)
        .where((eb) => eb('name', 'in', namesOf(chunk)))
        .executeTakeFirstOrThrow()
      if (Number(numDeletedRows) < chunk.length) await dropCauses(db, channelId, chunk)
    }
  }
}

/** Or the next revision would tell once more what this one tells. */
async function dropCauses(db: Db, channelId: string, stale: readonly StaleName[]): Promise<void> {
  for (const alike of Map.groupBy(
    stale,
    ({ stored }) => (stored.earlier_causes ?? '') + stored.cause,
  ).values()) {
    const { rest, isMarkedAgain } = withoutCauses(alike[0]!.stored) // no group is empty
    await db
      .updateTable('stale_names')
      .set({ earlier_causes: rest })
      .where('channel_id', '=', channelId)
      .where((eb) => eb('name', 'in', namesOf(alike)))
      .where(isMarkedAgain)
      .execute()
  }
}

function namesOf(stale: readonly StaleName[]): string[] {
  return stale.map(({ name }) => name)
}

const EPOCH = 'decision_epoch'

/** Everything remembered of decisions is void when this number has changed. */
export async function readDecisionEpoch(db: Db): Promise<string> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', EPOCH).executeTakeFirst()
  return row?.value ?? ''
}

async function bumpDecisionEpoch(db: Db): Promise<void> {
  await db
    .insertInto('settings')
    .values({ name: EPOCH, value: newId() })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
    )
    .execute()
}

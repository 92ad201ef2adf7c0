/** The SQL of virtual channels: their members, their pins, and which names the members have. */
import { containsText, inChunks, type Db, type Tx } from '../platform/database/db.ts'
import type { Channel } from './channel.ts'
import { findChannelById } from './store.ts'
import { ownerOf, type Member, type Pin } from './virtual-channel.ts'

interface MemberRow {
  readonly member_id: string
  readonly position: number
  readonly before_public: number
  readonly allowed: number
  readonly lost: string | null
  readonly lost_at: number | null
  readonly lost_name: string | null
}

async function toMember(db: Db, row: MemberRow): Promise<Member> {
  const channel = await findChannelById(db, row.member_id)
  return {
    id: row.member_id,
    name: channel?.name ?? row.lost_name ?? row.member_id,
    channel,
    position: row.position,
    beforePublic: row.before_public === 1,
    isAllowed: row.allowed === 1,
    lost:
      row.lost === null
        ? undefined
        : { how: row.lost as 'closed' | 'deleted', at: new Date(row.lost_at ?? 0) }, // only `loseMember` writes it
  }
}

/** In their order, also lost ones. */
export async function listMembers(db: Db, channelId: string): Promise<Member[]> {
  const rows = await db
    .selectFrom('virtual_members')
    .selectAll()
    .where('channel_id', '=', channelId)
    .orderBy('position')
    .execute()
  const members: Member[] = []
  for (const row of rows) members.push(await toMember(db, row))
  return members
}

export interface Membership {
  readonly virtual: Channel
  readonly member: Member
}

/** Virtual channels that a channel is a member of, by name. */
export async function listMembershipsOf(db: Db, memberId: string): Promise<Membership[]> {
  const rows = await db
    .selectFrom('virtual_members')
    .selectAll()
    .where('member_id', '=', memberId)
    .orderBy('channel_id')
    .execute()
  const found: Membership[] = []
  for (const row of rows) {
    const virtual = await findChannelById(db, row.channel_id)
    if (virtual) found.push({ virtual, member: await toMember(db, row) })
  }
  return found.sort((a, b) => (a.virtual.name < b.virtual.name ? -1 : 1))
}

/** Whoever changes what members there are, or how open channels are, does so alone: one rests on the other. */
export async function lockMemberships(tx: Tx): Promise<void> {
  await tx
    .insertInto('settings')
    .values({ name: 'memberships', value: '' })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
    )
    .execute()
}

export type PlacedMember = Pick<Member, 'id' | 'position' | 'isAllowed' | 'beforePublic'>

/** Pins to members that are no longer there go with them, and so do names that they held. */
export async function replaceMembers(
  db: Db,
  channelId: string,
  members: readonly PlacedMember[],
): Promise<void> {
  const ids = members.map(({ id }) => id)
  await db
    .deleteFrom('virtual_members')
    .where('channel_id', '=', channelId)
    .$if(ids.length > 0, (query) => query.where('member_id', 'not in', ids))
    .execute()
  if (members.length === 0) return
  await db
    .insertInto('virtual_members')
    .values(
      members.map(({ id, position, isAllowed, beforePublic }) => ({
        ...{ channel_id: channelId, member_id: id, position },
        allowed: Number(isAllowed),
        before_public: Number(beforePublic),
        ...{ lost: null, lost_at: null, lost_name: null },
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['channel_id', 'member_id'])
        .doUpdateSet((eb) => ({ position: eb.ref('excluded.position') })),
    )
    .execute()
}

export async function updateMember(
  db: Db,
  channelId: string,
  memberId: string,
  change: { readonly isAllowed?: boolean; readonly beforePublic?: true },
): Promise<void> {
  const { isAllowed, beforePublic } = change
  await db
    .updateTable('virtual_members')
    .set({
      ...(isAllowed !== undefined && { allowed: Number(isAllowed) }),
      ...(beforePublic && { before_public: 1 }),
    })
    .where('channel_id', '=', channelId)
    .where('member_id', '=', memberId)
    .execute()
}

/** A member is not shown any more: it keeps the names that it has now, and gets none that come later. */
export async function loseMember(
  db: Db,
  channelId: string,
  { id, name, lost }: Member,
  how: 'closed' | 'deleted',
  at: Date,
): Promise<void> {
  await db
    .updateTable('virtual_members')
    .set({ lost: how, lost_at: at.getTime(), lost_name: name })
    .where('channel_id', '=', channelId)
    .where('member_id', '=', id)
    .execute()
  if (lost) return // it keeps what it had when it was lost first
  await db
    .insertInto('lost_names')
    .columns(['channel_id', 'member_id', 'name'])
    .expression((eb) =>
      eb
        .selectFrom('channel_files')
        .select([eb.val(channelId).as('virtual_id'), 'channel_id', 'name'])
        .where('channel_id', '=', id)
        .groupBy(['channel_id', 'name']),
    )
    .execute()
}

export async function regainMember(db: Db, channelId: string, memberId: string): Promise<void> {
  await db
    .updateTable('virtual_members')
    .set({ lost: null, lost_at: null, lost_name: null })
    .where('channel_id', '=', channelId)
    .where('member_id', '=', memberId)
    .execute()
  await db
    .deleteFrom('lost_names')
    .where('channel_id', '=', channelId)
    .where('member_id', '=', memberId)
    .execute()
}

export async function countLostNames(db: Db, channelId: string, memberId: string): Promise<number> {
  const { count } = await db
    .selectFrom('lost_names')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('channel_id', '=', channelId)
    .where('member_id', '=', memberId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function listPins(db: Db, channelId: string): Promise<Pin[]> {
  const rows = await db
    .selectFrom('virtual_pins')
    .select(['name', 'member_id'])
    .where('channel_id', '=', channelId)
    .orderBy('name')
    .execute()
  return rows.map((row) => ({ name: row.name, memberId: row.member_id }))
}

export async function putPin(db: Db, channelId: string, pin: Pin, at: Date): Promise<void> {
  await db
    .insertInto('virtual_pins')
    .values({ channel_id: channelId, name: pin.name, member_id: pin.memberId, created_at: at.getTime() })
    .onConflict((conflict) =>
      conflict
        .columns(['channel_id', 'name'])
        .doUpdateSet((eb) => ({ member_id: eb.ref('excluded.member_id') })),
    )
    .execute()
}

/** @returns false when there was none */
export async function deletePin(db: Db, channelId: string, name: string): Promise<boolean> {
  const result = await db
    .deleteFrom('virtual_pins')
    .where('channel_id', '=', channelId)
    .where('name', '=', name)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Which member each name comes from; names that no member ever had, and that are not pinned, are left out. */
export async function findOwners(
  db: Db,
  channelId: string,
  names: readonly string[],
): Promise<Map<string, Member>> {
  const members = await listMembers(db, channelId)
  const pins = await listPins(db, channelId)
  const holders = new Map<string, Set<string>>()
  for (const chunk of inChunks(names)) {
    const rows = await db
      .selectFrom('channel_files')
      .innerJoin('virtual_members', 'virtual_members.member_id', 'channel_files.channel_id')
      .select(['channel_files.name', 'virtual_members.member_id'])
      .where('virtual_members.channel_id', '=', channelId)
      // or a channel that was closed would go on taking names
      .where('virtual_members.lost', 'is', null)
      .where('channel_files.name', 'in', chunk)
      .union(
        db
          .selectFrom('lost_names')
          .select(['name', 'member_id'])
          .where('channel_id', '=', channelId)
          .where('name', 'in', chunk),
      )
      .execute()
    for (const { name, member_id: id } of rows) {
      const known = holders.get(name)
      if (known) known.add(id)
      else holders.set(name, new Set([id]))
    }
  }
  const byId = new Map(members.map((member) => [member.id, member]))
  const owners = new Map<string, Member>()
  for (const name of names) {
    const id = ownerOf(name, members, pins, holders.get(name) ?? new Set())
    const owner = id === undefined ? undefined : byId.get(id)
    if (owner) owners.set(name, owner)
  }
  return owners
}

/** Names that a member has or had, by name; of lost ones, those that they had then. */
export async function listMemberNames(
  db: Db,
  channelId: string,
  page: {
    readonly q?: string | undefined
    /** Only what lost members had. */
    readonly lost?: boolean | undefined
    readonly offset: number
    readonly limit: number
  },
): Promise<{ total: number; names: string[] }> {
  const held = db.selectFrom('lost_names').select('name').where('channel_id', '=', channelId)
  const shown = db
    .selectFrom('channel_files')
    .select('name')
    .where('channel_id', 'in', (eb) =>
      eb
        .selectFrom('virtual_members')
        .select('member_id')
        .where('channel_id', '=', channelId)
        .where('lost', 'is', null),
    )
  const matching = db
    .selectFrom((page.lost ? held.distinct() : shown.union(held)).as('names'))
    .$if(Boolean(page.q), (query) => query.where(containsText('name', page.q ?? '')))
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching.select('name').orderBy('name').offset(page.offset).limit(page.limit).execute()
  return { total: Number(count), names: rows.map(({ name }) => name) }
}

/** Files of an owner that the virtual channel knows with other bytes, and so can't show: by name. */
export async function listLeftOut(
  db: Db,
  channelId: string,
  ownerId: string,
  names: readonly string[],
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const chunk of inChunks(names)) {
    const rows = await db
      .selectFrom('channel_files as theirs')
      .innerJoin('channel_files as ours', (join) =>
        join
          .onRef('ours.subdir', '=', 'theirs.subdir')
          .onRef('ours.filename', '=', 'theirs.filename')
          .onRef('ours.sha256', '!=', 'theirs.sha256'),
      )
      .select(['theirs.name', 'theirs.subdir', 'theirs.filename'])
      .where('ours.channel_id', '=', channelId)
      .where('theirs.channel_id', '=', ownerId)
      .where('theirs.state', '=', 'present')
      .where('theirs.name', 'in', chunk)
      .orderBy('theirs.filename')
      .execute()
    for (const { name, subdir, filename } of rows) {
      const known = found.get(name)
      if (known) known.push(`${subdir}/${filename}`)
      else found.set(name, [`${subdir}/${filename}`])
    }
  }
  return found
}

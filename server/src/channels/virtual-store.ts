/** The SQL of virtual channels: their members, their pins, and which names the members have. */
import { containsText, inChunks, type Db } from '../platform/database/db.ts'
import type { Channel } from './channel.ts'
import { findChannelById } from './store.ts'
import { ownerOf, type Member, type Pin } from './virtual-channel.ts'

export async function listMembers(db: Db, channelId: string): Promise<Member[]> {
  const rows = await db
    .selectFrom('virtual_members')
    .select(['member_id', 'position'])
    .where('channel_id', '=', channelId)
    .orderBy('position')
    .execute()
  const members: Member[] = []
  for (const { member_id: id, position } of rows) {
    const channel = await findChannelById(db, id)
    if (channel) members.push({ channel, position })
  }
  return members
}

/** Virtual channels that show what the channel has. */
export async function listVirtualsOf(db: Db, memberId: string): Promise<Channel[]> {
  const rows = await db
    .selectFrom('virtual_members')
    .innerJoin('channels', 'channels.id', 'virtual_members.channel_id')
    .select('channels.id')
    .where('virtual_members.member_id', '=', memberId)
    .orderBy('channels.name')
    .execute()
  const found = await Promise.all(rows.map(({ id }) => findChannelById(db, id)))
  return found.filter((channel) => channel !== undefined)
}

/** Pins to members that are no longer there go with them. */
export async function replaceMembers(db: Db, channelId: string, memberIds: readonly string[]): Promise<void> {
  await db
    .deleteFrom('virtual_members')
    .where('channel_id', '=', channelId)
    .$if(memberIds.length > 0, (query) => query.where('member_id', 'not in', [...memberIds]))
    .execute()
  if (memberIds.length === 0) return
  await db
    .insertInto('virtual_members')
    .values(memberIds.map((id, position) => ({ channel_id: channelId, member_id: id, position })))
    .onConflict((conflict) =>
      conflict
        .columns(['channel_id', 'member_id'])
        .doUpdateSet((eb) => ({ position: eb.ref('excluded.position') })),
    )
    .execute()
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
): Promise<Map<string, string>> {
  const members = await listMembers(db, channelId)
  const pins = await listPins(db, channelId)
  const holders = new Map<string, Set<string>>()
  for (const chunk of inChunks(names)) {
    const rows = await db
      .selectFrom('channel_files')
      .innerJoin('virtual_members', 'virtual_members.member_id', 'channel_files.channel_id')
      .select(['channel_files.name', 'channel_files.channel_id'])
      .distinct()
      .where('virtual_members.channel_id', '=', channelId)
      .where('channel_files.name', 'in', chunk)
      .execute()
    for (const { name, channel_id: id } of rows) {
      const known = holders.get(name)
      if (known) known.add(id)
      else holders.set(name, new Set([id]))
    }
  }
  const owners = new Map<string, string>()
  for (const name of names) {
    const owner = ownerOf(name, members, pins, holders.get(name) ?? new Set())
    if (owner !== undefined) owners.set(name, owner)
  }
  return owners
}

/** Names that a member has or had, by name. */
export async function listMemberNames(
  db: Db,
  channelId: string,
  page: { readonly q?: string | undefined; readonly offset: number; readonly limit: number },
): Promise<{ total: number; names: string[] }> {
  const matching = db
    .selectFrom('channel_files')
    .where('channel_id', 'in', (eb) =>
      eb.selectFrom('virtual_members').select('member_id').where('channel_id', '=', channelId),
    )
    .$if(Boolean(page.q), (query) => query.where(containsText('name', page.q ?? '')))
  const { count } = await matching
    .select((eb) => eb.fn.count<number | string>('name').distinct().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .select('name')
    .distinct()
    .orderBy('name')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
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

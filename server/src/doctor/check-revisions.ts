/** The ledger: the line of revisions, what each names, and the shards a channel may still be asked for. */
import type { Channel } from '../channels/channel.ts'
import type { Check } from './check.ts'

export async function checkLedger(check: Check, channel: Channel): Promise<void> {
  const revisions = await check.parts.db
    .selectFrom('revisions')
    .select(['number', 'created_at'])
    .where('channel_id', '=', channel.id)
    .orderBy('number')
    .execute()
  const inconsistent = (message: string): void =>
    check.add({ code: 'revision-order', where: channel.name, message, place: { channel: channel.name } })
  for (const [position, revision] of revisions.entries()) {
    const before = revisions[position - 1]
    if (!before) continue
    if (revision.created_at < before.created_at)
      inconsistent(`revision ${revision.number} is older than revision ${before.number} before it`)
    if (revision.number !== before.number + 1)
      check.add({
        code: 'revision-gap',
        where: channel.name,
        message: `the revisions between ${before.number} and ${revision.number} are not kept`,
      })
  }
  const newest = revisions.at(-1)?.number ?? 0
  if (newest > channel.newestRevision)
    inconsistent(`there is a revision ${newest}, and the newest of the channel is ${channel.newestRevision}`)
  if (
    channel.revision > channel.newestRevision ||
    (!channel.frozen && channel.revision < channel.newestRevision)
  )
    inconsistent(`the channel serves ${channel.revision}, and its newest is ${channel.newestRevision}`)
  if (channel.renderedRevision > channel.newestRevision)
    inconsistent(
      `revision ${channel.renderedRevision} is rendered, and the newest is ${channel.newestRevision}`,
    )
  for (const number of new Set([channel.revision, channel.newestRevision])) {
    if (number === 0 || revisions.some((revision) => revision.number === number)) continue
    check.add({
      code: 'revision-missing',
      where: channel.name,
      message: `the channel serves or builds upon revision ${number}, and there is no such revision`,
      place: { channel: channel.name, revision: number },
    })
  }
}

/** Every index of the revisions before the current one, and that each shard it names is there. */
export async function checkHistory(check: Check, channel: Channel): Promise<void> {
  const rows = await check.parts.db
    .selectFrom('revision_subdirs')
    .select(['number', 'subdir', 'contents_sha256', 'served_sha256'])
    .where('channel_id', '=', channel.id)
    .where('number', '<', channel.newestRevision)
    .orderBy('number')
    .orderBy('subdir')
    .execute()
  const checked = new Map<string, string | undefined>()
  for (const { number, subdir, ...row } of rows) {
    for (const sha256 of new Set([row.contents_sha256, row.served_sha256])) {
      if (!checked.has(sha256)) checked.set(sha256, await faultOfIndex(check, sha256, subdir))
      const fault = checked.get(sha256)
      if (fault === undefined) continue
      check.add({
        code: 'index-missing',
        where: `${channel.name}@${number}/${subdir}`,
        message: `the revision cannot be told any more: ${fault}`,
        place: { channel: channel.name, subdir, revision: number, sha256 },
      })
    }
  }
}

async function faultOfIndex(check: Check, sha256: string, subdir: string): Promise<string | undefined> {
  const index = await check.readIndex(sha256, subdir)
  if (!index.ok) return index.fault.message
  for (const [name, shard] of index.value) {
    const fault = check.name(shard)
    if (fault) return `shard of ${name}: ${fault.message}`
  }
  return undefined
}

const PAGE = 1000

/** Every shard a channel may be asked for is there. */
export async function checkGrantedShards(check: Check, channel: Channel): Promise<void> {
  for (let after = { subdir: '', sha256: '' }; ;) {
    const page = await check.parts.db
      .selectFrom('served_shards')
      .select(['subdir', 'sha256'])
      .where('channel_id', '=', channel.id)
      .where((eb) =>
        eb.or([
          eb('subdir', '>', after.subdir),
          eb.and([eb('subdir', '=', after.subdir), eb('sha256', '>', after.sha256)]),
        ]),
      )
      .orderBy('subdir')
      .orderBy('sha256')
      .limit(PAGE)
      .execute()
    for (const { subdir, sha256 } of page) {
      const fault = check.name(sha256)
      if (!fault) continue
      check.add({
        code: fault.kind === 'missing' ? 'granted-shard-missing' : 'shard-corrupt',
        where: `${channel.name}/${subdir}`,
        message: `a shard that clients may still ask for: ${fault.message}`,
        place: { channel: channel.name, subdir, sha256 },
      })
    }
    const last = page.at(-1)
    if (!last) return
    after = last
  }
}

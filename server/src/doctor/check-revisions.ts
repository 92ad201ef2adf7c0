/** The ledger: the line of revisions, what each names, and the shards a channel may still be asked for. */
import type { Channel } from '../channels/channel.ts'
import { findServingFault } from '../channels/serving-periods.ts'
import { findTornRevisions } from '../repodata/remake-revisions.ts'
import type { Check } from './check.ts'
import { DigestSet } from './digest-set.ts'

export async function checkLedger(check: Check, channel: Channel): Promise<void> {
  const revisions = await check.parts.db
    .selectFrom('revisions')
    .select(['number', 'created_at'])
    .where('channel_id', '=', channel.id)
    .orderBy('number')
    .execute()
  const inconsistent = (message: string, place: { readonly revision?: number } = {}): void =>
    check.add({
      code: 'revision-order',
      where: channel.name,
      message,
      place: { channel: channel.name, ...place },
    })
  for (const [position, revision] of revisions.entries()) {
    const before = revisions[position - 1]
    if (!before) continue
    if (revision.created_at < before.created_at)
      inconsistent(`revision ${revision.number} is older than revision ${before.number} before it`, {
        revision: revision.number,
      })
    if (revision.number !== before.number + 1)
      check.add({
        code: 'revision-gap',
        where: channel.name,
        message: `the revisions between ${before.number} and ${revision.number} are not kept`,
      })
  }
  const served = await findServingFault(check.parts.db, channel)
  if (served !== undefined)
    check.add({
      code: 'serving-differs',
      where: channel.name,
      message: served,
      place: { channel: channel.name },
    })
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
  for (const { number, subdir } of await findTornRevisions(check.parts.db, channel.id)) {
    check.add({
      code: 'index-missing',
      where: `${channel.name}@${number}/${subdir}`,
      message: 'the revision cannot be told any more: its row with the maps of the subdir is gone',
      place: { channel: channel.name, subdir, revision: number },
    })
  }
  const checked = new Map<string, string | undefined>()
  const grants = await loadGrants(check, channel)
  const refused = new Map<
    string,
    { readonly subdir: string; readonly name: string; readonly number: number }
  >()
  for (const { number, subdir, ...row } of rows) {
    for (const sha256 of new Set([row.contents_sha256, row.served_sha256])) {
      const isServed = sha256 === row.served_sha256
      // also when the same index was looked at as one of the contents
      const key = `${subdir} ${sha256} ${isServed ? 'served' : ''}`
      if (!checked.has(key)) {
        const fault = await faultOfIndex(check, sha256, subdir, (name, shard) => {
          if (isServed && !grants.get(subdir)?.has(shard)) refused.set(shard, { subdir, name, number })
        })
        checked.set(key, fault)
      }
      const fault = checked.get(key)
      if (fault === undefined) continue
      check.add({
        code: 'index-missing',
        where: `${channel.name}@${number}/${subdir}`,
        message: `the revision cannot be told any more: ${fault}`,
        place: { channel: channel.name, subdir, revision: number, sha256 },
      })
    }
  }
  for (const [sha256, { subdir, name, number }] of refused) {
    check.add({
      code: 'shard-not-granted',
      where: `${channel.name}@${number}/${subdir}/${name}`,
      message: `the index names the shard ${sha256}, and clients would get 404`,
      place: { channel: channel.name, subdir, name, sha256 },
    })
  }
}

/** What a channel answers with, by subdir. */
async function loadGrants(check: Check, channel: Channel): Promise<Map<string, DigestSet>> {
  const grants = new Map<string, DigestSet>()
  for await (const { subdir, sha256 } of grantsOf(check, channel)) {
    const own = grants.get(subdir) ?? new DigestSet()
    grants.set(subdir, own)
    own.add(sha256)
  }
  return grants
}

async function faultOfIndex(
  check: Check,
  sha256: string,
  subdir: string,
  onShard: (name: string, sha256: string) => void,
): Promise<string | undefined> {
  const index = await check.readIndex(sha256, subdir)
  if (!index.ok) return index.fault.message
  for (const [name, shard] of index.value) {
    onShard(name, shard)
    const fault = check.name(shard)
    if (fault) return `shard of ${name}: ${fault.message}`
  }
  return undefined
}

const PAGE = 1000

/** Every shard a channel may be asked for is there. */
export async function checkGrantedShards(check: Check, channel: Channel): Promise<void> {
  for await (const { subdir, sha256 } of grantsOf(check, channel)) {
    const fault = check.name(sha256)
    if (!fault) continue
    check.add({
      code: fault.kind === 'missing' ? 'granted-shard-missing' : 'shard-corrupt',
      where: `${channel.name}/${subdir}`,
      message: `a shard that clients may still ask for: ${fault.message}`,
      place: { channel: channel.name, subdir, sha256 },
    })
  }
}

async function* grantsOf(
  check: Check,
  channel: Channel,
): AsyncGenerator<{ readonly subdir: string; readonly sha256: string }> {
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
    yield* page
    const last = page.at(-1)
    if (!last) return
    after = last
  }
}

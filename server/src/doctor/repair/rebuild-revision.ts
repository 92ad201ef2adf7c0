/**
 * Makes the newest revision of a channel anew from what the rows say, where its own indexes or shards are lost: the best
 * maps that can be read, without the shards that can't, as one more revision in the line; and for every file that has no
 * record in it a pending change, so that the one path publishes it again, judged afresh.
 */
import type { BlobStore } from '../../blobs/blob-store.ts'
import { claimBlobs } from '../../blobs/condemned-store.ts'
import type { Channel } from '../../channels/channel.ts'
import type { ChannelFile } from '../../channels/channel-file.ts'
import { listFilesOfNames, removeFiles } from '../../channels/contents-store.ts'
import { enqueueRender } from '../../channels/enqueue-render.ts'
import { listChanges, putChanges, type PendingChange } from '../../channels/pending-changes.ts'
import { writeCause, type Cause } from '../../channels/stale-causes.ts'
import { enqueuePublish, markStale } from '../../channels/stale-names.ts'
import { recordServing } from '../../channels/serving-periods.ts'
import { moveRevision } from '../../channels/store.ts'
import { inChunks, type Db } from '../../platform/database/db.ts'
import { isExplained } from '../../repodata/explained-record.ts'
import {
  grantShards,
  insertRevision,
  listRevisions,
  listSubdirStates,
  type SubdirState,
} from '../../repodata/revision-store.ts'
import { encodeMap, type Records, type ShardMap } from '../../repodata/shard-maps.ts'
import { differenceOf } from '../check-contents.ts'
import { decodeIndex, decodeRecords, readVerified } from '../check.ts'
import type { RecordSources } from './record-sources.ts'

const MOST_REVISIONS = 50
const NAMES_AT_ONCE = 200
const CAUSE: Cause = { kind: 'repair', of: 'fsck' }

export interface Rebuilt {
  /** Undefined when somebody published meanwhile. */
  readonly revision: number | undefined
  /** Files whose record is nowhere any more: taken out, until they are uploaded or mirrored again. */
  readonly lost: readonly string[]
}

export async function rebuildRevision(
  parts: { readonly db: Db; readonly blobs: BlobStore; readonly now: () => Date },
  channel: Channel,
  sources: RecordSources,
): Promise<Rebuilt> {
  const { db, blobs } = parts
  const line = (await listRevisions(db, channel.id, { offset: 0, limit: MOST_REVISIONS })).items
  const numbers = line.map(({ number }) => number)
  const rebuild = new Rebuild({ db, blobs }, channel, sources)
  const subdirs = new Set(await subdirsOfFiles(db, channel.id))
  for (const number of numbers)
    for (const { subdir } of await listSubdirStates(db, channel.id, number)) subdirs.add(subdir)
  for (const subdir of [...subdirs].sort()) await rebuild.addSubdir(subdir, numbers)

  const number = Math.max(channel.newestRevision, ...numbers) + 1
  const at = parts.now()
  const moved = await db.transaction().execute(async (tx) => {
    const served = await moveRevision(tx, channel.id, channel.newestRevision, number, at)
    if (served === undefined) return false
    await claimBlobs(tx, blobs, rebuild.stored)
    const names = [...rebuild.stale].map((name) => ({ name, stored: writeCause(CAUSE) }))
    const revision = { channelId: channel.id, number, at, causes: [CAUSE], subdirs: rebuild.states, names }
    await insertRevision(tx, revision)
    for (const chunk of inChunks(rebuild.granted)) await grantShards(tx, channel.id, chunk, at)
    await removeFiles(tx, channel.id, rebuild.lost, at)
    await putChanges(tx, channel.id, rebuild.changes)
    await markStale(tx, channel.id, rebuild.stale, CAUSE)
    await enqueuePublish(tx, channel.id, at)
    await enqueueRender(tx, channel.id, at)
    await recordServing(tx, channel.id, served, parts.now())
    return true
  })
  return {
    revision: moved ? number : undefined,
    lost: rebuild.lost.map(({ subdir, filename }) => `${channel.name}/${subdir}/${filename}`),
  }
}

class Rebuild {
  readonly states: SubdirState[] = []
  readonly changes: Omit<PendingChange, 'id'>[] = []
  readonly lost: ChannelFile[] = []
  readonly stale = new Set<string>()
  readonly granted: { readonly subdir: string; readonly sha256: string }[] = []
  readonly stored: string[] = []
  readonly #parts: { readonly db: Db; readonly blobs: BlobStore }
  readonly #channel: Channel
  readonly #sources: RecordSources

  constructor(
    parts: { readonly db: Db; readonly blobs: BlobStore },
    channel: Channel,
    sources: RecordSources,
  ) {
    this.#parts = parts
    this.#channel = channel
    this.#sources = sources
  }

  /** @param numbers of the revisions there are, newest first */
  async addSubdir(subdir: string, numbers: readonly number[]): Promise<void> {
    const contents = await this.#bestMap(subdir, numbers, 'contentsSha256')
    const served = await this.#bestMap(subdir, numbers, 'servedSha256')
    let [contentsCount, servedCount] = [0, 0]
    const names = new Set([
      ...contents.keys(),
      ...served.keys(),
      ...(await namesOfFiles(this.#parts.db, this.#channel.id, subdir)),
    ])
    for (const chunk of inChunks([...names].sort(), NAMES_AT_ONCE)) {
      const files = (await listFilesOfNames(this.#parts.db, this.#channel.id, chunk)).filter(
        (file) => file.subdir === subdir,
      )
      const byName = Map.groupBy(files, ({ name }) => name)
      const pending = new Set(
        (await listChanges(this.#parts.db, this.#channel.id, chunk))
          .filter((change) => change.subdir === subdir)
          .map(({ filename }) => filename),
      )
      for (const name of chunk) {
        const own = await this.#readOrDrop(contents, name)
        contentsCount += own.size
        for (const record of (await this.#readOrDrop(served, name)).values())
          if (!isExplained(record)) servedCount += 1
        await this.#compare(subdir, name, own, byName.get(name) ?? [], pending)
      }
    }
    for (const sha256 of served.values()) this.granted.push({ subdir, sha256 })
    this.states.push({
      subdir,
      contentsSha256: await this.#store(subdir, contents),
      servedSha256: await this.#store(subdir, served),
      contentsCount,
      servedCount,
    })
  }

  async #compare(
    subdir: string,
    name: string,
    records: Records,
    files: readonly ChannelFile[],
    pending: ReadonlySet<string>,
  ): Promise<void> {
    const isRight = (file: ChannelFile): boolean =>
      pending.has(file.filename) || differenceOf(file, records.get(file.filename)) === undefined
    const wanted = files.filter((file) => !isRight(file))
    const present = new Set(files.map(({ filename }) => filename))
    const gone = [...records.keys()].filter((filename) => !present.has(filename) && !pending.has(filename))
    if (wanted.length === 0 && gone.length === 0) return
    this.stale.add(name)
    const found = await this.#sources.find(subdir, name, wanted)
    for (const file of wanted) {
      const record = found.get(file.filename)
      if (record) this.changes.push({ subdir, name, filename: file.filename, record: JSON.stringify(record) })
      else this.lost.push(file)
    }
    for (const filename of gone) this.changes.push({ subdir, name, filename, record: null })
  }

  async #bestMap(
    subdir: string,
    numbers: readonly number[],
    kind: 'contentsSha256' | 'servedSha256',
  ): Promise<ShardMap> {
    for (const number of numbers) {
      const states = await listSubdirStates(this.#parts.db, this.#channel.id, number)
      const state = states.find((one) => one.subdir === subdir)
      if (!state) continue
      const index = await readVerified(this.#parts.blobs, state[kind], (bytes) => decodeIndex(bytes, subdir))
      if (index.ok) return index.value
    }
    return new Map()
  }

  async #readOrDrop(map: ShardMap, name: string): Promise<Records> {
    const sha256 = map.get(name)
    if (sha256 === undefined) return new Map()
    const shard = await readVerified(this.#parts.blobs, sha256, decodeRecords)
    if (shard.ok) return shard.value
    map.delete(name)
    this.stale.add(name)
    return new Map()
  }

  async #store(subdir: string, map: ShardMap): Promise<string> {
    const sha256 = await this.#parts.blobs.putBytes(encodeMap(subdir, map))
    this.stored.push(sha256)
    return sha256
  }
}

async function subdirsOfFiles(db: Db, channelId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('channel_files')
    .select('subdir')
    .distinct()
    .where('channel_id', '=', channelId)
    .where('state', '=', 'present')
    .execute()
  return rows.map(({ subdir }) => subdir)
}

async function namesOfFiles(db: Db, channelId: string, subdir: string): Promise<string[]> {
  const rows = await db
    .selectFrom('channel_files')
    .select('name')
    .distinct()
    .where('channel_id', '=', channelId)
    .where('subdir', '=', subdir)
    .where('state', '=', 'present')
    .execute()
  return rows.map(({ name }) => name)
}

/**
 * Repairs what a check has found: from the rest where that can be done, and otherwise by putting the damaged thing aside,
 * so that clients get a clear error and never wrong bytes. Nothing here decides what is served; whatever may change that
 * goes the one path, stale names and a publish.
 *
 * In rounds, with a check before each: first what can be brought back to the byte, then what has to be made anew.
 */
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { correctArtifact, findArtifacts, markBytesGone } from '../../artifacts/store.ts'
import { findDamage, forgetDamage, markDamaged, noteDamageAction } from '../../artifacts/damage-store.ts'
import { appendEvent } from '../../audit/append-event.ts'
import type { Channel } from '../../channels/channel.ts'
import type { FileChange } from '../../channels/channel-file.ts'
import {
  awaitBytes,
  correctFile,
  findFile,
  listAwaitedFiles,
  listFilesOfNames,
  putFiles,
} from '../../channels/contents-store.ts'
import { enqueueRender } from '../../channels/enqueue-render.ts'
import { fileChange } from '../../channels/file-change.ts'
import { putChanges } from '../../channels/pending-changes.ts'
import type { Cause } from '../../channels/stale-causes.ts'
import { enqueuePublish, markStale } from '../../channels/stale-names.ts'
import { fillServingPeriods } from '../../channels/serving-periods.ts'
import { findChannelByName } from '../../channels/store.ts'
import { giveUp } from '../../jobs/queue.ts'
import type { Db } from '../../platform/database/db.ts'
import { errorText } from '../../platform/text.ts'
import { strictness } from '../../policies/policy.ts'
import { judgeFiles } from '../../repodata/judge-files.ts'
import type { BytesOnDemand } from '../../repodata/served-files.ts'
import { correctDates } from '../../repodata/remake-revisions.ts'
import { remakeFiles, type RenderParts } from '../../repodata/render-channel.ts'
import {
  correctCounts,
  deleteRevision,
  dropServedShard,
  findRevision,
  grantShards,
  listSubdirStates,
} from '../../repodata/revision-store.ts'
import { isExplained } from '../../repodata/explained-record.ts'
import { AppError } from '../../vocabulary/errors.ts'
import { remakeAdvisories } from '../../vulnerabilities/remake-advisories.ts'
import {
  decodeIndex,
  decodeRecords,
  isForbidden,
  readVerified,
  unreadable,
  type CheckParts,
} from '../check.ts'
import type { Finding, FindingCode } from '../finding.ts'
import type { Found } from '../finding-log.ts'
import { toDamaged } from '../note-damage.ts'
import { aside, left, repaired, type Outcome } from './outcome.ts'
import { keepList, quarantineBlob, quarantineFile } from './quarantine.ts'
import { rebuildRevision } from './rebuild-revision.ts'
import { RecordSources } from './record-sources.ts'
import { restoreArtifact } from './restore-artifacts.ts'
import { BlobRestorer } from './restore-blob.ts'
import { restoreChannel, restoreParents, restorePolicy, restoreSingleRow } from './restore-rows.ts'

export interface RepairParts extends CheckParts {
  readonly rendering: RenderParts
  readonly now: () => Date
  readonly actorId?: string | undefined
  /** Fetches a file from the upstream of its mirror, verified by its record. */
  readonly onDemand: BytesOnDemand
}

export interface Repair extends Outcome {
  readonly finding: Finding
}

const CAUSE: Cause = { kind: 'repair', of: 'fsck' }
/** What is more than this is left to the mirror, which does it side by side. */
const MOST_FETCHED = 500

/** Of files that are made of the shards of a revision: their turn is when these are there again. */
const MADE_OF_SHARDS: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'rendered-file-missing',
  'rendered-file-corrupt',
  'rendered-file-differs',
  'not-rendered',
])

/** Of lost records. */
const MOST_TOLD = 20
/** So many of the repairs of one round are in the audit log. */
const TOLD_REPAIRS = 20

/**
 * @param round from 1: what was tried in vain to bring back is made anew in the second
 * @param onRepair is told what came of each
 */
export async function repairStorage(
  parts: RepairParts,
  findings: Iterable<Found>,
  round: number,
  onRepair: (repair: Repair) => void,
): Promise<void> {
  const run = new RepairRun(parts, round)
  let repairs = 0
  const first: string[] = []
  for (const ofShards of [false, true]) {
    for (const { finding } of findings) {
      if (MADE_OF_SHARDS.has(finding.code) !== ofShards) continue
      let repair: Repair
      try {
        repair = { finding, ...(await run.repair(finding)) }
      } catch (error) {
        repair = { finding, outcome: 'left', message: `it could not be repaired: ${errorText(error)}` }
      }
      onRepair(repair)
      if (repair.outcome === 'left') continue
      repairs += 1
      if (first.length < TOLD_REPAIRS) first.push(`${repair.outcome}: ${finding.code} ${finding.where}`)
    }
  }
  if (repairs === 0) return
  await parts.db.transaction().execute((tx) =>
    appendEvent(tx, {
      at: parts.now(),
      actorId: parts.actorId,
      action: 'storage.repaired',
      target: 'storage',
      details: { repairs, first },
    }),
  )
}

interface ChannelRepair {
  readonly channel: Channel
  readonly sources: RecordSources
  readonly restorer: BlobRestorer
}

class RepairRun {
  readonly #parts: RepairParts
  readonly #round: number
  #fetched = 0
  #remadeAdvisories: Promise<number> | undefined
  readonly #channels = new Map<string, Promise<ChannelRepair>>()
  readonly #rebuilt = new Map<string, Promise<Outcome>>()
  readonly #remade = new Map<string, Promise<Outcome>>()

  constructor(parts: RepairParts, round: number) {
    this.#parts = parts
    this.#round = round
  }

  repair(finding: Finding): Promise<Outcome> | Outcome {
    const { sha256, path, name } = finding.place ?? {}
    switch (finding.code) {
      case 'database-corrupt':
        return left('restore a backup of the database')
      case 'channel-missing':
        return restoreChannel(this.#parts, finding.place?.channel)
      case 'channel-differs':
        return left('say again who may see it, on its page or with PUT /api/channels/NAME')
      case 'policy-differs':
        return restorePolicy(this.#parts, finding.place?.id ?? '')
      case 'serving-differs':
        return this.#fillServing(finding)
      case 'row-missing':
        return restoreSingleRow(this.#parts, finding.where)
      case 'audit-broken':
        return left('nothing can make an event again: compare with what was exported, or restore a backup')
      case 'not-decidable':
        return left('save the policy again, or take it off the channel')
      case 'foreign-key-broken':
        return restoreParents(this.#parts, finding.where)
      case 'package-corrupt':
      case 'package-missing':
        return this.#bringPackage(finding, sha256!) // these findings name it
      case 'artifact-differs':
        return this.#correctArtifact(sha256!)
      case 'blob-corrupt':
        return this.#putAside(sha256!)
      case 'index-corrupt':
      case 'index-missing':
      case 'shard-corrupt':
      case 'shard-missing':
      case 'granted-shard-missing':
        return this.#restore(finding)
      case 'revision-order':
        return finding.place?.revision === undefined ? this.#rebuild(finding) : this.#correctDates(finding)
      case 'revision-missing':
        return this.#rebuild(finding)
      case 'record-without-row':
        return this.#restoreRow(finding)
      case 'file-not-in-contents':
        return this.#restoreRecord(finding)
      case 'record-differs':
        return this.#correctRow(finding)
      case 'decision-differs':
        return this.#decideAgain(finding)
      case 'file-undecided':
      case 'served-differs':
      case 'change-not-stale':
      case 'not-scheduled':
        return this.#publishAgain(finding, name)
      case 'change-differs':
        return this.#rebuild(finding)
      case 'count-differs':
        return this.#correctCounts(finding)
      case 'shard-not-granted':
        return this.#grant(finding)
      case 'rendered-file-missing':
      case 'rendered-file-corrupt':
      case 'rendered-file-differs':
      case 'not-rendered':
        return this.#renderAgain(finding)
      case 'job-malformed':
        return this.#giveUpJob(finding)
      case 'stray-file':
        return this.#putFileAside(path!)
      case 'stray-object':
        return left('nothing in a bucket is deleted that may be somebody else’s: look, and delete it there')
      case 'leftover-file':
        return this.#removeLeftover(path!)
      case 'no-administrator':
        return left('make one')
      case 'revision-gap':
      case 'unreferenced-blob':
        return left('nothing is wrong')
    }
  }

  /**
   * What is kept back by now is published so. What would be let through is not: the reason may be that a rule was lost,
   * and then a publish would make that the truth.
   */
  async #decideAgain(finding: Finding): Promise<Outcome> {
    const { subdir, name = '', filename } = finding.place ?? {}
    const found = await this.#channel(finding.place?.channel)
    if (!found) return left('the channel is gone')
    const { db, now } = this.#parts
    const file = (await listFilesOfNames(db, found.channel.id, [name])).find(
      (one) => one.subdir === subdir && one.filename === filename,
    )
    // advisories and what follows from them: compared only when something is let through that should not be
    this.#remadeAdvisories ??= remakeAdvisories(db, now())
    await this.#remadeAdvisories
    const judged = file && (await judgeFiles(db, found.channel, [file], now())).get(file.id)
    if (!file || !judged) return left('the file is gone')
    if (file.effect === judged.decision.effect) {
      await this.#publishAgain(finding, name)
      return repaired('what it was decided by was made again from what feeds said')
    }
    if (file.effect && strictness(judged.decision.effect) < strictness(file.effect)) {
      return left(
        'what kept it back was lost: put the policy, its assignment, the advisory or the mapping back; ' +
          'if it is right so, assign the policy anew, which decides all files afresh',
      )
    }
    return this.#publishAgain(finding, name)
  }

  async #putAside(sha256: string): Promise<Outcome> {
    const path = await quarantineBlob(this.#parts, sha256)
    return path ? repaired(`it is in ${path} now`) : repaired('it is gone already')
  }

  async #putFileAside(path: string): Promise<Outcome> {
    return repaired(`it is in ${await quarantineFile(this.#parts.dataFolder, path)} now`)
  }

  async #removeLeftover(path: string): Promise<Outcome> {
    if (!this.#parts.isStopped) return left('it may be a file that is arriving at a server at work')
    await rm(join(this.#parts.dataFolder, path), { force: true })
    return repaired('it is gone')
  }

  /** The bytes come again from a mirror of the file, or from whoever uploads it again. */
  async #bringPackage(finding: Finding, sha256: string): Promise<Outcome> {
    const { db, now } = this.#parts
    // somebody may have stored it again since it was looked at, or only the row may be wrong: a light check reads no bytes
    if (await this.#isWhole(sha256)) {
      await forgetDamage(db, [sha256])
      return this.#correctArtifact(sha256)
    }
    const path = await quarantineBlob(this.#parts, sha256)
    const where = path ? `the damaged bytes are in ${path} now; ` : ''
    await markDamaged(db, toDamaged(finding), now())
    const mirrors = await db.selectFrom('mirrors').select('id').execute()
    const comes = await db.transaction().execute(async (tx) => {
      const ids = mirrors.map(({ id }) => id)
      if (!(await awaitBytes(tx, sha256, ids))) return false
      await markBytesGone(tx, [sha256])
      return true
    })
    if (!comes) {
      const known = (await findDamage(db, [sha256])).get(sha256)
      // a second round finds that it is missing, which is no news
      if (path || known?.state !== 'aside') {
        const action = `${where}it has no mirror to come from`
        await noteDamageAction(db, sha256, { state: 'aside', action }, now())
      }
      return aside(`${where}upload the same file again: clients get an error until then`)
    }
    const outcome = await this.#fetchAgain(sha256, where)
    // of bytes that came there is no mark any more
    await noteDamageAction(db, sha256, { state: 'awaited', action: outcome.message }, now())
    return outcome
  }

  async #isWhole(sha256: string): Promise<boolean> {
    const { blobs } = this.#parts
    const hash = createHash('sha256')
    try {
      if (!(await blobs.stat(sha256))) return false
      for await (const chunk of (await blobs.open(sha256)) as AsyncIterable<Uint8Array>) hash.update(chunk)
    } catch (error) {
      if (isForbidden(error)) throw error // the bytes may be whole: whoever runs this may not read them
      unreadable(error)
      return false
    }
    return hash.digest('hex') === sha256
  }

  /** From the upstream of its mirror, and only the very bytes that the record names. */
  async #fetchAgain(sha256: string, where: string): Promise<Outcome> {
    const { db, onDemand } = this.#parts
    const later = 'with the next run of the mirror or when a client asks'
    if (this.#fetched >= MOST_FETCHED)
      return repaired(`${where}the bytes come again from the mirror, ${later}`)
    this.#fetched += 1
    const faults: string[] = []
    for (const { channel, file } of await listAwaitedFiles(db, sha256)) {
      try {
        await onDemand.bring(channel, file)
        return repaired(
          `${where}the bytes came again from the mirror ${file.origin.name}, with the same sha256`,
        )
      } catch (error) {
        if (!(error instanceof AppError) || error.code === 'shutting-down') throw error
        faults.push(error.message)
      }
    }
    return aside(`${where}${faults.join('; ')}; it is tried again ${later}`)
  }

  async #correctArtifact(sha256: string): Promise<Outcome> {
    const md5 = createHash('md5')
    let size = 0
    for await (const chunk of (await this.#parts.blobs.open(sha256)) as AsyncIterable<Uint8Array>) {
      md5.update(chunk)
      size += chunk.byteLength
    }
    await correctArtifact(this.#parts.db, sha256, { size, md5: md5.digest('hex') })
    return repaired('the database says now what the bytes are')
  }

  async #fillServing(finding: Finding): Promise<Outcome> {
    const found = await this.#channel(finding.place?.channel)
    if (!found) return left('the channel is gone')
    const { db, now } = this.#parts
    const isWhole = await db.transaction().execute((tx) => fillServingPeriods(tx, found.channel, now()))
    return isWhole
      ? repaired('its past is told by when its revisions were made')
      : left('what was served then cannot be told any more')
  }

  async #restore(finding: Finding): Promise<Outcome> {
    const { channel: channelName, subdir = '', name, sha256 = '', revision } = finding.place ?? {}
    const found = await this.#channel(channelName)
    if (!found) return left('the channel is gone')
    const { channel, restorer } = found
    const { blobs, db } = this.#parts
    const isIndex = finding.code.startsWith('index')
    const decode = isIndex ? (bytes: Uint8Array) => decodeIndex(bytes, subdir) : decodeRecords
    if (sha256 === '' && revision !== undefined) return this.#endRevision(finding, channel, revision)
    const sound = await readVerified<unknown>(blobs, sha256, decode)
    // an index that is whole itself may name a shard that is gone
    if (sound.ok && !isIndex) return repaired('it is right again')
    if (!sound.ok) {
      if (sound.fault.kind === 'corrupt') await quarantineBlob(this.#parts, sha256)
      const isBack = isIndex
        ? await restorer.restoreIndex(subdir, sha256, revision)
        : await restorer.restoreShard(subdir, name, sha256, revision)
      if (isBack) return repaired('its bytes were made again from the records')
    } else if (
      await this.#restoreShards(restorer, subdir, sound.value as ReadonlyMap<string, string>, revision)
    )
      return repaired('the bytes of its shards were made again from the records')
    if (finding.code === 'granted-shard-missing' || (revision === undefined && name === undefined)) {
      if (this.#round === 1) return left('to be tried again when the rest is repaired')
      await dropServedShard(db, channel.id, subdir, sha256)
      return repaired('no index names it any more: clients get a plain 404, and the new index')
    }
    if (this.#round === 1) return left('its very bytes cannot be had; the revision has to be made anew')
    return this.#endRevision(finding, channel, revision)
  }

  /** Of one that cannot be told any more; the newest is made anew. */
  async #endRevision(finding: Finding, channel: Channel, revision: number | undefined): Promise<Outcome> {
    if (revision === undefined || revision >= channel.newestRevision) return this.#rebuild(finding)
    if (revision === channel.revision || revision === channel.renderedRevision)
      return left(
        'it is of the revision that is served: unfreeze the channel, or roll it back, and repair again',
      )
    await deleteRevision(this.#parts.db, channel.id, revision)
    return aside(
      `revision ${revision} cannot be told any more and has ended; clients that ask for it are told so`,
    )
  }

  async #restoreShards(
    restorer: BlobRestorer,
    subdir: string,
    shards: ReadonlyMap<string, string>,
    revision: number | undefined,
  ): Promise<boolean> {
    let allThere = true
    for (const [name, sha256] of shards) {
      const shard = await readVerified(this.#parts.blobs, sha256, decodeRecords)
      if (shard.ok) continue
      if (shard.fault.kind === 'corrupt') await quarantineBlob(this.#parts, sha256)
      if (!(await restorer.restoreShard(subdir, name, sha256, revision))) allThere = false
    }
    return allThere
  }

  async #correctDates(finding: Finding): Promise<Outcome> {
    const found = await this.#channel(finding.place?.channel)
    if (!found) return left('the channel is gone')
    await this.#parts.db.transaction().execute((tx) => correctDates(tx, found.channel.id))
    return repaired('revisions are as old now as it is told when they were served')
  }

  async #rebuild(finding: Finding): Promise<Outcome> {
    const found = await this.#channel(finding.place?.channel)
    if (!found) return left('the channel is gone')
    const { channel, sources } = found
    const isThere = await findRevision(this.#parts.db, channel.id, finding.place?.revision ?? 0)
    if (finding.code === 'revision-missing' && isThere) return repaired('its row was made again')
    if (finding.code === 'revision-missing' && finding.place?.revision !== channel.newestRevision)
      return left('it is of the revision that is served: unfreeze the channel, or roll it back')
    let rebuilding = this.#rebuilt.get(channel.id)
    if (!rebuilding) {
      rebuilding = rebuildRevision(this.#parts, channel, sources).then(async ({ revision, lost }) => {
        if (revision === undefined) return left('the channel was published meanwhile: check again')
        const made = `revision ${revision} was made anew from what the database says`
        return lost.length === 0
          ? repaired(made)
          : aside(
              `${made}; the records of ${await this.#tellLost(lost)} are lost: upload or mirror them again`,
            )
      })
      this.#rebuilt.set(channel.id, rebuilding)
    }
    return rebuilding
  }

  /** Each finding of the channel says it: of thousands there is a list of their own. */
  async #tellLost(lost: readonly string[]): Promise<string> {
    if (lost.length <= MOST_TOLD) return lost.join(', ')
    const path = await keepList(this.#parts.dataFolder, 'lost-records.txt', lost)
    return `${lost.slice(0, MOST_TOLD).join(', ')} and others, ${lost.length} in all (${path} names them)`
  }

  /** A record in a shard whose row was dropped. */
  async #restoreRow(finding: Finding): Promise<Outcome> {
    const { subdir = '', name = '', filename = '' } = finding.place ?? {}
    const found = await this.#channel(finding.place?.channel)
    const change = found && (await this.#changeOf(found.channel, subdir, name, filename))
    if (!found || !change) return left('its record cannot be read')
    const { db } = this.#parts
    if (!(await findArtifacts(db, [change.sha256])).has(change.sha256))
      await restoreArtifact(this.#parts, change)
    const known = await findFile(db, found.channel.id, subdir, filename)
    await db.transaction().execute(async (tx) => {
      // there under another name, as a row whose name was damaged is
      if (known?.state === 'present') await correctFile(tx, found.channel.id, change)
      else await putFiles(tx, found.channel.id, [change], this.#parts.now())
      await this.#republish(tx, found.channel, [name, ...(known ? [known.name] : [])])
    })
    return repaired('the row was made again from the record')
  }

  async #correctRow(finding: Finding): Promise<Outcome> {
    const { subdir = '', name = '', filename = '' } = finding.place ?? {}
    const found = await this.#channel(finding.place?.channel)
    const change = found && (await this.#changeOf(found.channel, subdir, name, filename))
    if (!found || !change) return left('its record cannot be read')
    const { db } = this.#parts
    if (!(await findArtifacts(db, [change.sha256])).has(change.sha256))
      await restoreArtifact(this.#parts, change)
    await db.transaction().execute(async (tx) => {
      await correctFile(tx, found.channel.id, change)
      await this.#republish(tx, found.channel, [name])
    })
    return repaired('the row says now what the record says')
  }

  /** What a file is by its record in the contents shard of the newest revision. */
  async #changeOf(
    channel: Channel,
    subdir: string,
    name: string,
    filename: string,
  ): Promise<FileChange | undefined> {
    const { db, blobs } = this.#parts
    const states = await listSubdirStates(db, channel.id, channel.newestRevision)
    const state = states.find((one) => one.subdir === subdir)
    const index =
      state && (await readVerified(blobs, state.contentsSha256, (bytes) => decodeIndex(bytes, subdir)))
    const shardSha256 = index?.ok ? index.value.get(name) : undefined
    const shard =
      shardSha256 === undefined ? undefined : await readVerified(blobs, shardSha256, decodeRecords)
    const record = shard?.ok ? shard.value.get(filename) : undefined
    const sha256 = record?.['sha256']
    if (!record || typeof sha256 !== 'string') return undefined
    const { md5, size, indexed_timestamp: indexedMs } = record
    return fileChange({
      subdir,
      filename,
      record,
      bytes: {
        sha256,
        md5: typeof md5 === 'string' ? md5 : '',
        size: typeof size === 'number' ? size : 0,
        indexedMs: typeof indexedMs === 'number' ? indexedMs : this.#parts.now().getTime(),
      },
      verifiedBy: 'sha256',
      origin: { kind: 'upload', id: '', name: 'repair' },
    })
  }

  async #restoreRecord(finding: Finding): Promise<Outcome> {
    const { subdir = '', name = '', filename = '' } = finding.place ?? {}
    const found = await this.#channel(finding.place?.channel)
    if (!found) return left('the channel is gone')
    const { channel, sources } = found
    const files = (await listFilesOfNames(this.#parts.db, channel.id, [name])).filter(
      (file) => file.subdir === subdir && file.filename === filename,
    )
    const record = (await sources.find(subdir, name, files)).get(filename)
    if (!record) return left('its record is nowhere any more: upload the file again')
    await this.#parts.db.transaction().execute(async (tx) => {
      await putChanges(tx, channel.id, [{ subdir, name, filename, record: JSON.stringify(record) }])
      await this.#republish(tx, channel, [name])
    })
    return repaired('its record goes into the next revision')
  }

  async #publishAgain(finding: Finding, name: string | undefined): Promise<Outcome> {
    const found = await this.#channel(finding.place?.channel)
    if (!found) return left('the channel is gone')
    await this.#parts.db
      .transaction()
      .execute((tx) => this.#republish(tx, found.channel, name === undefined ? [] : [name]))
    return repaired('it is decided and published afresh')
  }

  async #republish(tx: Db, channel: Channel, names: readonly string[]): Promise<void> {
    await markStale(tx, channel.id, names, CAUSE)
    await enqueuePublish(tx, channel.id, this.#parts.now())
  }

  async #correctCounts(finding: Finding): Promise<Outcome> {
    const { subdir = '' } = finding.place ?? {}
    const found = await this.#channel(finding.place?.channel)
    if (!found) return left('the channel is gone')
    const { db } = this.#parts
    const { id, newestRevision } = found.channel
    const state = (await listSubdirStates(db, id, newestRevision)).find((one) => one.subdir === subdir)
    if (!state) return left('the revision is gone')
    const contentsCount = await this.#count(state.contentsSha256, subdir)
    const servedCount = await this.#count(state.servedSha256, subdir)
    if (contentsCount === undefined || servedCount === undefined) return left('its shards cannot be read')
    await correctCounts(db, id, newestRevision, { subdir, contentsCount, servedCount })
    return repaired('the counts are those of the shards')
  }

  async #count(sha256: string, subdir: string): Promise<number | undefined> {
    const { blobs } = this.#parts
    const index = await readVerified(blobs, sha256, (bytes) => decodeIndex(bytes, subdir))
    if (!index.ok) return undefined
    let count = 0
    for (const shard of index.value.values()) {
      const records = await readVerified(blobs, shard, decodeRecords)
      if (!records.ok) return undefined
      for (const record of records.value.values()) if (!isExplained(record)) count += 1
    }
    return count
  }

  async #grant(finding: Finding): Promise<Outcome> {
    const { subdir = '', sha256 = '' } = finding.place ?? {}
    const found = await this.#channel(finding.place?.channel)
    if (!found) return left('the channel is gone')
    await grantShards(this.#parts.db, found.channel.id, [{ subdir, sha256 }], this.#parts.now())
    return repaired('clients get it')
  }

  async #renderAgain(finding: Finding): Promise<Outcome> {
    const { revision = 0, sha256 } = finding.place ?? {}
    const found = await this.#channel(finding.place?.channel)
    if (!found) return left('the channel is gone')
    const { channel } = found
    // of a row that states another size the bytes may be right, and others may have them too
    if (sha256 !== undefined && finding.code === 'rendered-file-corrupt' && !(await this.#isWhole(sha256)))
      await quarantineBlob(this.#parts, sha256)
    const key = `${channel.id}@${revision}`
    let remaking = this.#remade.get(key)
    if (!remaking) {
      remaking = this.#remake(channel, revision)
      this.#remade.set(key, remaking)
    }
    return remaking
  }

  async #remake(channel: Channel, revision: number): Promise<Outcome> {
    const { db, rendering } = this.#parts
    if (revision > 0 && (await findRevision(db, channel.id, revision)))
      await remakeFiles(rendering, channel, revision)
    if (channel.renderedRevision < channel.revision) await enqueueRender(db, channel.id, this.#parts.now())
    return repaired('the files were made again from the shards')
  }

  async #giveUpJob(finding: Finding): Promise<Outcome> {
    await giveUp(this.#parts.db, finding.where.replace(/^job /, ''), finding.message, this.#parts.now())
    return repaired('it counts as failed')
  }

  #channel(name: string | undefined): Promise<ChannelRepair | undefined> {
    if (name === undefined) return Promise.resolve(undefined)
    const known = this.#channels.get(name)
    if (known) return known
    const loading = findChannelByName(this.#parts.db, name).then((channel) => {
      if (!channel) throw new Error(`there is no channel ${name}`)
      const sources = new RecordSources(this.#parts, channel)
      return { channel, sources, restorer: new BlobRestorer(this.#parts, channel, sources) }
    })
    this.#channels.set(name, loading)
    return loading
  }
}

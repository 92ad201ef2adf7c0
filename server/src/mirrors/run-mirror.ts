/**
 * One run of a mirror: plan (plan-mirror.ts), download and verify, put what is complete into the
 * channel, take out what the upstream no longer has, publish once.
 *
 * Files enter the channel in batches, each in one transaction after its bytes are durable. A run that is
 * killed therefore loses at most the batch it was in, and the next run finds the rest done.
 */
import { appendEvent } from '../audit/append-event.ts'
import { announceArtifacts, findArtifacts, recordArtifacts } from '../artifacts/store.ts'
import { claimBlobs } from '../blobs/condemned-store.ts'
import type { Channel } from '../channels/channel.ts'
import type { FileChange, Origin, VerifiedBy } from '../channels/channel-file.ts'
import { putFiles, removeFiles } from '../channels/contents-store.ts'
import { fileChange } from '../channels/file-change.ts'
import type { Cause } from '../channels/stale-causes.ts'
import { enqueuePublish, markStale } from '../channels/stale-names.ts'
import { findChannelById } from '../channels/store.ts'
import type { JobRun } from '../jobs/runner.ts'
import type { Db } from '../platform/database/db.ts'
import { errorText } from '../platform/text.ts'
import { putRecordSignatures } from '../signatures/store.ts'
import { AppError } from '../vocabulary/errors.ts'
import { ArrivalBatch, type Arrival } from './arrival-batch.ts'
import { removedDetails, type Mirror } from './mirror.ts'
import { planMirror } from './plan-mirror.ts'
import type { AnnouncedFile, PlannedFile, Rejection, SubdirPlan } from './plan-subdir.ts'
import { ProgressMeter } from './progress.ts'
import { findMirror, replaceRejections, setMirrorState } from './store.ts'
import { transferFile, type Transfer, type TransferParts } from './transfer-file.ts'
import { openUpstreamOf } from './open-upstream.ts'
import type { Upstream, UpstreamRules } from './upstream.ts'

export interface MirrorParts extends TransferParts {
  readonly db: Db
  readonly now: () => Date
  readonly upstreamRules: UpstreamRules
  /** Files downloaded at the same time. */
  readonly downloads: number
}

export interface MirrorResult {
  readonly added: number
  readonly renewed: number
  readonly removed: number
  readonly unchanged: number
  readonly rejected: number
  readonly filtered: number
  readonly bytes: number
}

const BATCH_FILES = 64
const PROGRESS_MS = 250
/** So many transfers in a row that failed, each tried three times. */
const FAILURES_MEAN_GONE = 48

export async function runMirror(
  parts: MirrorParts,
  payload: { mirror_id: string; accept_shrink: boolean },
  run: JobRun,
): Promise<MirrorResult | undefined> {
  const mirror = await findMirror(parts.db, payload.mirror_id)
  const channel = mirror && (await findChannelById(parts.db, mirror.channelId))
  if (!mirror || !channel) return undefined // deleted since it was asked for
  await setMirrorState(parts.db, mirror.id, { state: 'running', jobId: run.id, runAt: parts.now() })
  try {
    const result = await new MirrorRun(parts, channel, mirror, run, payload.accept_shrink).run()
    await parts.db.transaction().execute(async (tx) => {
      await setMirrorState(tx, mirror.id, { state: 'completed', successAt: parts.now() })
      await record(tx, parts, 'mirror.completed', channel, mirror, { ...result })
    })
    return result
  } catch (error) {
    if (!(await findMirror(parts.db, mirror.id))) return undefined // dropped while it ran
    const shuttingDown = run.signal.aborted && run.signal.reason instanceof AppError
    const state = shuttingDown ? 'pending' : run.signal.aborted ? 'stopped' : 'failed'
    const cause = state === 'failed' ? { cause: errorText(error) } : {}
    await parts.db.transaction().execute(async (tx) => {
      await setMirrorState(tx, mirror.id, { state, ...cause })
      // who stopped it has an event of their own, and a run that waits for the next start goes on
      if (state === 'failed') await record(tx, parts, 'mirror.failed', channel, mirror, cause)
    })
    throw error
  }
}

async function record(
  tx: Db,
  { now }: MirrorParts,
  action: 'mirror.completed' | 'mirror.failed',
  channel: Channel,
  mirror: Mirror,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  await appendEvent(tx, {
    ...{ at: now(), actorId: undefined, action, target: `${channel.name}/${mirror.name}` },
    details: { mirror_id: mirror.id, ...details },
  })
}

function verifiedByOf({ bound, declaredSha256 }: SubdirPlan['renewals'][number]): VerifiedBy {
  if (bound.announced) return 'announced'
  return declaredSha256 === undefined ? 'md5' : 'sha256'
}

class MirrorRun {
  readonly #parts: MirrorParts
  readonly #channel: Channel
  readonly #mirror: Mirror
  readonly #run: JobRun
  readonly #acceptShrink: boolean
  readonly #meter: ProgressMeter
  readonly #origin: Origin
  readonly #cause: Cause
  readonly #rejections: Rejection[] = []
  #bytes = 0
  #failuresInARow = 0
  #added = 0

  constructor(parts: MirrorParts, channel: Channel, mirror: Mirror, run: JobRun, acceptShrink: boolean) {
    this.#parts = parts
    this.#channel = channel
    this.#mirror = mirror
    this.#run = run
    this.#acceptShrink = acceptShrink
    this.#meter = new ProgressMeter(parts.now)
    this.#origin = { kind: 'mirror', id: mirror.id, name: mirror.name }
    this.#cause = { kind: 'mirror', mirror: mirror.name, job: run.id }
  }

  async run(): Promise<MirrorResult> {
    const reporter = setInterval(() => this.#run.reportProgress(this.#meter.snapshot()), PROGRESS_MS)
    try {
      const upstream = await openUpstreamOf(this.#mirror, this.#parts.upstreamRules)
      const plans = await this.#plan(upstream)
      await this.#announce(plans)
      await this.#download(upstream, plans)
      await this.#renew(plans)
      await this.#remove(plans)
      await replaceRejections(this.#parts.db, this.#mirror.id, this.#rejections, this.#parts.now())
      this.#meter.startStep('done')
      return this.#result(plans)
    } finally {
      // also after a stop or a failure, and for what a killed run left: it is whole, and people wait for it
      await this.#publish()
      clearInterval(reporter)
      this.#run.reportProgress(this.#meter.snapshot())
    }
  }

  async #plan(upstream: Upstream): Promise<SubdirPlan[]> {
    const plans = await planMirror({
      ...{ upstream, db: this.#parts.db, channel: this.#channel, mirror: this.#mirror },
      ...{ acceptShrink: this.#acceptShrink, signal: this.#run.signal },
      onIndex: (subdir) => this.#meter.startStep(`reading the index of ${subdir}`),
    })
    this.#rejections.push(...plans.flatMap(({ rejections }) => rejections))
    const downloads = plans.flatMap((plan) => plan.downloads)
    this.#meter.expect(
      downloads.length,
      downloads.reduce((sum, file) => sum + (file.declaredSize ?? 0), 0),
    )
    return plans
  }

  async #download(upstream: Upstream, plans: readonly SubdirPlan[]): Promise<void> {
    this.#meter.startStep('downloading')
    const queue = plans.flatMap((plan) => plan.downloads).values()
    const batch = new ArrivalBatch(this.#parts.now, (arrivals) => this.#commit(arrivals))
    const failure = new AbortController()
    const signal = AbortSignal.any([this.#run.signal, failure.signal])
    const worker = async (): Promise<void> => {
      try {
        for (const file of queue) await this.#fetchOne(upstream, file, batch, signal)
      } catch (error) {
        failure.abort(error) // what stopped one transfer (a full disk, a stop) stops all
        throw error
      }
    }
    try {
      const workers = await Promise.allSettled(Array.from({ length: this.#parts.downloads }, worker))
      if (failure.signal.aborted) throw failure.signal.reason
      for (const ended of workers) if (ended.status === 'rejected') throw ended.reason
    } finally {
      await batch.flush()
    }
  }

  async #fetchOne(
    upstream: Upstream,
    file: PlannedFile,
    batch: ArrivalBatch,
    signal: AbortSignal,
  ): Promise<void> {
    const transfer = await transferFile(this.#parts, upstream, file, signal, (count) => {
      this.#bytes += count
      this.#meter.addBytes(count)
    })
    this.#meter.endFile(`${file.subdir}/${file.filename}`, !transfer.ok)
    if (transfer.ok) await batch.add({ file, artifact: transfer.artifact, verifiedBy: transfer.verifiedBy })
    else this.#rejections.push(transfer.rejection)
    this.#requireUpstream(upstream, transfer)
  }

  /** A file here and there that does not come is a rejection; one after the other is an upstream that is gone. */
  #requireUpstream(upstream: Upstream, transfer: Transfer): void {
    const failed = !transfer.ok && transfer.rejection.code === 'transfer-failed'
    this.#failuresInARow = failed ? this.#failuresInARow + 1 : 0
    if (this.#failuresInARow < FAILURES_MEAN_GONE) return
    throw new AppError(
      'upstream-unreachable',
      `${upstream.description} stopped answering: ${this.#failuresInARow} files in a row did not come, ` +
        `the last because ${transfer.ok ? '' : transfer.rejection.message}. What came is kept; run the mirror again`,
    )
  }

  async #commit(arrivals: readonly Arrival[]): Promise<void> {
    const at = this.#parts.now()
    await this.#parts.db.transaction().execute(async (tx) => {
      await claimBlobs(
        tx,
        this.#parts.blobs,
        arrivals.map(({ artifact }) => artifact.sha256),
      )
      await recordArtifacts(
        tx,
        arrivals.map(({ file, artifact }) => ({
          ...artifact,
          upstreamIndexedMs: file.record.indexed_timestamp ?? undefined,
        })),
        at,
      )
      const stored = await findArtifacts(
        tx,
        arrivals.map(({ artifact }) => artifact.sha256),
      )
      const changes = arrivals.map(({ file, artifact, verifiedBy }) =>
        fileChange({
          subdir: file.subdir,
          filename: file.filename,
          record: file.record,
          bytes: stored.get(artifact.sha256)!, // recorded above
          verifiedBy,
          origin: this.#origin,
        }),
      )
      await this.#put(
        tx,
        changes,
        arrivals.map(({ file }) => file),
        at,
      )
    })
    this.#added += arrivals.length
  }

  /** Names the files of a passive mirror; their bytes come when somebody asks for them. */
  async #announce(plans: readonly SubdirPlan[]): Promise<void> {
    const files = plans.flatMap((plan) => plan.announcements)
    if (files.length === 0) return
    this.#meter.startStep('naming what can be fetched later')
    for (let start = 0; start < files.length; start += BATCH_FILES) {
      this.#run.signal.throwIfAborted()
      await this.#announceSome(files.slice(start, start + BATCH_FILES))
    }
  }

  async #announceSome(files: readonly AnnouncedFile[]): Promise<void> {
    const at = this.#parts.now()
    await this.#parts.db.transaction().execute(async (tx) => {
      await announceArtifacts(
        tx,
        files.map((file) => ({
          sha256: file.declaredSha256,
          md5: file.declaredMd5 ?? '',
          size: file.declaredSize,
          upstreamIndexedMs: file.record.indexed_timestamp ?? undefined,
        })),
        at,
      )
      const stored = await findArtifacts(
        tx,
        files.map(({ declaredSha256 }) => declaredSha256),
      )
      const changes = files.map((file) =>
        fileChange({
          subdir: file.subdir,
          filename: file.filename,
          record: file.record,
          bytes: stored.get(file.declaredSha256)!, // announced above
          // also when another channel has the bytes: that this upstream has them is not proved
          verifiedBy: 'announced',
          origin: this.#origin,
        }),
      )
      await this.#put(tx, changes, files, at)
    })
    this.#added += files.length
  }

  async #put(tx: Db, changes: readonly FileChange[], files: readonly PlannedFile[], at: Date): Promise<void> {
    await putFiles(tx, this.#channel.id, changes, at)
    await putRecordSignatures(tx, this.#channel.id, files)
    await markStale(
      tx,
      this.#channel.id,
      changes.map(({ name }) => name),
      this.#cause,
    )
  }

  /** Records that changed upstream while their bytes did not, and files that came back. */
  async #renew(plans: readonly SubdirPlan[]): Promise<void> {
    const renewals = plans.flatMap((plan) => plan.renewals)
    if (renewals.length === 0) return
    this.#meter.startStep('renewing records')
    const at = this.#parts.now()
    for (let start = 0; start < renewals.length; start += BATCH_FILES) {
      const some = renewals.slice(start, start + BATCH_FILES)
      await this.#parts.db.transaction().execute(async (tx) => {
        const come = some.filter(({ bound }) => !bound.present && !bound.announced)
        await claimBlobs(
          tx,
          this.#parts.blobs,
          come.map(({ bound }) => bound.sha256),
        )
        const stored = await findArtifacts(
          tx,
          some.map(({ bound }) => bound.sha256),
        )
        const changes = some.map((file) =>
          fileChange({
            subdir: file.subdir,
            filename: file.filename,
            record: file.record,
            bytes: stored.get(file.bound.sha256)!, // a bound file refers to its artifact
            verifiedBy: verifiedByOf(file),
            origin: this.#origin,
          }),
        )
        await this.#put(tx, changes, some, at)
      })
    }
  }

  async #remove(plans: readonly SubdirPlan[]): Promise<void> {
    const removals = plans.flatMap((plan) => plan.removals)
    if (removals.length === 0) return
    this.#meter.startStep('removing what the upstream no longer has')
    const at = this.#parts.now()
    await this.#parts.db.transaction().execute(async (tx) => {
      await removeFiles(tx, this.#channel.id, removals, at)
      await markStale(
        tx,
        this.#channel.id,
        removals.map(({ name }) => name),
        this.#cause,
      )
      await appendEvent(tx, {
        ...{ at, actorId: undefined, action: 'artifact.removed' },
        target: `${this.#channel.name}/${this.#mirror.name}`,
        details: removedDetails(this.#mirror.id, removals),
      })
    })
  }

  async #publish(): Promise<void> {
    await enqueuePublish(this.#parts.db, this.#channel.id, this.#parts.now())
  }

  #result(plans: readonly SubdirPlan[]): MirrorResult {
    const sum = (count: (plan: SubdirPlan) => number): number =>
      plans.reduce((total, plan) => total + count(plan), 0)
    return {
      added: this.#added,
      renewed: sum((plan) => plan.renewals.length),
      removed: sum((plan) => plan.removals.length),
      unchanged: sum((plan) => plan.unchanged),
      rejected: this.#rejections.length,
      filtered: sum((plan) => Object.values(plan.filtered).reduce((a, b) => a + b, 0)),
      bytes: this.#bytes,
    }
  }
}

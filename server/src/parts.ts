/**
 * The parts of a server, opened from its configuration and closed in the reverse order. `main.ts` opens
 * them once; tests open them on a temporary folder with a clock of their own.
 */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { BlobStore } from './blobs/blob-store.ts'
import { blobPlaceOf, openBlobStore, type BlobPlace } from './blobs/open-blob-store.ts'
import { Staging } from './blobs/staging.ts'
import { openHeadSigner, type HeadSigner } from './audit/sign-head.ts'
import { Access } from './identity/access.ts'
import type { IdentityParts } from './identity/context.ts'
import { enqueueSessionCheck } from './identity/oidc/check-sessions.ts'
import { openProviders } from './identity/oidc/provider.ts'
import { migrations } from './db/migrations.ts'
import { OwnBlobsWatch } from './doctor/own-blobs.ts'
import { RegularChecks } from './doctor/run-check.ts'
import { DailyCollection } from './doctor/run-collection.ts'
import { makeJobHandlers } from './job-handlers.ts'
import { RequestCounter } from './downloads/count-requests.ts'
import { JobRunner } from './jobs/runner.ts'
import { Ticker } from './jobs/ticker.ts'
import type { Configuration } from './platform/configuration.ts'
import { openDatabase, type Db } from './platform/database/db.ts'
import { toThreadPlace, type ThreadPlace } from './platform/database/thread-place.ts'
import { lockFolder } from './platform/database/folder-lock.ts'
import { migrate } from './platform/database/migrate.ts'
import { WriteWatch } from './platform/database/watch-writes.ts'
import { AnswerCache } from './platform/http/answer-cache.ts'
import type { Log } from './platform/log.ts'
import { OutboundClient } from './platform/outbound/outbound-client.ts'
import { openSecretBox, secretKeyFile } from './platform/secret-box.ts'
import { StorageWatch } from './platform/storage-full.ts'
import { errorText } from './platform/text.ts'
import { WorkerPool } from './platform/worker-pool.ts'
import { AnnouncedBytes } from './mirrors/bring-announced.ts'
import { ServerMetrics } from './metrics/server-metrics.ts'
import { startDueMirrors } from './mirrors/start-due-mirrors.ts'
import type { UpstreamRules } from './mirrors/upstream.ts'
import { FactsKeeper } from './previews/facts-keeper.ts'
import { enqueueReview } from './policies/end-exceptions.ts'
import { startDueRefreshes } from './vulnerabilities/refresh-source.ts'
import { WatchedFolder } from './vulnerabilities/watched-folder.ts'
import { DownloadGate } from './repodata/download-gate.ts'
import { enqueueDue } from './repodata/mark-due.ts'
import type { RenderParts } from './repodata/render-channel.ts'
import { ServedFiles } from './repodata/served-files.ts'
import { AppError } from './vocabulary/errors.ts'
import { enqueueExpiry } from './vulnerabilities/curation/expire-curations.ts'

export interface Parts {
  readonly configuration: Configuration
  readonly log: Log
  readonly now: () => Date
  readonly db: Db
  readonly access: Access
  readonly identity: IdentityParts
  /** Signs heads of the audit log. */
  readonly heads: HeadSigner
  readonly blobs: BlobStore
  readonly blobPlace: BlobPlace
  /** For packages on their way in; emptied at every start. */
  readonly staging: Staging
  /** For files that wait for a job; kept over a restart. */
  readonly incoming: Staging
  readonly inspectors: WorkerPool
  readonly renderers: WorkerPool
  readonly rendering: RenderParts
  readonly publishers: WorkerPool
  /** Where the database is, for threads. */
  readonly database: ThreadPlace
  readonly upstreamRules: UpstreamRules
  readonly onDemand: AnnouncedBytes
  readonly gate: DownloadGate
  readonly servedFiles: ServedFiles
  readonly answers: AnswerCache
  readonly jobs: JobRunner
  readonly ticker: Ticker
  readonly metrics: ServerMetrics
  readonly storage: StorageWatch
  readonly ownBlobs: OwnBlobsWatch
  readonly requests: RequestCounter
  readonly previewers: WorkerPool
  readonly facts: FactsKeeper
  close(): Promise<void>
}

/** How late a change that is due by time may be noticed; the gate needs no notice. */
const TICK_MS = 1_000
/** How long counts of downloads wait to be written together. */
const COUNT_MS = 2_000
const PREVIEW_TIMEOUT_MS = 120_000
const MINUTE_MS = 60_000
const INSPECT_TIMEOUT_MS = 120_000
const RENDER_TIMEOUT_MS = 600_000
const ANSWER_CACHE_BYTES = 32 * 1024 * 1024
/** Written often, and nothing that is served depends on them. */
const SILENT_TABLES = [
  'jobs',
  'audit_events',
  'audit_head',
  'channel_changes',
  'advisory_imports',
  'advisory_sources',
  'advisory_versions',
  'import_effects',
  'import_faults',
  'vulnerability_matches',
  'past_matches',
  'file_requests',
  'condemned_blobs',
  'storage_findings',
]
const WORKER_IDLE_MS = 5_000
/** Nobody minds half a second for the first of them after a while, and each takes tens of megabytes. */
const ENDS_WHEN_IDLE = { idleMs: 60_000, keep: 0 }
const PUBLISH_HEAP_MIB = 384
/** With half of it a publish of a name with a thousand files takes a third longer, collecting garbage. */
const PUBLISH_YOUNG_HEAP_MIB = 32
/** Some millions of files; the higher the limit, the later garbage is collected. The bytes of records are beside it. */
const RENDER_HEAP_MIB = 768
const PREVIEW_HEAP_MIB = 2048
/** For the names of a channel, a million of them; of files it holds few. */
const FACTS_HEAP_MIB = 512
const FACTS_YOUNG_HEAP_MIB = 6
/** Clients go before what they will be served next, and that before the files that are made of it, which can wait. */
const PUBLISH_NICENESS = 5
const RENDER_NICENESS = 12
/** A staged file that nobody has written to for so long belongs to a process that is gone. */
const ABANDONED_MS = 24 * 3600 * 1000

/** Node's own way to make a folder with those above it never ends where nothing can be made, such as in /proc. */
function makeFolder(folder: string): void {
  if (isFolder(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    if (!isFolder(folder)) throw error // or another server made it this moment
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function makeDataFolder(folder: string): void {
  try {
    makeFolder(resolve(folder))
    accessSync(folder, constants.W_OK)
  } catch (cause) {
    throw new AppError(
      'invalid-configuration',
      `the data folder ${folder} cannot be used: ${errorText(cause)}`,
      {
        cause,
      },
    )
  }
}

/** @throws AppError invalid-configuration, data-folder-in-use, data-folder-newer, database-unreachable */
export async function openParts(
  configuration: Configuration,
  log: Log,
  now: () => Date = () => new Date(),
): Promise<Parts> {
  makeDataFolder(configuration.data)
  // on PostgreSQL any number of servers may work, and share a folder of blobs
  const alone = configuration.database === undefined
  const lock = alone ? lockFolder(configuration.data) : undefined
  const writes = new WriteWatch(SILENT_TABLES)
  let db: Db | undefined
  try {
    db = await openDatabase(configuration, { log, writes })
    await migrate(db, migrations)
  } catch (error) {
    await db?.destroy()
    lock?.release()
    throw error
  }
  const access = new Access({ db, now, sessionIdleMs: configuration.session_idle_minutes * MINUTE_MS })
  const box = openSecretBox(secretKeyFile(configuration))
  const identity: IdentityParts = {
    ...{ db, access, box, log, now },
    rules: {
      sessionHours: configuration.session_hours,
      maxTokenDays: configuration.token_max_days,
      confirmDays: configuration.oidc_confirm_days,
    },
    providers: openProviders(configuration),
    unknownNames: new Map(),
  }
  const blobPlace = blobPlaceOf(configuration)
  const blobs = await openBlobStore(blobPlace)
  const staging = new Staging(join(configuration.data, 'staging'))
  const incoming = new Staging(join(configuration.data, 'incoming'))
  if (alone) await staging.reset()
  else await staging.sweep(new Date(Date.now() - ABANDONED_MS))
  await incoming.open()
  const inspectors = new WorkerPool({
    module: new URL('artifacts/inspect-worker.ts', import.meta.url),
    size: Math.min(4, Math.max(1, availableParallelism())),
    taskTimeoutMs: INSPECT_TIMEOUT_MS,
    ...ENDS_WHEN_IDLE,
  })
  const renderers = new WorkerPool({
    module: new URL('repodata/render-worker.ts', import.meta.url),
    size: 1,
    taskTimeoutMs: RENDER_TIMEOUT_MS,
    maxHeapMiB: RENDER_HEAP_MIB,
    niceness: RENDER_NICENESS,
    ...ENDS_WHEN_IDLE,
  })
  const publishers = new WorkerPool({
    module: new URL('repodata/publish-worker.ts', import.meta.url),
    // one core is left for the thread that answers clients
    size: Math.min(4, Math.max(1, availableParallelism() - 1)),
    taskTimeoutMs: RENDER_TIMEOUT_MS,
    idleMs: WORKER_IDLE_MS,
    maxHeapMiB: PUBLISH_HEAP_MIB,
    youngHeapMiB: PUBLISH_YOUNG_HEAP_MIB,
    niceness: PUBLISH_NICENESS,
  })
  const outbound = new OutboundClient({
    allowedPrivate: configuration.outbound_private,
    connections: configuration.mirror_downloads * 2,
  })
  const upstreamRules = { outbound, mirrorFolders: configuration.mirror_folders, box: () => box }
  const gate = new DownloadGate({ db, now, publicUrl: configuration.public_url })
  const onDemand = new AnnouncedBytes({
    ...{ db, now, staging, blobs, inspectors, upstreamRules },
    maxBytes: configuration.max_upload_bytes,
  })
  const requests = new RequestCounter({ db, log, now, everyMs: COUNT_MS })
  const previewers = new WorkerPool({
    module: new URL('previews/preview-worker.ts', import.meta.url),
    size: 1,
    taskTimeoutMs: PREVIEW_TIMEOUT_MS,
    maxHeapMiB: PREVIEW_HEAP_MIB,
  })
  const facts = new FactsKeeper({
    ...{ db, log, now, database: toThreadPlace(configuration) },
    workers: new WorkerPool({
      module: new URL('previews/facts-worker.ts', import.meta.url),
      size: 1,
      taskTimeoutMs: PREVIEW_TIMEOUT_MS,
      niceness: PUBLISH_NICENESS,
      idleMs: WORKER_IDLE_MS,
      keep: 0, // its memory goes with it
      maxHeapMiB: FACTS_HEAP_MIB,
      youngHeapMiB: FACTS_YOUNG_HEAP_MIB,
    }),
  })
  const rendering: RenderParts = {
    db,
    database: toThreadPlace(configuration),
    blobs,
    blobPlace,
    staging,
    now,
    renderers,
  }
  const servedFiles = new ServedFiles({
    ...rendering,
    gate,
    requests,
    onDemand,
    publicUrl: configuration.public_url,
    redirectSeconds: configuration.s3_redirect_seconds,
  })
  const base = {
    configuration,
    log,
    now,
    db,
    access,
    identity,
    heads: openHeadSigner(box, configuration.public_url),
    blobs,
    blobPlace,
    staging,
    incoming,
    inspectors,
    renderers,
    rendering,
    publishers,
    database: toThreadPlace(configuration),
    upstreamRules,
    onDemand,
  }
  const jobs = new JobRunner({ db, log, now, handlers: makeJobHandlers(base), alone })
  const ticker = new Ticker({
    checks: [
      { name: 'decisions.due', run: () => enqueueDue(base) },
      { name: 'exceptions.review', run: () => enqueueReview(base) },
      { name: 'curations.expire', run: () => enqueueExpiry(base) },
      { name: 'blobs.collect', run: new DailyCollection(base).look },
      { name: 'storage.check', run: new RegularChecks(base).look },
      { name: 'sessions.check', run: () => enqueueSessionCheck(identity) },
      { name: 'mirrors.due', run: () => startDueMirrors(base) },
      { name: 'sources.due', run: () => startDueRefreshes(base) },
      { name: 'previews.facts', run: facts.look },
      ...(configuration.advisories_folder === undefined
        ? []
        : [
            {
              name: 'advisories.folder',
              run: new WatchedFolder(base, configuration.advisories_folder).look,
            },
          ]),
    ],
    everyMs: TICK_MS,
    log,
    wake: () => jobs.wake(),
  })
  const answers = new AnswerCache({
    prefixes: ['/api/repo/', '/t/'],
    maxBytes: ANSWER_CACHE_BYTES,
    version: () => writes.version,
    now,
    isOff: () => log.isLevelEnabled('debug'),
  })
  return {
    ...base,
    gate,
    servedFiles,
    answers,
    jobs,
    requests,
    previewers,
    facts,
    ticker,
    storage: new StorageWatch({ folder: configuration.data, now }),
    ownBlobs: new OwnBlobsWatch(base),
    metrics: new ServerMetrics({ ...base, jobs, requests, answers }),
    async close() {
      await ticker.stop()
      // workers and transfers end with the jobs they work for: waiting for them could take minutes
      await Promise.all([
        jobs.stop(),
        onDemand.close(),
        inspectors.close(),
        renderers.close(),
        previewers.close(),
        facts.close(),
        publishers.close(),
        outbound.close(),
        identity.providers.close(),
      ])
      await requests.flush()
      await access.flushUses()
      await db.destroy()
      blobs.close?.()
      lock?.release()
    },
  }
}

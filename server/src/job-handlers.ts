/** The table of all job kinds with what does them; each subject brings its own. */
import { z } from 'zod'
import type { BlobStore } from './blobs/blob-store.ts'
import type { BlobPlace } from './blobs/open-blob-store.ts'
import type { Staging } from './blobs/staging.ts'
import type { JobHandlers } from './jobs/runner.ts'
import { jobHandler } from './jobs/runner.ts'
import type { UpstreamRules } from './mirrors/upstream.ts'
import type { Configuration } from './platform/configuration.ts'
import type { Db } from './platform/database/db.ts'
import type { Log } from './platform/log.ts'
import type { ThreadPlace } from './platform/database/thread-place.ts'
import type { WorkerPool } from './platform/worker-pool.ts'
import { exportPlaceOf } from './audit/export-place.ts'
import { runScheduledExport } from './audit/scheduled-export.ts'
import type { HeadSigner } from './audit/sign-head.ts'
import type { IdentityParts } from './identity/context.ts'
import { checkSessions } from './identity/oidc/check-sessions.ts'
import { checkPayload, runCheck } from './doctor/run-check.ts'
import { collectPayload, runCollection } from './doctor/run-collection.ts'
import type { AnnouncedBytes } from './mirrors/bring-announced.ts'
import { runMirror } from './mirrors/run-mirror.ts'
import { reviewExceptions } from './policies/end-exceptions.ts'
import { markDue } from './repodata/mark-due.ts'
import { publishChannel } from './repodata/publish-channel.ts'
import { renderChannel, type RenderParts } from './repodata/render-channel.ts'
import { expireCurations } from './vulnerabilities/curation/expire-curations.ts'
import { listEpssBounds } from './policies/list-epss-bounds.ts'
import { feedKinds } from './vulnerabilities/feed-version.ts'
import { approveImport, rollBackImport } from './vulnerabilities/manage-imports.ts'
import { refreshSource } from './vulnerabilities/refresh-source.ts'
import { runImport } from './vulnerabilities/run-import.ts'

/** What the handlers together need of the server. */
export interface JobParts {
  readonly configuration: Configuration
  readonly log: Log
  readonly now: () => Date
  readonly db: Db
  readonly identity: IdentityParts
  readonly heads: HeadSigner
  readonly blobs: BlobStore
  readonly blobPlace: BlobPlace
  readonly staging: Staging
  readonly incoming: Staging
  readonly inspectors: WorkerPool
  readonly rendering: RenderParts
  readonly publishers: WorkerPool
  readonly database: ThreadPlace
  readonly upstreamRules: UpstreamRules
  readonly onDemand: AnnouncedBytes
}

const channelPayload = z.strictObject({ channel_id: z.string() })

export function makeJobHandlers(parts: JobParts): JobHandlers {
  return {
    'channel.publish': jobHandler({
      payload: channelPayload,
      maxAttempts: 10,
      run: (payload, run) => publishChannel(parts, payload.channel_id, run.signal),
    }),
    'channel.render': jobHandler({
      payload: channelPayload,
      maxAttempts: 10,
      run: (payload, run) => renderChannel(parts.rendering, payload.channel_id, run.signal),
    }),
    'blobs.collect': jobHandler({
      payload: collectPayload,
      maxAttempts: 1,
      run: (payload, run) => runCollection(parts, payload, run),
    }),
    'storage.check': jobHandler({
      payload: checkPayload,
      maxAttempts: 1,
      run: (payload, run) => runCheck(parts, payload, run),
    }),
    'sessions.check': jobHandler({
      payload: z.strictObject({}),
      maxAttempts: 3,
      run: (_payload, run) => checkSessions(parts.identity, run.signal),
    }),
    'decisions.due': jobHandler({
      payload: z.strictObject({}),
      maxAttempts: 10,
      run: (_payload, run) => markDue(parts, run.signal),
    }),
    'exceptions.review': jobHandler({
      payload: z.strictObject({}),
      maxAttempts: 10,
      run: () => reviewExceptions(parts),
    }),
    'curations.expire': jobHandler({
      payload: z.strictObject({}),
      maxAttempts: 10,
      run: (_payload, run) => expireCurations(parts, run.signal),
    }),
    'mirror.run': jobHandler({
      payload: z.strictObject({ mirror_id: z.string(), accept_shrink: z.boolean() }),
      maxAttempts: 1,
      run: (payload, run) =>
        runMirror(
          {
            ...parts,
            maxBytes: parts.configuration.max_upload_bytes,
            downloads: parts.configuration.mirror_downloads,
          },
          payload,
          run,
        ),
    }),
    'audit.export': jobHandler({
      payload: z.strictObject({}),
      maxAttempts: 5,
      run: () =>
        runScheduledExport({
          ...parts,
          place: exportPlaceOf(parts.configuration),
          cron: parts.configuration.audit_export_cron,
          format: parts.configuration.audit_export_format,
        }),
    }),
    'advisories.import': jobHandler({
      payload: z.strictObject({
        kind: z.enum([...feedKinds, 'mapping']),
        path: z.string(),
        filename: z.string(),
        source: z
          .strictObject({
            id: z.string(),
            marker: z.string(),
            is_whole: z.boolean(),
            is_fetched: z.boolean(),
          })
          .optional(),
        watched: z.strictObject({ folder: z.string(), filename: z.string() }).optional(),
      }),
      maxAttempts: 3,
      run: (payload, run) => runImport({ ...parts, listEpssBounds }, payload, run),
    }),
    'advisories.approve': jobHandler({
      payload: z.strictObject({ import_id: z.string(), note: z.string() }),
      maxAttempts: 3,
      run: (payload, run) => approveImport({ ...parts, listEpssBounds }, payload, run),
    }),
    'advisories.roll_back': jobHandler({
      payload: z.strictObject({ import_id: z.string(), note: z.string() }),
      maxAttempts: 3,
      run: (payload, run) => rollBackImport({ ...parts, listEpssBounds }, payload, run),
    }),
    'sources.refresh': jobHandler({
      payload: z.strictObject({ source_id: z.string() }),
      // the next look comes by itself
      maxAttempts: 1,
      run: (payload, run) =>
        refreshSource(
          {
            ...parts,
            outbound: parts.upstreamRules.outbound,
            nvdApiKey: parts.configuration.nvd_api_key,
          },
          payload,
          run,
        ),
    }),
  }
}

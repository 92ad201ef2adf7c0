/** Starts a server and stops it: parts, first administrator, HTTP, jobs; and the same backwards. */
import { setTimeout as wait } from 'node:timers/promises'
import type { ListenOptions } from 'node:net'
import type { FastifyInstance, FastifyListenOptions } from 'fastify'
import { buildApp } from './app.ts'
import { openSink } from './audit/event-sinks.ts'
import { exportPlaceOf } from './audit/export-place.ts'
import { scheduleExport } from './audit/scheduled-export.ts'
import { EventStream } from './audit/stream-events.ts'
import { enqueueForgottenPublishes } from './channels/stale-names.ts'
import { requireNoStrangers, requireOwnBlobs } from './doctor/own-blobs.ts'
import { ensureAdministrator } from './identity/accounts.ts'
import { administratorFaults } from './identity/administrators.ts'
import { openParts, type Parts } from './parts.ts'
import { Connections } from './platform/http/connections.ts'
import type { Configuration } from './platform/configuration.ts'
import type { Log } from './platform/log.ts'
import { growHeapForServing } from './platform/serving-heap.ts'
import type { Secret } from './platform/secret.ts'
import { enqueueForgottenRenders } from './channels/enqueue-render.ts'
import { AppError } from './vocabulary/errors.ts'

const SWEEP_MS = 50
/** How old the shown last use of a token may be. */
const FLUSH_MS = 30_000

export interface RunningServer {
  /** Where it answers, without a slash at the end. */
  readonly url: string
  readonly parts: Parts
  /** The administrator's password, when this start made one. */
  readonly firstPassword: Secret | undefined
  /** Takes no more requests, waits for those under way up to `shutdown_ms`, then closes everything. */
  stop(): Promise<void>
}

/** @throws AppError port-in-use, data-folder-in-use, data-folder-newer, blobs-missing, blobs-unknown */
export async function startServer(
  configuration: Configuration,
  log: Log,
  now?: () => Date,
): Promise<RunningServer> {
  const parts = await openParts(configuration, log, now)
  try {
    await requireOwnBlobs(parts)
    await requireNoStrangers(parts)
    const firstPassword = await ensureAdministrator(parts.db, configuration.admin_password, parts.now())
    for (const fault of await administratorFaults(parts.db)) log.error(fault)
    const app = await buildApp(parts)
    const connections = new Connections(app.server)
    await listen(app, configuration)
    await enqueueForgottenPublishes(parts.db, parts.now())
    await enqueueForgottenRenders(parts.db, parts.now())
    await scheduleExport({
      ...parts,
      place: exportPlaceOf(configuration),
      cron: configuration.audit_export_cron,
      format: configuration.audit_export_format,
    })
    const { audit_stream: streamTo } = configuration
    const stream =
      streamTo === undefined ? undefined : new EventStream({ ...parts, sink: openSink(streamTo) })
    stream?.start()
    const flushing = setInterval(() => {
      parts.access.flushUses().catch((error: unknown) => {
        parts.log.error({ err: error }, 'the last use of tokens could not be written down')
      })
    }, FLUSH_MS).unref()
    await parts.jobs.start()
    parts.ticker.start()
    parts.metrics.watchProcess()
    growHeapForServing()
    const [address] = app.addresses()
    const port = typeof address === 'object' ? address.port : configuration.port
    let stopping: Promise<void> | undefined
    return {
      url:
        configuration.public_url?.replace(/\/$/, '') ??
        `${configuration.tls_key === undefined ? 'http' : 'https'}://${hostForUrl(configuration.host)}:${port}`,
      parts,
      firstPassword,
      stop: () =>
        (stopping ??= (async () => {
          // a connection that falls idle once the closing has begun would be kept for seconds
          const sweep = setInterval(() => connections.closeIdle(), SWEEP_MS)
          // a client that never finishes must not keep the server alive
          await Promise.race([app.close(), wait(configuration.shutdown_ms, undefined, { ref: false })])
          clearInterval(sweep)
          connections.closeAll()
          clearInterval(flushing)
          await stream?.stop()
          await parts.close()
        })()),
    }
  } catch (error) {
    await parts.close()
    throw error
  }
}

async function listen(
  app: FastifyInstance,
  { host, port, reuse_port: reusePort }: Configuration,
): Promise<void> {
  try {
    // handed on to Node, though the type of Fastify does not know it
    const options: ListenOptions & FastifyListenOptions = { host, port, reusePort }
    await app.listen(options)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause
    if (cause.code === 'EADDRINUSE') {
      throw new AppError(
        'port-in-use',
        `port ${port} of ${host} is in use; name another with --port, or 0 for any`,
        {
          cause,
        },
      )
    }
    if (cause.code === 'EACCES') {
      throw new AppError(
        'port-in-use',
        `port ${port} needs rights this user does not have; name one from 1024 up`,
        {
          cause,
        },
      )
    }
    throw cause
  }
}

function hostForUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

/**
 * What a machine that watches can ask of a server, in the text that Prometheus reads: figures of this process, which it
 * counts itself, and figures of the whole server, which every process reads from the one database (shared-figures.ts).
 * docs/METRICS.md lists all of them; a test keeps the two equal.
 *
 * No label is made of what people type: routes are templates, names of channels and people do not occur. So the
 * number of lines is bounded, and who may read this learns nothing of what they may not see.
 */
import { statfs } from 'node:fs/promises'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { RequestCounter } from '../downloads/count-requests.ts'
import type { JobRunner } from '../jobs/runner.ts'
import type { Configuration } from '../platform/configuration.ts'
import { engineOf, type Db } from '../platform/database/db.ts'
import type { AnswerCache } from '../platform/http/answer-cache.ts'
import type { Log } from '../platform/log.ts'
import { RELEASE } from '../release.ts'
import { jobKinds } from '../vocabulary/job-kinds.ts'
import { FigureReader, type SharedFigures } from './shared-figures.ts'

/** In seconds; an upload may take minutes. */
const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120]

export interface MetricParts {
  readonly configuration: Configuration
  readonly db: Db
  readonly now: () => Date
  readonly log: Log
  readonly jobs: JobRunner
  readonly requests: RequestCounter
  readonly answers: AnswerCache
}

export type MetricFormat = 'prometheus' | 'openmetrics'

export const metricMediaTypes = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
} as const satisfies Record<MetricFormat, string>

export interface AnsweredRequest {
  readonly method: string
  /** As the router knows it, never as it was asked for. */
  readonly route: string
  readonly status: number
  readonly seconds: number
}

export class ServerMetrics {
  readonly #registry = new Registry()
  readonly #parts: MetricParts
  readonly #reader: FigureReader
  readonly #requests: Counter<'method' | 'route' | 'status'>
  readonly #durations: Histogram<'method' | 'route'>
  readonly #setShared: (figures: SharedFigures | undefined) => void

  constructor(parts: MetricParts) {
    this.#parts = parts
    this.#reader = new FigureReader(parts)
    const registers = [this.#registry]
    this.#requests = new Counter({
      name: 'terrarium_http_requests_total',
      help: 'Requests that were answered, by route and class of status',
      labelNames: ['method', 'route', 'status'],
      registers,
    })
    this.#durations = new Histogram({
      name: 'terrarium_http_request_duration_seconds',
      help: 'Time from a request to the end of its answer',
      labelNames: ['method', 'route'],
      buckets: BUCKETS,
      registers,
    })
    this.#countProcess()
    this.#setShared = this.#declareShared()
  }

  /** Adds what Node and the system know of the process. Once in a process: its watchers cannot be taken away. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry })
    // lists of every socket there is, made anew for each scrape, that nobody acts on
    for (const { name } of this.#registry.getMetricsAsArray())
      if (name.startsWith('nodejs_active_')) this.#registry.removeSingleMetric(name)
  }

  countRequest({ method, route, status, seconds }: AnsweredRequest): void {
    this.#requests.inc({ method, route, status: `${Math.trunc(status / 100)}xx` })
    this.#durations.observe({ method, route }, seconds)
  }

  /** @param names only these; all when undefined */
  async text(format: MetricFormat, names?: ReadonlySet<string>): Promise<string> {
    await this.#load()
    const wanted = this.#registry.getMetricsAsArray().filter(({ name }) => names?.has(name) ?? true)
    const blocks = await Promise.all(
      wanted.map(async ({ name, type }) => {
        const block = await this.#registry.getSingleMetricAsString(name)
        // OpenMetrics names a counter without the ending that its samples have. The library would do that too, but
        // renames the counter for good, so that a second reader gets another name.
        return format === 'openmetrics' && String(type) === 'counter'
          ? block.replace(/^(# (?:HELP|TYPE) \S+)_total /gm, '$1 ')
          : block
      }),
    )
    return `${blocks.join('\n')}\n${format === 'openmetrics' ? '# EOF\n' : ''}`
  }

  /** The same as the contract's JSON. */
  async json(names?: ReadonlySet<string>): Promise<MetricBody[]> {
    await this.#load()
    const metrics = await this.#registry.getMetricsAsJSON()
    return metrics
      .filter(({ name }) => names?.has(name) ?? true)
      .map(({ name, help, type, values }) => ({
        name,
        documentation: help,
        type: String(type),
        samples: values.map((sample) => ({
          name: 'metricName' in sample ? String(sample.metricName) : name,
          labels: Object.fromEntries(
            Object.entries(sample.labels).map(([key, value]) => [key, String(value)]),
          ),
          value: sample.value,
        })),
      }))
  }

  async #load(): Promise<void> {
    this.#setShared(await this.#reader.load())
  }

  #countProcess(): void {
    const { configuration, db, answers, requests, jobs } = this.#parts
    const registers = [this.#registry]
    new Gauge({
      name: 'terrarium_build_info',
      help: 'Always 1: the release, and the engine of the database',
      labelNames: ['version', 'database'],
      registers,
    }).set({ version: RELEASE, database: engineOf(db) }, 1)
    new Counter({
      name: 'terrarium_http_answers_from_memory_total',
      help: 'Requests for files of channels that were answered before any routing; they are in no other figure',
      registers,
      collect() {
        this.reset()
        this.inc(answers.given)
      },
    })
    new Counter({
      name: 'terrarium_downloads_total',
      help: 'Packages that were sent to clients (served), or kept from them by a policy (refused)',
      labelNames: ['outcome'],
      registers,
      collect() {
        this.reset()
        for (const [outcome, count] of Object.entries(requests.totals)) this.inc({ outcome }, count)
      },
    })
    new Counter({
      name: 'terrarium_jobs_ended_total',
      help: 'Jobs that ended in this process: done, failed, stopped, or again (failed by accident, to be tried again)',
      labelNames: ['kind', 'outcome'],
      registers,
      collect() {
        this.reset()
        for (const kind of jobKinds) {
          const { done, failed, stopped, queued } = jobs.ended.get(kind) ?? NO_ENDS
          for (const [outcome, count] of Object.entries({ done, failed, stopped, again: queued }))
            this.inc({ kind, outcome }, count)
        }
      },
    })
    const space = (name: string, help: string, of: (stats: { blocks: number; bavail: number }) => number) =>
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const stats = await statfs(configuration.data)
          this.set(of(stats) * stats.bsize)
        },
      })
    space('terrarium_data_folder_size_bytes', 'Size of the disk that holds the data folder', (s) => s.blocks)
    space('terrarium_data_folder_free_bytes', 'What is free of it for the server', (s) => s.bavail)
  }

  /** @returns what puts figures into all of them, or takes them away */
  #declareShared(): (figures: SharedFigures | undefined) => void {
    const { configuration, now } = this.#parts
    const gauges: Gauge[] = []
    const plain: Gauge[] = []
    const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) => {
      const made = new Gauge<Label>({ name, help, labelNames, registers: [this.#registry] })
      gauges.push(made)
      if (labelNames.length === 0) plain.push(made)
      return made
    }
    const up = gauge(
      'terrarium_database_up',
      'Whether the database answers; 0 leaves out all that it would say',
    )
    const databaseBytes = gauge('terrarium_database_size_bytes', 'Size of the database')
    const waiting = gauge('terrarium_jobs_waiting', 'Jobs that are due and have not begun', ['kind'])
    const oldest = gauge('terrarium_jobs_oldest_waiting_seconds', 'For how long the first of those is due', [
      'kind',
    ])
    const running = gauge('terrarium_jobs_running', 'Jobs that run, in any process', ['kind'])
    const channels = gauge('terrarium_channels', 'Channels')
    const staleNames = gauge(
      'terrarium_stale_names',
      'Package names to be decided again, counted up to 100000',
    )
    const staleChannels = gauge(
      'terrarium_stale_channels',
      'Channels of which everything is to be decided again',
    )
    const publishLag = gauge(
      'terrarium_publish_lag_seconds',
      'Age of the oldest change that no shards show; 0 for none',
    )
    const unrendered = gauge(
      'terrarium_channels_unrendered',
      'Channels whose repodata.json is older than their shards',
    )
    const renderLag = gauge('terrarium_render_lag_seconds', 'For how long the first of those is; 0 for none')
    const mirrors = gauge('terrarium_mirrors', 'Mirrors by how their last run went', ['state'])
    const mirrorAt = gauge(
      'terrarium_mirror_last_success_timestamp_seconds',
      'When a mirror last brought everything, by its id; 0 for never; the 200 that are oldest',
      ['mirror'],
    )
    const dataAt = gauge(
      'terrarium_advisory_source_data_timestamp_seconds',
      'Of when the newest data of a source is',
      ['source'],
    )
    const refreshedAt = gauge(
      'terrarium_advisory_source_refresh_timestamp_seconds',
      'When a source was last looked at with success; 0 for never',
      ['source'],
    )
    const sourceFailures = gauge('terrarium_advisory_source_failures', 'Attempts in a row that went wrong', [
      'source',
    ])
    const findings = gauge(
      'terrarium_storage_findings',
      'Faults of the last check of each kind that nothing repaired',
      ['check', 'kind'],
    )
    const checkAt = gauge(
      'terrarium_storage_check_timestamp_seconds',
      'When the last check of the storage was due',
      ['check'],
    )
    const auditEvents = gauge('terrarium_audit_events', 'Length of the chain of audit events')
    const unexported = gauge(
      'terrarium_audit_unexported_events',
      'Audit events that the scheduled export lacks',
    )
    const unsent = gauge('terrarium_audit_unsent_events', 'Audit events that have not been sent on')

    return (figures) => {
      for (const one of gauges) one.reset()
      up.set(figures ? 1 : 0)
      if (!figures) {
        // a gauge without labels would say 0 rather than nothing
        for (const one of plain) if (one !== up) one.remove()
        return
      }
      const { jobs, publishing, sources, audit, storage } = figures
      const nowMs = now().getTime()
      const secondsSince = (ms: number | undefined): number =>
        ms === undefined ? 0 : Math.max(0, nowMs - ms) / 1000
      databaseBytes.set(figures.databaseBytes)
      for (const kind of jobKinds) {
        const found = jobs.find((one) => one.kind === kind)
        waiting.set({ kind }, found?.waiting ?? 0)
        running.set({ kind }, found?.running ?? 0)
        oldest.set({ kind }, secondsSince(found?.waitingSinceMs))
      }
      channels.set(publishing.channels)
      staleNames.set(publishing.staleNames)
      staleChannels.set(publishing.staleChannels)
      publishLag.set(secondsSince(publishing.unpublishedSinceMs))
      unrendered.set(publishing.unrendered)
      renderLag.set(secondsSince(publishing.unrenderedSinceMs))
      for (const { state, count } of figures.mirrors.states) mirrors.set({ state }, count)
      for (const { id, atMs } of figures.mirrors.successes) mirrorAt.set({ mirror: id }, atMs / 1000)
      for (const { name: source, dataAtMs, refreshedAtMs, failures } of sources) {
        if (dataAtMs !== undefined) dataAt.set({ source }, dataAtMs / 1000)
        refreshedAt.set({ source }, (refreshedAtMs ?? 0) / 1000)
        sourceFailures.set({ source }, failures)
      }
      for (const { check, checkedAtMs, findings: found } of storage) {
        checkAt.set({ check }, checkedAtMs / 1000)
        for (const kind of FAULT_KINDS)
          findings.set({ check, kind }, found.find((one) => one.kind === kind)?.count ?? 0)
      }
      auditEvents.set(audit.seq)
      if (configuration.audit_export_folder === undefined) unexported.remove()
      else unexported.set(audit.seq - audit.exportedSeq)
      if (configuration.audit_stream === undefined) unsent.remove()
      else unsent.set(audit.seq - audit.streamedSeq)
    }
  }
}

const NO_ENDS = { done: 0, failed: 0, stopped: 0, queued: 0 }
const FAULT_KINDS = ['corrupt', 'missing', 'inconsistent', 'stray'] as const

export interface MetricBody {
  readonly name: string
  readonly documentation: string
  readonly type: string
  readonly samples: readonly {
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
    readonly value: number
  }[]
}

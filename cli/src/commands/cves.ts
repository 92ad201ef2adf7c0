import type { Answer, Item } from '@terrarium/api/shapes.ts'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Command } from 'commander'
import { channelPath } from '../channel-path.ts'
import { allItems } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { printJson, printTable, say } from '../output.ts'
import { addReviewVerbs } from './cve-review.ts'
import { addStatusVerbs, printCurations, type Curation } from './cve-statuses.ts'

type Cve = Item<'GET /api/cves'>

type CveFile = Answer<'GET /api/cves/{cve_id}/files'>['packages'][number]

type PackageCve = Item<'GET /api/channels/{channel}/cve-matches'>

interface ListOptions {
  readonly channel?: string
  readonly minScore?: string
  readonly maxScore?: string
  readonly status?: string[]
  readonly severity?: string[]
  readonly kev?: true
  readonly minEpss?: string
  readonly search?: string
  readonly at?: string
}

const cvePath = (cve: string): string => `/api/cves/${encodeURIComponent(cve)}`

export function cvesCommand(context: CommandContext): Command {
  const command = new Command('cves').description('known vulnerabilities, and what people say of them')
  addStatusVerbs(command, context)
  addReviewVerbs(command, context)

  command
    .command('list')
    .description('known vulnerabilities of a channel, or of all you may see, the gravest first')
    .option('-c, --channel <name>', 'only of this channel')
    .option('--min-score <score>', 'only this score and more')
    .option('--max-score <score>', 'only this score and less')
    .option(
      '--status <status...>',
      'only with a file that is reported, active, mitigated, cleared or disputed',
    )
    .option('--severity <bands...>', 'only none, low, medium, high, critical or unscored')
    .option('--kev', 'only what CISA lists as exploited')
    .option('--min-epss <probability>', 'only this probable and more, 0 to 1')
    .option('--search <text>', 'in the id, another name or the description')
    .option('--at <instant>', 'as it was known then: 2026-01-31T12:00:00Z')
    .action(async (options: ListOptions) => {
      const base = options.channel === undefined ? '/api/cves' : `${channelPath(options.channel)}/cves`
      const rows = await Array.fromAsync(
        allItems<Cve>(context.client(), `${base}?${listQuery(options).toString()}`),
      )
      if (context.json()) {
        printJson(rows)
        return
      }
      if (rows.length === 0) {
        say(`No known vulnerability concerns anything in ${options.channel ?? 'the channels you may see'}.`)
        return
      }
      printTable(rows, [
        { title: 'CVE', value: (row) => row.id },
        { title: 'score', value: (row) => scoreText(row.score), align: 'right' },
        { title: 'severity', value: (row) => row.severity },
        { title: 'KEV', value: (row) => (row.kev ? 'yes' : '') },
        { title: 'EPSS', value: (row) => row.epss?.probability.toFixed(3), align: 'right' },
        { title: 'files', value: (row) => row.packages_count, align: 'right' },
        { title: 'status', value: (row) => statusText(row.statuses) },
        { title: 'what it is', value: (row) => row.description, shrink: true },
      ])
    })

  command
    .command('show <cve>')
    .description('one vulnerability: scores, signals, what people say, and the files it concerns')
    .option('--at <instant>', 'as it was known then: 2026-01-31T12:00:00Z')
    .action(async (cve: string, options: { at?: string }) => {
      const client = context.client()
      const at = options.at === undefined ? '' : `at=${encodeURIComponent(options.at)}`
      const found = await client.get<Cve & { packages: readonly CveFile[]; total_count: number }>(
        `${cvePath(cve)}/files?limit=${SHOWN_FILES}&${at}`,
      )
      const said = await Array.fromAsync(allItems<Curation>(client, `${cvePath(cve)}/statuses?${at}`))
      if (context.json()) printJson({ ...found, curations: said })
      else show(found, said)
    })

  command
    .command('package <name>')
    .description('what matched in a package of a channel, by version, and why')
    .requiredOption('-c, --channel <name>', 'channel')
    .option('--min-score <score>', 'only this score and more')
    .option('--at <instant>', 'as it was known then: 2026-01-31T12:00:00Z')
    .action(async (name: string, options: { channel: string; minScore?: string; at?: string }) => {
      const query = new URLSearchParams({ package: name })
      if (options.at !== undefined) query.set('at', options.at)
      if (options.minScore !== undefined) query.set('min_score', options.minScore)
      const path = `${channelPath(options.channel)}/cve-matches?${query.toString()}`
      const rows = await Array.fromAsync(allItems<PackageCve>(context.client(), path))
      if (context.json()) {
        printJson(rows)
        return
      }
      if (rows.length === 0) {
        say(`No known vulnerability matches ${name} in ${options.channel}.`)
        return
      }
      printTable(rows, [
        { title: 'version', value: (row) => row.version },
        { title: 'CVE', value: (row) => row.cve },
        { title: 'score', value: (row) => scoreText(row.score), align: 'right' },
        { title: 'severity', value: (row) => row.severity },
        { title: 'status', value: (row) => row.statuses.join(', ') },
        { title: 'sure', value: (row) => percent(row.confidence), align: 'right' },
        { title: 'fixed in', value: (row) => row.fixed_in.join(', ') },
        { title: 'why it matched', value: (row) => row.why, shrink: true },
      ])
    })

  command
    .command('files <cve>')
    .description('the files a vulnerability concerns, each with its status')
    .option('-c, --channel <name>', 'only of this channel')
    .option('--status <status...>', 'only reported, active, mitigated, cleared or disputed')
    .option('--at <instant>', 'as it was known then: 2026-01-31T12:00:00Z')
    .action(async (cve: string, options: { channel?: string; status?: string[]; at?: string }) => {
      const query = new URLSearchParams((options.status ?? []).map((status) => ['status', status]))
      if (options.at !== undefined) query.set('at', options.at)
      const files = await filesOf(context, cve, options.channel, query)
      if (context.json()) printJson(files)
      else printFiles(files)
    })

  command
    .command('history [cve]')
    .description('how the score of a CVE and its statuses changed; or those of the files of a channel')
    .option('-c, --channel <name>', 'of the files of this channel')
    .option('--limit <number>', 'how many of the latest changes', '100')
    .action(async (cve: string | undefined, options: { channel?: string; limit: string }) => {
      if (options.channel !== undefined) await channelHistory(context, options.channel, cve, options.limit)
      else if (cve !== undefined) await cveHistory(context, cve, options.limit)
      else throw new Error('name a CVE, or a channel with --channel')
    })

  command
    .command('report <files...>')
    .description('what concerns files, by their sha256: digests, or packages to take the digest of')
    .action(async (files: string[]) => {
      const named = await Promise.all(files.map(async (file) => [await digestOf(file), file] as const))
      const { items } = await context
        .client()
        .post<{ items: readonly Report[] }>('/api/cves-report', { sha256s: named.map(([sha256]) => sha256) })
      if (context.json()) {
        printJson(items)
        return
      }
      const known = new Set(items.map(({ sha256 }) => sha256))
      const names = new Map(named)
      for (const [sha256, file] of named) if (!known.has(sha256)) say(`${file} is in no channel you may see.`)
      printTable(
        items.flatMap(({ sha256, cves }) =>
          cves.map((cve) => ({ file: names.get(sha256) ?? sha256, ...cve })),
        ),
        [
          { title: 'file', value: (row) => row.file },
          { title: 'CVE', value: (row) => row.id },
          { title: 'score', value: (row) => scoreText(row.score), align: 'right' },
          { title: 'status', value: (row) => row.status },
        ],
      )
    })

  return command
}

const SHOWN_FILES = 50

type Report = Item<'POST /api/cves-report'>

function listQuery(options: ListOptions): URLSearchParams {
  const query = new URLSearchParams()
  const singles = {
    min_score: options.minScore,
    max_score: options.maxScore,
    min_epss: options.minEpss,
    q: options.search,
    at: options.at,
  }
  for (const [name, value] of Object.entries(singles)) if (value !== undefined) query.set(name, value)
  if (options.kev) query.set('kev', 'true')
  for (const status of options.status ?? []) query.append('status', status)
  for (const severity of options.severity ?? []) query.append('severity', severity)
  return query
}

function scoreText(score: number | null): string {
  return score?.toFixed(1) ?? 'none'
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function statusText(statuses: Readonly<Record<string, number>>): string {
  const entries = Object.entries(statuses)
  return entries.length === 1
    ? entries.map(([status]) => status).join()
    : entries.map(([status, count]) => `${count} ${status}`).join(', ')
}

function show(
  cve: Cve & { packages: readonly CveFile[]; total_count: number },
  said: readonly Curation[],
): void {
  const lines = [
    `${cve.id}  ${scoreText(cve.score)} ${cve.severity}`,
    cve.description,
    ...(cve.aliases.length > 0 ? [`also known as ${cve.aliases.join(', ')}`] : []),
    ...cve.scores.map(({ source, score, vector }) =>
      `${source}: ${scoreText(score)} ${vector ?? ''}`.trimEnd(),
    ),
    ...(cve.kev ? [`exploited, says CISA; due ${cve.kev.due_at?.slice(0, 10) ?? 'at no date'}`] : []),
    ...(cve.epss ? [`EPSS ${cve.epss.probability}`] : []),
    `concerns ${cve.packages_count} files${cve.packages_count > 0 ? `: ${statusText(cve.statuses)}` : ''}`,
  ]
  process.stdout.write(`${lines.join('\n')}\n\n`)
  if (said.length > 0) {
    printCurations(said)
    process.stdout.write('\n')
  }
  if (cve.packages.length > 0) printFiles(cve.packages)
  if (cve.total_count > cve.packages.length) say(`and ${cve.total_count - cve.packages.length} more files`)
}

async function filesOf(
  context: CommandContext,
  cve: string,
  channel: string | undefined,
  query: URLSearchParams,
): Promise<CveFile[]> {
  const files: CveFile[] = []
  const base =
    channel === undefined ? cvePath(cve) : `${channelPath(channel)}/cves/${encodeURIComponent(cve)}`
  for (;;) {
    query.set('limit', String(PAGE))
    query.set('offset', String(files.length))
    const answer = await context
      .client()
      .get<readonly CveFile[] | { packages: readonly CveFile[] }>(`${base}/files?${query.toString()}`)
    const page = 'packages' in answer ? answer.packages : answer
    files.push(...page)
    if (page.length < PAGE) return files
  }
}

const PAGE = 1000

function printFiles(files: readonly CveFile[]): void {
  printTable(files, [
    { title: 'channel', value: (row) => [row.parent_channel_name ?? [], row.channel_name].flat().join('/') },
    { title: 'file', value: (row) => row.ckey },
    { title: 'status', value: (row) => row.cve_status },
    { title: 'sure', value: (row) => percent(row.confidence), align: 'right' },
    { title: 'why it matched', value: (row) => row.why, shrink: true },
  ])
}

type Change = Item<'GET /api/cves/{cve_id}/history'>

async function cveHistory(context: CommandContext, cve: string, limit: string): Promise<void> {
  const { items } = await context
    .client()
    .get<{ items: readonly Change[] }>(`${cvePath(cve)}/history?limit=${encodeURIComponent(limit)}`)
  if (context.json()) {
    printJson(items)
    return
  }
  printTable(items, [
    { title: 'when', value: (row) => row.at.slice(0, 19).replace('T', ' ') },
    { title: 'what', value: (row) => row.kind.replace('_', ' ') },
    {
      title: 'score',
      value: (row) => (row.curation ? '' : `${scoreText(row.old_score)} → ${scoreText(row.new_score)}`),
    },
    { title: 'status', value: (row) => row.curation?.status },
    { title: 'by', value: (row) => row.by },
    { title: 'files', value: (row) => row.curation?.scope, shrink: true },
    { title: 'why', value: (row) => row.note ?? row.curation?.reason, shrink: true },
  ])
}

type FileChange = Item<'GET /api/channels/{channel}/cves_history'>

async function channelHistory(
  context: CommandContext,
  channel: string,
  cve: string | undefined,
  limit: string,
): Promise<void> {
  const query = new URLSearchParams({ limit, ...(cve !== undefined && { cve }) })
  const items = await context
    .client()
    .get<readonly FileChange[]>(`${channelPath(channel)}/cves_history?${query.toString()}`)
  if (context.json()) {
    printJson(items)
    return
  }
  printTable(
    items.flatMap(({ notification_changes: changes, ...file }) =>
      changes.map((one) => ({ ...file, ...one })),
    ),
    [
      { title: 'when', value: (row) => row.created_at.slice(0, 19).replace('T', ' ') },
      { title: 'CVE', value: (row) => row.cve_id },
      {
        title: 'change',
        value: (row) =>
          row.new_status === null
            ? `${scoreText(row.old_score)} → ${scoreText(row.new_score)}`
            : `${row.old_status ?? ''} → ${row.new_status}`,
      },
      { title: 'file', value: (row) => `${row.platform}/${row.file_name}` },
    ],
  )
}

async function digestOf(file: string): Promise<string> {
  if (/^[0-9a-f]{64}$/i.test(file)) return file.toLowerCase()
  const hash = createHash('sha256')
  for await (const part of createReadStream(file) as AsyncIterable<Buffer>) hash.update(part)
  return hash.digest('hex')
}

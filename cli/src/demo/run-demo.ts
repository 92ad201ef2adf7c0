/**
 * The demo: a server on the embedded defaults, and the main job done in front of the user through the same
 * REST calls anybody else would make. It ends with lines to paste and keeps the server running.
 */
import type { Item } from '@terrarium/api/shapes.ts'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { channelPath } from '../channel-path.ts'
import { allItems, Client, ServerError } from '../client.ts'
import { ProgressLine } from '../progress.ts'
import type { ImportResult } from '../commands/advisories.ts'
import { openFile } from '../open-file.ts'
import { waitForJob } from '../wait-for-job.ts'
import { say } from '../output.ts'
import { buildSampleChannel } from './build-sample-channel.ts'
import { printSummary, type DemoFile } from './print-summary.ts'
import { sayStatuses } from './say-statuses.ts'
import { createToken, startServer, type ServerProcess } from './server-process.ts'

export interface DemoOptions {
  readonly data: string
  readonly port: string
  readonly channel: string
  readonly upstream?: string
  readonly subdir?: string[]
  readonly advisories?: string[]
  readonly mapping?: string
  readonly policy?: string
  readonly once?: boolean
  readonly dev?: boolean
}

/** What the demo works on, given or made. */
interface DemoInput {
  readonly upstream: string
  readonly subdirs: readonly string[] | undefined
  readonly advisories: readonly string[]
  readonly mapping: string | undefined
  readonly policyFile: string
  /** The upstream is the sample that the demo builds. */
  readonly isSample: boolean
  readonly policy: string
}

const MIRROR_NAME = 'demo-upstream'
const POLL_MS = 150

const DEFAULT_POLICY = `version: 1
name: demo
description: No package with a known CVE of score 7 or more, and nothing under the GPL.

rules:
  - id: no-high-cve
    effect: deny
    when: { cve: '>= 7' }

  - id: no-gpl
    effect: deny
    when: { licence: GPL }
`

export async function runDemo(options: DemoOptions): Promise<void> {
  const data = resolve(options.data)
  const input = await prepareInput(options, data)
  const server = await startServer({
    data,
    port: options.port,
    upstream: input.upstream,
    dev: options.dev === true,
  })
  try {
    const client = new Client({ server: server.url, token: await createToken(data) })
    const files = await doMainJob(client, options.channel, input)
    printClientLines(server, options.channel, data, exampleOf(files))
  } catch (error) {
    await server.stop()
    throw error
  }
  if (options.once) return server.stop()
  say(`The server runs at ${server.url} until you stop it (Ctrl-C).`)
  await untilStopped(server)
}

async function prepareInput(options: DemoOptions, data: string): Promise<DemoInput> {
  const policy = options.policy === undefined ? DEFAULT_POLICY : await readFile(options.policy, 'utf8')
  const policyFile = options.policy ?? 'the demo policy'
  const given = {
    subdirs: options.subdir,
    advisories: options.advisories ?? [],
    mapping: options.mapping,
    policy,
    policyFile,
    isSample: options.upstream === undefined && options.advisories === undefined,
  }
  for (const file of [...given.advisories, ...(given.mapping ? [given.mapping] : [])]) {
    if (!existsSync(file)) throw new Error(`there is no file ${file}`)
  }
  if (options.upstream !== undefined) return { ...given, upstream: absoluteSource(options.upstream) }
  step('Building a sample upstream channel')
  const sample = await buildSampleChannel(join(data, 'sample'))
  say(`  ${sample.channel}`)
  return {
    ...given,
    upstream: sample.channel,
    subdirs: given.subdirs ?? ['noarch', 'linux-64'],
    advisories: given.advisories.length > 0 ? given.advisories : [sample.advisories],
    mapping: given.mapping ?? sample.mapping,
  }
}

function absoluteSource(source: string): string {
  if (/^[a-z]+:\/\//i.test(source)) return source
  const folder = resolve(source)
  if (!existsSync(folder)) throw new Error(`there is no folder ${folder}`)
  return folder
}

async function doMainJob(client: Client, channel: string, input: DemoInput): Promise<DemoFile[]> {
  await ensureChannel(client, channel)
  if (input.mapping !== undefined) await importFile(client, input.mapping, 'mapping')
  for (const file of input.advisories) await importFile(client, file, 'advisories')
  await putUnderPolicy(client, channel, input)
  await mirror(client, channel, input)
  if (input.isSample) await sayStatuses(client)
  await untilPublished(client, channel)
  const files = await Array.fromAsync(allItems<DemoFile>(client, `${channelPath(channel)}/files`))
  printSummary(channel, files)
  const blocked = files.find((file) => file.effect === 'deny')
  if (blocked) {
    process.stdout.write(
      `\nAll about one file:\n  npx terrarium why --server ${client.server} -c ${channel} ${blocked.ckey}\n`,
    )
  }
  return files
}

/** A package to install in the lines for clients: a well-known one, when the channel serves it. */
function exampleOf(files: readonly DemoFile[]): string {
  const served = files.filter((file) => file.effect === 'allow').map(({ name }) => name)
  return served.includes('requests') ? 'requests' : (served[0] ?? 'PACKAGE')
}

async function ensureChannel(client: Client, channel: string): Promise<void> {
  step(`Channel ${channel}`)
  try {
    await client.post('/api/channels', { name: channel, privacy: 'public', description: 'Made by the demo' })
    say('  made, public')
  } catch (error) {
    if (!(error instanceof ServerError && error.code === 'conflict')) throw error
    say('  is there already')
  }
}

async function importFile(client: Client, file: string, kind: 'advisories' | 'mapping'): Promise<void> {
  step(kind === 'mapping' ? `Names: ${basename(file)}` : `Advisories: ${basename(file)}`)
  const started = await client.sendBytes<{ job_id: string }>(
    `/api/advisories/import?kind=${kind}&filename=${encodeURIComponent(basename(file))}`,
    await openFile(file),
  )
  const result = await waitForJob<ImportResult>(client, started.job_id)
  const { records, changed, skipped, skipped_lines: lines, findings } = result
  say(`  ${records} records, ${changed} new or changed, ${skipped} skipped`)
  for (const { line, reason } of lines.slice(0, 3)) say(`  line ${line} skipped: ${reason}`)
  for (const { message } of findings) say(`  held: ${message}`)
  if (kind === 'advisories' && result.import_id !== null) await sayAge(client, result.import_id)
}

async function sayAge(client: Client, importId: string): Promise<void> {
  const { data_at: dataAt } = await client.get<{ data_at: string | null }>(
    `/api/advisory-imports/${importId}`,
  )
  if (dataAt === null) return
  const days = Math.floor((Date.now() - Date.parse(dataAt)) / 86_400_000)
  say(
    `  as of ${dataAt.slice(0, 10)}, ${days} days old; sources keep it fresh: terrarium source add osv-pypi`,
  )
}

async function putUnderPolicy(client: Client, channel: string, input: DemoInput): Promise<void> {
  step(`Policy: ${input.policyFile}`)
  const policy = await client.post<{ name: string; version: number }>('/api/policies', {
    document: input.policy,
    filename: input.policyFile,
  })
  await client.put(`${channelPath(channel)}/policies/${encodeURIComponent(policy.name)}`)
  say(`  ${channel} is under "${policy.name}", version ${policy.version}`)
}

type MirrorState = Item<'GET /api/channels/{channel}/mirrors'>

async function mirror(client: Client, channel: string, input: DemoInput): Promise<void> {
  step(`Mirror: ${input.upstream}`)
  const base = `${channelPath(channel)}/mirrors`
  const filters = input.subdirs ? { subdirs: input.subdirs } : {}
  const known = (await Array.fromAsync(allItems<MirrorState>(client, base))).find(
    (candidate) => candidate.mirror_name === MIRROR_NAME,
  )
  const started = known
    ? await client.put<MirrorState>(`${base}/${known.mirror_id}`, {
        source_root: input.upstream,
        filters,
        run_now: true,
      })
    : await client.post<MirrorState>(base, {
        mirror_name: MIRROR_NAME,
        source_root: input.upstream,
        filters,
        run_now: true,
      })
  const line = new ProgressLine(process.stderr)
  for (;;) {
    const state = await client.get<MirrorState>(`${base}/${started.mirror_id}`)
    if (state.progress) line.show(state.progress)
    if (state.state === 'completed') {
      line.end()
      const counts = Object.entries(state.result ?? {}).filter(([name]) => name !== 'bytes')
      say(`  ${counts.map(([name, count]) => `${count} ${name}`).join(', ')}`)
      return printRejections(client, `${base}/${started.mirror_id}/rejections`)
    }
    if (state.state === 'failed' || state.state === 'stopped') {
      line.end()
      throw new Error(`the mirror run ${state.state}: ${state.cause ?? 'no cause was recorded'}`)
    }
    await wait(POLL_MS)
  }
}

async function printRejections(client: Client, path: string): Promise<void> {
  const rejected = await client.get<{
    total_count: number
    items: readonly { subdir: string; filename: string; message: string }[]
  }>(`${path}?limit=5`)
  for (const { subdir, filename, message } of rejected.items)
    say(`  rejected ${subdir}/${filename}: ${message}`)
  const more = rejected.total_count - rejected.items.length
  if (more > 0) say(`  and ${more} more rejected`)
}

/** Until clients see what was mirrored, as the policy of this moment decides it. */
async function untilPublished(client: Client, channel: string): Promise<void> {
  for (;;) {
    const state = await client.get<{ stale_names: number }>(channelPath(channel))
    if (state.stale_names === 0) return
    await wait(POLL_MS)
  }
}

function printClientLines(
  { url, firstPassword }: ServerProcess,
  channel: string,
  data: string,
  example: string,
): void {
  const address = `${url}/api/repo/${channel}`
  process.stdout.write(
    [
      '',
      'Use it:',
      `  conda create -n demo --override-channels -c ${address} ${example}`,
      `  mamba create -n demo --override-channels -c ${address} ${example}`,
      `  pixi init demo -c ${address} && cd demo && pixi add ${example}`,
      '',
      `Server: ${url}   (data in ${data})`,
      `Sign in: admin, ${firstPassword === undefined ? 'password as the first start said' : `password ${firstPassword}`}`,
      `A new password: npx terrarium reset-password admin --data ${inShell(data)}`,
      '',
    ].join('\n'),
  )
}

function inShell(path: string): string {
  return /^[\w./@-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}

async function untilStopped(server: ServerProcess): Promise<void> {
  const stop = (): void => {
    void server.stop()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const code = await server.ended
  if (code !== 0) throw new Error(`the server ended with code ${code}`)
}

function step(text: string): void {
  say(`\n» ${text}`)
}

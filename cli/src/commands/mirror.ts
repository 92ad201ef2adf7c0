import type { Item } from '@terrarium/api/shapes.ts'
import { setTimeout as wait } from 'node:timers/promises'
import { Command } from 'commander'
import { channelPath } from '../channel-path.ts'
import { allItems, type Client } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { openFile, parseJson } from '../open-file.ts'
import { printJson, printTable, say } from '../output.ts'
import { ProgressLine } from '../progress.ts'

type Mirror = Item<'GET /api/channels/{channel}/mirrors'>

interface CreateOptions {
  readonly channel: string
  readonly name: string
  readonly source: string
  readonly subdir?: string[]
  readonly only?: string[]
  readonly exclude?: string[]
  readonly include?: string[]
  readonly dependencies?: boolean
  readonly filters?: string
  readonly cron?: string
  readonly mode?: string
  readonly run?: boolean
}

const POLL_MS = 300

export function mirrorCommand(context: CommandContext): Command {
  const command = new Command('mirror').description('fill channels from upstream channels')

  command
    .command('create')
    .description('make a mirror')
    .requiredOption('-c, --channel <name>', 'channel it fills')
    .requiredOption('-n, --name <name>', 'name of the mirror')
    .requiredOption('-s, --source <url>', 'address or folder of the upstream channel')
    .option('--subdir <subdirs...>', 'only these subdirs')
    .option('--only <specs...>', 'only what one of these match specs matches')
    .option('--exclude <specs...>', 'not what one of these matches')
    .option('--include <specs...>', 'yet what one of these matches')
    .option('--dependencies', 'with --only: also all that those depend on')
    .option(
      '--filters <file>',
      'more filters, as JSON: licences, CVEs, dates, signatures, as Package Security Manager has them',
    )
    .option(
      '--mode <mode>',
      'active brings every file in its run, passive each when somebody asks for it',
      'active',
    )
    .option('--cron <expression>', 'when it runs by itself: five fields of cron, in UTC')
    .option('--run', 'run it now and show its progress')
    .action(async (options: CreateOptions) => {
      const client = context.client()
      const base = mirrorsOf(options.channel)
      const mirror = await client.post<Mirror>(base, {
        mirror_name: options.name,
        source_root: options.source,
        filters: {
          ...(options.filters !== undefined && (await readFilters(options.filters))),
          ...(options.subdir && { subdirs: options.subdir }),
          ...(options.only && { only_specs: options.only }),
          ...(options.exclude && { exclude_specs: options.exclude }),
          ...(options.include && { include_specs: options.include }),
          ...(options.dependencies && { include_dependencies: true }),
        },
        mirror_mode: options.mode,
        ...(options.cron !== undefined && { cron: options.cron }),
        run_now: options.run === true,
      })
      if (options.run) return follow(client, options.channel, mirror.mirror_id, context.json())
      if (context.json()) {
        printJson(mirror)
        return
      }
      say(
        `The mirror ${mirror.mirror_name} is there; run it with: terrarium mirror run -c ${options.channel} ${mirror.mirror_name}`,
      )
    })

  command
    .command('filter <name> <file>')
    .description('give a mirror other filters: a JSON file, in place of all it has')
    .requiredOption('-c, --channel <name>', 'channel')
    .option('--run', 'run it now and show its progress')
    .action(async (name: string, file: string, options: { channel: string; run?: boolean }) => {
      const client = context.client()
      const { mirror_id: id } = await findMirror(client, options.channel, name)
      const mirror = await client.put<Mirror>(`${mirrorsOf(options.channel)}/${id}`, {
        filters: await readFilters(file),
        run_now: options.run === true,
      })
      if (options.run) return follow(client, options.channel, id, context.json())
      if (context.json()) {
        printJson(mirror)
        return
      }
      for (const note of mirror.filter_notes) say(note)
      say(
        mirror.filter_policy === null
          ? `The filters of ${name} choose what its next run brings.`
          : `The filters of ${name} hold at once, as the policy "${mirror.filter_policy}"; what they choose, its next run brings.`,
      )
    })

  command
    .command('list')
    .description('mirrors of a channel')
    .requiredOption('-c, --channel <name>', 'channel')
    .action(async (options: { channel: string }) => {
      const mirrors = await Array.fromAsync(allItems<Mirror>(context.client(), mirrorsOf(options.channel)))
      if (context.json()) {
        printJson(mirrors)
        return
      }
      printTable(mirrors, [
        { title: 'mirror', value: (row) => row.mirror_name },
        { title: 'mode', value: (row) => row.mirror_mode },
        { title: 'state', value: (row) => row.state },
        { title: 'last run', value: (row) => row.last_run_at?.slice(0, 19) ?? 'never' },
        { title: 'next run', value: (row) => row.next_run_at?.slice(0, 19) ?? 'by hand' },
        { title: 'source', value: (row) => row.source_root },
        { title: 'cause', value: (row) => row.cause, shrink: true },
      ])
    })

  command
    .command('run <name>')
    .description('run a mirror and show its progress')
    .requiredOption('-c, --channel <name>', 'channel')
    .option('--accept-shrink', 'believe an upstream index that lost most of its files')
    .option('--mode <mode>', 'active or passive, from this run on')
    .action(async (name: string, options: { channel: string; acceptShrink?: boolean; mode?: string }) => {
      const client = context.client()
      const mirror = await findMirror(client, options.channel, name)
      await client.put(`${mirrorsOf(options.channel)}/${mirror.mirror_id}`, {
        run_now: true,
        accept_shrink: options.acceptShrink === true,
        ...(options.mode !== undefined && { mirror_mode: options.mode }),
      })
      await follow(client, options.channel, mirror.mirror_id, context.json())
    })

  command
    .command('schedule <name> <cron>')
    .description('say when a mirror runs by itself: five fields of cron in UTC, or "off"')
    .requiredOption('-c, --channel <name>', 'channel')
    .action(async (name: string, cron: string, options: { channel: string }) => {
      const client = context.client()
      const { mirror_id: id } = await findMirror(client, options.channel, name)
      const mirror = await client.put<Mirror>(`${mirrorsOf(options.channel)}/${id}`, {
        cron: cron === 'off' ? null : cron,
      })
      if (context.json()) {
        printJson(mirror)
        return
      }
      say(
        mirror.next_run_at === null
          ? `The mirror ${name} runs when somebody says so.`
          : `The mirror ${name} runs next at ${mirror.next_run_at}.`,
      )
    })

  command
    .command('stop <name>')
    .description('stop the run of a mirror')
    .requiredOption('-c, --channel <name>', 'channel')
    .action(async (name: string, options: { channel: string }) => {
      const client = context.client()
      const mirror = await findMirror(client, options.channel, name)
      await client.post(`${mirrorsOf(options.channel)}/${mirror.mirror_id}/stop_mirror_sync`)
      say(`The mirror ${name} stops.`)
    })

  command
    .command('rejections <name>')
    .description('what the last run did not take from the upstream, and why')
    .requiredOption('-c, --channel <name>', 'channel')
    .action(async (name: string, options: { channel: string }) => {
      const client = context.client()
      const mirror = await findMirror(client, options.channel, name)
      const path = `${mirrorsOf(options.channel)}/${mirror.mirror_id}/rejections`
      const rows = await Array.fromAsync(
        allItems<{ subdir: string; filename: string; code: string; message: string }>(client, path),
      )
      if (context.json()) {
        printJson(rows)
        return
      }
      printTable(rows, [
        { title: 'file', value: (row) => `${row.subdir}/${row.filename}` },
        { title: 'code', value: (row) => row.code },
        { title: 'why', value: (row) => row.message, shrink: true },
      ])
    })

  return command
}

/** @throws Error naming the file when it holds no JSON object */
async function readFilters(file: string): Promise<object> {
  const filters = parseJson(await (await openFile(file)).text(), file)
  if (typeof filters === 'object' && filters !== null && !Array.isArray(filters)) return filters
  throw new Error(`${file} holds no JSON object; filters look like {"cve_score_threshold": 7}`)
}

function mirrorsOf(channel: string): string {
  return `${channelPath(channel)}/mirrors`
}

async function findMirror(client: Client, channel: string, name: string): Promise<Mirror> {
  for await (const mirror of allItems<Mirror>(client, mirrorsOf(channel))) {
    if (mirror.mirror_name === name || mirror.mirror_id === name) return mirror
  }
  throw new Error(`the channel ${channel} has no mirror ${name}; see: terrarium mirror list -c ${channel}`)
}

async function follow(client: Client, channel: string, mirrorId: string, json: boolean): Promise<void> {
  const base = mirrorsOf(channel)
  const line = new ProgressLine(process.stderr)
  for (;;) {
    const mirror = await client.get<Mirror>(`${base}/${mirrorId}`)
    if (mirror.progress) line.show(mirror.progress)
    if (mirror.state !== 'pending' && mirror.state !== 'running') {
      line.end()
      conclude(mirror, channel, json)
      return
    }
    await wait(POLL_MS)
  }
}

function conclude(mirror: Mirror, channel: string, json: boolean): void {
  if (json) printJson(mirror)
  if (mirror.state !== 'completed') {
    throw new Error(
      `the run of ${mirror.mirror_name} ended as ${mirror.state}${mirror.cause ? `: ${mirror.cause}` : ''}`,
    )
  }
  const counts = Object.entries(mirror.result ?? {}).filter(([name]) => name !== 'bytes')
  say(`${mirror.mirror_name}: ${counts.map(([name, value]) => `${value} ${name}`).join(', ')}.`)
  if (!mirror.result?.['rejected']) return
  say(`Why some were rejected: terrarium mirror rejections -c ${channel} ${mirror.mirror_name}`)
}

import type { Item } from '@terrarium/api/shapes.ts'
import { Command } from 'commander'
import { channelPath } from '../channel-path.ts'
import { allItems } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { printJson, printTable, say } from '../output.ts'

type Exception = Item<'GET /api/exceptions'>

type ExceptionWithRisk = Item<'GET /api/exceptions/risks'>

interface RequestOptions {
  readonly channel: string
  readonly reason: string
  readonly package?: string
  readonly cve?: string[]
  readonly control?: string
  readonly days?: string
  readonly keepWhenFixed?: true
}

const DAY_MS = 86_400_000

export function exceptionCommand(context: CommandContext): Command {
  const command = new Command('exception').description('ask for exceptions from policies, and decide them')

  command
    .command('request [files...]')
    .description('ask for an exception: for files, a package, or CVEs')
    .requiredOption('-c, --channel <name>', 'channel')
    .requiredOption('--reason <text>', 'why it is needed')
    .option('--package <spec>', 'a package with a version range, instead of files')
    .option('--cve <ids...>', 'only these CVEs; without it, what blocks now')
    .option('--control <text>', 'what is done instead, to carry the risk')
    .option('--days <number>', 'for how long; 30 without it, 366 at most')
    .option('--keep-when-fixed', 'do not end it when a version without the CVEs is allowed')
    .action(async (files: string[], options: RequestOptions) => {
      const exception = await context.client().post<Exception>(`${channelPath(options.channel)}/exceptions`, {
        ...(files.length > 0 && { files }),
        ...(options.package !== undefined && { package: options.package }),
        ...(options.cve && { cves: options.cve }),
        reason: options.reason,
        ...(options.control !== undefined && { compensating_control: options.control }),
        ...(options.days !== undefined && {
          expires_at: new Date(Date.now() + Number(options.days) * DAY_MS).toISOString(),
        }),
        until_fixed: !options.keepWhenFixed,
      })
      if (context.json()) {
        printJson(exception)
        return
      }
      const rules = exception.lifts.map(({ policy, rule }) => `${policy}/${rule ?? '*'}`).join(', ')
      say(`Asked for ${exception.id}: it would lift ${rules}. Somebody else decides it.`)
    })

  command
    .command('list')
    .description("exceptions: all for those who decide them, one's own for others")
    .option('-c, --channel <name>', 'only of this channel')
    .option(
      '--state <state>',
      'only those requested, approved, refused, withdrawn, revoked, expired or fixed',
    )
    .action(async (options: { channel?: string; state?: string }) => {
      const base =
        options.channel === undefined ? '/api/exceptions' : `${channelPath(options.channel)}/exceptions`
      const query = options.state === undefined ? '' : `?state=${encodeURIComponent(options.state)}`
      const exceptions = await Array.fromAsync(allItems<Exception>(context.client(), base + query))
      if (context.json()) {
        printJson(exceptions)
        return
      }
      printTable(exceptions, [
        { title: 'id', value: (row) => row.id },
        { title: 'channel', value: (row) => row.channel },
        { title: 'state', value: (row) => row.state },
        { title: 'ends', value: (row) => row.expires_at?.slice(0, 10) },
        { title: 'for', value: (row) => row.files?.join(' ') ?? row.package ?? '*', shrink: true },
        { title: 'CVEs', value: (row) => row.cves.join(' '), shrink: true },
        { title: 'reason', value: (row) => row.reason, shrink: true },
      ])
    })

  command
    .command('risks')
    .description('the risk that exceptions in force carry')
    .option('-c, --channel <name>', 'only of this channel')
    .action(async (options: { channel?: string }) => {
      const query = options.channel === undefined ? '' : `?channel=${encodeURIComponent(options.channel)}`
      const exceptions = await Array.fromAsync(
        allItems<ExceptionWithRisk>(context.client(), `/api/exceptions/risks${query}`),
      )
      if (context.json()) {
        printJson(exceptions)
        return
      }
      printTable(exceptions, [
        { title: 'id', value: (row) => row.id },
        { title: 'channel', value: (row) => row.channel },
        { title: 'for', value: (row) => row.files?.join(' ') ?? row.package ?? '*', shrink: true },
        { title: 'CVEs', value: (row) => row.cves.join(' '), shrink: true },
        { title: 'score', value: (row) => row.risk.highest_score?.toFixed(1), align: 'right' },
        { title: 'exploited', value: (row) => (row.risk.kev ? 'YES' : 'no') },
        { title: 'EPSS', value: (row) => percent(row.risk.highest_epss), align: 'right' },
        { title: 'downloads', value: (row) => row.risk.downloads_since_granted, align: 'right' },
        { title: 'ends', value: (row) => row.expires_at?.slice(0, 10) },
      ])
    })

  command
    .command('approve <id>')
    .description('grant what somebody else asked for; it acts at once')
    .option('--note <text>', 'for the record')
    .action(async (id: string, options: { note?: string }) => {
      await decide(context, id, 'approve', { ...(options.note !== undefined && { note: options.note }) })
    })

  for (const [verb, text] of [
    ['refuse', 'refuse a request'],
    ['revoke', 'end an exception that is in force; it acts at once'],
  ] as const) {
    command
      .command(`${verb} <id>`)
      .description(text)
      .requiredOption('--note <text>', 'why')
      .action(async (id: string, options: { note: string }) => {
        await decide(context, id, verb, { note: options.note })
      })
  }

  command
    .command('withdraw <id>')
    .description("take back one's own request")
    .action(async (id: string) => {
      await decide(context, id, 'withdraw', {})
    })

  command
    .command('release <files...>')
    .description('release files from a hold; it acts at once')
    .requiredOption('-c, --channel <name>', 'channel')
    .requiredOption('--reason <text>', 'why')
    .action(async (files: string[], options: { channel: string; reason: string }) => {
      const release = await context.client().post<Exception>(`${channelPath(options.channel)}/releases`, {
        files,
        reason: options.reason,
      })
      if (context.json()) printJson(release)
      else say(`Released ${files.join(', ')}.`)
    })

  return command
}

function percent(share: number | null): string | undefined {
  return share === null ? undefined : `${(share * 100).toFixed(1)} %`
}

async function decide(context: CommandContext, id: string, verb: string, body: object): Promise<void> {
  const exception = await context
    .client()
    .post<Exception>(`/api/exceptions/${encodeURIComponent(id)}/${verb}`, body)
  if (context.json()) printJson(exception)
  else say(`The exception ${exception.id} is ${exception.state}.`)
}

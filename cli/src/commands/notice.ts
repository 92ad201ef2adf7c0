import type { Item } from '@terrarium/api/shapes.ts'
import { Command, InvalidArgumentError, Option } from 'commander'
import { channelPath } from '../channel-path.ts'
import { allItems } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { printJson, printTable, say } from '../output.ts'

type Notice = Item<'GET /api/channels/{channel}/notices'>

const DAY_MS = 86_400_000

export function noticeCommand(context: CommandContext): Command {
  const command = new Command('notice').description('what clients show to whoever uses a channel')

  command
    .command('list <channel>')
    .description('notices of a channel, expired ones too')
    .action(async (channel: string) => {
      const notices = await Array.fromAsync(allItems<Notice>(context.client(), noticesOf(channel)))
      if (context.json()) {
        printJson(notices)
        return
      }
      printTable(notices, [
        { title: 'id', value: (row) => row.id },
        { title: 'level', value: (row) => row.level },
        { title: 'until', value: (row) => row.expires_at },
        { title: 'message', value: (row) => row.message, shrink: true },
      ])
    })

  command
    .command('add <channel> <message>')
    .description('tell everybody who uses a channel something')
    .addOption(
      new Option('--level <level>', 'how much it matters')
        .choices(['info', 'warning', 'critical'])
        .default('info'),
    )
    .addOption(new Option('--days <days>', 'for how long clients show it').argParser(readDays).default(7))
    .action(async (channel: string, message: string, options: { level: string; days: number }) => {
      const notice = await context.client().post<Notice>(noticesOf(channel), {
        message,
        level: options.level,
        expires_at: new Date(Date.now() + options.days * DAY_MS).toISOString(),
      })
      if (context.json()) printJson(notice)
      else say(`Clients of ${channel} show it until ${notice.expires_at}. It is notice ${notice.id}.`)
    })

  command
    .command('remove <channel> <id>')
    .description('take a notice back')
    .action(async (channel: string, id: string) => {
      await context.client().delete(`${noticesOf(channel)}/${encodeURIComponent(id)}`)
      say('The notice is gone.')
    })

  return command
}

/** @throws InvalidArgumentError */
function readDays(text: string): number {
  const days = Number(text)
  if (!(days > 0)) throw new InvalidArgumentError('Give a number of days.')
  return days
}

function noticesOf(channel: string): string {
  return `${channelPath(channel)}/notices`
}

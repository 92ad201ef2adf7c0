import type { Item } from '@terrarium/api/shapes.ts'
import { Command, Option } from 'commander'
import { channelPath } from '../channel-path.ts'
import type { CommandContext } from '../command-context.ts'
import { findSubject } from '../names.ts'
import { printJson, printTable, say } from '../output.ts'

type Share = Item<'GET /api/channels/{channel}/groups'> | Item<'GET /api/channels/{channel}/users'>

interface Whom {
  readonly user?: string
  readonly group?: string
}

export function shareCommand(context: CommandContext): Command {
  const command = new Command('share').description('who has access to a channel')

  command
    .command('list <channel>')
    .description('groups and accounts a channel is shared with')
    .action(async (channel: string) => {
      const client = context.client()
      const [groups, users] = await Promise.all(
        ['groups', 'users'].map((kind) => client.get<{ items: Share[] }>(`${channelPath(channel)}/${kind}`)),
      )
      const shares = [
        ...(groups?.items ?? []).map((share) => ({ kind: 'group', ...share })),
        ...(users?.items ?? []).map((share) => ({ kind: 'account', ...share })),
      ]
      if (context.json()) {
        printJson(shares)
        return
      }
      printTable(shares, [
        { title: 'with', value: (share) => share.kind },
        { title: 'name', value: (share) => share.name },
        { title: 'may', value: (share) => share.permission },
        { title: 'names', value: (share) => share.name_patterns?.join(' ') ?? 'all' },
      ])
    })

  command
    .command('add <channel>')
    .description('give access to a channel, or change it')
    .option('--user <name>', 'to an account')
    .option('--group <name>', 'to a group')
    .addOption(
      new Option('--permission <level>', 'how far').choices(['read', 'write', 'manage']).default('read'),
    )
    .option('--names <patterns...>', 'package names that may be written, such as acme-*; all by default')
    .action(async (channel: string, options: Whom & { permission: string; names?: string[] }) => {
      const client = context.client()
      const subject = await findSubject(client, options)
      await client.post(`${channelPath(channel)}/${subject.kind}s`, {
        [`${subject.kind}_id`]: subject.id,
        permission: options.permission,
        name_patterns: options.names ?? null,
      })
      say(`${subject.name} may ${options.permission} ${channel}.`)
    })

  command
    .command('remove <channel>')
    .description('take access to a channel back')
    .option('--user <name>', 'from an account')
    .option('--group <name>', 'from a group')
    .action(async (channel: string, whom: Whom) => {
      const client = context.client()
      const subject = await findSubject(client, whom)
      await client.delete(`${channelPath(channel)}/${subject.kind}s/${subject.id}`)
      say(`${channel} is shared with ${subject.name} no more.`)
    })
  return command
}

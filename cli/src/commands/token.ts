import type { Item } from '@terrarium/api/shapes.ts'
import { Command, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import type { Client } from '../client.ts'
import { findServiceAccount } from '../names.ts'
import { printJson, printTable, say } from '../output.ts'

type Token = Item<'GET /api/account/tokens'>

interface Whose {
  readonly for?: string
  readonly ofChannel?: string
}

export function tokenCommand(context: CommandContext): Command {
  const command = new Command('token').description('tokens, your own or those of a service account')
  const forOption = () => new Option('--for <service account>', 'of a service account, instead of your own')
  const channelOption = () =>
    new Option('--of-channel <name>', 'the channel that the service account belongs to')

  command
    .command('list')
    .description('tokens; the secret of one is shown when it is made, and never again')
    .addOption(forOption())
    .addOption(channelOption())
    .action(async (options: Whose) => {
      const client = context.client()
      const { items } = await client.get<{ items: Token[] }>(`${await base(client, options)}/tokens`)
      if (context.json()) {
        printJson(items)
        return
      }
      printTable(items, [
        { title: 'id', value: (token) => token.id },
        { title: 'name', value: (token) => token.name },
        { title: 'limited by', value: (token) => (token.type === 'account' ? '' : token.type) },
        { title: 'until', value: (token) => token.expires_at.slice(0, 10) },
        { title: 'last used', value: (token) => token.last_used_at?.slice(0, 16) },
        { title: 'from', value: (token) => token.last_used_address },
      ])
    })

  command
    .command('create <name>')
    .description('make a token; it is printed once')
    .option('--scope <scopes...>', 'limit it to scopes, such as artifact:create')
    .option('--channel <names...>', 'limit it to channels')
    .addOption(
      new Option('--permission <level>', 'how far, in these channels')
        .choices(['read', 'write', 'manage'])
        .default('read'),
    )
    .option('--days <number>', 'how long it lives')
    .addOption(forOption())
    .addOption(channelOption())
    .action(
      async (
        name: string,
        options: Whose & { scope?: string[]; channel?: string[]; permission: string; days?: string },
      ) => {
        const client = context.client()
        const made = await client.post<{ token: string; expires_at: string }>(
          `${await base(client, options)}/tokens`,
          {
            name,
            scopes: options.scope,
            resources: options.channel?.map((channel) => ({
              resource_type: 'channel',
              resource_id: channel,
              permission: options.permission,
            })),
            days: options.days === undefined ? undefined : Number(options.days),
          },
        )
        if (context.json()) printJson(made)
        else process.stdout.write(`${made.token}\n`)
        say(`Good until ${made.expires_at}. It is shown this once.`)
      },
    )

  command
    .command('delete <id>')
    .description('drop a token, at once')
    .addOption(forOption())
    .addOption(channelOption())
    .action(async (id: string, options: Whose) => {
      const client = context.client()
      await client.delete(`${await base(client, options)}/tokens/${encodeURIComponent(id)}`)
      say(`The token ${id} is dropped.`)
    })
  return command
}

async function base(client: Client, options: Whose): Promise<string> {
  if (options.for === undefined) return '/api/account'
  return `/api/users/${(await findServiceAccount(client, options.for, options.ofChannel)).id}`
}

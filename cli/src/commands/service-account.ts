import type { Item } from '@terrarium/api/shapes.ts'
import { Command, Option } from 'commander'
import { allItems } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { findServiceAccount } from '../names.ts'
import { printJson, printTable, say } from '../output.ts'

type ServiceAccount = Item<'GET /api/service-accounts'>

export function serviceAccountCommand(context: CommandContext): Command {
  const command = new Command('service-account').description('accounts of programs')

  command
    .command('list')
    .description('service accounts: all, or those of a channel')
    .option('--channel <name>', 'only those of a channel')
    .action(async ({ channel }: { channel?: string }) => {
      const filter = channel === undefined ? '' : `?channel=${encodeURIComponent(channel)}`
      const accounts = await Array.fromAsync(
        allItems<ServiceAccount>(context.client(), `/api/service-accounts${filter}`),
      )
      if (context.json()) {
        printJson(accounts)
        return
      }
      printTable(accounts, [
        { title: 'account', value: (account) => account.name },
        { title: 'channel', value: (account) => account.channel },
        { title: 'state', value: (account) => (account.is_disabled ? 'disabled' : '') },
        { title: 'description', value: (account) => account.description, shrink: true },
      ])
    })

  command
    .command('create')
    .description('make a service account, of a channel or of the organisation')
    .option('--channel <name>', 'the channel it belongs to')
    .option('--name <name>', 'what tells it from others', '')
    .option('--description <text>', 'what it is for', '')
    .addOption(
      new Option('--permission <level>', 'what it may do in the channel')
        .choices(['read', 'write', 'manage'])
        .default('read'),
    )
    .action(async (options: Record<string, string>) => {
      const made = await context.client().post<ServiceAccount>('/api/service-accounts', options)
      if (context.json()) printJson(made)
      else process.stdout.write(`${made.name}\n`)
    })

  command
    .command('delete <name>')
    .description('take a service account away with its tokens')
    .option('--channel <name>', 'the channel it belongs to')
    .option('--yes', 'really')
    .action(async (name: string, { channel, yes }: { channel?: string; yes?: true }) => {
      if (!yes) throw new Error(`this takes ${name} away with its tokens; say --yes if you mean it`)
      const client = context.client()
      await client.delete(`/api/service-accounts/${(await findServiceAccount(client, name, channel)).id}`)
      say(`${name} is gone.`)
    })
  return command
}

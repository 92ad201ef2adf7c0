import type { Answer, Item } from '@terrarium/api/shapes.ts'
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { findGroup, findUser } from '../names.ts'
import { printJson, printTable, say } from '../output.ts'

type User = Item<'GET /api/users'>

export function userCommand(context: CommandContext): Command {
  const command = new Command('user').description('people with an account')

  command
    .command('list')
    .description('accounts, by name')
    .option('--search <text>', 'only names with this in them')
    .action(async ({ search }: { search?: string }) => {
      const users = await context
        .client()
        .get<User[]>(`/api/users?limit=1000&q=${encodeURIComponent(search ?? '')}`)
      if (context.json()) {
        printJson(users)
        return
      }
      printTable(users, [
        { title: 'name', value: (user) => user.username },
        { title: 'called', value: (user) => user.display_name, shrink: true },
        { title: 'email', value: (user) => user.email },
        { title: 'last sign-in', value: (user) => user.last_login_at?.slice(0, 10) },
        { title: '2nd factor', value: (user) => (user.has_second_factor === true ? 'yes' : '') },
        { title: 'state', value: (user) => (user.is_disabled === true ? 'disabled' : '') },
      ])
    })

  command
    .command('invite <name>')
    .description('a link for somebody who sets the password themselves')
    .option('--email <address>', 'their address')
    .option('--role <names...>', 'roles they get')
    .option('--group <names...>', 'groups they get into')
    .option('--hours <number>', 'how long the link is good', '72')
    .action(
      async (name: string, options: { email?: string; role?: string[]; group?: string[]; hours: string }) => {
        const client = context.client()
        const groups = await Promise.all((options.group ?? []).map((group) => findGroup(client, group)))
        const invitation = await client.post<{ token: string; expires_at: string }>('/api/invitations', {
          username: name,
          email: options.email,
          roles: options.role ?? [],
          groups: groups.map(({ id }) => id),
          hours: Number(options.hours),
        })
        if (context.json()) printJson(invitation)
        else process.stdout.write(`${invitation.token}\n`)
        say(
          `Give it to ${name}: "terrarium accept-invitation" makes the account, until ${invitation.expires_at}.`,
        )
      },
    )

  for (const [verb, isDisabled, what] of [
    ['disable', true, 'end the sessions and tokens of an account, and let it in no more'],
    ['enable', false, 'let a disabled account in again'],
  ] as const) {
    command
      .command(`${verb} <name>`)
      .description(what)
      .action(async (name: string) => {
        const client = context.client()
        const { id } = await findUser(client, name)
        const user = await client.put<User>(`/api/users/${id}`, { is_disabled: isDisabled })
        if (context.json()) printJson(user)
        say(`${name} is ${verb}d.`)
      })
  }

  command
    .command('unlock <name>')
    .description('let somebody in again who is locked out after wrong attempts')
    .action(async (name: string) => {
      const client = context.client()
      await client.post(`/api/users/${(await findUser(client, name)).id}/unlock`)
      say(`${name} may try again.`)
    })

  command
    .command('reset-password <name>')
    .description('a new password, printed once; sessions end')
    .option('--drop-tokens', 'tokens end too')
    .option('--drop-second-factor', 'the second factor goes: phone and recovery codes are lost')
    .action(async (name: string, options: { dropTokens?: true; dropSecondFactor?: true }) => {
      const client = context.client()
      const { id } = await findUser(client, name)
      const answer = await client.post<{ password: string }>(`/api/users/${id}/password-reset`, {
        drop_tokens: options.dropTokens === true,
        drop_second_factor: options.dropSecondFactor === true,
      })
      if (context.json()) printJson(answer)
      else process.stdout.write(`${answer.password}\n`)
    })

  command
    .command('identities <name>')
    .description('identity providers that an account is linked to')
    .action(async (name: string) => {
      const client = context.client()
      const { id } = await findUser(client, name)
      const { items } = await client.get<Answer<'GET /api/users/{userId}/identities'>>(
        `/api/users/${id}/identities`,
      )
      if (context.json()) {
        printJson(items)
        return
      }
      printTable(items, [
        { title: 'provider', value: (one) => one.title },
        { title: 'issuer', value: (one) => one.issuer },
        { title: 'known there as', value: (one) => one.subject, shrink: true },
        { title: 'linked', value: (one) => one.created_at.slice(0, 10) },
        { title: 'last sign-in', value: (one) => one.last_login_at?.slice(0, 10) },
      ])
    })

  command
    .command('unlink <name>')
    .description('take the link of an account to an identity provider away; sessions from there end')
    .requiredOption('--issuer <url>', 'of the provider, as "user identities" lists it')
    .action(async (name: string, { issuer }: { issuer: string }) => {
      const client = context.client()
      const { id } = await findUser(client, name)
      await client.delete(`/api/users/${id}/identities?issuer=${encodeURIComponent(issuer)}`)
      say(`${name} is not linked to ${issuer} any more.`)
    })

  command
    .command('delete <name>')
    .description('take an account away with its tokens and sessions')
    .option('--yes', 'really')
    .action(async (name: string, { yes }: { yes?: true }) => {
      if (!yes) throw new Error(`this takes the account ${name} away; say --yes if you mean it`)
      const client = context.client()
      await client.delete(`/api/users/${(await findUser(client, name)).id}`)
      say(`${name} is gone.`)
    })
  return command
}

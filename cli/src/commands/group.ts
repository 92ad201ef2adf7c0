import type { Item } from '@terrarium/api/shapes.ts'
import { Command } from 'commander'
import { allItems } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { findGroup, findUser } from '../names.ts'
import { printJson, printTable, say } from '../output.ts'

type Group = Item<'GET /api/groups'>

type Member = Item<'GET /api/groups/{groupId}/users'>

export function groupCommand(context: CommandContext): Command {
  const command = new Command('group').description('named sets of people')

  command
    .command('list')
    .description('groups, by name')
    .action(async () => {
      const groups = await Array.fromAsync(allItems<Group>(context.client(), '/api/groups'))
      if (context.json()) {
        printJson(groups)
        return
      }
      printTable(groups, [
        { title: 'group', value: (group) => group.name },
        { title: 'members', value: (group) => group.members_count, align: 'right' },
        { title: 'from', value: (group) => (group.remote ? 'directory' : '') },
        { title: 'description', value: (group) => group.description, shrink: true },
      ])
    })

  command
    .command('create <name>')
    .description('make a group')
    .option('--description <text>', 'what it is for', '')
    .action(async (name: string, { description }: { description: string }) => {
      const group = await context.client().post<Group>('/api/groups', { name, description })
      if (context.json()) printJson(group)
      say(`The group ${name} is made.`)
    })

  command
    .command('delete <name>')
    .description('take a group away with what it was given')
    .option('--yes', 'really')
    .action(async (name: string, { yes }: { yes?: true }) => {
      if (!yes) throw new Error(`this takes the group ${name} away; say --yes if you mean it`)
      const client = context.client()
      await client.delete(`/api/groups/${(await findGroup(client, name)).id}`)
      say(`The group ${name} is gone.`)
    })

  command
    .command('members <name>')
    .description('who is in a group, and who says so')
    .action(async (name: string) => {
      const client = context.client()
      const { id } = await findGroup(client, name)
      const { items } = await client.get<{ items: Member[] }>(`/api/groups/${id}/users`)
      if (context.json()) {
        printJson(items)
        return
      }
      printTable(items, [
        { title: 'account', value: (member) => member.username },
        { title: 'may', value: (member) => member.permission },
        { title: 'says', value: (member) => member.source },
      ])
    })

  command
    .command('add <name> <user>')
    .description('put somebody in a group')
    .option('--manage', 'they may add and remove others')
    .action(async (name: string, user: string, { manage }: { manage?: true }) => {
      const client = context.client()
      const { id } = await findGroup(client, name)
      await client.post(`/api/groups/${id}/users`, {
        user_id: (await findUser(client, user)).id,
        permission: manage ? 'manage' : 'read',
      })
      say(`${user} is in ${name}.`)
    })

  command
    .command('remove <name> <user>')
    .description('take somebody out of a group')
    .action(async (name: string, user: string) => {
      const client = context.client()
      const { id } = await findGroup(client, name)
      await client.delete(`/api/groups/${id}/users/${(await findUser(client, user)).id}`)
      say(`${user} is out of ${name}.`)
    })
  return command
}

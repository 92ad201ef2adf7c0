import type { Item } from '@terrarium/api/shapes.ts'
import { Command, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { findRole, findSubject } from '../names.ts'
import { printJson, printTable, say } from '../output.ts'

type Role = Item<'GET /api/roles'>

type Grant = Item<'GET /api/roles/{roleId}/grants'>

interface Whom {
  readonly user?: string
  readonly group?: string
  readonly serviceAccount?: string
}

export function roleCommand(context: CommandContext): Command {
  const command = new Command('role').description('what people may do: levels on kinds of things')

  command
    .command('list')
    .description('roles, and where they reach')
    .action(async () => {
      const { items } = await context.client().get<{ items: Role[] }>('/api/roles')
      if (context.json()) {
        printJson(items)
        return
      }
      printTable(items, [
        { title: 'role', value: (role) => role.name },
        { title: 'given to', value: (role) => role.given_to },
        { title: 'reaches', value: (role) => role.reach },
        { title: 'what it is', value: (role) => role.description, shrink: true },
      ])
    })

  command
    .command('show <name>')
    .description('the level a role gives on each kind of thing, and who holds it')
    .action(async (name: string) => {
      const client = context.client()
      const { items } = await client.get<{ items: Role[] }>('/api/roles')
      const role = items.find((one) => one.name === name)
      if (!role) throw new Error(`there is no role ${name}`)
      const grants = await client.get<{ items: Grant[] }>(`/api/roles/${role.id}/grants`)
      if (context.json()) {
        printJson({ ...role, grants: grants.items })
        return
      }
      printTable(Object.entries(role.permissions), [
        { title: 'kind of thing', value: ([resource]) => resource },
        { title: 'level', value: ([, level]) => level },
      ])
      for (const grant of grants.items) say(`held by ${grant.subject_kind} ${grant.name} (${grant.source})`)
    })

  command
    .command('create <name>')
    .description('make a role')
    .option('--permission <levels...>', 'kind=level, such as channel=read')
    .addOption(
      new Option('--reach <where>', 'channels one has access to, or all and the whole server')
        .choices(['own', 'all'])
        .default('own'),
    )
    .option('--description <text>', 'what it is for', '')
    .action(async (name: string, options: { permission?: string[]; reach: string; description: string }) => {
      const permissions = Object.fromEntries((options.permission ?? []).map(readPermission))
      const { reach, description } = options
      const role = await context.client().post<Role>('/api/roles', { name, reach, description, permissions })
      if (context.json()) printJson(role)
      say(`The role ${name} is made.`)
    })

  command
    .command('delete <name>')
    .description('take a role away')
    .action(async (name: string) => {
      const client = context.client()
      await client.delete(`/api/roles/${(await findRole(client, name)).id}`)
      say(`The role ${name} is gone.`)
    })

  command
    .command('grant <name>')
    .description('give a role')
    .option('--user <name>', 'to an account')
    .option('--group <name>', 'to a group')
    .option('--service-account <name>', 'to an account of a program')
    .action(async (name: string, whom: Whom) => {
      const client = context.client()
      const { id } = await findRole(client, name)
      const subject = await findSubject(client, whom)
      await client.post(`/api/roles/${id}/grants`, { subject_kind: subject.kind, subject_id: subject.id })
      say(`${subject.name} has the role ${name}.`)
    })

  command
    .command('revoke <name>')
    .description('take a role from somebody')
    .option('--user <name>', 'from an account')
    .option('--group <name>', 'from a group')
    .option('--service-account <name>', 'from an account of a program')
    .action(async (name: string, whom: Whom) => {
      const client = context.client()
      const { id } = await findRole(client, name)
      const subject = await findSubject(client, whom)
      await client.delete(`/api/roles/${id}/grants/${subject.kind}/${subject.id}`)
      say(`${subject.name} has the role ${name} no more.`)
    })
  return command
}

function readPermission(text: string): [string, string] {
  const [resource = '', level = ''] = text.split('=')
  if (resource === '' || level === '') throw new Error(`"${text}" is not kind=level, such as channel=read`)
  return [resource, level]
}

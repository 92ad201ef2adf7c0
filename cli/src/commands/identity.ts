import type { Answer, Item } from '@terrarium/api/shapes.ts'
import { Command } from 'commander'
import { allItems } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { printJson, printTable, say } from '../output.ts'

type NamedIdentity = Answer<'GET /api/identities/{name}'>

type UsedName = Item<'GET /api/identities'>

export function identityCommand(context: CommandContext): Command {
  const command = new Command('identity').description('what conda names are called upstream, and who says so')
  const path = (name: string): string => `/api/identities/${encodeURIComponent(name)}`

  command
    .command('list')
    .description('names of packages, the most used first, and what they are upstream')
    .option('--unmapped', 'only names that nobody has linked')
    .option('--search <text>', 'in the name')
    .action(async (options: { unmapped?: true; search?: string }) => {
      const query = new URLSearchParams()
      if (options.unmapped) query.set('state', 'unmapped')
      if (options.search !== undefined) query.set('q', options.search)
      const rows = await Array.fromAsync(
        allItems<UsedName>(context.client(), `/api/identities?${query.toString()}`),
      )
      if (context.json()) {
        printJson(rows)
        return
      }
      printTable(rows, [
        { title: 'name', value: (row) => row.name },
        { title: 'state', value: (row) => row.state },
        { title: 'downloads', value: (row) => row.downloads, align: 'right' },
        { title: 'files', value: (row) => row.files_count, align: 'right' },
        { title: 'upstream', value: (row) => row.identities.join(', '), shrink: true },
      ])
    })

  command
    .command('show <name>')
    .description('the links of a name with their evidence, and what people say')
    .action(async (name: string) => {
      print(context, await context.client().get<NamedIdentity>(path(name)))
    })

  for (const [verb, ruling, text] of [
    ['confirm', 'linked', 'say that a name is a project: confirm a link, or add one'],
    ['refuse', 'refused', 'say that a name is not a project; no import brings the link back'],
  ] as const) {
    command
      .command(`${verb} <name> <identity>`)
      .description(text)
      .requiredOption('--reason <text>', 'why')
      .option('--relation <relation>', 'is, contains or wraps', 'is')
      .action(async (name: string, identity: string, options: { reason: string; relation: string }) => {
        const found = await context
          .client()
          .put<NamedIdentity>(`${path(name)}/rulings`, { identity, ruling, ...options })
        print(context, found)
      })
  }

  command
    .command('none <name>')
    .description('say that a name is no project anywhere')
    .requiredOption('--reason <text>', 'why')
    .action(async (name: string, options: { reason: string }) => {
      print(
        context,
        await context.client().put<NamedIdentity>(`${path(name)}/rulings`, { relation: 'none', ...options }),
      )
    })

  command
    .command('withdraw <name> [identity]')
    .description('take back what people say of a link; without an identity, that it is no project')
    .action(async (name: string, identity: string | undefined) => {
      await context
        .client()
        .delete(`${path(name)}/rulings?${new URLSearchParams({ identity: identity ?? '' }).toString()}`)
      say(`What machines find of ${name} counts again.`)
    })

  return command
}

function print(context: CommandContext, found: NamedIdentity): void {
  if (context.json()) {
    printJson(found)
    return
  }
  say(`${found.name} is ${found.state}`)
  printTable(found.links, [
    { title: 'relation', value: (row) => row.relation },
    { title: 'upstream', value: (row) => row.identity },
    { title: 'sure', value: (row) => `${Math.round(row.confidence * 100)} %`, align: 'right' },
    { title: 'from', value: (row) => row.origin },
    { title: 'evidence', value: (row) => row.evidence, shrink: true },
  ])
  for (const one of found.rulings) {
    say(`${one.by}: ${one.ruling} ${one.relation} ${one.identity || 'no project'}: ${one.reason}`)
  }
}

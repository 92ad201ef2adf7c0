import { Command } from 'commander'
import { allItems } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { openFile } from '../open-file.ts'
import { printJson, printTable, say } from '../output.ts'

interface Policy {
  readonly name: string
  readonly version: number
  readonly document: string
  readonly updated_at: string
}

export function policyCommand(context: CommandContext): Command {
  const command = new Command('policy').description('write policies and put channels under them')

  command
    .command('list')
    .description('all policies')
    .action(async () => {
      const policies = await Array.fromAsync(allItems<Policy>(context.client(), '/api/policies'))
      if (context.json()) {
        printJson(policies)
        return
      }
      printTable(policies, [
        { title: 'policy', value: (row) => row.name },
        { title: 'version', value: (row) => row.version, align: 'right' },
        { title: 'changed', value: (row) => row.updated_at.slice(0, 19) },
      ])
    })

  command
    .command('write <file>')
    .description('write a policy from a YAML or JSON file; a known name gets a new version')
    .action(async (file: string) => {
      const document = await (await openFile(file)).text()
      const policy = await context.client().post<Policy>('/api/policies', { document, filename: file })
      if (context.json()) {
        printJson(policy)
        return
      }
      say(`The policy ${policy.name} is at version ${policy.version}.`)
    })

  command
    .command('show <name>')
    .description('the document of a policy, as it was written')
    .action(async (name: string) => {
      const policy = await context.client().get<Policy>(`/api/policies/${encodeURIComponent(name)}`)
      if (context.json()) {
        printJson(policy)
        return
      }
      process.stdout.write(policy.document)
    })

  for (const [verb, text] of [
    ['assign', 'put a channel under a policy; it acts at once'],
    ['unassign', 'take a policy off a channel'],
  ] as const) {
    command
      .command(`${verb} <name>`)
      .description(text)
      .requiredOption('-c, --channel <name>', 'channel')
      .action(async (name: string, options: { channel: string }) => {
        const path = `/api/channels/${encodeURIComponent(options.channel)}/policies/${encodeURIComponent(name)}`
        await (verb === 'assign' ? context.client().put(path) : context.client().delete(path))
        say(`${options.channel}: ${verb}ed ${name}.`)
      })
  }

  return command
}

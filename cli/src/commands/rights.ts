import type { Answer } from '@terrarium/api/shapes.ts'
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { findUser } from '../names.ts'
import { printJson, printTable } from '../output.ts'

type Rights = Answer<'GET /api/users/{userId}/rights/{channel}'>

export function rightsCommand(context: CommandContext): Command {
  return new Command('rights')
    .description('what an account may do in a channel, and why')
    .argument('<user>', 'account')
    .argument('<channel>', 'channel')
    .action(async (user: string, channel: string) => {
      const client = context.client()
      const { id } = await findUser(client, user)
      const answer = await client.get<Rights>(`/api/users/${id}/rights/${encodeURIComponent(channel)}`)
      if (context.json()) {
        printJson(answer)
        return
      }
      const rows = answer.rights.flatMap(({ resource, level, reasons }) =>
        reasons.map(({ text }, index) => ({
          resource: index === 0 ? resource : '',
          level: index === 0 ? level : '',
          text,
        })),
      )
      printTable(rows, [
        { title: 'kind of thing', value: (row) => row.resource },
        { title: 'level', value: (row) => row.level },
        { title: 'because', value: (row) => row.text, shrink: true },
      ])
    })
}

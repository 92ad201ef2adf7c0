import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { printJson, say } from '../output.ts'

export function acceptInvitationCommand(context: CommandContext): Command {
  return new Command('accept-invitation')
    .description('make the account one was invited to; the password is read from standard input')
    .argument('<invitation>', 'what "terrarium user invite" printed')
    .action(async (token: string) => {
      const password = (await text(process.stdin)).replace(/\r?\n$/, '')
      const account = await context
        .client()
        .post<{ username: string }>('/api/auth/invitation', { token, password })
      if (context.json()) printJson(account)
      say(
        `The account ${account.username} is made; sign in with "terrarium login --username ${account.username}".`,
      )
    })
}

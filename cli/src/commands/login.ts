import { createInterface } from 'node:readline/promises'
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { storeCredential } from '../credentials.ts'
import { Client } from '../client.ts'
import { say } from '../output.ts'

export function loginCommand(context: CommandContext): Command {
  return new Command('login')
    .description(
      'sign in with a built-in account; keeps a token for 90 days, or as long as the server allows',
    )
    .option('--username <name>', 'account', 'admin')
    .option('--password-stdin', 'read the password from standard input')
    .option('--code <code>', 'of the second factor, or a recovery code')
    .action(async (options: { username: string; passwordStdin?: boolean; code?: string }) => {
      const password = options.passwordStdin
        ? await readAll()
        : await ask(`Password of ${options.username}: `)
      const anonymous = context.client()
      const session = await anonymous.post<{ token: string }>('/api/auth/login', {
        username: options.username,
        password,
        code: options.code,
      })
      const client = new Client({ server: anonymous.server, token: session.token })
      const made = await client.post<{ token: string; expires_at: string }>('/api/account/tokens', {
        name: 'terrarium login',
      })
      const file = storeCredential(anonymous.server, made.token, process.env)
      say(
        `Signed in to ${anonymous.server} as ${options.username} until ${made.expires_at.slice(0, 10)} (${file}).`,
      )
    })
}

async function readAll(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin) text += String(chunk)
  return text.replace(/\r?\n$/, '')
}

/** The password is not echoed: what readline would write while it is typed is swallowed. */
async function ask(question: string): Promise<string> {
  process.stderr.write(question)
  const terminal = createInterface({ input: process.stdin, terminal: process.stdin.isTTY })
  const answer = await terminal.question('')
  terminal.close()
  process.stderr.write('\n')
  return answer
}

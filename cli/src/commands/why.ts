import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { printJson } from '../output.ts'

interface Explanation {
  readonly effect: string
  readonly message: string
}

export function whyCommand(context: CommandContext): Command {
  return new Command('why')
    .description('why a file of a channel is blocked or not, and what is allowed instead')
    .argument('<file>', 'subdir and file, such as linux-64/openssl-3.1.2-h5a1e000_0.conda')
    .requiredOption('-c, --channel <name>', 'channel')
    .action(async (file: string, options: { channel: string }) => {
      const path = file.split('/').map(encodeURIComponent).join('/')
      const explanation = await context
        .client()
        .get<Explanation>(`/api/channels/${encodeURIComponent(options.channel)}/explain/${path}`)
      if (context.json()) {
        printJson(explanation)
        return
      }
      process.stdout.write(`${explanation.message}\n`)
    })
}

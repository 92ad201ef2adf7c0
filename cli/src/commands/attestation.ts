import type { Answer } from '@terrarium/api/shapes.ts'
import { Command } from 'commander'
import { channelPath } from '../channel-path.ts'
import type { CommandContext } from '../command-context.ts'
import { openFile, parseJson } from '../open-file.ts'
import { printJson, printTable, say } from '../output.ts'

type Listed = Answer<'GET /api/channels/{channel}/attestations/{subdir}/{filename}'>

export function attestationCommand(context: CommandContext): Command {
  const command = new Command('attestation').description('who stated where a file comes from (CEP 27)')

  command
    .command('list <channel> <file>')
    .description('attestations of a file, given as subdir/filename')
    .action(async (channel: string, file: string) => {
      const answer = await context.client().get<Listed>(pathOf(channel, file))
      if (context.json()) {
        printJson(answer.items)
        return
      }
      printTable(answer.items, [
        { title: 'since', value: (row) => row.created_at.slice(0, 10) },
        { title: 'trusted keys', value: (row) => row.trusted_keys.join(', ') || 'none' },
        { title: 'signed by', value: (row) => row.key_ids.join(' '), shrink: true },
      ])
    })

  command
    .command('add <channel> <file> <bundle>')
    .description('add an attestation to a file that is there: a Sigstore bundle that a trusted key signed')
    .action(async (channel: string, file: string, bundle: string) => {
      const content = parseJson(await (await openFile(bundle)).text(), bundle)
      await context.client().post(pathOf(channel, file), content)
      say(`${bundle} is kept with ${file} in ${channel}.`)
    })
  return command
}

function pathOf(channel: string, file: string): string {
  const [subdir, filename, more] = file.split('/')
  if (!subdir || !filename || more !== undefined)
    throw new Error(`"${file}" is not subdir/filename, such as noarch/demo-1.0-0.conda`)
  return `${channelPath(channel)}/attestations/${encodeURIComponent(subdir)}/${encodeURIComponent(filename)}`
}

import { basename } from 'node:path'
import { Command } from 'commander'
import { channelPath } from '../channel-path.ts'
import type { CommandContext } from '../command-context.ts'
import { openFile } from '../open-file.ts'
import { printJson, say } from '../output.ts'
import type { ChannelFile } from './channel.ts'

export function uploadCommand(context: CommandContext): Command {
  return new Command('upload')
    .description('upload conda packages to a channel')
    .argument('<files...>', 'package files, .conda or .tar.bz2')
    .requiredOption('-c, --channel <name>', 'channel to put them in')
    .option('--attestations', 'send the attestation beside each file too: NAME.attestation.json (CEP 27)')
    .action(async (files: string[], options: { channel: string; attestations?: true }) => {
      const client = context.client()
      const channel = channelPath(options.channel)
      const uploaded: ChannelFile[] = []
      for (const path of files) {
        const content = await openFile(path)
        const form = new FormData()
        form.set('filetype', 'conda1')
        form.set('size', String(content.size))
        if (options.attestations) form.set('attestation', await (await openFile(attestationOf(path))).text())
        form.set('content', content, basename(path))
        const file = await client.sendForm<ChannelFile>(`${channel}/artifacts`, form)
        uploaded.push(file)
        say(`${path} is in ${options.channel} as ${file.ckey}.`)
      }
      if (context.json()) {
        printJson(uploaded)
        return
      }
      const { indexing_behavior: indexing } = await client.get<{ indexing_behavior: string }>(channel)
      if (indexing === 'frozen')
        say(`${options.channel} is frozen: clients see that after "channel unfreeze".`)
    })
}

/** Where rattler-build and pixi leave it. */
function attestationOf(path: string): string {
  return path.replace(/\.(?:conda|tar\.bz2)$/, '.attestation.json')
}

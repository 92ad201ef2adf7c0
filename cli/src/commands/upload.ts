import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { printJson, say } from '../output.ts'
import type { ChannelFile } from './channel.ts'

export function uploadCommand(context: CommandContext): Command {
  return new Command('upload')
    .description('upload conda packages to a channel')
    .argument('<files...>', 'package files, .conda or .tar.bz2')
    .requiredOption('-c, --channel <name>', 'channel to put them in')
    .action(async (files: string[], options: { channel: string }) => {
      const client = context.client()
      const uploaded: ChannelFile[] = []
      for (const path of files) {
        const form = new FormData()
        form.set('filetype', 'conda1')
        form.set('size', String((await stat(path)).size))
        form.set('content', await openAsBlob(path), basename(path))
        const file = await client.sendForm<ChannelFile>(
          `/api/channels/${encodeURIComponent(options.channel)}/artifacts`,
          form,
        )
        uploaded.push(file)
        say(`${path} is in ${options.channel} as ${file.ckey}.`)
      }
      if (context.json()) printJson(uploaded)
    })
}

import { Command } from 'commander'
import { allItems } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { printJson, printTable, say } from '../output.ts'
import { addStatusVerbs } from './cve-statuses.ts'

interface ChannelCve {
  readonly package: string
  readonly version: string
  readonly cve: string
  readonly score: number | null
  readonly severity: string
  readonly status: string
  readonly confidence: number
  readonly why: string
  readonly fixed_in: readonly string[]
}

export function cvesCommand(context: CommandContext): Command {
  const command = new Command('cves').description('known vulnerabilities, and what people say of them')
  addStatusVerbs(command, context)

  command
    .command('list')
    .description('known vulnerabilities of the packages of a channel, and why each matched')
    .requiredOption('-c, --channel <name>', 'channel')
    .option('--package <name>', 'only this package')
    .option('--min-score <score>', 'only this score and more')
    .action(async (options: { channel: string; package?: string; minScore?: string }) => {
      const query = new URLSearchParams()
      if (options.package !== undefined) query.set('package', options.package)
      if (options.minScore !== undefined) query.set('min_score', options.minScore)
      const path = `/api/channels/${encodeURIComponent(options.channel)}/cves?${query.toString()}`
      const rows = await Array.fromAsync(allItems<ChannelCve>(context.client(), path))
      if (context.json()) {
        printJson(rows)
        return
      }
      if (rows.length === 0) {
        say(`No known vulnerability matches anything in ${options.channel}.`)
        return
      }
      printTable(rows, [
        { title: 'package', value: (row) => row.package },
        { title: 'version', value: (row) => row.version },
        { title: 'CVE', value: (row) => row.cve },
        { title: 'score', value: (row) => row.score?.toFixed(1) ?? 'none', align: 'right' },
        { title: 'severity', value: (row) => row.severity },
        { title: 'sure', value: (row) => `${Math.round(row.confidence * 100)} %`, align: 'right' },
        { title: 'fixed in', value: (row) => row.fixed_in.join(', ') },
        { title: 'why it matched', value: (row) => row.why, shrink: true },
      ])
    })
  return command
}

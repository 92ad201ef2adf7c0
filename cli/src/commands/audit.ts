import type { Answer, Item } from '@terrarium/api/shapes.ts'
import { open } from 'node:fs/promises'
import { Command, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { requireFile } from '../open-file.ts'
import { printJson, printTable, say } from '../output.ts'
import { verifyExport } from '../verify-export.ts'

type AuditEvent = Item<'GET /api/audit/events'>

type Report = Answer<'GET /api/audit/verify'>

interface Filter {
  readonly from?: string
  readonly to?: string
  readonly action?: string
  readonly target?: string
}

export function auditCommand(context: CommandContext): Command {
  const command = new Command('audit').description('what changed trust: who, when, what')
  const filtered = (name: string): Command =>
    command
      .command(name)
      .option('--from <instant>', 'not before, such as 2027-01-31T00:00:00Z')
      .option('--to <instant>', 'before')
      .option('--action <name>', 'only these, such as token.created')
      .option('--target <name>', 'what it was done to, or what lies below that')

  filtered('list')
    .description('audit events, the newest first')
    .option('--limit <number>', 'how many', '50')
    .action(async ({ limit, ...filter }: Filter & { limit: string }) => {
      const query = new URLSearchParams({ ...filter, limit })
      const { items } = await context
        .client()
        .get<{ items: AuditEvent[] }>(`/api/audit/events?${query.toString()}`)
      if (context.json()) {
        printJson(items)
        return
      }
      printTable(items, [
        { title: 'when', value: (event) => event.at.slice(0, 19) },
        { title: 'who', value: (event) => event.actor_name },
        { title: 'what', value: (event) => event.action },
        { title: 'to', value: (event) => event.target, shrink: true },
        { title: 'from', value: (event) => event.address },
      ])
    })

  filtered('export')
    .description('audit events in their order, for other systems')
    .addOption(new Option('--format <format>', 'how').choices(['jsonl', 'csv']).default('jsonl'))
    .action(async (filter: Filter & { format: string }) => {
      const query = new URLSearchParams({ ...filter })
      process.stdout.write(await context.client().getText(`/api/audit/export?${query.toString()}`))
    })

  command
    .command('verify')
    .description('whether the audit log was tampered with; ends with 1 when it was')
    .argument(
      '[exports...]',
      'files of JSON lines in their order; without them the server checks its own log',
    )
    .option('--noted <head>', 'a head that was noted earlier, seq:hash')
    .action(async (files: string[], { noted }: { noted?: string }) => {
      const report = files.length > 0 ? await verifyFiles(files, noted) : await verifyServer(context, noted)
      if (context.json()) printJson(report)
      else process.stdout.write(`${report.head.seq}:${report.head.hash}\n`)
      for (const fault of report.faults) say(fault)
      if (report.faults.length > 0) throw new Error('the audit log was tampered with')
      const older = report.unchained > 0 ? ` (and ${report.unchained} from before the chain)` : ''
      say(`${report.events} events${older}, none changed or missing. Note the head elsewhere.`)
    })
  return command
}

async function verifyServer(context: CommandContext, noted: string | undefined): Promise<Report> {
  const query = noted === undefined ? '' : `?noted=${encodeURIComponent(noted)}`
  return context.client().get<Report>(`/api/audit/verify${query}`)
}

async function verifyFiles(files: readonly string[], noted: string | undefined): Promise<Report> {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(noted ?? '') ?? []
  if (noted !== undefined && hash === undefined) {
    throw new Error(`--noted ${noted} is no head: it is written seq:hash, as audit verify prints it`)
  }
  const head = hash === undefined ? undefined : { seq: Number(seq), hash }
  // before the first is read, which may be long
  for (const file of files) await requireFile(file)
  // an export holds nothing from before the chain
  return { ...(await verifyExport(linesOf(files), head)), unchained: 0 }
}

async function* linesOf(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) {
    const handle = await open(file)
    try {
      yield* handle.readLines()
    } finally {
      await handle.close()
    }
  }
}

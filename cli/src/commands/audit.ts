import type { Answer, Item } from '@terrarium/api/shapes.ts'
import { open, readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { requireFile } from '../open-file.ts'
import { printJson, printTable, say } from '../output.ts'
import { readSignedHead } from '../signed-head.ts'
import { verifyExport, type NotedHead } from '../verify-export.ts'

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
    .command('head')
    .description('the head of the audit log, signed by the server, to be kept elsewhere')
    .action(async () => {
      const head = await context.client().get<Answer<'GET /api/audit/head'>>('/api/audit/head')
      if (context.json()) printJson(head)
      else process.stdout.write(head.note)
      say(`Its key, to be noted once: ${head.verifier_key}`)
    })

  command
    .command('verify')
    .description('whether the audit log was tampered with; ends with 1 when it was')
    .argument(
      '[exports...]',
      'files of JSON lines in their order; without them the server checks its own log',
    )
    .option('--noted <head>', 'a head that was noted earlier, seq:hash')
    .option('--head <files...>', 'signed heads that were kept, which the log must still hold; with --key')
    .option('--key <key>', 'what "audit head" told of the key that signs heads')
    .action(async (files: string[], options: { noted?: string; head?: string[]; key?: string }) => {
      const noted = [...readNoted(options.noted), ...(await readHeads(options.head ?? [], options.key))]
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

async function verifyServer(context: CommandContext, noted: readonly NotedHead[]): Promise<Report> {
  const query = new URLSearchParams(noted.map(({ seq, hash }) => ['noted', `${seq}:${hash}`]))
  return context.client().get<Report>(`/api/audit/verify?${query.toString()}`)
}

async function verifyFiles(files: readonly string[], noted: readonly NotedHead[]): Promise<Report> {
  // before the first is read, which may be long
  for (const file of files) await requireFile(file)
  // an export holds nothing from before the chain
  return { ...(await verifyExport(linesOf(files), noted)), unchained: 0 }
}

function readNoted(noted: string | undefined): NotedHead[] {
  if (noted === undefined) return []
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(noted) ?? []
  if (hash === undefined)
    throw new Error(`--noted ${noted} is no head: it is written seq:hash, as audit verify prints it`)
  return [{ seq: Number(seq), hash }]
}

async function readHeads(files: readonly string[], key: string | undefined): Promise<NotedHead[]> {
  if (files.length > 0 && key === undefined)
    throw new Error('--head takes --key, the key that "terrarium audit head" told when you first kept one')
  const heads: NotedHead[] = []
  for (const file of files) {
    await requireFile(file)
    try {
      heads.push(readSignedHead(await readFile(file, 'utf8'), key ?? ''))
    } catch (error) {
      throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
  return heads
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

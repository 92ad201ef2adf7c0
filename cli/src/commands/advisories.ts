import type { Item } from '@terrarium/api/shapes.ts'
import { basename } from 'node:path'
import { Command, Option } from 'commander'
import { allItems, type Client } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { openFile } from '../open-file.ts'
import { printJson, printTable, say } from '../output.ts'
import { waitForJob } from '../wait-for-job.ts'

export interface ImportResult {
  readonly import_id: string | null
  readonly state: 'active' | 'held' | 'unchanged'
  readonly records: number
  readonly changed: number
  readonly skipped: number
  readonly skipped_lines: readonly { readonly line: number; readonly reason: string }[]
  readonly findings: readonly { readonly code: string; readonly message: string }[]
  readonly names: number
}

type Import = Item<'GET /api/advisory-imports'>

type KnownMatch = Effect['before']

type Effect = Item<'GET /api/advisory-imports/{importId}/effects'>

const SHOWN_LINES = 10
const SHOWN_IMPORTS = 50

export function advisoriesCommand(context: CommandContext): Command {
  const command = new Command('advisories').description('bring in advisories and the mapping of names')
  command
    .command('import <files...>')
    .description('OSV, NVD 1.1 and 2.0 or CVE 5, as JSON or JSON lines, plain or compressed; KEV and EPSS')
    .addOption(
      new Option('--kind <kind>', 'what the files hold')
        .choices(['advisories', 'kev', 'epss'])
        .default('advisories'),
    )
    .action((files: string[], options: { kind: string }) => importFiles(context, files, options.kind))
  command
    .command('import-mapping <file>')
    .description('which PyPI names a conda name stands for, as JSON')
    .action((file: string) => importFiles(context, [file], 'mapping'))
  command
    .command('imports')
    .description('what came in, the newest first: each a snapshot that stands, waits or was taken back')
    .option('--state <state>', 'held, active, rolled_back or discarded')
    .action((options: { state?: string }) => listImports(context, options.state))
  command
    .command('show <import>')
    .description('an import: why it is held, what could not be read, and what it changes')
    .option('-c, --channel <name>', 'only what it changes of this channel')
    .action((id: string, options: { channel?: string }) => showImport(context, id, options.channel))
  for (const [name, what, description] of [
    ['approve', 'approved', 'let a held import through'],
    ['discard', 'discarded', 'throw a held import away'],
    [
      'roll-back',
      'taken back',
      'take an import back, and what its source brought later; the source is paused',
    ],
  ] as const) {
    command
      .command(`${name} <import>`)
      .description(description)
      .requiredOption('--note <text>', 'why; for the audit log')
      .action(async (id: string, { note }: { note: string }) => {
        const client = context.client()
        const path = `/api/advisory-imports/${encodeURIComponent(id)}/${name}`
        const started = await client.post<{ job_id: string } | null>(path, { note })
        const result = started && (await waitForJob<{ names: number }>(client, started.job_id))
        if (context.json()) printJson(result)
        else say(`The import is ${what}${result ? `; ${result.names} package names are decided again` : ''}.`)
      })
  }
  return command
}

async function importFiles(context: CommandContext, files: readonly string[], kind: string): Promise<void> {
  const client = context.client()
  const results: ImportResult[] = []
  for (const file of files) {
    const name = basename(file)
    const started = await client.sendBytes<{ job_id: string }>(
      `/api/advisories/import?kind=${kind}&filename=${encodeURIComponent(name)}`,
      await openFile(file),
    )
    const result = await waitForJob<ImportResult>(client, started.job_id)
    results.push(result)
    sayResult(name, result)
  }
  if (context.json()) printJson(results)
}

export function sayResult(name: string, result: ImportResult): void {
  say(`${name}: ${result.records} records, ${result.changed} new or changed, ${result.skipped} skipped.`)
  for (const { line, reason } of result.skipped_lines.slice(0, SHOWN_LINES)) say(`  line ${line}: ${reason}`)
  if (result.skipped > SHOWN_LINES) say(`  and ${result.skipped - SHOWN_LINES} more; --json shows them`)
  if (result.state !== 'held') return
  for (const { message } of result.findings) say(`  held: ${message}`)
  const id = result.import_id ?? ''
  say(`  Nothing has changed. See it: terrarium advisories show ${id}`)
  say(`  Let it through: terrarium advisories approve ${id} --note TEXT`)
}

async function listImports(context: CommandContext, state: string | undefined): Promise<void> {
  const filter = state === undefined ? '' : `&state=${encodeURIComponent(state)}`
  const page = await context
    .client()
    .get<{ total_count: number; items: Import[] }>(`/api/advisory-imports?limit=${SHOWN_IMPORTS}${filter}`)
  if (context.json()) {
    printJson(page)
    return
  }
  printTable(page.items, [
    { title: 'import', value: (row) => row.import_id },
    { title: 'when', value: (row) => row.imported_at.slice(0, 19) },
    { title: 'source', value: (row) => row.source },
    { title: 'state', value: (row) => row.state.replace('_', ' ') },
    { title: 'records', value: (row) => row.records, align: 'right' },
    { title: 'new', value: (row) => row.new, align: 'right' },
    { title: 'changed', value: (row) => row.changed, align: 'right' },
    { title: 'bad', value: (row) => row.skipped, align: 'right' },
    {
      title: 'held because',
      value: (row) => row.findings.map(({ message }) => message).join('; '),
      shrink: true,
    },
  ])
  if (page.total_count > page.items.length) say(`The newest ${page.items.length} of ${page.total_count}.`)
}

async function showImport(context: CommandContext, id: string, channel: string | undefined): Promise<void> {
  const client = context.client()
  const path = `/api/advisory-imports/${encodeURIComponent(id)}`
  const found = await client.get<Import>(path)
  const faults = await client.get<{ total_count: number; items: { line: number; reason: string }[] }>(
    `${path}/faults?limit=${SHOWN_LINES}`,
  )
  const effects = await effectsOf(client, path, channel)
  if (context.json()) {
    printJson({ ...found, faults, effects })
    return
  }
  say(`${found.filename} of ${found.source}, ${found.imported_at}: ${found.state.replace('_', ' ')}.`)
  say(`${found.records} records, ${found.new} new, ${found.changed} changed, ${found.skipped} not readable.`)
  for (const { message } of found.findings) say(`held: ${message}`)
  for (const { line, reason } of faults.items) say(`line ${line}: ${reason}`)
  if (faults.total_count > faults.items.length) say(`and ${faults.total_count - faults.items.length} more`)
  printTable(effects, [
    { title: 'package', value: (row) => row.package },
    { title: 'version', value: (row) => row.version },
    { title: 'cve', value: (row) => row.cve },
    { title: 'change', value: (row) => row.change.replaceAll('_', ' ') },
    { title: 'before', value: (row) => shown(row.before) },
    { title: 'after', value: (row) => shown(row.after) },
  ])
}

async function effectsOf(client: Client, path: string, channel: string | undefined): Promise<Effect[]> {
  const filter = channel === undefined ? '' : `?channel=${encodeURIComponent(channel)}`
  return Array.fromAsync(allItems<Effect>(client, `${path}/effects${filter}`))
}

function shown(match: KnownMatch | null): string {
  return match === null ? '–' : `${match.verdict} ${match.score ?? 'unscored'}`
}

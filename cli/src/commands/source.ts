import type { Item } from '@terrarium/api/shapes.ts'
import { Command } from 'commander'
import { allItems, type Client } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { printJson, printTable, say } from '../output.ts'
import { waitForJob } from '../wait-for-job.ts'
import { sayResult, type ImportResult } from './advisories.ts'

type Source = Item<'GET /api/advisory-sources'>

interface AddOptions {
  readonly kind?: string
  readonly method?: string
  readonly address?: string | false
  readonly pattern?: string
  readonly licence?: string
  readonly every?: string
  readonly approve?: boolean
}

const SOURCES = '/api/advisory-sources'

export function sourceCommand(context: CommandContext): Command {
  const command = new Command('source').description('where advisories, KEV and EPSS come from')
  command
    .command('list')
    .description('every source: how old it is, how the last look went, when the next is')
    .action(() => listSources(context))
  command
    .command('add <name>')
    .description(
      'a source we know by its name (osv-pypi, nvd, cve, kev, epss, openssl, curl …), or one of a kind',
    )
    .option('--kind <kind>', 'osv, nvd, cve5, nvd-override, curl, openssl, node, kev or epss')
    .option('--method <method>', 'how it is fetched: file, changes, osv, nvd-api or cve5-deltas')
    .option('--address <url>', 'where it is')
    .option('--no-address', 'only from the watched folder')
    .option('--pattern <pattern>', 'file names in the watched folder, with * for anything')
    .option('--licence <text>', 'under what terms')
    .option('--every <minutes>', 'how often it is looked at')
    .option('--approve', 'hold each import for a person')
    .action((name: string, options: AddOptions) => addSource(context, name, options))
  command
    .command('refresh <name>')
    .description('look at a source now')
    .option('--restart', 'everything again, not what changed')
    .action((name: string, options: { restart?: boolean }) =>
      refresh(context, name, options.restart === true),
    )
  for (const [verb, paused, said] of [
    ['pause', true, 'is not looked at any more'],
    ['resume', false, 'is looked at again'],
  ] as const) {
    command
      .command(`${verb} <name>`)
      .description(paused ? 'look at it no more' : 'look at it again')
      .action(async (name: string) => {
        const client = context.client()
        const source = await findSource(client, name)
        const changed = await client.put<Source>(`${SOURCES}/${source.source_id}`, { paused })
        if (context.json()) printJson(changed)
        else say(`The source ${name} ${said}.`)
      })
  }
  command
    .command('remove <name>')
    .description('remove a source; what it brought stays')
    .action(async (name: string) => {
      const client = context.client()
      const source = await findSource(client, name)
      await client.delete(`${SOURCES}/${source.source_id}`)
      say(`The source ${name} is gone; what it brought stays.`)
    })
  return command
}

async function listSources(context: CommandContext): Promise<void> {
  const sources = await Array.fromAsync(allItems<Source>(context.client(), SOURCES))
  if (context.json()) {
    printJson(sources)
    return
  }
  printTable(sources, [
    { title: 'source', value: (row) => row.name },
    { title: 'kind', value: (row) => row.kind },
    { title: 'age', value: (row) => row.age },
    { title: 'as of', value: (row) => row.current_at?.slice(0, 16) ?? 'never' },
    { title: 'last result', value: (row) => row.result ?? '' },
    { title: 'next look', value: nextLook },
    { title: 'from', value: (row) => row.address ?? row.file_pattern, shrink: true },
    { title: 'message', value: (row) => row.message, shrink: true },
  ])
}

function nextLook(source: Source): string {
  if (source.paused) return 'paused'
  if (source.held_import_id !== null) return 'after approval'
  return source.next_refresh_at?.slice(0, 16) ?? 'by file'
}

async function addSource(context: CommandContext, name: string, options: AddOptions): Promise<void> {
  const { address } = options
  const source = await context.client().post<Source>(SOURCES, {
    name,
    ...(options.kind !== undefined && { kind: options.kind }),
    ...(options.method !== undefined && { method: options.method }),
    ...(typeof address === 'string' && { address }),
    ...(address === false && { address: null }),
    ...(options.pattern !== undefined && { file_pattern: options.pattern }),
    ...(options.licence !== undefined && { licence: options.licence }),
    ...(options.every !== undefined && { refresh_minutes: Number(options.every) }),
    ...(options.approve && { automatic: false }),
  })
  if (context.json()) {
    printJson(source)
    return
  }
  say(`The source ${name} is there. Licence: ${source.licence}.`)
  say(
    source.address === null
      ? `Files named ${source.file_pattern} are taken from the watched folder.`
      : `It is read from ${source.address}.`,
  )
}

async function refresh(context: CommandContext, name: string, restart: boolean): Promise<void> {
  const client = context.client()
  const source = await findSource(client, name)
  const started = await client.post<{ job_id: string }>(`${SOURCES}/${source.source_id}/refresh`, { restart })
  const looked = await waitForJob<{ state: string; import_job_id?: string }>(client, started.job_id)
  const result =
    looked.import_job_id === undefined
      ? undefined
      : await waitForJob<ImportResult>(client, looked.import_job_id)
  if (context.json()) printJson(result ?? looked)
  else if (result) sayResult(name, result)
  else say(looked.state === 'waiting' ? `${name} waits for approval.` : `${name} has nothing new.`)
}

async function findSource(client: Client, name: string): Promise<Source> {
  for await (const source of allItems<Source>(client, SOURCES)) if (source.name === name) return source
  throw new Error(`there is no source ${name}; terrarium source list shows them`)
}

import type { Answer, Item } from '@terrarium/api/shapes.ts'
import { Command } from 'commander'
import { channelPath } from '../channel-path.ts'
import { allItems } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { printJson, printTable, say } from '../output.ts'

type Cause = Readonly<Record<string, unknown>> & { readonly kind: string }

type Revision = Item<'GET /api/channels/{channel}/revisions'>

type Difference = Item<'GET /api/channels/{channel}/revisions/{revision}/diff'>

export function revisionCommand(context: CommandContext): Command {
  const command = new Command('revision').description("look into a channel's history, and go back in it")

  command
    .command('list <channel>')
    .description('revisions of a channel, newest first')
    .option('--limit <count>', 'how many', '20')
    .action(async (channel: string, options: { limit: string }) => {
      const path = `${revisionsOf(channel)}?limit=${encodeURIComponent(options.limit)}`
      const page = await context.client().get<{ total_count: number; items: Revision[] }>(path)
      if (context.json()) {
        printJson(page.items)
        return
      }
      printRevisions(page.items)
      if (page.items.length < page.total_count) say(`${page.items.length} of ${page.total_count}.`)
    })

  command
    .command('show <channel> <revision>')
    .description('one revision, by its number, a date in UTC or an instant')
    .action(async (channel: string, revision: string) => {
      const found = await context
        .client()
        .get<Revision>(`${revisionsOf(channel)}/${encodeURIComponent(revision)}`)
      if (context.json()) printJson(found)
      else printRevisions([found])
    })

  command
    .command('diff <channel> <revision>')
    .description('what differs from another revision, and why')
    .option('--from <revision>', 'the earlier one; the one before when left out')
    .action(async (channel: string, revision: string, options: { from?: string }) => {
      show(await difference(channel, revision, options.from), 'Nothing differs.')
    })

  command
    .command('rollback <channel> <revision>')
    .description('make a new revision with what that one had')
    .option('--dry-run', 'print which files would come and go, and change nothing')
    .action(async (channel: string, revision: string, options: { dryRun?: boolean }) => {
      if (options.dryRun) {
        const { newest_revision: newest } = await standing(channel)
        const items = await difference(channel, revision, newest)
        show(
          items.map((item) => ({ ...item, files: item.files.filter(isOfContents) })),
          `The channel ${channel} has what revision ${revision} had.`,
        )
        say('Nothing was changed. The policies of today would decide what is served of them.')
        return
      }
      const path = `${revisionsOf(channel)}/${encodeURIComponent(revision)}/rollback`
      const done = await context.client().post<Rollback>(path)
      if (context.json()) {
        printJson(done)
        return
      }
      if (done.changed_names === 0) say(`The channel ${channel} has what revision ${done.to} had.`)
      else
        say(
          `The channel ${channel} goes back to revision ${done.to}: ${done.restored_files} files in again, ` +
            `${done.removed_files} out. The policies of today decide what is served of them.` +
            (done.frozen ? ' It is frozen: clients see that after "channel unfreeze".' : ''),
        )
    })

  command
    .command('serve <channel> <revision>')
    .description('serve that revision as it was, at once, and freeze the channel there')
    .option('--dry-run', 'print what clients would see change, and change nothing')
    .action(async (channel: string, revision: string, options: { dryRun?: boolean }) => {
      if (options.dryRun) {
        const { revision: served } = await standing(channel)
        show(await difference(channel, revision, served), `Revision ${served} serves the same.`)
        say('Nothing was changed.')
        return
      }
      const path = `${revisionsOf(channel)}/${encodeURIComponent(revision)}/serve`
      const done = await context.client().post<{ revision: number }>(path)
      if (context.json()) printJson(done)
      else say(`The channel ${channel} serves revision ${done.revision} until "channel unfreeze".`)
    })

  function standing(channel: string): Promise<Item<'GET /api/channels'>> {
    return context.client().get(channelPath(channel))
  }

  /** @param from the one before when left out */
  function difference(channel: string, revision: string, from?: string | number): Promise<Difference[]> {
    const query = from === undefined ? '' : `?from=${encodeURIComponent(from)}`
    const path = `${revisionsOf(channel)}/${encodeURIComponent(revision)}/diff${query}`
    return Array.fromAsync(allItems<Difference>(context.client(), path))
  }

  function show(items: readonly Difference[], nothing: string): void {
    if (context.json()) printJson(items)
    else if (items.every(({ files }) => files.length === 0)) say(nothing)
    else printDifference(items)
  }

  return command
}

/** What policies show and hide is theirs to say anew when a channel goes back. */
function isOfContents({ change }: Difference['files'][number]): boolean {
  return change !== 'shown' && change !== 'hidden'
}

function printDifference(items: readonly Difference[]): void {
  const rows = items.flatMap(({ causes, files }) => files.map((file) => ({ ...file, causes })))
  printTable(rows, [
    { title: 'change', value: (row) => row.change },
    { title: 'file', value: (row) => `${row.subdir}/${row.filename}` },
    { title: 'fields', value: (row) => row.fields.join(', '), shrink: true },
    {
      title: 'why',
      value: (row) => [...new Set(row.causes.map(({ cause }) => causeText(cause)))].join('; '),
      shrink: true,
    },
  ])
}

type Rollback = Answer<'POST /api/channels/{channel}/revisions/{revision}/rollback'>

function revisionsOf(channel: string): string {
  return `${channelPath(channel)}/revisions`
}

function printRevisions(revisions: readonly Revision[]): void {
  printTable(revisions, [
    { title: 'revision', value: (row) => row.number, align: 'right' },
    { title: 'made', value: (row) => row.created },
    { title: 'state', value: (row) => row.state },
    { title: 'names', value: (row) => row.changed_names, align: 'right' },
    { title: 'served', value: (row) => row.served_count, align: 'right' },
    { title: 'of', value: (row) => row.contents_count, align: 'right' },
    { title: 'why', value: (row) => row.causes.map(causeText).join('; '), shrink: true },
  ])
}

/**
 * `upload by alice file noarch/a-1.0-0.conda`, `mirror conda-forge job 4f…`: a kind that this release does not know
 * reads as well.
 */
export function causeText({ kind, ...rest }: Cause): string {
  const own = (key: string, value: unknown): string =>
    key === kind ? String(value) : `${key} ${String(value)}`
  return [kind, ...Object.entries(rest).map(([key, value]) => own(key, value))].join(' ')
}

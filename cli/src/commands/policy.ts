import type { Answer, Item } from '@terrarium/api/shapes.ts'
import { Command } from 'commander'
import { channelPath } from '../channel-path.ts'
import { allItems } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { openFile, parseJson } from '../open-file.ts'
import { printJson, printTable, say } from '../output.ts'

type Policy = Item<'GET /api/policies'>

type Preview = Answer<'POST /api/channels/{channel}/policy-preview'>

type Translated = Answer<'POST /api/policies/from-filters'>

type Change = Item<'GET /api/channels/{channel}/explain/{subdir}/{filename}/history'>

type Replay = Answer<'GET /api/channels/{channel}/decisions/{change_id}'>

export function policyCommand(context: CommandContext): Command {
  const command = new Command('policy').description('write policies and put channels under them')

  command
    .command('list')
    .description('all policies')
    .action(async () => {
      const policies = await Array.fromAsync(allItems<Policy>(context.client(), '/api/policies'))
      if (context.json()) {
        printJson(policies)
        return
      }
      printTable(policies, [
        { title: 'policy', value: (row) => row.name },
        { title: 'version', value: (row) => row.version, align: 'right' },
        { title: 'changed', value: (row) => row.updated_at.slice(0, 19) },
      ])
    })

  command
    .command('write <file>')
    .description('write a policy from a YAML or JSON file; a known name gets a new version')
    .action(async (file: string) => {
      const document = await (await openFile(file)).text()
      const policy = await context.client().post<Policy>('/api/policies', { document, filename: file })
      if (context.json()) {
        printJson(policy)
        return
      }
      say(`The policy ${policy.name} is at version ${policy.version}.`)
    })

  command
    .command('from-filters <file>')
    .description('a filter object of Package Security Manager (JSON) as a policy; it is printed and not kept')
    .requiredOption('-n, --name <name>', 'name of the policy')
    .action(async (file: string, options: { name: string }) => {
      const filters = parseJson(await (await openFile(file)).text(), file)
      const translated = await context
        .client()
        .post<Translated>('/api/policies/from-filters', { name: options.name, filters })
      if (context.json()) {
        printJson(translated)
        return
      }
      for (const note of translated.notes) say(note)
      process.stdout.write(`${translated.document}\n`)
    })

  command
    .command('show <name>')
    .description('the document of a policy, as it was written')
    .action(async (name: string) => {
      const policy = await context.client().get<Policy>(`/api/policies/${encodeURIComponent(name)}`)
      if (context.json()) {
        printJson(policy)
        return
      }
      process.stdout.write(policy.document)
    })

  command
    .command('preview <file>')
    .description('what a policy file would change in a channel; nothing is changed')
    .requiredOption('-c, --channel <name>', 'channel')
    .action(async (file: string, options: { channel: string }) => {
      const preview = await context.client().post<Preview>(`${channelPath(options.channel)}/policy-preview`, {
        document: await (await openFile(file)).text(),
        filename: file,
      })
      if (context.json()) {
        printJson(preview)
        return
      }
      printTable(preview.names, [
        { title: 'package', value: (row) => row.name },
        { title: 'blocked', value: (row) => row.newly_blocked, align: 'right' },
        { title: 'unblocked', value: (row) => row.newly_unblocked, align: 'right' },
        { title: 'downloads', value: (row) => row.downloads_30_days, align: 'right' },
        {
          title: 'allowed then',
          value: (row) => (row.none_left ? 'NONE' : row.remaining_versions.join(' ')),
          shrink: true,
        },
      ])
      say(
        `Of ${preview.file_count} files ${preview.newly_blocked} would be newly blocked and ` +
          `${preview.newly_unblocked} unblocked; ${preview.none_left_count} packages would have nothing left. ` +
          `The blocked ones were downloaded ${preview.downloads_30_days} times in 30 days.`,
      )
    })

  command
    .command('replay <file>')
    .description('every decision about a file, made again from the facts and policies of its day')
    .requiredOption('-c, --channel <name>', 'channel')
    .action(async (file: string, options: { channel: string }) => {
      const replays = await replayFile(context, options.channel, file)
      if (context.json()) printJson(replays)
      else printReplays(replays)
      const wrong = replays.filter(({ outcome }) => outcome === 'different' || outcome === 'damaged')
      if (wrong.length > 0) process.exitCode = 1
    })

  for (const [verb, text] of [
    ['assign', 'put a channel under a policy; it acts at once'],
    ['unassign', 'take a policy off a channel'],
  ] as const) {
    command
      .command(`${verb} <name>`)
      .description(text)
      .requiredOption('-c, --channel <name>', 'channel')
      .action(async (name: string, options: { channel: string }) => {
        const path = `${channelPath(options.channel)}/policies/${encodeURIComponent(name)}`
        await (verb === 'assign' ? context.client().put(path) : context.client().delete(path))
        say(`${options.channel}: ${verb}ed ${name}.`)
      })
  }

  return command
}

async function replayFile(context: CommandContext, channel: string, file: string): Promise<Replay[]> {
  const place = channelPath(channel)
  const path = file.split('/').map(encodeURIComponent).join('/')
  const replays: Replay[] = []
  for await (const { id } of allItems<Change>(context.client(), `${place}/explain/${path}/history`))
    replays.push(await context.client().get<Replay>(`${place}/decisions/${id}`))
  return replays
}

function printReplays(replays: readonly Replay[]): void {
  if (replays.length === 0) {
    say('Nothing but "allow" was ever decided of this file.')
    return
  }
  printTable(replays, [
    { title: 'at', value: ({ change }) => change.at.slice(0, 19) },
    { title: 'revision', value: ({ change }) => change.revision, align: 'right' },
    { title: 'verdict', value: ({ change }) => `${change.before ?? 'new'} → ${change.after}` },
    { title: 'made again', value: ({ outcome }) => outcomeWords[outcome] },
    {
      title: 'by',
      value: ({ policies }) => policies.map(({ policy, version }) => `${policy} v${version}`).join(', '),
      shrink: true,
    },
  ])
  for (const { change, differences, problem } of replays) {
    for (const { path, recorded, replayed } of differences)
      say(`${change.at}: ${path} was ${recorded ?? 'absent'} and comes out ${replayed ?? 'absent'}`)
    if (problem !== null) say(`${change.at}: ${problem}`)
  }
}

const outcomeWords: Readonly<Record<Replay['outcome'], string>> = {
  same: 'same',
  different: 'DIFFERENT',
  not_kept: 'facts not kept',
  damaged: 'DAMAGED',
}

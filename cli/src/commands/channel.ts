import type { Item } from '@terrarium/api/shapes.ts'
import { Command, InvalidArgumentError } from 'commander'
import { channelPath } from '../channel-path.ts'
import { allItems } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { formatBytes, formatSeconds, printJson, printTable, say } from '../output.ts'

type Channel = Item<'GET /api/channels'>

type Source = Pick<NonNullable<Channel['sources']>[number], 'name' | 'parent_name'>

interface NewChannelOptions {
  readonly privacy: string
  readonly description: string
  readonly member?: readonly string[]
}

type Pin = Item<'GET /api/channels/{channel}/pins'>

type Owner = Item<'GET /api/channels/{channel}/owners'>

type Showing = Item<'GET /api/channels/{channel}/virtual-channels'>

export type ChannelFile = Item<'GET /api/channels/{channel}/files'>

export function channelCommand(context: CommandContext): Command {
  const command = new Command('channel').description('make, list and look into channels')

  command
    .command('list')
    .description('channels you may see')
    .action(async () => {
      const channels = await Array.fromAsync(
        allItems<Channel>(context.client(), '/api/channels?include_subchannels=true'),
      )
      if (context.json()) {
        printJson(channels)
        return
      }
      printTable(channels, [
        { title: 'channel', value: (row) => row.path },
        { title: 'privacy', value: (row) => row.privacy },
        { title: 'revision', value: (row) => row.revision, align: 'right' },
        { title: 'repodata.json', value: lagText },
        { title: 'state', value: stateText },
        { title: 'description', value: (row) => row.description, shrink: true },
      ])
    })

  command
    .command('show <name>')
    .description('what a channel is, what it serves, and who shows it')
    .action(async (name: string) => {
      const client = context.client()
      const path = channelPath(name)
      const channel = await client.get<Channel>(path)
      if (context.json()) {
        printJson(channel)
        return
      }
      const [subchannels, virtuals, files, blocked] = await Promise.all([
        Array.fromAsync(allItems<Channel>(client, `${path}/subchannels`)),
        Array.fromAsync(allItems<Channel>(client, `${path}/virtual-channels`)),
        client.get<{ total_count: number }>(`${path}/files?limit=1`),
        client.get<{ total_count: number }>(`${path}/files?limit=1&blocked=true`),
      ])
      const facts: readonly (readonly [string, string])[] = [
        ['address', `${client.server}/api/repo/${channel.path}`],
        ['description', channel.description],
        ['privacy', channel.privacy],
        ['files', `${files.total_count}, ${blocked.total_count} of them blocked`],
        ['revision', `${channel.revision}, changed ${channel.updated}`],
        ['repodata.json', lagText(channel)],
        ['state', stateText(channel)],
        ['past kept for', channel.keep_days === null ? 'as the server says' : `${channel.keep_days} days`],
        ['members', (channel.sources ?? []).map(pathOf).join(', ')],
        ['subchannels', subchannels.map((one) => one.path).join(', ')],
        ['shown by', virtuals.map((one) => one.path).join(', ')],
      ]
      for (const [title, text] of facts) {
        if (text !== '') process.stdout.write(`${title.padEnd(13)}  ${text}\n`)
      }
    })

  command
    .command('describe <name> <description>')
    .description('say anew what a channel is for')
    .action(async (name: string, description: string) => {
      const channel = await context.client().put<Channel>(channelPath(name), { description })
      if (context.json()) printJson(channel)
      else say(`The channel ${channel.path} is described anew.`)
    })

  command
    .command('create <name>')
    .description('make a channel, or with CHANNEL/NAME a subchannel')
    .option('--privacy <privacy>', 'public, authenticated or private', 'private')
    .option('--description <text>', 'what it is for', '')
    .option(
      '--member <channel...>',
      'make a virtual channel that shows what these channels have, in this order',
    )
    .action(async (name: string, { member, ...plain }: NewChannelOptions) => {
      const options = {
        ...plain,
        ...(member && { channel_type: 'virtual', sources: member.map(toSource) }),
      }
      const [first = '', ...rest] = name.split('/')
      const channel =
        rest.length === 0
          ? await context.client().post<Channel>('/api/channels', { name, ...options })
          : await context.client().post<Channel>(`${channelPath(first)}/subchannels`, {
              name: rest.join('/'),
              ...options,
            })
      if (context.json()) {
        printJson(channel)
        return
      }
      say(`The channel ${channel.path} is there (${channel.privacy}).`)
    })

  command
    .command('files <channel>')
    .description('files of a channel, with what the policies say of each')
    .option('--blocked', 'only those that policies keep from clients')
    .action(async (channel: string, options: { blocked?: boolean }) => {
      const path = `${channelPath(channel)}/files${options.blocked ? '?blocked=true' : ''}`
      const files = await Array.fromAsync(allItems<ChannelFile>(context.client(), path))
      if (context.json()) {
        printJson(files)
        return
      }
      printFiles(files)
    })

  for (const [verb, behavior, description] of [
    ['freeze', 'frozen', 'keep what a channel serves as it is, while new content is prepared'],
    ['unfreeze', 'default', 'show what was prepared, in one step'],
  ] as const) {
    command
      .command(`${verb} <name>`)
      .description(description)
      .action(async (name: string) => {
        const channel = await context
          .client()
          .put<Channel>(channelPath(name), { indexing_behavior: behavior })
        if (context.json()) printJson(channel)
        else
          say(
            `The channel ${name} serves revision ${channel.revision}, and is ${verb === 'freeze' ? '' : 'not '}frozen.`,
          )
      })
  }

  command
    .command('privacy <name> <privacy>')
    .description('who may read a channel: public, authenticated or private')
    .action(async (name: string, privacy: string) => {
      const channel = await context.client().put<Channel>(channelPath(name), { privacy })
      if (context.json()) printJson(channel)
      else say(`The channel ${name} is ${channel.privacy}.`)
    })

  command
    .command('keep')
    .argument('<name>')
    .argument('<days>', 'a number, or "default" for what the server says', readDays)
    .description('how many days a past revision of a channel is kept')
    .action(async (name: string, days: number | null) => {
      const channel = await context.client().put<Channel>(channelPath(name), { keep_days: days })
      if (context.json()) printJson(channel)
      else
        say(
          `Past revisions of ${name} are kept ${days === null ? 'as long as the server says' : `${days} days`}.`,
        )
    })

  command
    .command('members <name> [members...]')
    .description(
      'members of a virtual channel, or with MEMBERS other ones, in the order in which they are asked',
    )
    .action(async (name: string, members: readonly string[]) => {
      const path = channelPath(name)
      const client = context.client()
      const channel =
        members.length === 0
          ? await client.get<Channel>(path)
          : await client.put<Channel>(path, { sources: members.map(toSource) })
      if (context.json()) {
        printJson({ sources: channel.sources ?? [], lost_members: channel.lost_members ?? [] })
        return
      }
      if (!channel.sources) say(`The channel ${name} is no virtual channel.`)
      else printMembers(channel)
    })

  command
    .command('dismiss <name> <member>')
    .description('take a lost member out of a virtual channel: the next that has them gets its packages')
    .action(async (name: string, member: string) => {
      const client = context.client()
      const path = channelPath(name)
      const { lost_members: lost = [] } = await client.get<Channel>(path)
      const dismissed = lost.filter((one) => one.path === member || one.id === member)
      if (dismissed.length === 0) throw new Error(`${name} has no lost member ${member}`)
      for (const { id } of dismissed) await client.delete(`${path}/lost-members/${encodeURIComponent(id)}`)
      say(`${member} is no member of ${name} any more.`)
    })

  command
    .command('shown-by <name>')
    .description('virtual channels that a channel is a member of')
    .action(async (name: string) => {
      const path = `${channelPath(name)}/virtual-channels`
      const showings = await Array.fromAsync(allItems<Showing>(context.client(), path))
      if (context.json()) {
        printJson(showings)
        return
      }
      printTable(showings, [
        { title: 'virtual channel', value: (row) => row.path },
        { title: 'privacy', value: (row) => row.privacy },
        { title: 'shown', value: (row) => (row.shown ? 'yes' : 'no') },
        { title: 'while not public', value: (row) => (row.allowed ? 'allowed' : 'no') },
      ])
    })

  command
    .command('allow <name> <virtual>')
    .description('let a virtual channel show a channel also while that is not public')
    .action(async (name: string, virtual: string) => {
      await context.client().put(showingPath(name, virtual), {})
      say(`${virtual} may show ${name} also while it is not public.`)
    })

  command
    .command('withdraw <name> <virtual>')
    .description('take that back: it shows the channel only while that is public')
    .action(async (name: string, virtual: string) => {
      await context.client().delete(showingPath(name, virtual))
      say(`${virtual} shows ${name} only while it is public.`)
    })

  command
    .command('owners <name>')
    .description('which member of a virtual channel each package comes from')
    .option('--search <text>', 'only packages with this in their name')
    .option('--lost', 'only those that lost members had: they come from nowhere until somebody decides')
    .action(async (name: string, options: { search?: string; lost?: boolean }) => {
      const asked = new URLSearchParams({
        ...(options.search !== undefined && { q: options.search }),
        ...(options.lost && { lost: 'true' }),
      })
      const query = asked.size === 0 ? '' : `?${asked.toString()}`
      const path = `${channelPath(name)}/owners${query}`
      const owners = await Array.fromAsync(allItems<Owner>(context.client(), path))
      if (context.json()) {
        printJson(owners)
        return
      }
      if (owners.length === 0 && !(await isVirtual(context, name))) return
      printTable(owners, [
        { title: 'package', value: (row) => row.name },
        {
          title: 'comes from',
          value: (row) =>
            [row.member ?? '(a channel you may not see)', row.lost ?? ''].filter(Boolean).join(', '),
        },
        { title: 'pinned by', value: (row) => row.pin ?? '' },
        { title: 'left out', value: (row) => row.left_out.join(', '), shrink: true },
      ])
    })

  command
    .command('pins <name>')
    .description('names and patterns of names that come from one member, whatever the order')
    .action(async (name: string) => {
      const path = `${channelPath(name)}/pins`
      const pins = await Array.fromAsync(allItems<Pin>(context.client(), path))
      if (context.json()) {
        printJson(pins)
        return
      }
      if (pins.length === 0 && !(await isVirtual(context, name))) return
      printTable(pins, [
        { title: 'package', value: (row) => row.name },
        { title: 'comes from', value: (row) => row.member ?? '(a channel you may not see)' },
      ])
    })

  command
    .command('pin <name> <package> <member>')
    .description('take a package, or all that a pattern such as acme-* matches, from one member')
    .action(async (name: string, packageName: string, member: string) => {
      await context.client().put(pinPath(name, packageName), { member })
      say(`In ${name}, ${packageName} comes from ${member}.`)
    })

  command
    .command('unpin <name> <package>')
    .description('let the order of the members decide again')
    .action(async (name: string, packageName: string) => {
      await context.client().delete(pinPath(name, packageName))
      say(`In ${name}, the order of the members decides on ${packageName}.`)
    })

  command
    .command('delete <name>')
    .description('drop a channel with all it names')
    .option('--yes', 'really')
    .option('--subchannels', 'its subchannels go with it')
    .action(async (name: string, options: { yes?: boolean; subchannels?: boolean }) => {
      const client = context.client()
      const path = channelPath(name)
      if (!options.yes) {
        const channel = await client.get<Channel>(path)
        const { total_count: files } = await client.get<{ total_count: number }>(`${path}/files?limit=1`)
        throw new Error(
          `this drops ${channel.path} with all it has, ${files} files in ${channel.newest_revision} revisions, ` +
            'for ever; say --yes if you mean it',
        )
      }
      await client.delete(`${path}${options.subchannels ? '?subchannels=true' : ''}`)
      say(`The channel ${name} is gone.`)
    })

  return command
}

/** Says so of one that is not, for which an empty table would be no answer. */
async function isVirtual(context: CommandContext, name: string): Promise<boolean> {
  const { channel_type: kind } = await context.client().get<Channel>(channelPath(name))
  if (kind !== 'virtual') say(`The channel ${name} is no virtual channel.`)
  return kind === 'virtual'
}

/** How far the files of a whole revision are behind what clients of shards see. */
function lagText(channel: Channel): string {
  const since = channel.rendered_behind_since
  if (since === null) return 'current'
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1000))
  return `${channel.revision - channel.rendered_revision} behind, ${formatSeconds(seconds)}`
}

/** What is not as it mostly is. */
function stateText(channel: Channel): string {
  const prepared = channel.newest_revision - channel.revision
  const parts = [
    channel.channel_type === 'virtual' && 'virtual',
    channel.indexing_behavior === 'frozen' && `frozen, ${prepared} prepared`,
    channel.stale_names > 0 && `deciding on ${channel.stale_names} packages`,
  ]
  return parts.filter((part) => part !== false).join('; ')
}

/** @throws InvalidArgumentError */
function readDays(text: string): number | null {
  if (text === 'default') return null
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a number of days, or "default".')
  return Number(text)
}

function printMembers({ path: channel, sources = [], lost_members: lost = [] }: Channel): void {
  printTable(
    sources.map((source, index) => ({ ...source, position: index + 1 })),
    [
      { title: 'order', value: (row) => row.position, align: 'right' },
      { title: 'member', value: pathOf },
      { title: 'asked', value: (row) => (row.before_public ? 'before public ones' : 'in order') },
      { title: 'shown', value: (row) => (row.lost === null ? 'yes' : 'no: it was closed') },
    ],
  )
  for (const { path, how, names, lost_at: at } of lost)
    say(
      `${path} was ${how} on ${at.slice(0, 10)}. It had ${names} packages, and those that came from it come from nowhere ` +
        `(terrarium channel owners ${channel} --lost): pin them to another member, or dismiss ${path}.`,
    )
}

function showingPath(channel: string, virtual: string): string {
  return `${channelPath(channel)}/virtual-channels/${encodeURIComponent(virtual)}`
}

function pinPath(channel: string, name: string): string {
  return `${channelPath(channel)}/pins/${encodeURIComponent(name)}`
}

/** `main/dev` as the REST interface names a member of a virtual channel. */
function toSource(path: string): Source {
  const [first = '', ...rest] = path.split('/')
  return rest.length === 0 ? { name: first } : { name: rest.join('/'), parent_name: first }
}

function pathOf({ name, parent_name: parent }: Source): string {
  return parent === undefined ? name : `${parent}/${name}`
}

function printFiles(files: readonly ChannelFile[]): void {
  printTable(files, [
    { title: 'file', value: (row) => row.ckey },
    { title: 'size', value: (row) => formatBytes(row.size), align: 'right' },
    { title: 'verdict', value: (row) => row.effect },
    {
      title: 'why',
      value: (row) => row.reasons.map(({ rule, text }) => `${rule}: ${text}`).join('; '),
      shrink: true,
    },
  ])
}

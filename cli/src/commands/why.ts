import type { Answer } from '@terrarium/api/shapes.ts'
import { Command } from 'commander'
import { channelPath } from '../channel-path.ts'
import type { CommandContext } from '../command-context.ts'
import { printJson, printTable, say } from '../output.ts'

type FileExplanation = Answer<'GET /api/channels/{channel}/explain/{subdir}/{filename}'>

type PastDecisions = Answer<'GET /api/channels/{channel}/decisions'>

type SpecExplanation = Answer<'GET /api/explain'>

export function whyCommand(context: CommandContext): Command {
  return new Command('why')
    .description('why a package is blocked or not, and what is allowed instead')
    .argument('<spec>', 'a match spec such as "openssl 3.1.*", or subdir and file')
    .requiredOption('-c, --channel <name>', 'channel')
    .option('--platform <subdir>', 'only what can be installed there')
    .option('--at <instant>', 'what was decided then: a date, or an instant in UTC')
    .action(async (spec: string, options: { channel: string; platform?: string; at?: string }) => {
      const { at } = options
      if (at !== undefined) await explainPast(context, spec, { ...options, at })
      else if (FILE.test(spec)) await explainFile(context, options.channel, spec)
      else await explainSpec(context, spec, options)
    })
}

/** `linux-64/openssl-3.1.2-h5a1e000_0.conda` */
const FILE = /^[^\s/]+\/(?<name>[^\s/]+)-(?<version>[^\s/-]+)-(?<build>[^\s/-]+)\.(?:conda|tar\.bz2)$/

async function explainFile(context: CommandContext, channel: string, file: string): Promise<void> {
  const path = file.split('/').map(encodeURIComponent).join('/')
  const explanation = await context.client().get<FileExplanation>(`${channelPath(channel)}/explain/${path}`)
  if (context.json()) {
    printJson(explanation)
    return
  }
  process.stdout.write(`${explanation.message}\n`)
  const { signedWhy, attestedWhy } = explanation.facts
  // who vouches for it, or why nobody does
  for (const why of [signedWhy, attestedWhy])
    if (why !== undefined) say(`${why.charAt(0).toUpperCase()}${why.slice(1)}.`)
}

async function explainSpec(
  context: CommandContext,
  spec: string,
  { channel, platform }: { channel: string; platform?: string },
): Promise<void> {
  const query = new URLSearchParams({ channel, spec, ...(platform !== undefined && { platform }) })
  const found = await context.client().get<SpecExplanation>(`/api/explain?${query.toString()}`)
  if (context.json()) {
    printJson(found)
    return
  }
  if (found.candidate_count === 0) {
    say(`The channel ${channel} has nothing that matches "${spec}", blocked or not.`)
    return
  }
  printTable(found.candidates, [
    { title: 'file', value: (row) => row.file },
    {
      title: 'verdict',
      // of what is let through, that it is not to be had after all is what counts
      value: (row) => (row.damage && ['allow', 'warn', 'hide'].includes(row.effect) ? 'damaged' : row.effect),
    },
    {
      title: 'why',
      value: (row) =>
        [
          ...(row.damage ? [`damaged: ${row.damage.found}`] : []),
          ...row.reasons.map((one) => `${one.policy}/${one.rule}: ${one.text}`),
        ].join('; '),
      shrink: true,
    },
  ])
  say(`${found.listed_count} of ${found.candidate_count} files are offered to solvers.`)
  for (const { file, damage } of found.candidates) if (damage) say(describeDamage(file, damage))
  const instead = found.alternatives.map(({ version, build }) => `${found.name}=${version}=${build}`)
  if (instead.length > 0) say(`Allowed instead: ${instead.join(', ')}`)
}

function describeDamage(
  file: string,
  { found_at: at, action, way_out: wayOut }: NonNullable<SpecExplanation['candidates'][number]['damage']>,
): string {
  const done = action === null ? 'nothing was done yet' : action
  return `${file} cannot be had: its bytes were found damaged on ${at.slice(0, 10)}; ${done}. ${wayOut}.`
}

async function explainPast(
  context: CommandContext,
  wanted: string,
  { channel, platform, at }: { channel: string; platform?: string; at: string },
): Promise<void> {
  const file = FILE.exec(wanted)?.groups
  const spec = file ? `${file['name']} ==${file['version']} ${file['build']}` : wanted
  const query = new URLSearchParams({ spec, at, ...(platform !== undefined && { platform }) })
  const past = await context
    .client()
    .get<PastDecisions>(`${channelPath(channel)}/decisions?${query.toString()}`)
  const candidates = file ? past.candidates.filter((one) => one.file === wanted) : past.candidates
  if (context.json()) {
    printJson({ ...past, candidates })
    return
  }
  if (candidates.length === 0) {
    say(`The channel ${channel} had nothing that matches "${wanted}" at ${past.at}, blocked or not.`)
    return
  }
  printTable(candidates, [
    { title: 'file', value: (row) => row.file },
    { title: 'verdict', value: (row) => row.effect },
    { title: 'in the index', value: (row) => (row.listed ? 'yes' : 'no') },
    { title: 'since', value: (row) => row.change?.at.slice(0, 19) ?? 'it came' },
    {
      title: 'why',
      value: (row) => row.reasons.map((one) => `${one.policy}/${one.rule}: ${one.text}`).join('; '),
      shrink: true,
    },
  ])
  say(`At ${past.at} the channel ${channel} served revision ${past.revision}.`)
}

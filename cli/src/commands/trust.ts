import type { Item } from '@terrarium/api/shapes.ts'
import { Command } from 'commander'
import { channelPath } from '../channel-path.ts'
import { allItems } from '../client.ts'
import type { CommandContext } from '../command-context.ts'
import { fetchJobToken } from '../job-token.ts'
import { printJson, printTable, say } from '../output.ts'

type Rule = Item<'GET /api/channels/{channel}/trust-rules'>

interface Trial {
  readonly name: string
  readonly issuer: string
  readonly matches: boolean
  readonly issuer_matches: boolean
  readonly claims: readonly {
    readonly claim: string
    readonly pattern: string
    readonly value: string | null
    readonly matches: boolean
  }[]
}

/** Issuers by the names that people know them by. */
const issuers: Readonly<Record<string, string>> = {
  github: 'https://token.actions.githubusercontent.com',
  gitlab: 'https://gitlab.com',
  google: 'https://accounts.google.com',
}

export function trustCommand(context: CommandContext): Command {
  const command = new Command('trust').description('jobs of CI systems that upload without a secret')

  command
    .command('list <channel>')
    .description('trust rules of a channel')
    .action(async (channel: string) => {
      const path = `${channelPath(channel)}/trust-rules`
      const rules = await Array.fromAsync(allItems<Rule>(context.client(), path))
      if (context.json()) {
        printJson(rules)
        return
      }
      printTable(rules, [
        { title: 'rule', value: ({ name }) => name },
        { title: 'issuer', value: ({ issuer }) => issuer },
        { title: 'claims', value: ({ claims }) => claimsText(claims), shrink: true },
        { title: 'packages', value: (rule) => rule.name_patterns?.join(' ') ?? 'all' },
        { title: 'last used', value: (rule) => rule.last_used_at?.slice(0, 10) ?? 'never' },
      ])
    })

  command
    .command('add <channel> <name>')
    .description('let jobs of a CI system upload to a channel')
    .requiredOption('--issuer <issuer>', 'github, gitlab, google, or the address of another')
    .requiredOption('--claim <claims...>', 'claim=pattern, such as repository=acme/tools')
    .option('--names <patterns...>', 'package names that they may upload; all without it')
    .action(
      async (
        channel: string,
        name: string,
        options: { issuer: string; claim: string[]; names?: string[] },
      ) => {
        const rule = await context.client().post<Rule>(`${channelPath(channel)}/trust-rules`, {
          name,
          issuer: issuers[options.issuer] ?? options.issuer,
          claims: Object.fromEntries(options.claim.map(readClaim)),
          name_patterns: options.names ?? null,
        })
        if (context.json()) printJson(rule)
        say(`Jobs with ${claimsText(rule.claims)} may upload to ${channel}.`)
        if (rule.audience !== null) say(`They ask for a token with the audience ${rule.audience}.`)
      },
    )

  command
    .command('edit <channel> <name>')
    .description('trust other jobs with a rule; tokens that are out end at once')
    .requiredOption('--issuer <issuer>', 'github, gitlab, google, or the address of another')
    .requiredOption('--claim <claims...>', 'claim=pattern: all that the rule asks for from now on')
    .option('--names <patterns...>', 'package names that they may upload; all without it')
    .action(
      async (
        channel: string,
        name: string,
        options: { issuer: string; claim: string[]; names?: string[] },
      ) => {
        const path = `${channelPath(channel)}/trust-rules/${encodeURIComponent(name)}`
        const rule = await context.client().put<Rule>(path, {
          issuer: issuers[options.issuer] ?? options.issuer,
          claims: Object.fromEntries(options.claim.map(readClaim)),
          name_patterns: options.names ?? null,
        })
        if (context.json()) printJson(rule)
        say(`Jobs with ${claimsText(rule.claims)} may upload to ${channel} from now on.`)
      },
    )

  command
    .command('try <channel>')
    .description('which rules would let in a job with these claims, and why')
    .requiredOption('--issuer <issuer>', 'github, gitlab, google, or the address of another')
    .requiredOption('--claim <claims...>', 'claim=value, as the token of the job has them')
    .action(async (channel: string, options: { issuer: string; claim: string[] }) => {
      const path = `${channelPath(channel)}/trust-rules/try`
      const iss = issuers[options.issuer] ?? options.issuer
      const claims = { ...Object.fromEntries(options.claim.map(readClaim)), iss }
      const { items } = await context.client().post<{ items: readonly Trial[] }>(path, { claims })
      if (context.json()) {
        printJson(items)
        return
      }
      printTable(items, [
        { title: 'rule', value: ({ name }) => name },
        { title: 'lets it in', value: ({ matches }) => (matches ? 'yes' : 'no') },
        { title: 'because', value: becauseText, shrink: true },
      ])
    })

  command
    .command('delete <channel> <name>')
    .description('drop a trust rule; tokens that are out end at once')
    .action(async (channel: string, name: string) => {
      const path = `${channelPath(channel)}/trust-rules/${encodeURIComponent(name)}`
      await context.client().delete(path)
      say(`The trust rule ${name} is gone.`)
    })

  command
    .command('mint')
    .description('in a CI job: print an upload token of ten minutes for the job')
    .option('--channel <name>', 'where trust rules of several channels fit')
    .option('--job-token-stdin', "read the job's own token from standard input")
    .action(async (options: { channel?: string; jobTokenStdin?: boolean }) => {
      const client = context.client()
      const token = await fetchJobToken(new URL(client.server).hostname, options.jobTokenStdin === true)
      const minted = await client.postForText('/api/oidc/mint_token', { token, channel: options.channel })
      if (context.json()) printJson({ token: minted })
      else process.stdout.write(`${minted}\n`)
    })
  return command
}

function becauseText({ issuer, issuer_matches: isIssuer, matches, claims }: Trial): string {
  if (matches) return 'the issuer and every claim fit'
  const wrong = claims
    .filter((one) => !one.matches)
    .map(({ claim, pattern, value }) => `${claim} is ${value ?? 'missing'}, not ${pattern}`)
  return [...(isIssuer ? [] : [`the issuer is not ${issuer}`]), ...wrong].join('; ')
}

function claimsText(claims: Readonly<Record<string, string>>): string {
  return Object.entries(claims)
    .map(([claim, pattern]) => `${claim}=${pattern}`)
    .join(' ')
}

function readClaim(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new Error(`"${text}" is not claim=pattern, such as repository=acme/tools`)
  return [text.slice(0, at), text.slice(at + 1)]
}

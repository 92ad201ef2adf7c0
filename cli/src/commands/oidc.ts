import type { Answer } from '@terrarium/api/shapes.ts'
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { printJson, printTable, say } from '../output.ts'

type Tested = Answer<'POST /api/auth/test-claims'>

export function oidcCommand(context: CommandContext): Command {
  const command = new Command('oidc').description('identity providers that people sign in with')

  command
    .command('list')
    .description('identity providers of the server')
    .action(async () => {
      const { items } = await context.client().get<{
        items: { name: string; title: string; issuer: string; cli_client_id: string | null }[]
      }>('/api/auth/providers')
      if (context.json()) {
        printJson(items)
        return
      }
      printTable(items, [
        { title: 'name', value: ({ name }) => name },
        { title: 'title', value: ({ title }) => title },
        { title: 'issuer', value: ({ issuer }) => issuer },
        { title: 'command line', value: (one) => one.cli_client_id ?? 'no' },
      ])
    })

  command
    .command('test-claims <file>')
    .description('what the claims in a JSON file, or an ID token in it, would give somebody, and why')
    .option('--provider <name>', 'where the server has several')
    .action(async (file: string, { provider }: { provider?: string }) => {
      const claims = readClaims(await readFile(file, 'utf8'), file)
      const tested = await context.client().post<Tested>('/api/auth/test-claims', { provider, claims })
      if (context.json()) {
        printJson(tested)
        return
      }
      say(`With ${tested.provider}, a new account would be called ${tested.username ?? 'after its subject'}.`)
      for (const claim of tested.missing) say(`The claim ${claim} is not there, or is no list of texts.`)
      const rows = [
        ...tested.groups.map((group) => ({ ...group, kind: 'group' })),
        ...tested.roles.map((role) => ({ ...role, kind: 'role' })),
      ]
      printTable(rows, [
        { title: 'kind', value: ({ kind }) => kind },
        { title: 'in the claims', value: ({ value }) => value },
        { title: 'here', value: ({ name }) => name ?? '-' },
        { title: 'because', value: ({ reason }) => reason, shrink: true },
      ])
    })
  return command
}

/** Only what is inside is of interest: whether a token is good is asked where somebody signs in with it. */
function readClaims(text: string, file: string): unknown {
  const [, body] = /^\s*[\w-]+\.([\w-]+)\.[\w-]*\s*$/.exec(text) ?? []
  try {
    return JSON.parse(body === undefined ? text : Buffer.from(body, 'base64url').toString('utf8')) as unknown
  } catch (cause) {
    throw new Error(`${file} holds neither claims as JSON nor a token`, { cause })
  }
}

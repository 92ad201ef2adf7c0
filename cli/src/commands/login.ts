import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { storeCredential } from '../credentials.ts'
import { Client, ServerError } from '../client.ts'
import { say } from '../output.ts'
import { hasBrowser, listProviders, loginWithProvider, type AdvertisedProvider } from '../provider-login.ts'
import { askForSecret, readStandardInput } from '../read-secret.ts'

interface Options {
  readonly username?: string
  readonly passwordStdin?: boolean
  readonly code?: string
  readonly provider?: string
  readonly device?: boolean
  readonly browser?: boolean
}

interface Session {
  readonly token: string
  readonly username: string
}

export function loginCommand(context: CommandContext): Command {
  return new Command('login')
    .description('sign in; keeps a token for 90 days, or as long as the server allows')
    .option('--username <name>', 'built-in account; admin where the server has no identity provider')
    .option('--password-stdin', 'read the password of the built-in account from standard input')
    .option('--code <code>', 'of its second factor, or a recovery code')
    .option('--provider <name>', 'identity provider, where the server has several')
    .option('--device', 'sign in with the provider by a code, on any machine with a browser')
    .option('--browser', 'sign in with the provider in a browser on this machine')
    .action(async (options: Options) => {
      // not with what an earlier login kept, which may have run out
      const anonymous = new Client({ server: context.client().server, token: undefined })
      const provider = await chooseProvider(anonymous, options)
      const session = provider
        ? await loginWithProvider(anonymous, provider, chooseWay(options), say)
        : await loginWithPassword(anonymous, options)
      await keepToken(anonymous.server, session)
    })
}

/** Undefined for a built-in account. @throws Error when the one that was asked for is not there */
async function chooseProvider(client: Client, options: Options): Promise<AdvertisedProvider | undefined> {
  const { provider: name, username, passwordStdin, device, browser } = options
  const wanted = name !== undefined || device === true || browser === true
  if (wanted && (username !== undefined || passwordStdin === true)) {
    throw new Error('--username and --password-stdin are for built-in accounts, without a provider')
  }
  if (!wanted && (username !== undefined || passwordStdin === true)) return undefined
  const providers = await listProviders(client).catch((error: unknown) => {
    if (error instanceof ServerError && error.status === 404) return [] // a server that is older
    throw error
  })
  const found = name === undefined ? providers[0] : providers.find((one) => one.name === name)
  if (!found && wanted) {
    const names = providers.map((one) => one.name).join(', ') || 'none'
    throw new Error(`the server offers no such identity provider to the command line; it offers ${names}`)
  }
  return found
}

function chooseWay({ device, browser }: Options): 'device' | 'browser' {
  if (device === true && browser === true) throw new Error('give --device or --browser, one of the two')
  if (device === true) return 'device'
  return browser === true || hasBrowser(process.env) ? 'browser' : 'device'
}

async function loginWithPassword(client: Client, options: Options): Promise<Session> {
  const { username = 'admin', code } = options
  const password = options.passwordStdin
    ? await readStandardInput()
    : await askForSecret(`Password of ${username}: `)
  const { token } = await client.post<{ token: string }>('/api/auth/login', { username, password, code })
  return { token, username }
}

/** A token of its own, which lives longer than the session it is made with. */
async function keepToken(server: string, session: Session): Promise<void> {
  const client = new Client({ server, token: session.token })
  const made = await client.post<{ token: string; expires_at: string }>('/api/account/tokens', {
    name: 'terrarium login',
  })
  await client.post('/api/auth/logout')
  const file = storeCredential(server, made.token, process.env)
  say(`Signed in to ${server} as ${session.username} until ${made.expires_at.slice(0, 10)} (${file}).`)
  say('Commands go there now, unless --server or TERRARIUM_SERVER names another server.')
}

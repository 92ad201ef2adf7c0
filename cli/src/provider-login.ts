/**
 * Signing in with the identity provider of a server: by a code that is typed into a browser anywhere, or with a
 * browser on this machine that comes back over loopback. Both with a public client of the provider's, and both end
 * with an ID token that the server exchanges for a session.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oidc from 'openid-client'
import type { Client } from './client.ts'
import { ConnectionError } from './client.ts'

export interface AdvertisedProvider {
  readonly name: string
  readonly title: string
  readonly issuer: string
  readonly cli_client_id: string | null
  readonly scopes: readonly string[]
}

export interface ProviderSession {
  readonly token: string
  readonly username: string
}

const BROWSER_MS = 5 * 60 * 1000

/** Those that the command line can sign in with; none where a server is older than they are. */
export async function listProviders(client: Client): Promise<AdvertisedProvider[]> {
  const { items } = await client.get<{ items: AdvertisedProvider[] }>('/api/auth/providers')
  return items.filter(({ cli_client_id: id }) => id !== null)
}

export async function loginWithProvider(
  client: Client,
  provider: AdvertisedProvider,
  how: 'device' | 'browser',
  say: (text: string) => void,
): Promise<ProviderSession> {
  const configuration = await discover(provider)
  const idToken =
    how === 'device'
      ? await byDeviceCode(configuration, provider, say)
      : await byBrowser(configuration, provider, say)
  return client.post<ProviderSession>('/api/auth/exchange', { provider: provider.name, id_token: idToken })
}

async function discover({
  issuer,
  cli_client_id: clientId,
}: AdvertisedProvider): Promise<oidc.Configuration> {
  const address = new URL(issuer)
  const onThisMachine = ['localhost', '127.0.0.1', '[::1]'].includes(address.hostname)
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- within this machine there is no network to listen on
  const execute = address.protocol === 'http:' && onThisMachine ? [oidc.allowInsecureRequests] : []
  try {
    return await oidc.discovery(address, clientId ?? '', undefined, oidc.None(), { execute })
  } catch (cause) {
    throw new ConnectionError(`cannot reach the identity provider ${issuer}: ${reasonOf(cause)}`, { cause })
  }
}

async function byDeviceCode(
  configuration: oidc.Configuration,
  { scopes, title }: AdvertisedProvider,
  say: (text: string) => void,
): Promise<string> {
  const verifier = oidc.randomPKCECodeVerifier()
  const device = await refusals(title, () =>
    oidc.initiateDeviceAuthorization(configuration, {
      scope: scopes.join(' '),
      code_challenge: challengeOf(verifier),
      code_challenge_method: 'S256',
    }),
  )
  say(`Open ${device.verification_uri} in a browser, on any machine, and type the code ${device.user_code}`)
  if (device.verification_uri_complete !== undefined) say(`or open ${device.verification_uri_complete}`)
  const tokens = await refusals(title, () =>
    oidc.pollDeviceAuthorizationGrant(configuration, device, { code_verifier: verifier }),
  )
  return idTokenOf(tokens, title)
}

async function byBrowser(
  configuration: oidc.Configuration,
  { scopes, title }: AdvertisedProvider,
  say: (text: string) => void,
): Promise<string> {
  const verifier = oidc.randomPKCECodeVerifier()
  const state = oidc.randomState()
  const nonce = oidc.randomNonce()
  const landing = await Landing.open(state)
  try {
    const address = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: landing.address,
      scope: scopes.join(' '),
      state,
      nonce,
      code_challenge: challengeOf(verifier),
      code_challenge_method: 'S256',
    })
    say(`Sign in with your browser. If none opens, go to\n${address.href}`)
    openBrowser(address.href)
    const callback = await landing.arrival()
    const tokens = await refusals(title, () =>
      oidc.authorizationCodeGrant(configuration, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      }),
    )
    return idTokenOf(tokens, title)
  } finally {
    landing.close()
  }
}

/** Where the provider sends the browser back to: this machine alone, one time, with the state of this sign-in. */
class Landing {
  readonly address: string
  readonly #server: Server
  readonly #arrived: Promise<URL>

  private constructor(server: Server, state: string) {
    this.#server = server
    this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
    this.#arrived = new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error('nobody signed in within five minutes')), BROWSER_MS).unref()
      server.on('request', (request, response) => {
        const url = new URL(request.url ?? '/', this.address)
        // or any page that the browser shows could send us its own code
        if (
          request.method !== 'GET' ||
          url.pathname !== '/callback' ||
          url.searchParams.get('state') !== state
        ) {
          response.writeHead(404, { 'content-type': 'text/plain' }).end('This is not a page.\n')
          return
        }
        const text = url.searchParams.has('error')
          ? 'That did not work: the terminal says why. You can close this page.\n'
          : 'You can close this page and go back to the terminal.\n'
        response
          .writeHead(200, {
            'content-type': 'text/plain; charset=utf-8',
            'referrer-policy': 'no-referrer',
            connection: 'close',
          })
          .end(text, () => resolve(url))
      })
    })
    // whoever waits for it hears of it; until somebody does, it is no fault of nobody's
    this.#arrived.catch(() => undefined)
  }

  static async open(state: string): Promise<Landing> {
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    return new Landing(server, state)
  }

  arrival(): Promise<URL> {
    return this.#arrived
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

/** Tries to; the address was printed for those where it does not work. */
function openBrowser(address: string): void {
  const program = process.env['BROWSER'] ?? (process.platform === 'darwin' ? 'open' : 'xdg-open')
  const child = spawn(program, [address], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}

/** Whether there is somebody in front of a browser on this machine. */
export function hasBrowser(environment: Readonly<Record<string, string | undefined>>): boolean {
  const remote = environment['SSH_CONNECTION'] !== undefined
  const screen =
    process.platform === 'darwin' ||
    environment['DISPLAY'] !== undefined ||
    environment['WAYLAND_DISPLAY'] !== undefined ||
    environment['BROWSER'] !== undefined
  return screen && !remote
}

function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

function idTokenOf({ id_token: token }: { id_token?: string }, title: string): string {
  if (token === undefined)
    throw new Error(`${title} gave no ID token: is the scope openid allowed for its client?`)
  return token
}

/** What the provider says against it, in words. */
async function refusals<Answer>(title: string, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof oidc.ResponseBodyError) {
      throw new Error(`${title} refused: ${error.error_description ?? error.error}`, { cause: error })
    }
    if (error instanceof oidc.AuthorizationResponseError) {
      throw new Error(`${title} refused: ${error.error_description ?? error.error}`, { cause: error })
    }
    throw error
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

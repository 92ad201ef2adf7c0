/**
 * The REST client of the command line: knows where the server is and who asks, turns a refusal into an
 * error with the server's own words, and nothing more.
 */
import { lastServer, readCredential } from './credentials.ts'
import { say } from './output.ts'

export interface ClientOptions {
  readonly server: string
  readonly token: string | undefined
}

/** The server refused: its code and message are for the person at the keyboard. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly status: number
  readonly code: string
  readonly body: unknown

  constructor(status: number, code: string, message: string, body: unknown) {
    super(message)
    this.status = status
    this.code = code
    this.body = body
  }
}

/** Nothing answered, or something that is no Terrarium. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
}

/** What was named as the server is no address. */
export class AddressError extends Error {
  override readonly name = 'AddressError'
}

const DEFAULT_SERVER = 'http://127.0.0.1:8080'
const TIMEOUT_MS = 60_000

/**
 * Options of the command line, then TERRARIUM_SERVER and TERRARIUM_TOKEN, then what `login` stored. A token that is named
 * is never sent where somebody happened to sign in last. @throws AddressError
 */
export function chooseServer(
  options: { server?: string | undefined; token?: string | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): ClientOptions {
  const named = options.token ?? environment['TERRARIUM_TOKEN']
  const last = named === undefined ? lastServer(environment) : undefined
  const server = (options.server ?? environment['TERRARIUM_SERVER'] ?? last ?? DEFAULT_SERVER).replace(
    /\/+$/,
    '',
  )
  if (!/^https?:\/\//i.test(server) || !URL.canParse(server)) {
    throw new AddressError(`"${server}" is no address of a server: one begins with http:// or https://`)
  }
  return { server, token: named ?? readCredential(server, environment) }
}

export class Client {
  readonly server: string
  readonly #token: string | undefined
  #isTold = false

  constructor(options: ClientOptions) {
    this.server = options.server
    this.#token = options.token
  }

  get<Answer>(path: string): Promise<Answer> {
    return this.#request('GET', path)
  }

  /** For answers that are no JSON; refusals are all the same. */
  async getText(path: string): Promise<string> {
    const response = await this.#fetch(path, {}, undefined)
    return response.ok ? response.text() : this.#read<string>(response)
  }

  post<Answer>(path: string, body?: unknown): Promise<Answer> {
    return this.#request('POST', path, body)
  }

  /** For answers that are no JSON; refusals are all the same. */
  async postForText(path: string, body: unknown): Promise<string> {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', body: JSON.stringify(body), headers }
    const response = await this.#fetch(path, init, TIMEOUT_MS)
    return response.ok ? response.text() : this.#read<string>(response)
  }

  put<Answer>(path: string, body?: unknown): Promise<Answer> {
    return this.#request('PUT', path, body)
  }

  delete<Answer>(path: string): Promise<Answer> {
    return this.#request('DELETE', path)
  }

  /** Sends a file as a form. Large ones take as long as they take. */
  async sendForm<Answer>(path: string, form: FormData): Promise<Answer> {
    return this.#read<Answer>(await this.#fetch(path, { method: 'POST', body: form }, undefined))
  }

  /** Sends bytes as they are. */
  async sendBytes<Answer>(path: string, body: Blob): Promise<Answer> {
    const headers = { 'content-type': 'application/octet-stream' }
    return this.#read<Answer>(await this.#fetch(path, { method: 'POST', body, headers }, undefined))
  }

  async #request<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const init: RequestInit =
      body === undefined
        ? { method }
        : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    return this.#read<Answer>(await this.#fetch(path, init, TIMEOUT_MS))
  }

  async #fetch(path: string, init: RequestInit, timeoutMs: number | undefined): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('accept', 'application/json')
    if (this.#token !== undefined) headers.set('authorization', `Bearer ${this.#token}`)
    try {
      const response = await fetch(this.server + path, {
        ...init,
        headers,
        ...(timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
      })
      if (response.ok) this.#tellIfRefused(response)
      return response
    } catch (cause) {
      throw new ConnectionError(
        `cannot reach ${this.server}: ${reasonOf(cause)}. Is the server running? Another one is named with --server ` +
          'or TERRARIUM_SERVER, or once for all by signing in to it: terrarium --server URL login',
        { cause },
      )
    }
  }

  /** Of what anybody may see, the server gives the same to whoever comes with a token that it does not take. */
  #tellIfRefused({ headers }: Response): void {
    if (this.#isTold || this.#token === undefined) return
    if (!headers.get('www-authenticate')?.includes('invalid_token')) return
    this.#isTold = true
    say(
      'terrarium: the server does not take your token (it ran out, was dropped, or is mistyped): this is what anybody ' +
        'may see. Sign in with "terrarium login", or give --token.',
    )
  }

  async #read<Answer>(response: Response): Promise<Answer> {
    const text = await response.text()
    let body: unknown
    try {
      body = text === '' ? undefined : JSON.parse(text)
    } catch (cause) {
      throw new ConnectionError(
        `${this.server} answers something else than JSON: is it a Terrarium server?`,
        { cause },
      )
    }
    if (response.ok) return body as Answer // the shape openapi.json promises for the path
    const { code, message } = (body ?? {}) as { code?: unknown; message?: unknown }
    throw new ServerError(
      response.status,
      typeof code === 'string' ? code : String(response.status),
      typeof message === 'string' ? message : `the server answered ${response.status}`,
      body,
    )
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message
}

/** Every item of a list, page by page. */
export async function* allItems<Item>(client: Client, path: string): AsyncGenerator<Item> {
  const separator = path.includes('?') ? '&' : '?'
  for (let offset = 0; ;) {
    const page = await client.get<{ total_count: number; items: Item[] }>(
      `${path}${separator}offset=${offset}&limit=1000`,
    )
    yield* page.items
    offset += page.items.length
    if (page.items.length === 0 || offset >= page.total_count) return
  }
}

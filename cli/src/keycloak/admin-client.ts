/** Keycloak's admin API, as far as a realm for Terrarium takes it. */
import { ConnectionError } from '../client.ts'
import type { Representation } from './wanted-realm.ts'

const TIMEOUT_MS = 60_000

export interface FoundClient {
  readonly id: string
  readonly settings: Representation
  readonly mappers: readonly Representation[]
}

export interface AdminLogin {
  /** Of Keycloak, `https://sso.example`. */
  readonly url: string
  readonly realm: string
  readonly username: string
  readonly password: string
  /** Where the administrator's account is. */
  readonly adminRealm: string
}

export class AdminClient {
  readonly #base: string
  readonly #realm: string
  readonly #token: string

  private constructor(base: string, realm: string, token: string) {
    this.#base = base
    this.#realm = realm
    this.#token = token
  }

  /** @throws Error in words, also when Keycloak does not know the administrator */
  static async signIn(login: AdminLogin): Promise<AdminClient> {
    const base = login.url.replace(/\/+$/, '')
    const path = `/realms/${encodeURIComponent(login.adminRealm)}/protocol/openid-connect/token`
    const response = await send(base, path, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: 'admin-cli',
        username: login.username,
        password: login.password,
      }),
    })
    if (!response.ok) {
      throw new Error(
        `Keycloak does not let ${login.username} in (${response.status}, ${await reasonIn(response)}): ` +
          'give --admin and its password, and --admin-realm where the account is in another realm than master',
      )
    }
    const { access_token: token } = (await response.json()) as { access_token: string }
    return new AdminClient(base, login.realm, token)
  }

  findRealm(): Promise<Representation | undefined> {
    return this.#find<Representation>('')
  }

  createRealm(settings: Representation): Promise<void> {
    return this.#change('POST', `${this.#base}/admin/realms`, settings)
  }

  async findClient(clientId: string): Promise<FoundClient | undefined> {
    const found = await this.#find<Record<string, unknown>[]>(
      `/clients?clientId=${encodeURIComponent(clientId)}`,
    )
    const [client] = found ?? []
    if (!client) return undefined
    const { protocolMappers = [], ...settings } = client
    return {
      id: String(client['id']),
      settings,
      mappers: protocolMappers as Representation[], // as Keycloak's API has it
    }
  }

  createClient(settings: Representation): Promise<void> {
    return this.#change('POST', this.#path('/clients'), settings)
  }

  updateClient(id: string, settings: Representation): Promise<void> {
    return this.#change('PUT', this.#path(`/clients/${id}`), settings)
  }

  createMapper(clientId: string, mapper: Representation): Promise<void> {
    return this.#change('POST', this.#path(`/clients/${clientId}/protocol-mappers/models`), mapper)
  }

  updateMapper(clientId: string, mapper: Representation): Promise<void> {
    const path = `/clients/${clientId}/protocol-mappers/models/${String(mapper['id'])}`
    return this.#change('PUT', this.#path(path), mapper)
  }

  async listRoles(clientId: string): Promise<string[]> {
    const roles = await this.#find<{ name: string }[]>(`/clients/${clientId}/roles?max=1000`)
    return (roles ?? []).map(({ name }) => name)
  }

  createRole(clientId: string, role: Representation): Promise<void> {
    return this.#change('POST', this.#path(`/clients/${clientId}/roles`), role)
  }

  async readSecret(clientId: string): Promise<string> {
    const secret = await this.#find<{ value?: string }>(`/clients/${clientId}/client-secret`)
    if (!secret?.value) throw new Error('Keycloak shows no secret of the client: is it a public one?')
    return secret.value
  }

  #path(path: string): string {
    return `${this.#base}/admin/realms/${encodeURIComponent(this.#realm)}${path}`
  }

  async #find<Answer>(path: string): Promise<Answer | undefined> {
    const response = await send('', this.#path(path), { headers: this.#headers() })
    if (response.status === 404) return undefined
    if (!response.ok) throw await this.#refusal(response)
    return (await response.json()) as Answer // the shape of Keycloak's API
  }

  async #change(method: string, address: string, body: Representation): Promise<void> {
    const response = await send('', address, { method, headers: this.#headers(), body: JSON.stringify(body) })
    if (!response.ok) throw await this.#refusal(response)
  }

  async #refusal(response: Response): Promise<Error> {
    const why = await reasonIn(response)
    const hint =
      response.status === 403 ? '; the account needs the role manage-realm of the realm, or admin' : ''
    return new Error(
      `Keycloak answers ${response.status} at ${new URL(response.url).pathname}: ${why}${hint}`,
    )
  }

  #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' }
  }
}

async function send(base: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(base + path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (cause) {
    const { origin } = new URL(base + path)
    throw new ConnectionError(`cannot reach Keycloak at ${origin}`, { cause })
  }
}

async function reasonIn(response: Response): Promise<string> {
  const text = await response.text()
  try {
    const { error_description: described, errorMessage, error } = JSON.parse(text) as Record<string, unknown>
    const reason = [described, errorMessage, error].find((one) => typeof one === 'string')
    return reason ?? 'no reason given'
  } catch {
    return 'no reason given' // a page of a proxy, or nothing
  }
}

/** A browser before an app under test and a provider: it keeps the cookies that it is sent. */
import type { TestApp } from '../../../testing/test-app.ts'
import type { SmallProvider } from './small-provider.ts'

/** `public_url` of the apps that it visits. */
export const PUBLIC = 'http://packages.test'

export class TestBrowser {
  readonly cookies = new Map<string, string>()
  readonly #app: TestApp
  readonly #provider: SmallProvider

  constructor(app: TestApp, provider: SmallProvider) {
    this.#app = app
    this.#provider = provider
  }

  async open(address: string) {
    const { pathname, search } = new URL(address, PUBLIC)
    return this.#keep(
      await this.#app.nobody().get(pathname + search, { accept: 'text/html', ...this.#sent() }),
    )
  }

  /** What a script of a page of this server sends; with other headers, of another page. */
  async call(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    headers: Record<string, string> = { 'sec-fetch-site': 'same-origin' },
  ) {
    const sent = { ...this.#sent(), ...headers }
    return this.#keep(
      await this.#app
        .nobody()
        .send(method, path, { headers: sent, ...(body !== undefined && { payload: body }) }),
    )
  }

  #sent(): { cookie?: string } {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return cookie === '' ? {} : { cookie }
  }

  #keep<R extends { headers: { 'set-cookie'?: string | string[] | undefined } }>(response: R): R {
    for (const line of [response.headers['set-cookie'] ?? []].flat()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }

  /** Until the browser stands before our callback, with what the provider gave it. */
  async atCallback(query = ''): Promise<URL> {
    const sent = await this.open(`/api/auth/authorize?provider=kc${query}`)
    if (sent.statusCode !== 303) throw new Error(`it is not sent to the provider: ${sent.statusCode}`)
    return this.#provider.visit(String(sent.headers['location']))
  }

  async signIn(query = '') {
    return this.open((await this.atCallback(query)).href)
  }

  account() {
    return this.open('/api/account')
  }
}

/**
 * A real Keycloak of its own on loopback, which `scripts/prepare-e2e.sh` fetched: started, asked through its admin
 * API, and stopped with all it started.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from './terrarium.ts'

const HOME = fileURLToPath(new URL('../../.cache/keycloak', import.meta.url))
const ADMIN_PASSWORD = 'canary-password-of-the-keycloak-administrator'

export const hasKeycloak = existsSync(join(HOME, 'version'))

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export class Keycloak {
  readonly url: string
  readonly adminPassword = ADMIN_PASSWORD
  readonly #process: ChildProcess
  readonly #ended: Promise<unknown>
  #output = ''

  private constructor(url: string, process: ChildProcess) {
    this.url = url
    this.#process = process
    this.#ended = new Promise((resolve) => process.once('exit', resolve))
    for (const stream of [process.stdout, process.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-20_000)))
  }

  /** @param folder of its database; nothing of it is kept in `.cache` */
  static async start(folder: string): Promise<Keycloak> {
    const port = await freePort()
    const child = spawn(
      'bash',
      [
        ...[join(HOME, 'bin/kc.sh'), 'start-dev', '--http-host', '127.0.0.1', '--http-port', String(port)],
        ...['--db', 'dev-file', '--db-url', `jdbc:h2:file:${join(folder, 'keycloak')};NON_KEYWORDS=VALUE`],
        ...['--cache', 'local'],
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true, // a group of its own: the script starts Java and goes away last
        env: {
          ...process.env,
          KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
          KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN_PASSWORD,
          JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx512m',
          JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
        },
      },
    )
    const keycloak = new Keycloak(`http://127.0.0.1:${port}`, child)
    try {
      await until(async () => {
        if (child.exitCode !== null) throw new Error(`Keycloak ended: ${keycloak.#output}`)
        const answer = await fetch(`${keycloak.url}/realms/master`).catch(() => undefined)
        return answer?.ok === true ? true : undefined
      })
    } catch (error) {
      await keycloak.stop()
      throw error
    }
    return keycloak
  }

  async stop(): Promise<void> {
    const { pid } = this.#process
    const { exitCode, signalCode } = this.#process
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
    await this.#ended
  }

  /** The admin API; paths are below `/admin/realms`. */
  async admin<Answer = unknown>(method: string, path: string, body?: unknown): Promise<Answer> {
    const login = await fetch(`${this.url}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: 'admin-cli',
        username: 'admin',
        password: ADMIN_PASSWORD,
      }),
    })
    const { access_token: token } = (await login.json()) as { access_token: string }
    const response = await fetch(`${this.url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      // text is sent as it is: a descriptor of SAML
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`Keycloak answers ${response.status} to ${method} ${path}: ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as Answer
  }
}

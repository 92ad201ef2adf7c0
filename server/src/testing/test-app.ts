/**
 * The real app on a temporary folder with a set clock, asked through HTTP. `settle` runs the jobs that a
 * test caused; a test that ends with work undone or an unexpected error in the log fails.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { pino } from 'pino'
import { packageFilename, writePackage, type PackageSpec } from '@terrarium/conda/archive/write-package.ts'
import { buildApp } from '../app.ts'
import { createTokenForUser } from '../identity/accounts.ts'
import { hashPassword } from '../identity/passwords.ts'
import { insertUser } from '../identity/store.ts'
import { countUnfinished } from '../jobs/queue.ts'
import { openParts, type Parts } from '../parts.ts'
import { readConfiguration } from '../platform/configuration.ts'
import { Secret } from '../platform/secret.ts'
import { dropTestDatabase, testDatabaseFor } from './test-database.ts'

interface TestClock {
  aheadMs: number
  now(): Date
}

export interface LoggedLine {
  readonly level: number
  readonly msg: string
}

export class TestApp {
  readonly app: FastifyInstance
  readonly parts: Parts
  readonly folder: string
  /** Lines of level warn and above; tests that expect some empty it. */
  readonly log: LoggedLine[]
  readonly #clock: TestClock
  readonly #tokens = new Map<string, string>()

  constructor(fields: {
    app: FastifyInstance
    parts: Parts
    folder: string
    log: LoggedLine[]
    clock: TestClock
  }) {
    this.app = fields.app
    this.parts = fields.parts
    this.folder = fields.folder
    this.log = fields.log
    this.#clock = fields.clock
  }

  get now(): Date {
    return this.#clock.now()
  }

  advance(ms: number): void {
    this.#clock.aheadMs += ms
  }

  /** Someone with an account, made on first mention; `admin` is the administrator. */
  async as(name: string): Promise<TestClient> {
    return new TestClient(this.app, await this.token(name))
  }

  nobody(): TestClient {
    return new TestClient(this.app, undefined)
  }

  withToken(token: string): TestClient {
    return new TestClient(this.app, token)
  }

  async token(name: string): Promise<string> {
    const known = this.#tokens.get(name)
    if (known) return known
    const { db, now } = this.parts
    if (!(await db.selectFrom('users').select('id').where('name', '=', name).executeTakeFirst())) {
      const passwordHash = await hashPassword(new Secret(`password of ${name}`))
      await insertUser(db, { name, passwordHash, isAdmin: name === 'admin', at: now() })
    }
    const created = await createTokenForUser(db, name, { name: 'test', days: 30 }, now())
    this.#tokens.set(name, created.secret.reveal())
    return created.secret.reveal()
  }

  /** A channel of the administrator's. */
  async channel(name: string, privacy: 'public' | 'authenticated' | 'private' = 'public'): Promise<void> {
    const admin = await this.as('admin')
    const response = await admin.post('/api/channels', { name, privacy })
    if (response.statusCode !== 201) throw new Error(response.body)
  }

  /** Uploads a package built from the spec, as the administrator, and waits until it is published. */
  async upload(
    channel: string,
    spec: PackageSpec,
    format: 'conda' | 'tar.bz2' = 'conda',
  ): Promise<{ filename: string; bytes: Uint8Array }> {
    const admin = await this.as('admin')
    const filename = packageFilename(spec, format)
    const bytes = await writePackage(spec, format)
    const response = await admin.upload(channel, filename, bytes)
    if (response.statusCode !== 201) throw new Error(response.body)
    await this.settle()
    return { filename, bytes }
  }

  /** Puts a channel under a policy given as YAML. */
  async policy(channel: string, document: string): Promise<void> {
    const admin = await this.as('admin')
    const written = await admin.post('/api/policies', { document })
    if (written.statusCode !== 200) throw new Error(written.body)
    const { name } = written.json<{ name: string }>()
    const assigned = await admin.put(`/api/channels/${channel}/policies/${name}`)
    if (assigned.statusCode !== 204) throw new Error(assigned.body)
    await this.settle()
  }

  /** Brings in advisories or a mapping, given as the text of a file. */
  async importFile(
    kind: 'advisories' | 'mapping',
    text: string | Uint8Array,
  ): Promise<Record<string, unknown>> {
    const admin = await this.as('admin')
    const response = await admin.send('POST', `/api/advisories/import?kind=${kind}&filename=test.json`, {
      payload: Buffer.from(text),
      headers: { 'content-type': 'application/octet-stream' },
    })
    if (response.statusCode !== 202) throw new Error(response.body)
    await this.settle()
    const job = await admin.get(`/api/jobs/${response.json<{ job_id: string }>().job_id}`)
    return job.json()
  }

  /** Makes a mirror of an upstream, runs it to its end and returns it. */
  async mirror(
    channel: string,
    source: string,
    filters: Record<string, unknown> = {},
  ): Promise<Record<string, unknown> & { mirror_id: string }> {
    const admin = await this.as('admin')
    const response = await admin.post(`/api/channels/${channel}/mirrors`, {
      mirror_name: 'upstream',
      source_root: source,
      filters,
      run_now: true,
    })
    if (response.statusCode !== 201) throw new Error(response.body)
    const { mirror_id: id } = response.json<{ mirror_id: string }>()
    await this.settle()
    return (await admin.get(`/api/channels/${channel}/mirrors/${id}`)).json()
  }

  /** Until no job waits or runs. */
  async settle(): Promise<void> {
    await this.until(async () => {
      await this.parts.ticker.tick()
      this.parts.jobs.wake()
      return (await countUnfinished(this.parts.db)) === 0
    })
  }

  /** Until the condition holds. */
  async until(condition: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 60_000
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error('what was waited for did not come within a minute')
      await wait(5)
    }
  }

  /** @throws Error when work is undone or the log holds an error; for suites that share one app */
  async requireQuiet(): Promise<void> {
    const unfinished = await countUnfinished(this.parts.db)
    if (unfinished > 0) throw new Error(`the test ended with ${unfinished} jobs unfinished`)
    const errors = this.log.splice(0).filter(({ level }) => level >= 50)
    if (errors.length > 0) throw new Error(`unexpected errors in the log: ${JSON.stringify(errors)}`)
  }

  /** Stops as a server does that is told to, whatever is under way; the folder stays for another start. */
  async stop(): Promise<void> {
    await this.app.close()
    await this.parts.close()
  }

  /** Ends whatever is under way and takes the folder away, for tests that leave work undone on purpose. */
  async discard(): Promise<void> {
    await this.stop()
    await dropTestDatabase(this.parts.configuration.data)
    rmSync(this.folder, { recursive: true, force: true })
  }

  async close(): Promise<void> {
    await this.app.close()
    try {
      await this.requireQuiet()
    } finally {
      await this.parts.close()
      await dropTestDatabase(this.parts.configuration.data)
      rmSync(this.folder, { recursive: true, force: true })
    }
  }
}

export class TestClient {
  readonly #app: FastifyInstance
  readonly token: string | undefined

  constructor(app: FastifyInstance, token: string | undefined) {
    this.#app = app
    this.token = token
  }

  async send(
    method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    options: InjectOptions = {},
  ): Promise<LightMyRequestResponse> {
    return this.#app.inject({
      method,
      url,
      ...options,
      headers: { ...(this.token && { authorization: `Bearer ${this.token}` }), ...options.headers },
    })
  }

  get(url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return this.send('GET', url, { headers })
  }

  head(url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return this.send('HEAD', url, { headers })
  }

  post(url: string, body: object = {}): Promise<LightMyRequestResponse> {
    return this.send('POST', url, { payload: body })
  }

  put(url: string, body: object = {}): Promise<LightMyRequestResponse> {
    return this.send('PUT', url, { payload: body })
  }

  delete(url: string): Promise<LightMyRequestResponse> {
    return this.send('DELETE', url)
  }

  /** The multipart upload of the contract. */
  upload(
    channel: string,
    filename: string,
    bytes: Uint8Array,
    fields: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> {
    const boundary = 'terrarium-test-boundary'
    const parts: Buffer[] = Object.entries({ filetype: 'conda1', ...fields }).map(([name, value]) =>
      Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
    )
    parts.push(
      Buffer.from(
        `--${boundary}\r\ncontent-disposition: form-data; name="content"; filename="${filename}"\r\n` +
          'content-type: application/octet-stream\r\n\r\n',
      ),
      Buffer.from(bytes),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    )
    return this.send('POST', `/api/channels/${channel}/artifacts`, {
      payload: Buffer.concat(parts),
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    })
  }
}

/** The body of an answer without what tells one request from another, for comparing two. */
export function bodyOfAny({ body }: { readonly body: string }): string {
  return body.replace(/,"request_id":"[^"]*"/, '')
}

export interface TestAppOptions {
  /** Folders mirrors may read. */
  readonly mirrorFolders?: readonly string[]
  /** host:port of upstreams on loopback. */
  readonly outboundPrivate?: readonly string[]
  readonly maxUploadBytes?: number
  /** How often somebody may ask is limited, as in a server. */
  readonly limited?: boolean
  /** Of an app that was stopped, to start on its data again. */
  readonly folder?: string
  /** SQLite, whatever the run is for: the test is about its file. */
  readonly embedded?: boolean
  /** `machine`: the clock goes on as the machine's does, for tests whose other side goes by that. Else it stands still. */
  readonly startAt?: Date | 'machine'
  /** Keys of the configuration, over those of every test. */
  readonly configuration?: Readonly<Record<string, unknown>>
}

const START = new Date('2026-01-15T12:00:00Z')

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'terrarium-test-'))
  const { startAt = START } = options
  const clock: TestClock = {
    aheadMs: 0,
    now() {
      return new Date((startAt === 'machine' ? Date.now() : startAt.getTime()) + this.aheadMs)
    },
  }
  const log: LoggedLine[] = []
  const data = join(folder, 'data')
  const configuration = readConfiguration({
    environment: {},
    arguments: {
      data,
      ...(options.embedded ? {} : await testDatabaseFor(data)),
      database_connections: 5,
      mirror_folders: [folder, ...(options.mirrorFolders ?? [])],
      outbound_private: options.outboundPrivate ?? [],
      // the clock stands still, so that nothing would be given back
      ...(options.limited !== true && {
        sign_ins_per_minute: 0,
        requests_per_minute: 0,
        unknown_tokens_per_minute: 0,
      }),
      ...(options.maxUploadBytes !== undefined && { max_upload_bytes: options.maxUploadBytes }),
      ...options.configuration,
    },
  })
  const logger = pino(
    { level: 'warn', base: null },
    { write: (line: string) => void log.push(JSON.parse(line) as LoggedLine) },
  )
  const parts = await openParts(configuration, logger, () => clock.now())
  const app = await buildApp(parts)
  await parts.jobs.start()
  return new TestApp({ app, parts, folder, log, clock })
}

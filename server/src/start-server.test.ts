/** The server as a process: how it starts, refuses to start, and stops. */
import { spawn, type ChildProcess } from 'node:child_process'
import { setImmediate } from 'node:timers/promises'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from 'kysely'
import { packageFilename, writePackage } from '@terrarium/conda/archive/write-package.ts'
import { pino } from 'pino'
import { readConfiguration } from './platform/configuration.ts'
import { openSqlite } from './platform/database/db.ts'
import { startServer } from './start-server.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'terrarium-server-'))
let data: string
const running = new Set<ChildProcess>()

beforeEach(() => {
  data = mkdtempSync(join(root, 'data-'))
})
afterEach(async () => {
  for (const child of running) {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
})
afterAll(() => rmSync(root, { recursive: true }))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

class Verb {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  stdout = ''
  stderr = ''

  constructor(args: readonly string[], environment: Record<string, string> = {}) {
    const { PATH = '', HOME = '' } = process.env
    this.child = spawn(process.execPath, [MAIN, ...args], { env: { PATH, HOME, ...environment } })
    running.add(this.child)
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()))
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()))
    this.ended = once(this.child, 'close').then(([code]) => {
      running.delete(this.child)
      return { code: code as number | null, stdout: this.stdout, stderr: this.stderr }
    })
  }

  /** Until it says where it answers. */
  async url(): Promise<string> {
    for (;;) {
      const url = /at (http:\S+) \(data/.exec(this.stdout)?.[1]
      if (url) return url
      const what = await Promise.race([once(this.child.stdout!, 'data'), this.ended])
      if ('code' in what) throw new Error(`it ended: ${what.stderr}`)
    }
  }
}

function serve(...more: string[]): Verb {
  return new Verb(['serve', '--data', data, '--port', '0', ...more])
}

function run(args: readonly string[], environment?: Record<string, string>): Promise<Ended> {
  return new Verb(args, environment).ended
}

async function signIn(url: string, password: string): Promise<Response> {
  return fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password }),
  })
}

describe('serve', () => {
  test('prints the password of the administrator at the first start and never again', async () => {
    const first = serve()
    const url = await first.url()
    const password = /password (\S+)/.exec(first.stdout)?.[1] ?? ''
    expect((await signIn(url, password)).status).toBe(200)
    expect((await signIn(url, 'admin')).status).toBe(401)
    first.child.kill('SIGTERM')
    expect(await first.ended).toMatchObject({ code: 0 })

    const second = serve()
    expect((await signIn(await second.url(), password)).status).toBe(200)
    second.child.kill('SIGINT')
    const ended = await second.ended

    expect(ended.code).toBe(0)
    expect(ended.stdout + ended.stderr).not.toContain('password')
    expect(readFileSync(join(data, 'terrarium.db')).includes(password)).toBe(false)
  })

  test('a second server on the same data is refused, and the first goes on', async () => {
    const first = serve()
    const url = await first.url()

    const second = await serve().ended

    expect(second.code).toBe(1)
    expect(second.stderr).toMatch(/^terrarium: another Terrarium server is using the data folder/)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  test('a port in use is named, with the way out', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo // TCP

    const ended = await run(['serve', '--data', data, '--port', String(port)])

    other.close()
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toBe(
      `terrarium: port ${port} of 127.0.0.1 is in use; name another with --port, or 0 for any\n`,
    )
  })

  test('data of a newer release is refused in words', async () => {
    const first = serve()
    await first.url()
    first.child.kill('SIGTERM')
    await first.ended
    const db = openSqlite(join(data, 'terrarium.db'))
    await sql`insert into kysely_migration (name, timestamp) values ('9999_the_future', '2099')`.execute(db)
    await db.destroy()

    const ended = await serve().ended

    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/^terrarium: the data folder was written by a newer release/)
  })

  test('a data folder that cannot be one is named', async () => {
    const file = join(root, 'a-file')
    writeFileSync(file, '')

    const ended = await run(['serve', '--data', file, '--port', '0'])

    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(/^terrarium: the data folder .*a-file cannot be used: /)
  })

  test.runIf(process.platform === 'linux')('a data folder where none can be made is named', async () => {
    const ended = await run(['serve', '--data', '/proc/terrarium/data', '--port', '0'])

    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(/^terrarium: the data folder \/proc\/terrarium\/data cannot be used: /)
  })

  test('a wrong start lists every fault by name and none by value', async () => {
    const ended = await run(['serve', '--port', 'canary', '--mirror-downloads', '99', '--colour', 'canary'], {
      TERRARIUM_ADMIN_PASSWORD: 'canary',
      TERRARIUM_NO_SUCH: 'canary',
    })

    expect(ended.code).toBe(2)
    for (const name of ['port', 'mirror_downloads', 'admin_password', 'no_such', 'colour'])
      expect(ended.stderr).toContain(name)
    expect(ended.stderr).not.toContain('canary')
    expect(ended.stderr).not.toContain('    at ')
  })

  test.each([
    [['serve', '--no-such-option=canary'], 2],
    [['serve', 'no-such'], 2],
    [['no-such-verb'], 1],
  ])('%j is refused in words', async (args, code) => {
    const ended = await run(args)

    expect(ended.code).toBe(code)
    expect(ended.stderr).toMatch(/^terrarium: [^]*no.such/)
    expect(ended.stderr).not.toContain('canary')
  })
})

describe('a server that is told to stop', () => {
  test('ends in time with a client in the middle of a slow download', async () => {
    const server = serve('--shutdown-ms', '500', '--admin-password', 'a long password')
    const url = await server.url()
    const { token } = (await (await signIn(url, 'a long password')).json()) as { token: string }
    const headers = { authorization: `Bearer ${token}` }
    const spec = { name: 'large', version: '1.0', files: { noise: randomBytes(12_000_000) } }
    await fetch(`${url}/api/channels`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'main', privacy: 'public' }),
    })
    const form = new FormData()
    const filename = packageFilename(spec, 'conda')
    form.set('content', new Blob([new Uint8Array(await writePackage(spec, 'conda'))]), filename)
    expect(
      (await fetch(`${url}/api/channels/main/artifacts`, { method: 'POST', headers, body: form })).status,
    ).toBe(201)
    const slow = await openAndRead(`${url}/api/repo/main/noarch/${filename}`)

    const started = Date.now()
    server.child.kill('SIGTERM')
    const { code } = await server.ended

    expect(code).toBe(0)
    // the client would go on for ever; how much less than that it takes is the machine's
    expect(Date.now() - started).toBeLessThan(60_000)
    slow.destroy()
  })

  /** Reads the first bytes and then no more. */
  async function openAndRead(url: string): Promise<IncomingMessage> {
    const request = httpRequest(url).end()
    request.on('error', () => undefined)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.on('error', () => undefined)
    response.once('data', () => response.pause())
    await once(response, 'pause')
    return response
  }

  test('answers what is under way, and then does not wait for its connection', async () => {
    const configuration = readConfiguration({ environment: {}, arguments: { data, port: 0 } })
    const server = await startServer(configuration, pino({ level: 'silent' }))
    const body = JSON.stringify({ username: 'admin', password: 'wrong' })
    const request = httpRequest(`${server.url}/api/auth/login`, {
      method: 'POST',
      agent: new Agent({ keepAlive: true }),
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        expect: '100-continue',
      },
    })
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    request.flushHeaders()
    await once(request, 'continue')
    const started = Date.now()
    const stopped = server.stop()
    request.end(body)

    const [response] = await answered
    response.resume()
    await stopped

    expect(response.statusCode).toBe(401)
    // a connection is kept for more than a minute
    expect(Date.now() - started).toBeLessThan(60_000)
  })

  test('can be told twice, and frees port and folder', async () => {
    const configuration = readConfiguration({ environment: {}, arguments: { data, port: 0 } })
    const log = pino({ level: 'silent' })
    const server = await startServer(configuration, log)

    await Promise.all([server.stop(), server.stop()])

    const again = await startServer({ ...configuration, port: Number(new URL(server.url).port) }, log)
    expect(again.url).toBe(server.url)
    expect(again.firstPassword).toBeUndefined()
    await again.stop()
  })

  test('publishes at the next start what a killed one had marked and not published', async () => {
    const configuration = readConfiguration({ environment: {}, arguments: { data, port: 0 } })
    const log = pino({ level: 'silent' })
    const first = await startServer(configuration, log)
    const { db } = first.parts
    const revisions = { revision: 0, newest_revision: 0, rendered_revision: 0, frozen: 0, keep_days: null }
    const channel = { name: 'main', kind: 'default', privacy: 'public', description: '', ...revisions }
    await db
      .insertInto('channels')
      .values({ ...channel, id: 'c', owner_id: 'x', created_at: 0, updated_at: 0 })
      .execute()
    await db
      .insertInto('stale_names')
      .values({ channel_id: 'c', name: 'a', mark: 'm', cause: '{}' })
      .execute()
    await first.stop()

    const second = await startServer(configuration, log)
    const deadline = Date.now() + 60_000
    let left: unknown[]
    do {
      await setImmediate() // or the answers of its threads would never be read
      left = await second.parts.db.selectFrom('stale_names').select('name').execute()
    } while (left.length > 0 && Date.now() < deadline)
    await second.stop()

    expect(left).toEqual([])
  })
})

describe('the verbs for whoever has the data folder', () => {
  const owned = join(root, 'owned')
  beforeAll(async () => {
    const first = new Verb(['serve', '--data', owned, '--port', '0'])
    await first.url()
    first.child.kill('SIGTERM')
    await first.ended
  })
  beforeEach(() => {
    data = owned
  })

  test('reset-password prints a password that opens, and create-token a token that does', async () => {
    const reset = await run(['reset-password', '--data', data])
    const created = await run(['create-token', 'admin', '--data', data])
    expect(reset).toMatchObject({ code: 0, stderr: '' })
    expect(created).toMatchObject({ code: 0, stderr: '' })

    const url = await serve().url()
    expect((await signIn(url, reset.stdout.trim())).status).toBe(200)
    const account = await fetch(`${url}/api/account`, {
      headers: { authorization: `Bearer ${created.stdout.trim()}` },
    })
    expect(await account.json()).toMatchObject({ username: 'admin', roles: ['admin', 'author'] })
  })

  test('make-admin makes an administrator and prints the password', async () => {
    const made = await run(['make-admin', 'grace', '--data', data])
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('a new account') as string })

    const url = await serve().url()
    const login = await fetch(`${url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'grace', password: made.stdout.trim() }),
    })
    const { token } = (await login.json()) as { token: string }
    const account = await fetch(`${url}/api/account`, { headers: { authorization: `Bearer ${token}` } })
    expect(await account.json()).toMatchObject({ username: 'grace', roles: ['admin', 'author'] })
  })

  test.each(['reset-password', 'create-token'])('%s of nobody is refused', async (verb) => {
    const ended = await run([verb, 'nobody', '--data', data])

    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: 'terrarium: there is no user nobody\n' })
  })

  test('without a database they say where they looked', async () => {
    const ended = await run(['reset-password', '--data', join(root, 'nowhere')])

    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('there is no database in')
  })
})

test('--help prints the verbs and ends well', async () => {
  const ended = await run(['--help'])

  expect(ended).toMatchObject({ code: 0, stderr: '' })
  for (const verb of ['serve', 'migrate', 'reset-password', 'make-admin', 'create-token'])
    expect(ended.stdout).toContain(verb)
})

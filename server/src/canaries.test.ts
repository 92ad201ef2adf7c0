/**
 * A secret of every kind that there is goes through a real server and a real command line once; then none of them may
 * be found anywhere: not in the log at its most talkative, the whole database, the audit log in each of its forms, the
 * metrics, what commands print, or an answer that was not the one place where it is shown. T-SEC-13, I-13.
 *
 * It takes a process, because what a log holds is decided where it is opened and by everything that writes to it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as OTPAuth from 'otpauth'
import { afterAll, expect, test } from 'vitest'
import {
  CLI_CLIENT_ID,
  CLIENT_ID,
  CLIENT_SECRET,
  SmallProvider,
  USER_CODE,
} from './identity/oidc/testing/small-provider.ts'
import { openDatabase } from './platform/database/db.ts'
import { Secret } from './platform/secret.ts'
import { dropTestDatabase, testDatabaseFor } from './testing/test-database.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const CLI = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))
const DEADLINE_MS = 60_000

const folder = mkdtempSync(join(tmpdir(), 'terrarium-canaries-'))
const data = join(folder, 'data')
const cleanUp: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
afterAll(async () => {
  for (const undo of cleanUp.reverse()) await undo()
})

const canaries = new Map<string, string>()
/** Where a canary has to be, as people told it; it is looked for everywhere else. */
const atHome = new Map<string, string>()

function keep(kind: string, secret: string): string {
  expect(secret.length, kind).toBeGreaterThanOrEqual(6)
  canaries.set(kind, secret)
  return secret
}

function lookFor(secrets: ReadonlyMap<string, string>, places: Readonly<Record<string, string>>): string[] {
  return [...secrets].flatMap(([kind, secret]) =>
    Object.entries(places)
      .filter(
        ([place, text]) => text.includes(secret) && !(atHome.get(kind) ?? '').split(', ').includes(place),
      )
      .map(([place]) => `${kind} is in ${place}`),
  )
}

/** Refuses whatever it is asked, and says all of the question again: the rudest peer there is. */
async function startEcho(): Promise<string> {
  const server = createServer((request, response) => {
    const { authorization = '' } = request.headers
    const plain = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()
    const text = `${request.url} ${JSON.stringify(request.headers)} ${plain}`
    request.resume()
    response.writeHead(403, { 'content-type': 'application/xml', 'x-echo': encodeURIComponent(text) })
    response.end(`<Error><Code>AccessDenied</Code><Message>${text.replaceAll('<', '&lt;')}</Message></Error>`)
  })
  await listen(server)
  cleanUp.push(() => server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await listen(server)
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`it never came: ${what}`)
    await wait(20)
  }
}

interface Ran {
  readonly code: number | null
  readonly output: string
}

/** What a command printed, both streams together. */
async function run(
  file: string,
  args: readonly string[],
  environment: Record<string, string> = {},
  input = '',
): Promise<Ran> {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [file, ...args], { env: { PATH, HOME: folder, ...environment } })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

test('a secret of any kind is where it is shown once, and nowhere else', { timeout: 150_000 }, async () => {
  const provider = await SmallProvider.start()
  cleanUp.push(() => provider.close())
  provider.people.set('ann', { preferred_username: 'ann', groups: ['/team-a'] })
  const rude = await startEcho()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`

  const adminPassword = keep('password of the first administrator', 'canary-first-administrator')
  const proxyPassword = keep('password of a proxy', 'canary-of-the-proxy')
  const proxies = {
    HTTPS_PROXY: `http://me:${proxyPassword}@127.0.0.1:1`,
    HTTP_PROXY: `http://me:${proxyPassword}@127.0.0.1:1`,
  }
  keep('client secret', CLIENT_SECRET)
  const { database } = await testDatabaseFor(data)
  cleanUp.push(() => dropTestDatabase(data))
  const config = join(folder, 'terrarium.yml')
  const settings = {
    ...{
      data,
      port,
      public_url: url,
      log_level: 'trace',
      outbound_private: [new URL(provider.issuer).host, rude],
    },
    oidc: [
      {
        ...{ name: 'kc', issuer: provider.issuer, client_id: CLIENT_ID, client_secret: CLIENT_SECRET },
        ...{ cli_client_id: CLI_CLIENT_ID, recheck_seconds: 5 },
      },
    ],
    ...{ s3_endpoint: `http://${rude}`, s3_access_key: 'AKIAEXAMPLE' },
    s3_secret_key: keep('secret key of S3', 'canary-secret-key-of-the-bucket'),
    ...{ audit_export_folder: 's3://audit-bucket', audit_export_cron: '* * * * * *' },
    audit_stream: `http://stream:${keep('password of the stream', 'canary-of-the-stream')}@${rude}/v1/logs`,
    admin_password: adminPassword,
    ...(database !== undefined && { database }),
  }
  writeFileSync(config, JSON.stringify(settings), { mode: 0o600 })

  const { PATH = '' } = process.env
  const server = spawn(process.execPath, [MAIN, 'serve', '--config', config], {
    env: { PATH, HOME: folder, ...proxies },
  })
  let printed = ''
  let log = ''
  server.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  server.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const ended = once(server, 'close')
  cleanUp.push(() => server.kill('SIGKILL'))
  await Promise.race([
    until('a server that answers', () => printed.includes(' at http')),
    ended.then(() => Promise.reject(new Error(`the server ended: ${log}`))),
  ])

  /** Answers that show nothing: errors above all. */
  const answers: string[] = []
  const call = async (
    method: string,
    path: string,
    token?: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    const response = await fetch(url + path, {
      ...{ method, redirect: 'manual' },
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.status, headers: response.headers, body: await response.text() }
  }
  const note = async (answer: ReturnType<typeof call>): Promise<void> => {
    const { body, headers } = await answer
    answers.push(body, JSON.stringify([...headers]))
  }
  const json = async <T>(answer: ReturnType<typeof call>): Promise<T> => {
    const { status, body } = await answer
    if (status >= 300) throw new Error(`${status} ${body}`)
    return JSON.parse(body) as T
  }

  // accounts of this server
  const credentials = { username: 'admin', password: adminPassword }
  const session = await json<{ token: string }>(call('POST', '/api/auth/login', undefined, credentials))
  const admin = keep('session', session.token)
  const password = keep('password', 'canary-password-of-the-invited')
  const invited = await json<{ token: string }>(
    call('POST', '/api/invitations', admin, { username: 'carol' }),
  )
  const invitation = keep('invitation', invited.token)
  const accepted = await call('POST', '/api/auth/invitation', undefined, { token: invitation, password })
  const cookie = String(accepted.headers.getSetCookie()[0]).split(';')[0] ?? ''
  keep('session in a cookie', cookie.split('=')[1] ?? '')
  const { token: carol } = await json<{ token: string }>(
    call('POST', '/api/auth/login', undefined, { username: 'carol', password }),
  )
  keep('session of somebody else', carol)
  const { secret: seed } = await json<{ secret: string }>(
    call('POST', '/api/account/second-factor', carol, { password }),
  )
  keep('seed of the second factor', seed)
  const totp = new OTPAuth.TOTP({ secret: OTPAuth.Secret.fromBase32(seed) })
  const confirmed = await json<{ recovery_codes: string[] }>(
    call('POST', '/api/account/second-factor/confirm', carol, { code: totp.generate() }),
  )
  for (const [index, recovery] of confirmed.recovery_codes.entries()) {
    keep(`recovery code ${index}`, recovery)
    keep(`recovery code ${index} without hyphens`, recovery.replaceAll('-', ''))
  }
  const [recovery = ''] = confirmed.recovery_codes
  const withCode = { username: 'carol', password, code: recovery }
  keep(
    'session by recovery code',
    (await json<{ token: string }>(call('POST', '/api/auth/login', undefined, withCode))).token,
  )
  const { user_id: carolId } = await json<{ user_id: string }>(call('GET', '/api/account', carol))
  const reset = await json<{ password: string }>(
    call('POST', `/api/users/${carolId}/password-reset`, admin, {}),
  )
  keep('password that was reset', reset.password)
  const made = await json<{ password: string }>(call('POST', '/api/users', admin, { username: 'dave' }))
  keep('password that was made', made.password)
  const own = await json<{ token: string }>(call('POST', '/api/account/tokens', admin, { name: 'mine' }))
  const userToken = keep('token of an account', own.token)
  const service = await json<{ id: string }>(call('POST', '/api/service-accounts', admin, { name: 'ci' }))
  const issued = await json<{ token: string; id: string }>(
    call('POST', `/api/users/${service.id}/tokens`, admin, { name: 'x' }),
  )
  keep('token of a service account', issued.token)
  const again = await json<{ token: string }>(
    call('PUT', `/api/users/${service.id}/tokens/${issued.id}`, admin, {}),
  )
  const reissued = keep('token that was reissued', again.token)

  // people that a provider vouches for: a browser, and a program by device code
  const html = { accept: 'text/html' }
  const sent = await call('GET', '/api/auth/authorize?provider=kc', undefined, undefined, html)
  const back = await provider.visit(sent.headers.get('location') ?? '')
  keep('state of a sign-in', back.searchParams.get('state') ?? '')
  const browser = {
    ...html,
    cookie: sent.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; '),
  }
  const signedIn = await call('GET', back.pathname + back.search, undefined, undefined, browser)
  expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, '/'])
  for (const line of signedIn.headers.getSetCookie()) {
    const [, value = ''] = (line.split(';')[0] ?? '').split('=')
    if (value.length >= 6) keep(`session of a provider ${line.split('=')[0]}`, value)
  }
  await note(call('GET', back.pathname + back.search, undefined, undefined, browser)) // a second time is refused
  const device = await run(CLI, ['--server', url, 'login', '--device'])
  expect(device, device.output).toMatchObject({ code: 0 })
  expect(device.output).toContain(USER_CODE) // there, for a person to type in, and nowhere else
  keep('user code', USER_CODE)
  atHome.set('user code', 'what commands print')
  const stored = JSON.parse(
    readFileSync(join(folder, '.config/terrarium/credentials.json'), 'utf8'),
  ) as Record<string, string>
  keep('token of the command line', stored[url] ?? '')

  // jobs of a CI system
  await json(call('POST', '/api/channels', admin, { name: 'team', privacy: 'private' }))
  const rule = {
    name: 'tools',
    issuer: provider.issuer,
    claims: { repository: 'acme/tools' },
    name_patterns: ['acme-*'],
  }
  await json(call('POST', '/api/channels/team/trust-rules', admin, rule))
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: provider.issuer,
    aud: `127.0.0.1:${port}`,
    sub: 'job',
    repository: 'acme/tools',
    iat: now,
    exp: now + 300,
  }
  const jobToken = keep('token of a CI job', await provider.sign({ ...claims, jti: 'one' }))
  const minted = await call('POST', '/api/oidc/mint_token', undefined, { token: jobToken })
  expect(minted.status, minted.body).toBe(200)
  const workload = keep('token that was minted', minted.body)
  await note(call('POST', '/api/oidc/mint_token', undefined, { token: jobToken }))
  const forged = keep(
    'token of a CI job that is refused',
    await provider.sign({ ...claims, aud: 'elsewhere', jti: 'two' }),
  )
  await note(call('POST', '/api/oidc/mint_token', undefined, { token: forged }))
  await note(call('POST', '/api/auth/exchange', undefined, { provider: 'kc', id_token: forged }))

  // an upstream that wants credentials, and shows them to everybody
  const upstream = keep('password for an upstream', 'canary-of-the-upstream')
  const inPath = keep('token in the address of an upstream', 'canary-in-the-path')
  const sourceRoot = `http://reader:${upstream}@${rude}/t/${inPath}/main/`
  const mirror = await call('POST', '/api/channels/team/mirrors', admin, {
    mirror_name: 'rude',
    source_root: sourceRoot,
    run_now: true,
  })
  answers.push(mirror.body)

  // wherever a client puts a secret, right or wrong
  const typed = keep('password in the field of the name', 'canary-typed-into-the-wrong-field')
  const wrong = keep('wrong password', 'canary-wrong-password')
  const basic = (user: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
  })
  const login = (body: unknown) => note(call('POST', '/api/auth/login', undefined, body))
  await login({ username: typed, password: wrong })
  await login({ username: 'carol', password: wrong, code: wrong })
  await login(`{"username": "carol", "password": "${wrong}`)
  await login(wrong)
  await login({ username: 'carol', password: { [wrong]: wrong } })
  await login({ username: 'carol', password: wrong, [wrong]: wrong })
  await note(call('POST', `/api/auth/login?password=${wrong}`, undefined, {}))
  await note(
    call('POST', '/api/auth/login', undefined, `password=${wrong}`, {
      'content-type': 'application/x-www-form-urlencoded',
    }),
  )
  await note(call('POST', '/api/auth/invitation', undefined, { token: invitation, password: wrong }))
  for (const secret of [userToken, reissued, workload, `${reissued}x`.replace('trms', 'trmu')]) {
    canaries.set(`token ${secret}`, secret)
    const encoded = encodeURIComponent(basic('any', secret).authorization)
    for (const path of [
      ...[
        `/t/${secret}/api/repo/none/noarch/repodata.json`,
        `/api/repo/t/${secret}/none/noarch/repodata.json`,
      ],
      ...[
        `/api/repo/t/${secret}/%zz`,
        `/api/repo/none/t/${secret}/x`,
        `/t/${secret}/no/such/page`,
        `/t/${secret}`,
      ],
      ...[`/t/${secret}/api/roles`, `/no/such/page/${secret}`, `/api/repo/${secret}/noarch/repodata.json`],
      ...['token', 'access_token', 'api_key', 'X-Auth', 'anything'].map(
        (name) => `/api/roles?${name}=${secret}`,
      ),
      ...[
        `/api/channels/${secret}`,
        `/api/roles?x=%zz&token=${secret}`,
        `/api/roles?authorization=${encoded}`,
      ],
    ])
      await note(call('GET', path))
    for (const headers of [
      ...[{ authorization: `token ${secret}` }, { authorization: secret }, basic('any', secret)],
      ...[basic(secret, 'x-auth-token'), { 'x-auth': secret }, { 'x-api-key': secret }],
      { cookie: `terrarium-session=${secret}` },
    ])
      await note(call('GET', '/api/roles', undefined, undefined, headers))
    await note(call('DELETE', '/api/roles/none', secret))
    await note(call('POST', '/api/channels/team/artifacts', secret, { secret }))
  }
  await note(call('GET', '/api/roles', undefined, undefined, { cookie }))

  // what people and machines may read
  for (const path of [
    ...[
      '/api/account/tokens',
      `/api/users/${service.id}/tokens`,
      '/api/invitations',
      '/api/users',
      '/api/account/sessions',
    ],
    ...[
      '/api/channels/team/mirrors',
      '/api/channels/team/trust-rules',
      '/api/auth/providers',
      '/api/system/history?limit=1000',
    ],
    ...['/api/system', '/readyz', '/api/openapi.json'],
  ])
    await note(call('GET', path, admin))
  const read = async (path: string): Promise<string> => (await call('GET', path, admin)).body

  // what commands print
  const commands = await Promise.all([
    run(CLI, ['--server', url, '--token', reissued, 'role', 'list'], proxies),
    run(CLI, ['--server', url, '--token', `${reissued}x`, '--json', 'mirror', 'list', '-c', 'team']),
    run(CLI, ['--server', url, '--token', admin, 'mirror', 'list', '-c', 'team']),
    run(CLI, ['--server', 'http://127.0.0.1:1', '--token', admin, 'channel', 'list']),
    run(CLI, ['--server', url, 'login', '--username', 'carol', '--password-stdin'], {}, wrong),
    run(
      MAIN,
      [
        'serve',
        '--data',
        data,
        '--port',
        '0',
        '--s3-secret-key',
        settings.s3_secret_key,
        '--blobs',
        's3://x',
      ],
      {
        ...{
          TERRARIUM_ADMIN_PASSWORD: adminPassword,
          TERRARIUM_OIDC: `[{"client_secret":"${CLIENT_SECRET}"`,
        },
      },
    ),
  ])
  expect(commands.map(({ code }) => code === 0)).toEqual([false, false, true, false, false, false])

  // the peers were asked, refused, and were complained of
  await until(
    'a look at the session by its refresh token',
    () => provider.secrets.filter((s) => s.startsWith('canary-refresh')).length > 1,
  )
  await until('an export that failed', () => log.includes('"kind":"audit.export"'))
  await until('a stream that failed', () => log.includes('audit events could not be sent'))
  await until('a mirror that failed', async () =>
    (await read('/api/channels/team/mirrors')).includes('"failed"'),
  )
  await note(call('GET', '/api/channels/team/mirrors', admin))

  // the negative control: what was put into each place is found there
  const planted = 'planted-canary-for-all-to-see'
  await json(call('POST', '/api/channels', admin, { name: planted }))
  await note(call('GET', `/no/such/${planted}`))
  const exports = [
    await read('/api/audit/export'),
    await read('/api/audit/export?format=csv'),
    await read('/api/audit/events?limit=1000'),
  ]
  const metrics = await read('/metrics')
  expect(metrics).toContain('route="/api/auth/login"')
  server.kill('SIGTERM')
  await ended
  for (const [index, secret] of provider.secrets.entries()) keep(`of the provider ${index}`, secret)

  const db = await openDatabase({
    data,
    database: database === undefined ? undefined : new Secret(database),
    database_connections: 2,
  })
  cleanUp.push(() => db.destroy())
  const rows: unknown[] = []
  for (const { name } of await db.introspection.getTables()) {
    // the dump is of every table there is, also of those nobody has thought of yet
    rows.push(
      await db
        .selectFrom(name as 'users')
        .selectAll()
        .execute(),
    )
  }
  const places = {
    'an answer': answers.join('\n'),
    'the log': log + printed,
    'the database': JSON.stringify(rows),
    'the data folder': readSmallFiles(data),
    'the audit log': exports.join('\n'),
    'the metrics': metrics,
    'what commands print': [...commands, device].map(({ output }) => output).join('\n'),
  }
  expect(rows.flat().length).toBeGreaterThan(40)
  const controls = lookFor(new Map([['the control', planted]]), places)
  const expected = ['an answer', 'the log', 'the database', 'the audit log'].map(
    (place) => `the control is in ${place}`,
  )
  expect(controls).toEqual(expect.arrayContaining(expected))
  expect(lookFor(new Map([['the metrics', '/api/auth/login']]), { 'the metrics': metrics })).toHaveLength(1)
  expect(places['what commands print']).toContain('rude')
  expect(canaries.size).toBeGreaterThan(60)

  expect(lookFor(canaries, places)).toEqual([])
})

/** What lies in the folder itself, the database file and its journal too. */
function readSmallFiles(path: string): string {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(path, entry.name), 'latin1'))
    .join('\n')
}

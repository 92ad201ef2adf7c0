/**
 * Somebody who may do a lot with what is theirs (an account, a channel, a group) tries every address that takes
 * an id with the real id of what is another's: directly, and through what they own themselves. Nothing answers,
 * and nothing changes. Ids that are none are tried in authorization.test.ts. T-AUTHZ-02
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'

/** What an id in an address can be called. */
const idParameters = [
  ...(['tokenId', 'sessionId', 'userId', 'accountId', 'groupId', 'subjectId', 'subject_id'] as const),
  ...(['mirrorId', 'mirror', 'notice', 'rule', 'exceptionId', 'jobId', 'channel', 'change_id'] as const),
  ...(['virtual', 'member'] as const),
] as const
type IdParameter = (typeof idParameters)[number]

/** No id of something with an owner. */
const withoutOwner = new Set([
  ...['name', 'subdir', 'filename', 'revision', 'cve_id', 'provider', 'subject_kind'],
  // open to roles that reach everything, and to them all of it
  ...['roleId', 'invitationId', 'checkId', 'sourceId', 'importId', 'key'],
])

let t: TestApp
let thief: TestClient
let owner: TestClient
const theirs: Partial<Record<IdParameter, string>> = {}
const mine: Partial<Record<IdParameter, string>> = {}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
interface Route {
  readonly method: Method
  readonly path: string
  readonly parameters: readonly string[]
}

beforeAll(async () => {
  t = await startTestApp()
  thief = await t.as('thief')
  owner = await t.as('owner')
  Object.assign(mine, await makeThings(thief, 'thief', 'thiefs'))
  Object.assign(theirs, await makeThings(owner, 'owner', 'secret'))
})
afterAll(() => t.close())

async function makeThings(client: TestClient, name: string, channel: string) {
  const admin = await t.as('admin')
  const id = async (response: ReturnType<TestClient['post']>, key = 'id'): Promise<string> => {
    const { statusCode, body } = await response
    if (statusCode >= 300) throw new Error(body)
    return (JSON.parse(body) as Record<string, string>)[key]!
  }
  const userId = await id(client.get('/api/account'), 'user_id')
  const { password } = (await admin.post(`/api/users/${userId}/password-reset`)).json<{ password: string }>()
  const { token } = (await t.nobody().post('/api/auth/login', { username: name, password })).json<{
    token: string
  }>()
  const sessions = (await t.withToken(token).get('/api/account/sessions')).json<{ items: { id: string }[] }>()
  await id(client.post('/api/channels', { name: channel, privacy: 'private' }))
  const groupId = await id(admin.post('/api/groups', { name: `group-${name}`, description: '' }))
  await id(admin.post(`/api/groups/${groupId}/users`, { user_id: userId, permission: 'manage' }))
  const { statusCode } = await client.post(`/api/channels/${channel}/groups`, {
    group_id: groupId,
    permission: 'read',
  })
  expect(statusCode).toBe(204)
  const mirrorId = await id(
    client.post(`/api/channels/${channel}/mirrors`, { mirror_name: 'm', source_root: t.folder }),
    'mirror_id',
  )
  await t.policy(channel, `name: no-a-${name}\nrules: [{id: a, effect: deny, when: {package: a}}]`)
  await t.upload(channel, { name: 'a', version: '1' })
  const rule = { name: 'ci', issuer: 'https://ci.example.org', claims: { repository: `${name}-team/*` } }
  const upload = await admin.send('POST', '/api/advisories/import?kind=mapping&filename=m.json', {
    payload: Buffer.from('{"a": ["a"]}'),
    headers: { 'content-type': 'application/octet-stream' },
  })
  const virtual = `${channel}-all`
  const gone = `${channel}-gone`
  await id(client.post('/api/channels', { name: gone, privacy: 'private' }))
  const sources = [{ name: channel }, { name: gone }]
  await id(
    client.post('/api/channels', { name: virtual, privacy: 'private', channel_type: 'virtual', sources }),
  )
  expect((await client.delete(`/api/channels/${gone}`)).statusCode).toBeLessThan(300)
  const { lost_members: lost } = (await client.get(`/api/channels/${virtual}`)).json<{
    lost_members: { id: string }[]
  }>()
  await t.settle()
  return {
    userId,
    channel,
    virtual,
    member: lost[0]?.id,
    groupId,
    mirrorId,
    mirror: mirrorId,
    subjectId: groupId,
    subject_id: userId,
    sessionId: sessions.items[0]?.id,
    tokenId: await id(client.post('/api/account/tokens', { name: 'mine' })),
    accountId: await id(client.post('/api/service-accounts', { name: 'ci', channel })),
    notice: await id(
      client.post(`/api/channels/${channel}/notices`, {
        message: 'x',
        expires_at: '2066-01-01T00:00:00Z',
      }),
    ),
    rule: await id(client.post(`/api/channels/${channel}/trust-rules`, rule)),
    exceptionId: await id(
      client.post(`/api/channels/${channel}/exceptions`, {
        files: ['noarch/a-1-0.conda'],
        reason: 'needed',
      }),
    ),
    jobId: upload.json<{ job_id: string }>().job_id,
    change_id: (await client.get(`/api/channels/${channel}/explain/noarch/a-1-0.conda/history`)).json<{
      items: { id: string }[]
    }>().items[0]?.id,
  }
}

function routes(): Route[] {
  return Object.entries(t.app.swagger().paths ?? {}).flatMap(([path, methods]) =>
    Object.keys((methods ?? {}) as object).map((method) => ({
      method: method.toUpperCase() as Method, // of a route of ours
      path,
      parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => parameterOf(path, name!)),
    })),
  )
}

/** Two subjects call theirs only `id`. */
function parameterOf(path: string, name: string): string {
  if (name !== 'id') return name
  return path.startsWith('/api/exceptions/') ? 'exceptionId' : 'roleId'
}

test('every name of a parameter is known, as the id of something owned or as no such thing', () => {
  const unknown = routes()
    .flatMap(({ parameters }) => parameters)
    .filter((name) => !withoutOwner.has(name) && !(idParameters as readonly string[]).includes(name))
  expect(unknown).toEqual([])
  for (const name of idParameters) expect(theirs[name], name).toMatch(/./)
})

/** Bodies that would do something, were it allowed. */
const bodies: readonly (readonly [RegExp, object])[] = [
  [/\/tokens$/, { name: 'stolen' }],
  [/\/groups\/\{groupId\}$/, { name: 'stolen', description: '' }],
  [/\/groups\/\{groupId\}\/users$/, { user_id: 'THIEF', permission: 'manage' }],
  [/\/(?:groups|users)\/\{subjectId\}$/, { permission: 'manage' }],
  [/\/channels\/\{channel\}\/groups$/, { group_id: 'GROUP', permission: 'manage' }],
  [/\/channels\/\{channel\}\/users$/, { user_id: 'THIEF', permission: 'manage' }],
  [/\/owner$/, { user_id: 'THIEF' }],
]

function bodyOf({ method, path }: Route): object {
  if (method === 'GET' || method === 'DELETE') return {}
  const [, body] = bodies.find(([pattern]) => pattern.test(path)) ?? [undefined, {}]
  return JSON.parse(
    JSON.stringify(body).replace('THIEF', mine.userId!).replace('GROUP', mine.groupId!),
  ) as object
}

/** Everything of the owner that the tries could have changed. */
async function pictureOfTheirs(): Promise<unknown> {
  const admin = await t.as('admin')
  const urls = [
    `/api/users/${theirs.userId}`,
    `/api/users/${theirs.userId}/sessions`,
    `/api/users/${theirs.accountId}/tokens`,
    `/api/service-accounts/${theirs.accountId}`,
    `/api/groups/${theirs.groupId}`,
    `/api/groups/${theirs.groupId}/users`,
    ...['', '/groups', '/users', '/mirrors', '/notices', '/trust-rules', '/exceptions', '/policies'].map(
      (rest) => `/api/channels/${theirs.channel}${rest}`,
    ),
  ]
  const answers = await Promise.all(urls.map(async (url) => (await admin.get(url)).body))
  const tokens = (await admin.get(`/api/users/${theirs.userId}/tokens`)).json<{ items: { id: string }[] }>()
  return [...answers, tokens.items.map(({ id }) => id)]
}

test('no id of another opens or changes anything, be it through what is one’s own', async () => {
  const before = await pictureOfTheirs()
  const opened: string[] = []
  let tried = 0
  for (const route of routes()) {
    const owned = route.parameters.filter((name) => !withoutOwner.has(name))
    // all ids of the owner; then each of them alone, in a place that is the thief's
    for (const foreign of owned.length > 1
      ? [owned, ...owned.map((one) => [one])]
      : owned.map((one) => [one])) {
      const url = route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
        const known = parameterOf(route.path, name) as IdParameter // or none of them, and undefined
        return (foreign.includes(known) ? theirs[known] : mine[known]) ?? 'none'
      })
      const hasBody = route.method === 'POST' || route.method === 'PUT'
      const response = await thief.send(route.method, url, hasBody ? { payload: bodyOf(route) } : {})
      tried += 1
      if (response.statusCode < 300 && !isHarmless(route, foreign)) {
        opened.push(
          `${route.method} ${route.path} with ${foreign.join(', ')} of another: ${response.statusCode}`,
        )
      }
      expect(response.statusCode).toBeLessThan(500)
    }
  }
  await t.settle()
  expect(opened).toEqual([])
  expect(await pictureOfTheirs()).toEqual(before)
  expect(tried).toBeGreaterThan(120)
})

test('the same addresses open to the owner, so that it was the right that was missing', async () => {
  const urls = [
    `/api/users/${theirs.userId}/tokens`,
    `/api/users/${theirs.accountId}/tokens`,
    `/api/service-accounts/${theirs.accountId}`,
    `/api/exceptions/${theirs.exceptionId}`,
    `/api/users/${theirs.accountId}/rights/${theirs.channel}`,
    ...['', '/groups', '/trust-rules', '/history', `/mirrors/${theirs.mirrorId}`].map(
      (rest) => `/api/channels/${theirs.channel}${rest}`,
    ),
  ]
  for (const url of urls) {
    expect((await owner.get(url)).statusCode, url).toBe(200)
    expect((await thief.get(url)).statusCode, url).toBeGreaterThan(400)
  }
  expect((await owner.delete(`/api/account/sessions/${theirs.sessionId}`)).statusCode).toBe(204)
  expect((await owner.delete(`/api/channels/${theirs.channel}/notices/${theirs.notice}`)).statusCode).toBe(
    204,
  )
  expect((await owner.delete(`/api/channels/${theirs.channel}/trust-rules/${theirs.rule}`)).statusCode).toBe(
    204,
  )
})

/** Who has an account, which groups there are and who is in them is no secret among accounts. */
function isHarmless({ method, path }: Route, foreign: readonly string[]): boolean {
  if (method === 'GET' && /^\/api\/(?:users\/\{userId\}|groups\/\{groupId\}(?:\/\w+)?)$/.test(path))
    return true
  // in one's own channel one sees what others may do, and shares it with whom one likes
  return foreign.join() === 'userId' && path === '/api/users/{userId}/rights/{channel}'
}

/**
 * Who may do what, over every route there is: the table below must have a case for each endpoint of the
 * OpenAPI document, or this fails. T-AUTH-01, T-AUTHZ-01, T-AUTHZ-02, I-11.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bodyOfAny, startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import {
  admins,
  askers,
  downloads,
  everybody,
  hidden,
  makeAskers,
  owners,
  privacies,
  readers,
  shareForReading,
  sharers,
  signedIn,
  type Asker,
  type Case,
  type Privacy,
} from './testing/authorization-askers.ts'
import { curationCases } from './testing/curation-cases.ts'
import { identityCases, newName } from './testing/authorization-cases.ts'

const mirrorBody = { mirror_name: 'm', source_root: 'http://127.0.0.1:1/' }

/** 400, 404, 409 and 415 stand where the right is there and the rest of the request leads nowhere. */
const cases: readonly Case[] = [
  { method: 'GET', route: '/api/system', expected: () => everybody(200) },
  { method: 'GET', route: '/metrics', expected: () => admins(200) },
  { method: 'GET', route: '/api/system/metrics', expected: () => admins(200) },
  {
    method: 'POST',
    route: '/api/auth/login',
    body: () => ({ username: newName(), password: 'y' }),
    expected: () => everybody(401),
  },
  { method: 'GET', route: '/api/account', expected: () => signedIn(200) },
  { method: 'GET', route: '/api/account/tokens', expected: () => signedIn(200) },
  {
    method: 'POST',
    route: '/api/account/tokens',
    body: { name: 'x' },
    expected: () => ({ ...signedIn(200), small: 403 }),
  },
  {
    method: 'DELETE',
    route: '/api/account/tokens/{tokenId}',
    url: () => '/api/account/tokens/none',
    expected: () => ({ ...signedIn(404), small: 403 }),
  },
  ...identityCases,
  ...curationCases,
  { method: 'GET', route: '/api/channels', expected: () => everybody(200) },
  {
    method: 'POST',
    route: '/api/channels',
    body: { name: 'Wrong Name' },
    expected: () => ({ ...signedIn(400), small: 403 }),
  },
  { method: 'GET', route: '/api/channels/{channel}', expected: readers() },
  { method: 'PUT', route: '/api/channels/{channel}', body: {}, expected: owners(200) },
  { method: 'GET', route: '/api/channels/{channel}/index', expected: readers() },
  { method: 'GET', route: '/api/channels/{channel}/notices', expected: readers() },
  {
    method: 'POST',
    route: '/api/channels/{channel}/notices',
    body: { message: 'x', expires_at: '1999-01-01T00:00:00Z' },
    expected: owners(400),
  },
  {
    method: 'DELETE',
    route: '/api/channels/{channel}/notices/{notice}',
    url: (channel) => `/api/channels/${channel}/notices/none`,
    expected: owners(404),
  },
  { method: 'GET', route: '/api/channels/{channel}/artifacts', expected: readers() },
  { method: 'POST', route: '/api/channels/{channel}/artifacts', expected: owners(415) },
  {
    method: 'POST',
    route: '/api/channels/{channel}/upload/{filename}',
    url: (channel) => `/api/channels/${channel}/upload/demo-1.0-0.conda`,
    body: { no: 'package' },
    expected: owners(400),
  },
  {
    method: 'GET',
    route: '/api/channels/{channel}/artifacts/conda/{name}/files',
    url: (channel) => `/api/channels/${channel}/artifacts/conda/demo/files`,
    expected: readers(),
  },
  { method: 'GET', route: '/api/channels/{channel}/files', expected: readers() },
  {
    method: 'GET',
    route: '/api/channels/{channel}/attestations/{subdir}/{filename}',
    url: (channel) => `/api/channels/${channel}/attestations/noarch/none`,
    // like the bytes: a token that is limited to something else does not read what is not public
    expected: (privacy) => ({ ...readers(404)(privacy), small: privacy === 'public' ? 404 : 403 }),
  },
  {
    method: 'POST',
    route: '/api/channels/{channel}/attestations/{subdir}/{filename}',
    url: (channel) => `/api/channels/${channel}/attestations/noarch/none`,
    body: {},
    expected: owners(404),
  },
  {
    method: 'GET',
    route: '/api/channels/{channel}/explain/{subdir}/{filename}',
    url: (channel) => `/api/channels/${channel}/explain/noarch/demo-1.0-0.conda`,
    expected: readers(),
  },
  { method: 'GET', route: '/api/channels/{channel}/subchannels', expected: readers() },
  {
    method: 'POST',
    route: '/api/channels/{channel}/subchannels',
    body: { name: 'Wrong Name' },
    expected: owners(400),
  },
  ...['virtual-channels', 'owners', 'pins'].map((list): Case => ({
    method: 'GET',
    route: `/api/channels/{channel}/${list}`,
    expected: readers(),
  })),
  ...(['PUT', 'DELETE'] as const).map((method): Case => ({
    method,
    route: '/api/channels/{channel}/virtual-channels/{virtual}',
    url: (channel) => `/api/channels/${channel}/virtual-channels/none`,
    expected: owners(404),
  })),
  {
    method: 'DELETE',
    route: '/api/channels/{channel}/lost-members/{member}',
    url: (channel) => `/api/channels/${channel}/lost-members/none`,
    expected: owners(404),
  },
  {
    method: 'PUT',
    route: '/api/channels/{channel}/pins/{name}',
    url: (channel) => `/api/channels/${channel}/pins/demo`,
    body: { member: 'other' },
    expected: owners(409),
  },
  {
    method: 'DELETE',
    route: '/api/channels/{channel}/pins/{name}',
    url: (channel) => `/api/channels/${channel}/pins/demo`,
    expected: owners(404),
  },
  { method: 'GET', route: '/api/channels/{channel}/revisions', expected: readers() },
  ...['', '/diff'].map((rest): Case => ({
    method: 'GET',
    route: `/api/channels/{channel}/revisions/{revision}${rest}`,
    url: (channel) => `/api/channels/${channel}/revisions/1${rest}`,
    expected: readers(),
  })),
  ...(
    [
      ['rollback', 202],
      ['serve', 200],
    ] as const
  ).map(([verb, status]): Case => ({
    method: 'POST',
    route: `/api/channels/{channel}/revisions/{revision}/${verb}`,
    url: (channel) => `/api/channels/${channel}/revisions/1/${verb}`,
    expected: owners(status),
  })),
  { method: 'GET', route: '/api/trusted-keys', expected: () => admins(200) },
  {
    method: 'POST',
    route: '/api/trusted-keys',
    body: { label: '_', public_key: 'x' },
    expected: () => admins(400),
  },
  {
    method: 'POST',
    route: '/api/trusted-keys/from-root',
    body: { label: '_', root: 'x', key_mgr: 'x' },
    expected: () => admins(400),
  },
  {
    method: 'DELETE',
    route: '/api/trusted-keys/{key}',
    url: () => '/api/trusted-keys/none',
    expected: () => admins(404),
  },
  { method: 'GET', route: '/api/policies', expected: () => admins(200) },
  {
    method: 'POST',
    route: '/api/policies',
    body: { document: 'name: allowed\ndeny: []' },
    expected: () => admins(200),
  },
  {
    method: 'POST',
    route: '/api/policies/from-filters',
    body: { name: 'allowed', filters: { cve_score_threshold: 7 } },
    expected: () => admins(200),
  },
  {
    method: 'GET',
    route: '/api/policies/{name}',
    url: () => '/api/policies/none',
    expected: () => admins(404),
  },
  {
    method: 'DELETE',
    route: '/api/policies/{name}',
    url: () => '/api/policies/none',
    expected: () => admins(404),
  },
  { method: 'GET', route: '/api/channels/{channel}/policies', expected: sharers(200) },
  {
    method: 'PUT',
    route: '/api/channels/{channel}/policies/{name}',
    url: (channel) => `/api/channels/${channel}/policies/none`,
    expected: owners(404),
  },
  {
    method: 'DELETE',
    route: '/api/channels/{channel}/policies/{name}',
    url: (channel) => `/api/channels/${channel}/policies/none`,
    expected: owners(404),
  },
  {
    method: 'POST',
    route: '/api/channels/{channel}/exceptions',
    body: { files: ['noarch/none-1.0-0.conda'], reason: 'r' },
    expected: (privacy) => ({
      ...(privacy === 'private' ? hidden(signedIn(404)) : signedIn(404)),
      small: 403,
    }),
  },
  {
    method: 'GET',
    route: '/api/channels/{channel}/exceptions',
    expected: (privacy) => (privacy === 'private' ? hidden(signedIn(200)) : signedIn(200)),
  },
  {
    method: 'POST',
    route: '/api/channels/{channel}/releases',
    body: { files: ['noarch/none-1.0-0.conda'], reason: 'r' },
    expected: owners(404),
  },
  {
    method: 'POST',
    route: '/api/channels/{channel}/policy-preview',
    body: { document: 'name: p\ndeny: [cve: CVE-2099-0001]' },
    expected: owners(200),
  },
  {
    method: 'GET',
    route: '/api/channels/{channel}/policy-preview/progress',
    expected: owners(200),
  },
  {
    method: 'GET',
    route: '/api/explain',
    url: (channel) => `/api/explain?channel=${channel}&spec=demo`,
    expected: readers(),
  },
  {
    method: 'GET',
    route: '/api/channels/{channel}/explain/{subdir}/{filename}/history',
    url: (channel) => `/api/channels/${channel}/explain/noarch/demo-1.0-0.conda/history`,
    expected: readers(),
  },
  {
    method: 'GET',
    route: '/api/channels/{channel}/decisions',
    url: (channel) => `/api/channels/${channel}/decisions?spec=demo&at=2000-01-01`,
    expected: readers(404), // no channel was there so long ago
  },
  {
    method: 'GET',
    route: '/api/channels/{channel}/decisions/{change_id}',
    url: (channel) => `/api/channels/${channel}/decisions/none`,
    expected: readers(404),
  },
  { method: 'GET', route: '/api/channels/{channel}/files-filtered', expected: readers() },
  { method: 'GET', route: '/api/channels/{channel}/explaining', expected: readers() },
  {
    method: 'PUT',
    route: '/api/channels/{channel}/explaining',
    body: { enabled: false },
    expected: owners(204),
  },
  { method: 'GET', route: '/api/exceptions', expected: () => signedIn(200) },
  { method: 'GET', route: '/api/exceptions/risks', expected: () => signedIn(200) },
  {
    method: 'GET',
    route: '/api/exceptions/{id}',
    url: () => '/api/exceptions/none',
    expected: () => signedIn(404),
  },
  ...(['approve', 'refuse', 'revoke', 'withdraw'] as const).map((verb): Case => ({
    method: 'POST',
    route: `/api/exceptions/{id}/${verb}`,
    url: () => `/api/exceptions/none/${verb}`,
    body: { note: 'n' },
    expected: () => signedIn(404),
  })),
  ...(['versions', 'assignments'] as const).map((list): Case => ({
    method: 'GET',
    route: `/api/policies/{name}/${list}`,
    url: () => `/api/policies/none/${list}`,
    expected: () => admins(404),
  })),
  ...(['PUT', 'DELETE'] as const).flatMap((method): Case[] => [
    {
      method,
      route: '/api/policies/{name}/baseline',
      url: () => '/api/policies/none/baseline',
      expected: () => admins(404),
    },
    {
      method,
      route: '/api/channels/{channel}/mirrors/{mirror}/policies/{name}',
      url: (channel) => `/api/channels/${channel}/mirrors/none/policies/none`,
      expected: owners(404),
    },
  ]),
  { method: 'GET', route: '/api/channels/{channel}/mirrors', expected: owners(200) },
  { method: 'POST', route: '/api/channels/{channel}/mirrors', body: mirrorBody, expected: owners(400) },
  ...(['GET', 'PUT', 'DELETE'] as const).map((method): Case => ({
    method,
    route: '/api/channels/{channel}/mirrors/{mirrorId}',
    url: (channel) => `/api/channels/${channel}/mirrors/none`,
    ...(method === 'PUT' && { body: {} }),
    expected: owners(404),
  })),
  {
    method: 'POST',
    route: '/api/channels/{channel}/mirrors/{mirrorId}/stop_mirror_sync',
    url: (channel) => `/api/channels/${channel}/mirrors/none/stop_mirror_sync`,
    expected: owners(404),
  },
  {
    method: 'GET',
    route: '/api/channels/{channel}/mirrors/{mirrorId}/rejections',
    url: (channel) => `/api/channels/${channel}/mirrors/none/rejections`,
    expected: owners(404),
  },
  {
    method: 'POST',
    route: '/api/advisories/import',
    url: () => '/api/advisories/import?filename=x.json',
    expected: () => admins(400),
  },
  { method: 'GET', route: '/api/advisory-sources', expected: () => everybody(200) },
  { method: 'GET', route: '/api/advisory-imports', expected: () => admins(200) },
  ...['', '/faults'].map((rest): Case => ({
    method: 'GET',
    route: `/api/advisory-imports/{importId}${rest}`,
    url: () => `/api/advisory-imports/none${rest}`,
    expected: () => admins(404),
  })),
  {
    method: 'GET',
    route: '/api/advisory-imports/{importId}/effects',
    url: () => '/api/advisory-imports/none/effects',
    expected: () => admins(404),
  },
  ...['approve', 'discard', 'roll-back'].map((rest): Case => ({
    method: 'POST',
    route: `/api/advisory-imports/{importId}/${rest}`,
    url: () => `/api/advisory-imports/none/${rest}`,
    body: { note: 'because' },
    expected: () => admins(404),
  })),
  {
    method: 'POST',
    route: '/api/advisory-sources',
    body: { name: 'nothing-we-know' },
    expected: () => admins(400),
  },
  {
    method: 'PUT',
    route: '/api/advisory-sources/{sourceId}',
    url: () => '/api/advisory-sources/none',
    body: { paused: true },
    expected: () => admins(404),
  },
  {
    method: 'DELETE',
    route: '/api/advisory-sources/{sourceId}',
    url: () => '/api/advisory-sources/none',
    expected: () => admins(404),
  },
  {
    method: 'POST',
    route: '/api/advisory-sources/{sourceId}/refresh',
    url: () => '/api/advisory-sources/none/refresh',
    body: {},
    expected: () => admins(404),
  },
  { method: 'GET', route: '/api/jobs/{jobId}', url: () => '/api/jobs/none', expected: () => signedIn(404) },
  { method: 'GET', route: '/api/system/checks', expected: () => admins(200) },
  { method: 'POST', route: '/api/system/checks', body: {}, expected: () => admins(202) },
  { method: 'POST', route: '/api/system/checks/stop', body: {}, expected: () => admins(200) },
  {
    method: 'GET',
    route: '/api/system/checks/{checkId}/findings',
    url: () => '/api/system/checks/none/findings',
    expected: () => admins(404),
  },
  { method: 'GET', route: '/api/system/storage', expected: () => admins(200) },
  { method: 'POST', route: '/api/system/collect', body: { dry_run: true }, expected: () => admins(202) },
  { method: 'DELETE', route: '/api/system/blob_cleanup', expected: () => admins(200) },
  { method: 'POST', route: '/api/system/blob_cleanup', body: [], expected: () => admins(200) },
  // the addresses of conda clients, which the document leaves out
  ...['repodata.json', 'repodata.json.zst', 'repodata_shards.msgpack.zst', 'demo-1.0-0.conda'].map(
    (file): Case => ({
      method: 'GET',
      route: `/api/repo/{channel}/noarch/${file}`,
      expected: downloads,
    }),
  ),
  ...['repodata.json', 'repodata_shards.msgpack.zst', 'demo-1.0-0.conda'].map((file): Case => ({
    method: 'GET',
    route: `/api/repo/{channel}@1/noarch/${file}`,
    expected: downloads,
  })),
  // last, because nothing is there afterwards
  { method: 'DELETE', route: '/api/channels/{channel}', expected: owners(202) },
]

/** Made anew for each asker where it has to be. */
const withBody = (body: Case['body']) =>
  body ? { payload: typeof body === 'function' ? (body as () => object)() : body } : {}

let t: TestApp
const clients = new Map<Asker, TestClient>()

beforeAll(async () => {
  t = await startTestApp()
  for (const [asker, client] of await makeAskers(t)) clients.set(asker, client)
  for (const privacy of privacies) await makeChannel(privacy)
})
afterAll(() => t.close())

async function makeChannel(privacy: Privacy): Promise<void> {
  const made = await clients.get('owner')!.post('/api/channels', { name: privacy, privacy })
  expect(made.statusCode).toBe(201)
  await shareForReading(t, privacy)
  await t.upload(privacy, { name: 'demo', version: '1.0' })
}

test('every endpoint has a case, and every case an endpoint', () => {
  const endpoints = Object.entries(t.app.swagger().paths ?? {}).flatMap(([path, methods]) =>
    Object.keys((methods ?? {}) as object).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const tried = cases
    .filter(({ route }) => !route.startsWith('/api/repo/'))
    .map(({ method, route }) => `${method} ${route}`)

  expect(tried.toSorted()).toEqual(endpoints.toSorted())
})

describe.each(privacies)('in a channel that is %s', (privacy) => {
  test.each(cases)('$method $route', async ({ method, route, url, body, expected }) => {
    const got: Partial<Record<Asker, number>> = {}
    for (const asker of askers) {
      const target = url?.(privacy) ?? route.replace('{channel}', privacy)
      const response = await clients.get(asker)!.send(method, target, withBody(body))
      got[asker] = response.statusCode
      if (response.statusCode === 401) expect(response.headers).toHaveProperty('www-authenticate')
      if (response.statusCode >= 400) expect(response.json()).toMatchObject({ status: response.statusCode })
      if (method === 'DELETE' && response.statusCode === 202) await makeChannel(privacy)
    }

    expect(got).toEqual(expected(privacy))
    await t.settle()
  })
})

// I-11, T-AUTHZ-09
test.each(cases.filter(({ route }) => route.includes('{channel}')))(
  'to a stranger a private channel looks like one that is not there: $method $route',
  async ({ method, route, url, body }) => {
    const ask = async (channel: string): Promise<unknown> => {
      const target = url?.(channel) ?? route.replace('{channel}', channel)
      const response = await clients.get('stranger')!.send(method, target, withBody(body))
      return {
        status: response.statusCode,
        body: bodyOfAny(response).replaceAll(channel, '*'),
        headers: Object.keys(response.headers).sort(),
      }
    }

    expect(await ask('private')).toEqual(await ask('nowhere'))
  },
)

test('lists and searches name no private channel to who may not see it', async () => {
  for (const asker of ['nobody', 'garbage', 'stranger'] as const) {
    for (const url of ['/api/channels', '/api/channels?q=private']) {
      const response = await clients.get(asker)!.get(url)
      expect(response.body).not.toContain('"name":"private"')
      const names = response.json<{ items: { name: string }[] }>().items.map(({ name }) => name)
      expect(names).not.toContain('private')
    }
  }
})

// T-AUTHZ-06
test('fields that would give rights are not taken from a request', async () => {
  const owner = clients.get('owner')!
  await owner.post('/api/channels', { name: 'grab', owner_id: 'admin', revision: 9, is_admin: true })
  const token = await owner.post('/api/account/tokens', { name: 'x', user_id: 'admin', is_admin: true })

  expect(token.statusCode).toBe(400)
  expect((await owner.get('/api/channels/grab')).json()).toMatchObject({ revision: 0 })
})

// T-AUTHZ-02
test("one user's tokens and jobs are not another's", async () => {
  const admin = clients.get('admin')!
  const made = await admin.post('/api/account/tokens', { name: 'mine' })
  const { id } = made.json<{ id: string }>()
  const job = await admin.send('POST', '/api/advisories/import?kind=mapping&filename=m.json', {
    payload: Buffer.from('{"a": ["a"]}'),
    headers: { 'content-type': 'application/octet-stream' },
  })
  await t.settle()
  const jobUrl = `/api/jobs/${job.json<{ job_id: string }>().job_id}`

  expect((await clients.get('owner')!.delete(`/api/account/tokens/${id}`)).statusCode).toBe(404)
  expect((await clients.get('owner')!.get(jobUrl)).statusCode).toBe(404)
  expect((await clients.get('nobody')!.get(jobUrl)).statusCode).toBe(401)
  expect((await admin.get(jobUrl)).statusCode).toBe(200)
  expect((await admin.delete(`/api/account/tokens/${id}`)).statusCode).toBe(204)
})

test("a mirror is not reached through another channel, not even the owner's own", async () => {
  const owner = clients.get('owner')!
  const made = await owner.post('/api/channels/public/mirrors', {
    mirror_name: 'm',
    source_root: t.folder,
  })
  const { mirror_id: id } = made.json<{ mirror_id: string }>()

  expect((await owner.get(`/api/channels/public/mirrors/${id}`)).statusCode).toBe(200)
  for (const method of ['GET', 'PUT', 'DELETE'] as const) {
    const response = await owner.send(
      method,
      `/api/channels/private/mirrors/${id}`,
      method === 'PUT' ? { payload: {} } : {},
    )
    expect(response.statusCode).toBe(404)
  }
})

// T-NET-02
test('headers that claim to come from here give no right', async () => {
  const response = await t.nobody().get('/api/account', {
    'x-forwarded-for': '127.0.0.1',
    forwarded: 'for=127.0.0.1',
    'x-real-ip': '127.0.0.1',
    'x-remote-user': 'admin',
    'x-forwarded-user': 'admin',
  })
  expect(response.statusCode).toBe(401)
})

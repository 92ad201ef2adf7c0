/** Jobs of CI systems upload without a secret of ours: through HTTP, against an issuer on loopback. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { writePackage, packageFilename } from '@terrarium/conda/archive/write-package.ts'
import type { JWTPayload } from 'jose'
import { startTestApp, type TestApp, type TestClient } from '../../testing/test-app.ts'
import { SmallProvider } from '../oidc/testing/small-provider.ts'

const PUBLIC = 'https://packages.test'
let issuer: SmallProvider
let t: TestApp
let admin: TestClient

beforeAll(async () => {
  issuer = await SmallProvider.start()
})
afterAll(() => issuer.close())
beforeEach(async () => {
  t = await startTestApp({
    startAt: new Date(),
    outboundPrivate: [new URL(issuer.issuer).host],
    configuration: { public_url: PUBLIC },
  })
  admin = await t.as('admin')
  await t.channel('team', 'private')
})
afterEach(() => t.close())

const rule = (more: object = {}) => ({
  name: 'tools',
  issuer: issuer.issuer,
  claims: { repository: 'acme/tools', ref: 'refs/heads/*' },
  name_patterns: ['acme-*'],
  ...more,
})

function jobToken(more: JWTPayload = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return issuer.sign({
    iss: issuer.issuer,
    aud: 'packages.test',
    sub: 'repo:acme/tools:ref:refs/heads/main',
    repository: 'acme/tools',
    ref: 'refs/heads/main',
    run_id: '42',
    iat: now,
    exp: now + 300,
    jti: crypto.randomUUID(),
    ...more,
  })
}

const mint = (token: string, more: object = {}) => t.nobody().post('/api/oidc/mint_token', { token, ...more })

async function uploader(): Promise<TestClient> {
  const answer = await mint(await jobToken())
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([
    200,
    expect.stringContaining('text/plain'),
  ])
  expect(answer.body).toMatch(/^trmw-[0-9A-Za-z]{40}-[0-9A-Za-z]{6}$/)
  return t.withToken(answer.body)
}

async function upload(client: TestClient, channel: string, name: string) {
  const spec = { name, version: '1.0', build: '0', buildNumber: 0, subdir: 'noarch' } as never
  return client.upload(channel, packageFilename(spec, 'conda'), await writePackage(spec, 'conda'))
}

describe('a job that a rule trusts', () => {
  beforeEach(async () => {
    expect((await admin.post('/api/channels/team/trust-rules', rule())).statusCode).toBe(201)
  })

  test('uploads what the rule names, to its channel, and nothing else', async () => {
    await t.channel('other')
    const job = await uploader()
    expect((await upload(job, 'team', 'acme-tool')).statusCode).toBe(201)
    expect((await upload(job, 'team', 'numpy')).statusCode).toBe(403)
    expect((await upload(job, 'other', 'acme-tool')).statusCode).toBe(403)
    for (const [method, path] of [
      ['GET', '/api/users'],
      ['GET', '/api/channels/team/trust-rules'],
      ['GET', '/api/audit/events'],
      ['DELETE', '/api/channels/team'],
      ['POST', '/api/account/tokens'],
      ['POST', '/api/channels'],
    ] as const) {
      const response = await job.send(method, path, method === 'POST' ? { payload: { name: 'x' } } : {})
      expect([method, path, response.statusCode]).toEqual([method, path, 403])
    }
    await t.settle()
  })

  test('for ten minutes', async () => {
    const job = await uploader()
    t.advance(9 * 60_000)
    expect((await job.get('/api/account')).statusCode).toBe(200)
    t.advance(61_000)
    expect((await job.get('/api/account')).statusCode).toBe(401)
  })

  test('once: a token that was used is refused', async () => {
    const token = await jobToken()
    expect((await mint(token)).statusCode).toBe(200)
    expect((await mint(token)).json()).toMatchObject({ code: 'invalid-assertion' })
  })

  test('and leaves its name in the audit log, and no token', async () => {
    const token = await jobToken()
    const answer = await mint(token)
    const events = (await admin.get('/api/audit/export')).body
    expect(events).toContain('acme/tools')
    expect(events).toContain('trust_rule.created')
    expect([events.includes(answer.body), events.includes(token)]).toEqual([false, false])
    const rules = (await admin.get('/api/channels/team/trust-rules')).json<{ items: object[] }>()
    expect(rules.items).toMatchObject([
      { name: 'tools', audience: 'packages.test', last_used_at: t.now.toISOString() },
    ])
  })

  test('no more when the rule is dropped', async () => {
    const job = await uploader()
    expect((await admin.delete('/api/channels/team/trust-rules/tools')).statusCode).toBe(204)
    expect((await job.get('/api/account')).statusCode).toBe(401)
    expect((await mint(await jobToken())).json()).toMatchObject({ code: 'sign-in-refused' })
  })

  test.each([
    ['of another repository', { repository: 'acme/tools-evil' }, 'sign-in-refused'],
    ['of a name that begins alike', { repository: 'acme/tools2' }, 'sign-in-refused'],
    ['of another branch', { ref: 'refs/tags/v1' }, 'sign-in-refused'],
    ['without the claim', { ref: undefined }, 'sign-in-refused'],
    ['with a list for a claim', { repository: ['acme/tools'] }, 'sign-in-refused'],
    ['for another server', { aud: 'prefix.dev' }, 'invalid-assertion'],
    ['for us and another', { aud: ['packages.test', 'evil.test'] }, 'invalid-assertion'],
    ['that has run out', { exp: Math.floor(Date.now() / 1000) - 120 }, 'invalid-assertion'],
    ['of an issuer that no rule names', { iss: 'https://evil.test' }, 'sign-in-refused'],
  ])('is no job %s', async (_what, claims, code) => {
    expect((await mint(await jobToken(claims))).json()).toMatchObject({ code })
  })

  test('is none with a forged signature', async () => {
    const other = await SmallProvider.start()
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: issuer.issuer,
      aud: 'packages.test',
      sub: 'x',
      repository: 'acme/tools',
      ref: 'refs/heads/x',
    }
    const forged = await other.sign({ ...claims, iat: now, exp: now + 60 })
    await other.close()
    expect((await mint(forged)).json()).toMatchObject({ code: 'invalid-assertion' })
    expect((await mint('x')).json()).toMatchObject({ code: 'invalid-assertion' })
  })

  test('loses its token when the rule changes, and the changed rule lets others in', async () => {
    const job = await uploader()
    const path = '/api/channels/team/trust-rules/tools'
    const changed = rule({ claims: { repository: 'acme/other' }, name_patterns: ['other-*'] })
    expect((await admin.put(path, changed)).json()).toMatchObject({
      ...{ name: 'tools', claims: { repository: 'acme/other' }, name_patterns: ['other-*'] },
    })
    expect((await upload(job, 'team', 'acme-tool')).statusCode).toBe(401)
    expect((await mint(await jobToken())).json()).toMatchObject({ code: 'sign-in-refused' })
    const answer = await mint(await jobToken({ repository: 'acme/other' }))
    const other = t.withToken(answer.body)
    expect((await upload(other, 'team', 'other-tool')).statusCode).toBe(201)
    expect((await upload(other, 'team', 'acme-tool')).statusCode).toBe(403)
    const events = await admin.get('/api/audit/events?action=trust_rule.updated')
    expect(events.json()).toMatchObject({
      items: [
        {
          ...{ target: 'team', before: { claims: { repository: 'acme/tools', ref: 'refs/heads/*' } } },
          after: { claims: { repository: 'acme/other' }, name_patterns: ['other-*'] },
        },
      ],
    })
    await t.settle()
  })

  test.each([
    ['whoever it is', { claims: { repository: '*' } }, 400],
    ['an issuer without https', { issuer: 'http://ci.test' }, 400],
    ['odd names of packages', { name_patterns: ['UPPER'] }, 400],
  ])('is let in as before when a change names %s', async (_what, wrong, status) => {
    const changed = rule(wrong)
    expect((await admin.put('/api/channels/team/trust-rules/tools', changed)).statusCode).toBe(status)
    expect((await admin.put('/api/channels/team/trust-rules/none', changed)).statusCode).toBeGreaterThan(399)
    expect((await mint(await jobToken())).statusCode).toBe(200)
  })

  test('can be tried: each rule says which claims fit and which do not, and nothing is issued', async () => {
    await admin.post(
      '/api/channels/team/trust-rules',
      rule({ name: 'releases', claims: { repository: 'acme/tools', environment: 'release' } }),
    )
    const claims = {
      iss: issuer.issuer,
      repository: 'acme/tools',
      ref: 'refs/heads/x',
      environment: ['release'],
    }
    const tried = await admin.post('/api/channels/team/trust-rules/try', { claims })
    const fits = { claim: 'repository', pattern: 'acme/tools', value: 'acme/tools', matches: true }
    expect(tried.json()).toMatchObject({
      items: [
        {
          ...{ name: 'releases', matches: false, issuer_matches: true },
          claims: [fits, { claim: 'environment', pattern: 'release', value: null, matches: false }],
        },
        {
          ...{ name: 'tools', matches: true, issuer_matches: true },
          claims: [fits, { claim: 'ref', pattern: 'refs/heads/*', value: 'refs/heads/x', matches: true }],
        },
      ],
    })
    const elsewhere = await admin.post('/api/channels/team/trust-rules/try', {
      claims: { ...claims, iss: 'https://other.test' },
    })
    expect(elsewhere.json<{ items: object[] }>().items).toMatchObject([
      { issuer_matches: false, matches: false },
      { issuer_matches: false, matches: false },
    ])
    const rules = (await admin.get('/api/channels/team/trust-rules')).json<{ items: object[] }>()
    expect(rules.items).toMatchObject([{ last_used_at: null }, { last_used_at: null }])
  })

  test('says which channel where rules of several fit', async () => {
    await t.channel('second')
    await admin.post('/api/channels/second/trust-rules', rule({ name_patterns: null }))
    const token = await jobToken()
    expect((await mint(token)).json()).toMatchObject({ code: 'conflict' })
    const answer = await mint(token, { channel: 'second' })
    expect(answer.statusCode).toBe(200)
    expect((await upload(t.withToken(answer.body), 'second', 'numpy')).statusCode).toBe(201)
    await t.settle()
  })

  test('is told when the issuer is down', async () => {
    issuer.isDown = true
    try {
      expect((await mint(await jobToken())).statusCode).toBe(503)
    } finally {
      issuer.isDown = false
    }
  })
})

test.each([
  ['everybody', { repository: '*' }],
  ['whoever is called so tomorrow', { repository: 'acme*' }],
  ['every subject', { sub: 'repo:*' }],
  ['a branch alone', { ref: 'refs/heads/main' }],
  ['nobody', {}],
  ['an odd claim', { 'a b': 'x' }],
  ['an empty pattern', { repository: '' }],
])('no rule may trust %s', async (_who, claims) => {
  const response = await admin.post('/api/channels/team/trust-rules', rule({ claims }))
  expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([400, 'bad-request'])
})

test('a rule wants an issuer over https, patterns that are some, and a name that is free', async () => {
  for (const wrong of [
    { issuer: 'http://ci.test' },
    { name_patterns: ['UPPER'] },
    { name_patterns: [] },
    { name: 'a b' },
  ])
    expect((await admin.post('/api/channels/team/trust-rules', rule(wrong))).statusCode).toBe(400)
  expect((await admin.post('/api/channels/team/trust-rules', rule())).statusCode).toBe(201)
  expect((await admin.post('/api/channels/team/trust-rules', rule())).statusCode).toBe(409)
})

test('who may not manage service accounts of a channel makes no rule in it', async () => {
  const bob = await t.as('bob')
  expect((await bob.post('/api/channels/team/trust-rules', rule())).statusCode).toBe(404)
  expect((await bob.get('/api/channels/team/trust-rules')).statusCode).toBe(404)
})

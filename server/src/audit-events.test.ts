/**
 * Every event that the audit log knows: what is done, the events it leaves, and that the change and its events stand or
 * fall together. Where the log cannot take the event, the change is not made: each call is tried once with a log that
 * refuses, and then everything in the database has to be as it was. An action without a case here fails the test, and
 * so does one that docs/AUDIT.md does not explain.
 */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import * as OTPAuth from 'otpauth'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCheck } from './doctor/run-check.ts'
import {
  CLI_CLIENT_ID,
  CLIENT_ID,
  CLIENT_SECRET,
  SmallProvider,
} from './identity/oidc/testing/small-provider.ts'
import { enqueue } from './jobs/queue.ts'
import { fakePackage } from './mirrors/testing/fake-channel.ts'
import { FakeUpstream } from './mirrors/testing/fake-upstream.ts'
import { attestationOf, Signer } from './signatures/testing/signer.ts'
import { startTestApp, type TestApp, type TestClient } from './testing/test-app.ts'
import { FeedServer } from './vulnerabilities/testing/feed-server.ts'
import { auditActions, type AuditAction } from './vocabulary/audit-actions.ts'

const DAY_MS = 86_400_000

interface Step {
  /** All events that it leaves, in their order. */
  readonly leaves: readonly AuditAction[]
  /** And those that the jobs leave which it caused. */
  readonly later?: readonly AuditAction[]
  readonly act: () => Promise<{ readonly statusCode: number; readonly body: string }>
  /** What stands ready before it, and leaves events of its own. */
  readonly given?: () => Promise<unknown>
  /** Of a refusal; below 400 otherwise. */
  readonly status?: number
  /** Done by a job later on, or about a refusal: there is no change that could be rolled back with it by the caller. */
  readonly isAlone?: true
}

let t: TestApp
let issuer: SmallProvider
let upstream: FakeUpstream
let feed: FeedServer
let admin: TestClient
let ann: TestClient
let approver: TestClient
const signer = new Signer()
/** Ids that one step makes and a later one needs. */
const ids: Record<string, string> = {}

beforeAll(async () => {
  ;[issuer, upstream, feed] = await Promise.all([
    SmallProvider.start(),
    FakeUpstream.start(),
    FeedServer.start(),
  ])
  t = await startTestApp({
    embedded: true,
    startAt: 'machine',
    outboundPrivate: [new URL(issuer.issuer).host, upstream.hostAndPort, feed.hostAndPort],
    configuration: {
      public_url: 'https://packages.test',
      oidc: [
        {
          ...{ name: 'kc', title: 'Company', issuer: issuer.issuer, role_map: { admins: 'admin' } },
          ...{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, cli_client_id: CLI_CLIENT_ID },
        },
      ],
    },
  })
  admin = await t.as('admin')
  ann = await t.as('ann')
  approver = await t.as('approver')
  await t.as('dora')
  for (const name of ['ann', 'approver', 'dora']) ids[name] = await idOf(name)
  await admin.post('/api/roles/approver/grants', { subject_kind: 'user', subject_id: ids['approver'] })
  await admin.post('/api/roles/curator/grants', { subject_kind: 'user', subject_id: ids['approver'] })
  await t.channel('main')
})
afterAll(async () => {
  await t.close()
  await Promise.all([issuer.close(), upstream.stop(), feed.stop()])
})

async function idOf(name: string): Promise<string> {
  const row = await t.parts.db
    .selectFrom('users')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  return row.id
}

const login = (username: string, password: string, code?: string) =>
  t.nobody().post('/api/auth/login', { username, password, ...(code !== undefined && { code }) })
const signedIn = async (username: string): Promise<TestClient> =>
  t.withToken((await login(username, `password of ${username}`)).json<{ token: string }>().token)
const advisory = (id: string, name = 'requests', score = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H') =>
  JSON.stringify({
    id: id.replace('CVE', 'PYSEC'),
    aliases: [id],
    modified: '2026-01-01T00:00:00Z',
    severity: [{ type: 'CVSS_V3', score }],
    affected: [
      {
        package: { ecosystem: 'PyPI', name },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.31.0' }] }],
      },
    ],
  })
const MEDIUM = 'CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:U/C:L/I:L/A:N'
/** Sends a file, and lets the job that reads it run. */
const bring = async (kind: string, text: string) => {
  const answer = await admin.send('POST', `/api/advisories/import?kind=${kind}&filename=a.json`, {
    payload: Buffer.from(text),
    headers: { 'content-type': 'application/octet-stream' },
  })
  await t.settle()
  return answer
}
/** Remembers the id of what was made. */
const keep = async (name: string, field: string, answer: ReturnType<TestClient['post']>) => {
  const made = await answer
  if (made.statusCode < 300) ids[name] = made.json<Record<string, string>>()[field] ?? ''
  return made
}
const settled = async (answer: ReturnType<TestClient['post']>) => {
  const made = await answer
  await t.settle()
  return made
}
async function jobToken(repository: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return issuer.sign({
    ...{ iss: issuer.issuer, aud: 'packages.test', sub: `repo:${repository}`, repository },
    ...{ iat: now, exp: now + 300, jti: crypto.randomUUID() },
  })
}
/** Signs somebody in with what the provider says of them now. */
const fromProvider = async (subject: string) =>
  t.nobody().post('/api/auth/exchange', {
    provider: 'kc',
    id_token: await issuer.sign(issuer.idClaims(subject, CLI_CLIENT_ID)),
  })
/** Begins to link Ann's account to the provider, and comes back from there in a session. */
const linkAnn = async (session: string) => {
  const headers = { cookie: `__Host-terrarium=${ids['ann session']}`, 'sec-fetch-site': 'same-origin' }
  const payload = { provider: 'kc', password: 'password of ann' }
  const begun = await t.nobody().send('POST', '/api/account/identities', { headers, payload })
  const back = await issuer.visit(begun.json<{ redirect_url: string }>().redirect_url)
  const [attempt] = [begun.headers['set-cookie'] ?? []].flat()
  return t.nobody().get(back.pathname + back.search, {
    cookie: `__Host-terrarium=${session}; ${attempt?.split(';')[0]}`,
  })
}
const askException = () =>
  keep(
    'exception',
    'id',
    ann.post('/api/channels/main/exceptions', {
      files: ['noarch/requests-2.30.0-0.conda'],
      reason: 'old client',
    }),
  )
const say = (by: TestClient, cve: string, more: object = {}) =>
  keep(
    'curation',
    'id',
    settled(
      by.post(`/api/cves/${cve}/statuses`, {
        ...{ status: 'cleared', reason: 'never called', package: 'requests', channel: 'main', ...more },
      }),
    ),
  )
const curation = (by: TestClient, verb: string) =>
  settled(by.post(`/api/curations/${ids['curation']}/${verb}`, { note: 'n' }))
const mirror = (rest = ''): string => `/api/channels/main/mirrors/${ids['mirror']}${rest}`
const after = async (ms: number) => {
  t.advance(ms)
  await t.settle()
  return { statusCode: 200, body: '' }
}
const source = (more: object) =>
  keep(
    'source',
    'source_id',
    settled(admin.post('/api/advisory-sources', { kind: 'osv', address: feed.url('/all.jsonl'), ...more })),
  )
const heldImport = async (): Promise<string> => {
  const { items } = (await admin.get('/api/advisory-sources')).json<{
    items: { held_import_id: string | null }[]
  }>()
  return items.find(({ held_import_id: id }) => id !== null)?.held_import_id ?? 'none'
}
/** As the job runs it, without the waiting between its looks. */
async function check(repair: boolean) {
  const { db, now } = t.parts
  const payload = { deep: false, repair }
  const id = await enqueue(db, { kind: 'storage.check', payload, now: now(), runAt: new Date(8e15) })
  await runCheck({ ...t.parts, betweenLooksMs: 0 }, payload, {
    ...{ id, actorId: undefined, signal: new AbortController().signal, reportProgress: () => undefined },
  })
  await db.deleteFrom('jobs').where('id', '=', id).execute()
  await t.settle()
  return { statusCode: 200, body: '' }
}
const rule = { claims: { repository: 'acme/tools' }, name_patterns: null }
const document = (name: string, more = '') =>
  `version: 1\nname: ${name}\nrules: [{ id: r, effect: deny, when: { package: x } }]\n${more}`
let password = ''
let totp: OTPAuth.TOTP
let recovery: readonly string[] = []

const steps: readonly Step[] = [
  { leaves: ['login.succeeded'], act: () => login('ann', 'password of ann') },
  { leaves: ['login.failed'], act: () => login('ann', 'wrong'), status: 401 },
  { leaves: ['login.failed'], act: () => login('nobody-like-this', 'wrong'), status: 401, isAlone: true },
  {
    leaves: ['login.failed', 'login.locked'],
    given: async () => {
      for (let attempt = 0; attempt < 2; attempt += 1) await login('ann', 'wrong')
    },
    act: () => login('ann', 'wrong'),
    ...{ status: 401, isAlone: true },
  },
  { leaves: ['user.unlocked'], act: () => admin.post(`/api/users/${ids['ann']}/unlock`) },
  {
    leaves: ['logout'],
    given: async () => (ids['session'] = (await signedIn('ann')).token ?? ''),
    act: () => t.withToken(ids['session']!).post('/api/auth/logout'),
  },
  {
    leaves: ['session.ended'],
    given: () => signedIn('ann'),
    act: () => admin.delete(`/api/users/${ids['ann']}/sessions`),
  },
  { leaves: ['access.denied'], act: () => ann.get('/api/audit/events'), status: 403, isAlone: true },
  {
    leaves: ['user.created'],
    act: () => keep('carol', 'id', admin.post('/api/users', { username: 'carol' })),
  },
  { leaves: ['user.updated'], act: () => admin.put(`/api/users/${ids['carol']}`, { display_name: 'Carol' }) },
  { leaves: ['user.disabled'], act: () => admin.put(`/api/users/${ids['carol']}`, { is_disabled: true }) },
  { leaves: ['user.enabled'], act: () => admin.put(`/api/users/${ids['carol']}`, { is_disabled: false }) },
  {
    leaves: ['user.password_changed'],
    act: () => admin.post(`/api/users/${ids['carol']}/password-reset`, {}),
  },
  { leaves: ['user.deleted'], act: () => admin.delete(`/api/users/${ids['carol']}`) },
  {
    leaves: ['user.second_factor_added', 'user.recovery_codes_made'],
    given: async () => {
      const dora = await signedIn('dora')
      ids['dora session'] = dora.token ?? ''
      password = 'password of dora'
      const { secret } = (await dora.post('/api/account/second-factor', { password })).json<{
        secret: string
      }>()
      totp = new OTPAuth.TOTP({ secret: OTPAuth.Secret.fromBase32(secret) })
    },
    act: async () => {
      const code = totp.generate({ timestamp: t.now.getTime() })
      const answer = await t
        .withToken(ids['dora session']!)
        .post('/api/account/second-factor/confirm', { code })
      recovery = answer.json<{ recovery_codes?: string[] }>().recovery_codes ?? []
      return answer
    },
  },
  { leaves: ['user.recovery_code_used', 'login.succeeded'], act: () => login('dora', password, recovery[0]) },
  {
    leaves: ['user.recovery_codes_made'],
    act: () =>
      t.withToken(ids['dora session']!).post('/api/account/second-factor/recovery-codes', { password }),
  },
  {
    leaves: ['user.second_factor_removed'],
    act: () => admin.delete(`/api/users/${ids['dora']}/second-factor`),
  },
  {
    leaves: ['user.identity_refused'],
    given: async () => {
      const answer = await login('ann', 'password of ann')
      ids['ann session'] = answer.json<{ token: string }>().token
    },
    act: () => linkAnn('of nobody'),
    ...{ status: 400, isAlone: true },
  },
  { leaves: ['user.identity_linked'], act: () => linkAnn(ids['ann session']!) },
  {
    leaves: ['user.identity_unlinked'],
    act: () =>
      admin.delete(`/api/users/${ids['ann']}/identities?issuer=${encodeURIComponent(issuer.issuer)}`),
  },
  {
    leaves: ['invitation.created'],
    act: () => keep('invitation', 'token', admin.post('/api/invitations', { username: 'erin' })),
  },
  {
    leaves: ['invitation.accepted', 'login.succeeded'],
    act: () =>
      t
        .nobody()
        .post('/api/auth/invitation', { token: ids['invitation'], password: 'a long and good password' }),
  },
  {
    leaves: ['invitation.withdrawn'],
    given: () => keep('invitation', 'id', admin.post('/api/invitations', { username: 'frank' })),
    act: () => admin.delete(`/api/invitations/${ids['invitation']}`),
  },
  {
    leaves: ['service_account.created'],
    act: () => keep('service', 'id', admin.post('/api/service-accounts', { name: 'ci' })),
  },
  {
    leaves: ['service_account.updated'],
    act: () => admin.put(`/api/service-accounts/${ids['service']}`, { description: 'nightly' }),
  },
  {
    leaves: ['token.created'],
    act: () => keep('token', 'id', admin.post(`/api/users/${ids['service']}/tokens`, { name: 'x' })),
  },
  {
    leaves: ['token.updated'],
    act: () => admin.put(`/api/users/${ids['service']}/tokens/${ids['token']}`, { name: 'y' }),
  },
  {
    leaves: ['token.deleted'],
    act: () => admin.delete(`/api/users/${ids['service']}/tokens/${ids['token']}`),
  },
  { leaves: ['service_account.deleted'], act: () => admin.delete(`/api/service-accounts/${ids['service']}`) },
  {
    leaves: ['trust_rule.created'],
    act: () => admin.post('/api/channels/main/trust-rules', { name: 'ci', issuer: issuer.issuer, ...rule }),
  },
  {
    leaves: ['token.created'],
    act: async () => t.nobody().post('/api/oidc/mint_token', { token: await jobToken('acme/tools') }),
  },
  {
    leaves: ['trust_rule.refused'],
    act: async () => t.nobody().post('/api/oidc/mint_token', { token: await jobToken('evil/tools') }),
    ...{ status: 403, isAlone: true },
  },
  {
    leaves: ['trust_rule.updated'],
    act: () =>
      admin.put('/api/channels/main/trust-rules/ci', {
        issuer: issuer.issuer,
        ...rule,
        name_patterns: ['a'],
      }),
  },
  { leaves: ['trust_rule.deleted'], act: () => admin.delete('/api/channels/main/trust-rules/ci') },
  {
    leaves: ['group.created'],
    act: () => keep('group', 'id', admin.post('/api/groups', { name: 'dev', description: '' })),
  },
  {
    leaves: ['group.updated'],
    act: () => admin.put(`/api/groups/${ids['group']}`, { name: 'devs', description: 'x' }),
  },
  {
    leaves: ['group.member_added'],
    act: () => admin.post(`/api/groups/${ids['group']}/users`, { user_id: ids['ann'], permission: 'read' }),
  },
  {
    leaves: ['group.member_removed'],
    act: () => admin.delete(`/api/groups/${ids['group']}/users/${ids['ann']}`),
  },
  {
    leaves: ['channel.shared'],
    act: () => admin.post('/api/channels/main/groups', { group_id: ids['group'], permission: 'read' }),
  },
  {
    leaves: ['channel.share_updated'],
    act: () => admin.put(`/api/channels/main/groups/${ids['group']}`, { permission: 'write' }),
  },
  { leaves: ['channel.unshared'], act: () => admin.delete(`/api/channels/main/groups/${ids['group']}`) },
  { leaves: ['group.deleted'], act: () => admin.delete(`/api/groups/${ids['group']}`) },
  {
    leaves: ['role.created'],
    act: () =>
      keep(
        'role',
        'id',
        admin.post('/api/roles', { name: 'reader', reach: 'all', permissions: { channel: 'read' } }),
      ),
  },
  {
    leaves: ['role.updated'],
    act: () =>
      admin.put(`/api/roles/${ids['role']}`, { name: 'reader', reach: 'all', permissions: { cve: 'read' } }),
  },
  {
    leaves: ['role.granted'],
    act: () =>
      admin.post(`/api/roles/${ids['role']}/grants`, { subject_kind: 'user', subject_id: ids['ann'] }),
  },
  {
    leaves: ['role.revoked'],
    act: () => admin.delete(`/api/roles/${ids['role']}/grants/user/${ids['ann']}`),
  },
  {
    leaves: ['role.revoked', 'role.last_administrator_lost', 'login.succeeded'],
    given: async () => {
      issuer.people.set('olga', { preferred_username: 'olga', roles: ['admins'] })
      expect((await fromProvider('olga')).statusCode).toBe(200)
      issuer.people.set('olga', { preferred_username: 'olga', roles: [] })
    },
    act: async () => {
      const others = t.parts.db.updateTable('users').where('name', '!=', 'olga')
      await others.set({ is_disabled: 1 }).execute()
      const answer = await fromProvider('olga')
      await others.set({ is_disabled: 0 }).execute()
      return answer
    },
  },
  { leaves: ['role.deleted'], act: () => admin.delete(`/api/roles/${ids['role']}`) },
  { leaves: ['audit.exported'], act: () => admin.get('/api/audit/export') },

  { leaves: ['channel.created'], act: () => admin.post('/api/channels', { name: 'other' }) },
  { leaves: ['channel.updated'], act: () => admin.put('/api/channels/other', { description: 'x' }) },
  {
    leaves: ['channel.owner_changed'],
    act: () => admin.put('/api/channels/other/owner', { user_id: ids['ann'] }),
  },
  {
    leaves: ['notice.created'],
    act: () =>
      keep(
        'notice',
        'id',
        admin.post('/api/channels/main/notices', {
          ...{ message: 'hello', expires_at: new Date(t.now.getTime() + DAY_MS).toISOString() },
        }),
      ),
  },
  { leaves: ['notice.deleted'], act: () => admin.delete(`/api/channels/main/notices/${ids['notice']}`) },
  {
    leaves: ['channel.created'],
    act: () =>
      settled(
        admin.post('/api/channels', { name: 'all', channel_type: 'virtual', sources: [{ name: 'main' }] }),
      ),
  },
  {
    leaves: ['channel.members_changed'],
    act: () => settled(admin.put('/api/channels/all', { sources: [{ name: 'main' }, { name: 'other' }] })),
  },
  {
    leaves: ['channel.name_pinned'],
    act: () => settled(admin.put('/api/channels/all/pins/requests', { member: 'main' })),
  },
  { leaves: ['channel.name_unpinned'], act: () => settled(admin.delete('/api/channels/all/pins/requests')) },
  {
    leaves: ['channel.member_lost', 'channel.showing_withdrawn'],
    given: async () => {
      await t.channel('closed', 'private')
      await settled(admin.put('/api/channels/all', { sources: [{ name: 'main' }, { name: 'closed' }] }))
    },
    act: () => settled(admin.delete('/api/channels/closed/virtual-channels/all')),
  },
  {
    leaves: ['channel.member_returned', 'channel.showing_allowed'],
    act: () => settled(admin.put('/api/channels/closed/virtual-channels/all')),
  },
  {
    leaves: ['channel.member_dismissed'],
    given: async () => {
      await settled(admin.delete('/api/channels/closed/virtual-channels/all'))
      const all = (await admin.get('/api/channels/all')).json<{ lost_members: { id: string }[] }>()
      ids['lost'] = all.lost_members[0]!.id
    },
    act: () => settled(admin.delete(`/api/channels/all/lost-members/${ids['lost']}`)),
  },
  { leaves: ['channel.deleted'], act: () => settled(admin.delete('/api/channels/all')) },
  {
    leaves: ['artifact.uploaded'],
    act: async () => {
      await t.upload('main', { name: 'requests', version: '2.30.0' })
      return { statusCode: 201, body: '' }
    },
    isAlone: true,
  },
  {
    leaves: ['channel.rolled_back'],
    given: () => t.upload('main', { name: 'other', version: '1.0' }),
    act: () => settled(admin.post('/api/channels/main/revisions/1/rollback')),
  },
  {
    leaves: ['channel.frozen'],
    act: () => settled(admin.put('/api/channels/main', { indexing_behavior: 'frozen' })),
  },
  {
    leaves: ['channel.unfrozen'],
    act: () => settled(admin.put('/api/channels/main', { indexing_behavior: 'default' })),
  },

  { leaves: ['policy.created'], act: () => admin.post('/api/policies', { document: document('house') }) },
  {
    leaves: ['policy.updated'],
    act: () => admin.post('/api/policies', { document: document('house', 'description: y\n') }),
  },
  {
    leaves: ['trusted_key.created'],
    act: () => admin.post('/api/trusted-keys', { label: 'acme', public_key: signer.hex }),
  },
  {
    leaves: ['attestation.added'],
    act: async () => {
      const file = 'requests-2.30.0-0.conda'
      const listed = await admin.get('/api/channels/main/artifacts/conda/requests/files')
      const [first] = listed.json<{ items: { metadata: { filename: string; sha256: string } }[] }>().items
      const bundle = JSON.parse(attestationOf(first!.metadata, [signer])) as object // uploaded above
      return settled(admin.post(`/api/channels/main/attestations/noarch/${file}`, bundle))
    },
  },
  {
    leaves: ['trusted_key.deleted'],
    act: () => settled(admin.delete('/api/trusted-keys/acme?reason=lost')),
  },
  { leaves: ['policy.assigned'], act: () => settled(admin.put('/api/channels/main/policies/house')) },
  {
    leaves: ['policy.explaining_changed'],
    act: () => settled(admin.put('/api/channels/main/explaining', { enabled: true })),
  },
  { leaves: ['policy.unassigned'], act: () => settled(admin.delete('/api/channels/main/policies/house')) },
  { leaves: ['policy.deleted'], act: () => admin.delete('/api/policies/house') },

  { leaves: ['mapping.imported'], act: () => bring('mapping', '{"requests": ["requests"]}'), isAlone: true },
  {
    leaves: ['advisories.imported'],
    act: () =>
      bring(
        'advisories',
        [advisory('CVE-2099-0001'), advisory('CVE-2099-0002', 'requests', MEDIUM)].join('\n'),
      ),
    isAlone: true,
  },
  {
    leaves: ['exception.requested'],
    given: () => t.policy('main', "name: strict\ndeny: [cve: '>= 7']"),
    act: askException,
  },
  {
    leaves: ['exception.refused'],
    act: () => approver.post(`/api/exceptions/${ids['exception']}/refuse`, { note: 'n' }),
  },
  {
    leaves: ['exception.withdrawn'],
    given: askException,
    act: () => ann.post(`/api/exceptions/${ids['exception']}/withdraw`),
  },
  {
    leaves: ['exception.approved'],
    given: askException,
    act: () => settled(approver.post(`/api/exceptions/${ids['exception']}/approve`, {})),
  },
  {
    leaves: ['exception.revoked'],
    act: () => settled(approver.post(`/api/exceptions/${ids['exception']}/revoke`, { note: 'n' })),
  },
  {
    leaves: ['hold.released'],
    given: async () => {
      await t.policy('main', 'name: wait\nrules: [{id: week, effect: hold, when: {package: slow}}]')
      await t.upload('main', { name: 'slow', version: '1.0' })
    },
    act: () =>
      settled(
        admin.post('/api/channels/main/releases', {
          files: ['noarch/slow-1.0-0.conda'],
          reason: 'looked at',
        }),
      ),
  },
  { leaves: ['cve.status_proposed'], act: () => say(admin, 'CVE-2099-0001') },
  { leaves: ['cve.status_refused'], act: () => curation(approver, 'refuse') },
  {
    leaves: ['cve.status_withdrawn'],
    given: () => say(admin, 'CVE-2099-0001'),
    act: () => curation(admin, 'refuse'),
  },
  { leaves: ['cve.status_set'], act: () => say(admin, 'CVE-2099-0002') },
  { leaves: ['cve.status_ended'], act: () => curation(admin, 'end') },
  {
    leaves: ['cve.status_expired'],
    given: () =>
      say(admin, 'CVE-2099-0002', { expires_at: new Date(t.now.getTime() + DAY_MS).toISOString() }),
    act: () => after(2 * DAY_MS),
    isAlone: true,
  },
  {
    leaves: ['exception.expiring'],
    given: async () => {
      const expires = new Date(t.now.getTime() + 9 * DAY_MS).toISOString()
      await askException()
      await settled(approver.post(`/api/exceptions/${ids['exception']}/approve`, { expires_at: expires }))
    },
    act: () => after(3 * DAY_MS),
    isAlone: true,
  },
  { leaves: ['exception.expired'], act: () => after(7 * DAY_MS), isAlone: true },
  {
    leaves: ['artifact.uploaded', 'exception.ended'],
    given: async () => {
      await askException()
      await settled(approver.post(`/api/exceptions/${ids['exception']}/approve`, {}))
    },
    act: async () => {
      await t.upload('main', { name: 'requests', version: '2.31.0' })
      return { statusCode: 201, body: '' }
    },
    isAlone: true,
  },
  {
    leaves: ['identity.linked'],
    act: () =>
      settled(
        admin.put('/api/identities/other/rulings', { identity: 'pypi:other', ruling: 'linked', reason: 'x' }),
      ),
  },
  {
    leaves: ['identity.refused'],
    act: () =>
      settled(
        admin.put('/api/identities/requests/rulings', {
          identity: 'pypi:requests',
          ruling: 'refused',
          reason: 'x',
        }),
      ),
  },
  {
    leaves: ['identity.ruling_withdrawn'],
    act: () => settled(admin.delete('/api/identities/requests/rulings?identity=pypi:requests')),
  },
  {
    leaves: ['statements.imported'],
    act: () =>
      settled(
        admin.send('POST', '/api/curations/import?filename=a.json', {
          payload: {
            ...{
              '@context': 'https://openvex.dev/ns/v0.2.0',
              '@id': 'https://example.org/1',
              author: 'nobody',
            },
            ...{ timestamp: '2026-01-01T00:00:00Z', version: 1, statements: [] },
          },
        }),
      ),
  },

  {
    leaves: ['source.created'],
    later: ['advisories.held'],
    given: async () => void feed.files.set('/all.jsonl', advisory('CVE-2099-0003')),
    act: () => source({ name: 'mine', automatic: false }),
  },
  {
    leaves: ['advisories.discarded'],
    act: async () =>
      settled(admin.post(`/api/advisory-imports/${await heldImport()}/discard`, { note: 'n' })),
  },
  {
    leaves: ['source.refresh_started'],
    later: ['advisories.held'],
    given: async () => void feed.files.set('/all.jsonl', advisory('CVE-2099-0004')),
    act: () => settled(admin.post(`/api/advisory-sources/${ids['source']}/refresh`, {})),
  },
  {
    leaves: ['advisories.approved'],
    act: async () => {
      const id = await heldImport()
      if (id !== 'none') ids['import'] = id
      return settled(admin.post(`/api/advisory-imports/${ids['import']}/approve`, { note: 'n' }))
    },
    isAlone: true,
  },
  {
    leaves: ['advisories.rolled_back'],
    act: () => settled(admin.post(`/api/advisory-imports/${ids['import']}/roll-back`, { note: 'n' })),
    isAlone: true,
  },
  {
    leaves: ['source.updated'],
    act: () => admin.put(`/api/advisory-sources/${ids['source']}`, { licence: 'CC0-1.0' }),
  },
  { leaves: ['source.deleted'], act: () => settled(admin.delete(`/api/advisory-sources/${ids['source']}`)) },

  {
    leaves: ['mirror.created'],
    given: async () => upstream.serve([await fakePackage({ name: 'far', version: '1.0' })]),
    act: () =>
      keep(
        'mirror',
        'mirror_id',
        admin.post('/api/channels/main/mirrors', {
          ...{ mirror_name: 'm', source_root: upstream.url, filters: { subdirs: ['noarch'] } },
        }),
      ),
  },
  {
    leaves: ['mirror.updated'],
    act: () => admin.put(mirror(), { filters: { subdirs: ['noarch'], exclude_specs: ['near'] } }),
  },
  {
    leaves: ['mirror.started'],
    later: ['mirror.completed'],
    act: () => settled(admin.put(mirror(), { run_now: true })),
  },
  {
    leaves: ['mirror.started'],
    later: ['artifact.removed', 'mirror.completed'],
    given: async () => upstream.serve([await fakePackage({ name: 'further', version: '1.0' })]),
    act: () => settled(admin.put(mirror(), { run_now: true })),
  },
  {
    leaves: ['mirror.started'],
    later: ['mirror.failed'],
    given: async () => upstream.files.clear(),
    act: () => settled(admin.put(mirror(), { run_now: true })),
  },
  {
    leaves: ['mirror.stopped'],
    given: async () => {
      const asked = new Promise<void>((resolve) => {
        for (const path of ['noarch/repodata.json', 'noarch/repodata.json.zst'])
          upstream.fail(path, () => resolve()) // and never an answer
      })
      await admin.put(mirror(), { run_now: true })
      await asked
    },
    act: () => settled(admin.post(mirror('/stop_mirror_sync'))),
    isAlone: true, // the run goes on writing how far it is
  },
  { leaves: ['mirror.deleted'], act: () => settled(admin.delete(mirror())) },

  { leaves: ['storage.checked'], act: () => check(false), isAlone: true },
  {
    leaves: ['storage.repaired', 'storage.checked'],
    given: async () => {
      const { served_sha256: index } = await t.parts.db
        .selectFrom('revision_subdirs')
        .select('served_sha256')
        .where('subdir', '=', 'noarch')
        .orderBy('number', 'desc')
        .executeTakeFirstOrThrow()
      rmSync(join(t.parts.configuration.data, 'blobs', 'sha256', index.slice(0, 2), index.slice(2)))
    },
    act: () => check(true),
    isAlone: true,
  },
  {
    leaves: ['storage.collected'],
    given: async () => {
      await t.upload('other', { name: 'alone', version: '1.0' })
      await settled(admin.delete('/api/channels/other'))
      await settled(admin.post('/api/system/collect', {}))
      t.advance(8 * DAY_MS)
    },
    act: () => settled(admin.post('/api/system/collect', {})),
    isAlone: true,
  },
]

/** Everything there is but the log itself; wrong attempts count, and lock, before anything is written of them. */
async function picture(): Promise<Record<string, unknown>> {
  const { db } = t.parts
  const tables = await sql<{ name: string }>`select name from sqlite_master where type = 'table'`.execute(db)
  const kept: Record<string, unknown> = {}
  for (const { name } of tables.rows) {
    if (name.startsWith('sqlite_') || name === 'audit_events' || name === 'audit_head') continue
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(db)
    kept[name] = rows.map((row) => ({ ...row, failed_logins: undefined, locked_until: undefined }))
  }
  return kept
}

async function events(): Promise<string[]> {
  const rows = await t.parts.db.selectFrom('audit_events').select('action').orderBy('seq').execute()
  return rows.map(({ action }) => action)
}

/** A log that takes no such event. */
async function refuse(action: string): Promise<void> {
  await sql`create trigger refuse_event before insert on audit_events when new.action = ${sql.lit(action)}
    begin select raise(abort, 'the log is full'); end`.execute(t.parts.db)
}
const takeAgain = (): Promise<unknown> => sql`drop trigger refuse_event`.execute(t.parts.db)

test.each(steps)('$leaves', async ({ leaves, later = [], act, given, status, isAlone }) => {
  await given?.()
  if (!isAlone) {
    for (const action of leaves) {
      const before = await picture()
      const length = (await events()).length
      await refuse(action)
      const answer = await act()
      await takeAgain()
      expect([action, answer.statusCode]).toEqual([action, 500])
      expect(await picture()).toEqual(before)
      expect((await events()).length).toBe(length)
    }
    t.log.splice(0)
  }
  const { length } = await events()
  const answer = await act()
  if (status === undefined) expect(answer.statusCode, answer.body).toBeLessThan(400)
  else expect(answer.statusCode).toBe(status)
  const expected = [...leaves, ...later]
  // which the server does every day by itself
  const left = (await events())
    .slice(length)
    .filter((one) => one !== 'storage.checked' || expected.includes(one))
  expect(left).toEqual(expected)
  t.log.splice(0)
})

test('covers every action that there is, and docs/AUDIT.md names each with all its fields', async () => {
  const covered = new Set(steps.flatMap(({ leaves, later = [] }) => [...leaves, ...later]))
  expect(auditActions.filter((action) => !covered.has(action))).toEqual([])

  const page = readFileSync(new URL('../../docs/AUDIT.md', import.meta.url), 'utf8')
  const rows = new Map([...page.matchAll(/^\| `([a-z_.]+)`.*$/gm)].map(([row, action]) => [action, row]))
  expect([...rows.keys()].sort()).toEqual([...auditActions].sort())
  const recorded = await t.parts.db.selectFrom('audit_events').selectAll().execute()
  const named = recorded.filter(({ actor_id: id }) => id !== null)
  expect(named.filter(({ actor_name: name }) => name === null)).toEqual([])
  // what the server did by itself is nobody's deed, also when somebody's request woke it
  const ownDeeds = recorded.filter(({ action }) =>
    /^(?:mirror\.(?:completed|failed)|artifact\.removed)$/.test(action),
  )
  expect(ownDeeds.length).toBeGreaterThan(3)
  for (const { actor_name: name, address, request_id: request } of ownDeeds)
    expect([name, address, request]).toEqual([null, null, null])
  for (const { action, details, before, after } of recorded) {
    const keys = (text: string | null, prefix: string) =>
      Object.keys(JSON.parse(text ?? '{}') as object).map((key) => prefix + key)
    const fields = [...keys(details, ''), ...keys(before, 'before.'), ...keys(after, 'after.')]
    for (const field of fields) expect(rows.get(action), `${action} has ${field}`).toContain(`\`${field}\``)
  }
})

/**
 * A server with some of everything there is to lose: channels of every kind, mirrors, past revisions, policies, what is
 * known of vulnerabilities, accounts and their rights. For the tests that damage any row and any file.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LightMyRequestResponse } from 'fastify'
import { removeFiles } from '../../channels/contents-store.ts'
import { enqueuePublish, markStale } from '../../channels/stale-names.ts'
import { findChannelByName } from '../../channels/store.ts'
import { channelFiles, fakePackage } from '../../mirrors/testing/fake-channel.ts'
import type { TestApp, TestClient } from '../../testing/test-app.ts'
import { requestsAdvisory } from '../../vulnerabilities/testing/builders.ts'

const DAY_MS = 86_400_000

export async function fillWorld(t: TestApp): Promise<void> {
  const admin = await t.as('admin')
  await t.importFile('mapping', JSON.stringify({ requests: ['requests'] }))
  await t.importFile('advisories', JSON.stringify(requestsAdvisory))
  await fillOwn(t, admin)
  await fillMirrors(t, admin)
  await fillComposed(t, admin)
  await addAccounts(t, admin)
  await t.settle()
}

const POLICY = `name: house
rules:
  - { id: gpl, effect: deny, when: { license: GPL-3.0-only } }
  - { id: cves, effect: deny, when: { cve: '>= 7' } }
  - { id: young, effect: hold, when: { package: fresh, age: '< 365 days' } }
`

/** Files of its own in two subdirs: served, denied, held, lifted, and one that was taken out. */
async function fillOwn(t: TestApp, admin: TestClient): Promise<void> {
  const main = { subdir: 'linux-64' }
  await t.channel('main')
  await t.policy('main', POLICY)
  await t.upload('main', { name: 'numpy', version: '1.0', ...main })
  await t.upload('main', { name: 'numpy', version: '2.0', ...main, index: { license: 'GPL-3.0-only' } })
  await t.upload('main', { name: 'six', version: '1.16', index: { license: 'MIT' } })
  await t.upload('main', { name: 'old', version: '1' }, 'tar.bz2')
  await t.upload('main', { name: 'requests', version: '2.30.0' })
  await t.upload('main', { name: 'requests', version: '2.30.1' })
  await t.upload('main', { name: 'requests', version: '2.31.0' })
  const timestamp = t.now.getTime() - DAY_MS
  await t.upload('main', { name: 'fresh', version: '1', index: { timestamp } })
  await t.upload('main', { name: 'gone', version: '1' })
  await takeOut(t, 'main', 'gone', 'gone-1-0.conda')
  const asked = await must(
    (await t.as('dev')).post('/api/channels/main/exceptions', {
      files: ['noarch/requests-2.30.0-0.conda'],
      reason: 'the old client needs it',
      until_fixed: false,
    }),
  )
  await must(admin.post(`/api/exceptions/${asked.json<{ id: string }>().id}/approve`))
  await must(
    admin.post('/api/channels/main/notices', { message: 'moved', expires_at: '2066-01-01T00:00:00Z' }),
  )
  await must(admin.put('/api/channels/main/explaining', { enabled: true }))
  await t.settle()
}

async function takeOut(t: TestApp, channelName: string, name: string, filename: string): Promise<void> {
  const { db, now } = t.parts
  const { id } = (await findChannelByName(db, channelName))! // made above
  await removeFiles(db, id, [{ subdir: 'noarch', name, filename }], now())
  await markStale(db, id, [name], { kind: 'removal', by: 'admin', file: `noarch/${filename}` })
  await enqueuePublish(db, id, now())
  await t.settle()
}

/** One mirror that fetches everything, and one that fetches what is asked for. */
async function fillMirrors(t: TestApp, admin: TestClient): Promise<void> {
  const packages = await Promise.all([
    fakePackage({ name: 'zlib', version: '1.3', subdir: 'linux-64' }),
    fakePackage({ name: 'six', version: '1.17' }),
    fakePackage({ name: 'tool', version: '1' }),
    fakePackage({ name: 'gpl', version: '1', index: { license: 'GPL-3.0-only' } }),
    fakePackage({ name: 'liar', version: '1' }, { record: { size: -5 } }),
  ])
  const root = join(t.folder, 'upstream')
  for (const [path, bytes] of channelFiles(packages)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), bytes)
  }
  await t.channel('forge')
  await t.mirror('forge', root, { exclude_licenses: ['gpl3'] })
  await t.channel('lazy')
  await must(
    admin.post('/api/channels/lazy/mirrors', {
      mirror_name: 'upstream',
      source_root: root,
      mirror_mode: 'passive',
      run_now: true,
    }),
  )
  await t.settle()
  await must(admin.get('/api/repo/lazy/noarch/tool-1-0.conda'))
  await t.settle()
}

/** A channel of two others, a channel below one, a frozen one with what waits, and a private one. */
async function fillComposed(t: TestApp, admin: TestClient): Promise<void> {
  await must(
    admin.post('/api/channels', {
      name: 'all',
      privacy: 'public',
      channel_type: 'virtual',
      sources: [{ name: 'main' }, { name: 'forge' }],
    }),
  )
  await must(admin.put('/api/channels/all/pins/zlib', { member: 'forge' }))
  await must(admin.post('/api/channels/main/subchannels', { name: 'dev', privacy: 'public' }))
  await t.settle()
  await t.upload('main/subchannels/dev', { name: 'nightly', version: '1' })
  await t.channel('ice')
  await t.upload('ice', { name: 'cube', version: '1' })
  await must(admin.put('/api/channels/ice', { indexing_behavior: 'frozen' }))
  await t.upload('ice', { name: 'cube', version: '2' })
  await t.channel('secret', 'private')
  await t.upload('secret', { name: 'plan', version: '9' })
  await t.settle()
}

async function addAccounts(t: TestApp, admin: TestClient): Promise<void> {
  const dev = await t.as('dev')
  const { user_id: userId } = (await must(dev.get('/api/account'))).json<{ user_id: string }>()
  const group = (await must(admin.post('/api/groups', { name: 'team', description: '' }))).json<{
    id: string
  }>()
  await must(admin.post(`/api/groups/${group.id}/users`, { user_id: userId, permission: 'manage' }))
  await must(admin.post('/api/channels/secret/groups', { group_id: group.id, permission: 'read' }))
  await must(admin.post('/api/roles/curator/grants', { subject_kind: 'user', subject_id: userId }))
  await must(
    admin.post('/api/channels/main/trust-rules', {
      name: 'ci',
      issuer: 'https://ci.example.org',
      claims: { repository: 'team/*' },
    }),
  )
}

async function must(response: Promise<LightMyRequestResponse>): Promise<LightMyRequestResponse> {
  const answer = await response
  if (answer.statusCode >= 300) throw new Error(`${answer.statusCode}: ${answer.body}`)
  return answer
}

/**
 * A secret of every kind that there is goes through the server once; then none of them may be found anywhere:
 * not in the log at its most talkative, the whole database, the audit log in each of its forms, or an answer
 * that was not the one place where it is shown. T-SEC-13, I-13.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as OTPAuth from 'otpauth'
import { expect, test } from 'vitest'
import { startTestApp } from '../testing/test-app.ts'

test('a secret of any kind is where it is shown once, and nowhere else', async () => {
  const t = await startTestApp()
  t.parts.log.level = 'trace'
  const canaries = new Map<string, string>()
  const keep = (kind: string, secret: string): string => {
    expect(secret.length).toBeGreaterThanOrEqual(6)
    canaries.set(kind, secret)
    return secret
  }
  /** Answers that show nothing: errors above all. */
  const answers: string[] = []
  const note = async (answer: Promise<{ body: string; headers: object }>): Promise<void> => {
    const { body, headers } = await answer
    answers.push(body, JSON.stringify(headers))
  }
  const admin = await t.as('admin')
  keep('token of an account', admin.token ?? '')

  const password = keep('password', 'canary-password-of-the-invited')
  const invited = await admin.post('/api/invitations', { username: 'carol' })
  const invitation = keep('invitation', invited.json<{ token: string }>().token)
  const accepted = await t.nobody().post('/api/auth/invitation', { token: invitation, password })
  const cookie = String(accepted.headers['set-cookie']).split(';')[0] ?? ''
  keep('session in a cookie', cookie.split('=')[1] ?? '')
  const signedIn = await t.nobody().post('/api/auth/login', { username: 'carol', password })
  const carol = t.withToken(keep('session', signedIn.json<{ token: string }>().token))

  const seed = keep(
    'seed of the second factor',
    (await carol.post('/api/account/second-factor', { password })).json<{ secret: string }>().secret,
  )
  const totp = new OTPAuth.TOTP({ secret: OTPAuth.Secret.fromBase32(seed) })
  const code = totp.generate({ timestamp: t.now.getTime() })
  const confirmed = await carol.post('/api/account/second-factor/confirm', { code })
  for (const [index, recovery] of confirmed.json<{ recovery_codes: string[] }>().recovery_codes.entries()) {
    keep(`recovery code ${index}`, recovery)
    keep(`recovery code ${index} without hyphens`, recovery.replaceAll('-', ''))
  }
  const { user_id: id } = (await carol.get('/api/account')).json<{ user_id: string }>()
  const reset = await admin.post(`/api/users/${id}/password-reset`, {})
  keep('password that was reset', reset.json<{ password: string }>().password)
  const made = await admin.post('/api/users', { username: 'dave' })
  keep('password that was made', made.json<{ password: string }>().password)
  const service = (await admin.post('/api/service-accounts', { name: 'ci' })).json<{ id: string }>()
  const issued = await admin.post(`/api/users/${service.id}/tokens`, { name: 'x' })
  const token = keep('token of a service account', issued.json<{ token: string }>().token)
  const { id: tokenId } = issued.json<{ id: string }>()
  const again = await admin.put(`/api/users/${service.id}/tokens/${tokenId}`, {})
  const reissued = keep('token that was reissued', again.json<{ token: string }>().token)

  // wherever a client puts a secret, right or wrong
  const typed = keep('password in the field of the name', 'canary-typed-into-the-wrong-field')
  const wrong = keep('wrong password', 'canary-wrong-password')
  const basic = (user: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
  })
  await note(t.nobody().post('/api/auth/login', { username: typed, password: wrong }))
  await note(t.nobody().post('/api/auth/login', { username: 'carol', password: wrong, code: wrong }))
  await note(t.nobody().post('/api/auth/invitation', { token: invitation, password: wrong }))
  for (const secret of [token, reissued]) {
    for (const path of [
      `/t/${secret}/api/repo/none/noarch/repodata.json`,
      `/api/repo/t/${secret}/none/noarch/repodata.json`,
      `/api/repo/t/${secret}/%zz`,
      `/api/repo/none/t/${secret}/x`,
      `/t/${secret}/no/such/page`,
      `/t/${secret}`,
      `/t/${secret}/api/roles`,
    ])
      await note(t.nobody().get(path))
    for (const headers of [
      { authorization: `Bearer ${secret}` },
      { authorization: `token ${secret}` },
      basic('any', secret),
      basic(secret, 'x-auth-token'),
      { 'x-auth': secret },
      { 'x-api-key': secret },
      { cookie: `terrarium-session=${secret}` },
    ])
      await note(t.nobody().get('/api/roles', headers))
  }
  await note(t.nobody().get('/api/roles', { cookie }))
  await note(carol.get('/api/account/tokens'))
  await note(admin.get(`/api/users/${service.id}/tokens`))
  await note(admin.get('/api/invitations'))
  await note(admin.get('/api/audit/events?limit=1000'))
  await note(admin.get('/api/audit/export'))
  await note(admin.get('/api/audit/export?format=csv'))
  await note(admin.get('/api/system/history?limit=1000'))
  await t.parts.access.flushUses()

  const { db } = t.parts
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
  const places: Readonly<Record<string, string>> = {
    'an answer': answers.join('\n'),
    'the log': JSON.stringify(t.log),
    'the database': JSON.stringify(rows),
    'the data folder': readSmallFiles(join(t.folder, 'data')),
  }
  const found = [...canaries].flatMap(([kind, secret]) =>
    Object.entries(places)
      .filter(([, text]) => text.includes(secret))
      .map(([place]) => `${kind} is in ${place}`),
  )
  expect(found).toEqual([])
  expect(rows.flat().length).toBeGreaterThan(40)
  expect(t.log.length).toBeGreaterThan(0)
  await t.close()
})

/** What lies in the folder itself, the database file and its journal too. */
function readSmallFiles(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(folder, entry.name), 'latin1'))
    .join('\n')
}

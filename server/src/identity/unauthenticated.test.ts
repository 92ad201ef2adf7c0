import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

const DAY_MS = 24 * 3600 * 1000
const FILE = '/api/repo/inner/noarch/repodata.json'
const WAY_OUT = /terrarium token create.*\/t\/TOKEN.*~\/\.netrc.*pixi auth login/
let t: TestApp

beforeAll(async () => {
  t = await startTestApp()
  await t.channel('inner', 'private')
})
afterAll(() => t.close())

async function refusal(headers: Record<string, string>, path = FILE): Promise<string> {
  const { statusCode, json } = await t.nobody().get(path, headers)
  expect(statusCode).toBe(401)
  return json<{ message: string }>().message
}

async function token(days: number): Promise<{ id: string; token: string }> {
  const answer = await (await t.as('admin')).post('/api/account/tokens', { name: 'ci', days })
  return answer.json()
}

const basic = (password: string) => ({
  authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
})

test('nobody is told what was the matter with what came, and the way out', async () => {
  const short = await token(1)
  const dropped = await token(9)
  await (await t.as('admin')).delete(`/api/account/tokens/${dropped.id}`)
  t.advance(DAY_MS + 1000)
  const ran = /ran out at \d{4}-\d\d-\d\dT/

  const cases: (readonly [headers: Record<string, string>, path: string, said: RegExp])[] = [
    [{}, FILE, /none came with the request/],
    [{}, `/t/${FILE}`, /none came with the request/], // of a variable that is empty
    [basic('hunter2!'), FILE, /the password of an account is for signing in alone/],
    [{}, `/t/a_b_c${FILE}`, /what came with the request is none/],
    [{ authorization: `Bearer ${dropped.token}` }, FILE, /it was dropped/],
    [{ authorization: `Bearer ${short.token}` }, FILE, ran],
    [basic(short.token), FILE, ran],
    [{}, `/t/${short.token}${FILE}`, ran],
    [{ 'x-auth': short.token }, '/api/account', ran],
  ]
  for (const [headers, path, said] of cases) {
    const message = await refusal(headers, path)
    expect(message).toMatch(said)
    expect(message).toMatch(WAY_OUT)
  }
})

test('an answer that anybody gets says when the token that came was not taken', async () => {
  const { token: valid } = await token(9)
  const asked = async (headers: Record<string, string>): Promise<unknown> => {
    const { statusCode, headers: answered } = await t.nobody().get('/api/channels', headers)
    expect(statusCode).toBe(200)
    return answered['www-authenticate']
  }
  expect(await asked({})).toBeUndefined()
  expect(await asked({ authorization: `Bearer ${valid}` })).toBeUndefined()
  expect(await asked({ authorization: 'Bearer trm-none' })).toBe('Bearer error="invalid_token"')
  expect(await asked({ cookie: 'terrarium-session=trmx-none' })).toBeUndefined()
})

test('whose session is over is asked to sign in again', async () => {
  const { json } = await t.nobody().get('/api/account', { cookie: 'terrarium-session=trmx-none' })
  expect(json<{ message: string }>().message).toBe('the session is over: sign in again')
})

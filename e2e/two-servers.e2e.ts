/**
 * Two servers on one PostgreSQL, each a process of its own: what is taken away on one is gone on the other within
 * two seconds, though the other keeps in memory who may do what.
 */
import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client } from '../cli/src/client.ts'
import { startPostgres, type PrivatePostgres } from '../scripts/private-postgres.ts'
import { startTerrarium, Story, temporaryFolder, type Terrarium } from './support/terrarium.ts'

const WITHIN_MS = 2000
const PASSWORD = 'a good long password'
const canRun = process.env['E2E_REQUIRE'] === '1' || existsSync('/usr/lib/postgresql')

describe.skipIf(!canRun)('what is taken away on one of two servers', () => {
  let postgres: PrivatePostgres
  let here: Terrarium
  let there: Terrarium
  let person: string
  let group: string

  beforeAll(async () => {
    postgres = await startPostgres({ durable: false })
    const data = temporaryFolder('two-servers')
    const environment = { TERRARIUM_DATABASE: postgres.url }
    here = await startTerrarium({ data, environment })
    there = await startTerrarium({ data, environment, token: here.token })
    const { client } = here
    await new Story(here).channel('inner', 'private')
    const user = { username: 'ada', password: PASSWORD }
    person = (await client.post<{ id: string }>('/api/users', user)).id
    group = (await client.post<{ id: string }>('/api/groups', { name: 'team', description: '' })).id
    await client.post('/api/channels/inner/groups', { group_id: group, permission: 'read' })
  })
  afterAll(async () => {
    expect(await here.stop()).toBe(0)
    expect(await there.stop()).toBe(0)
    await postgres.stop()
  })

  const join = () => here.client.post(`/api/groups/${group}/users`, { user_id: person, permission: 'read' })
  const signIn = () =>
    new Client({ server: here.url, token: undefined }).post<{ token: string }>('/api/auth/login', {
      username: 'ada',
      password: PASSWORD,
    })

  /** What the other server says to somebody with this token. */
  const answer = async (token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`${there.url}/api/repo/inner/noarch/repodata.json`, { headers })).status
  }

  /**
   * Asks all the time, as clients do, so that the other server's memory is warm.
   * @returns how long afterwards the last request was sent that was still let in; not when its answer came, for that is the
   *   machine's
   */
  const untilRefused = async (token: string, takeAway: () => Promise<unknown>): Promise<number> => {
    const deadline = performance.now() + 60_000
    while ((await answer(token)) !== 200) {
      if (performance.now() > deadline) throw new Error('the token never opened the channel')
      await wait(20)
    }
    await takeAway()
    const gone = performance.now()
    for (let letIn = gone, asked = gone; ; asked = performance.now()) {
      if ((await answer(token)) !== 200) return letIn - gone
      if (asked - gone > 60_000) throw new Error('the token still opens the channel')
      letIn = asked
      await wait(20)
    }
  }

  test('a token that is revoked', async () => {
    await join()
    const { token: session } = await signIn()
    const ada = new Client({ server: here.url, token: session })
    const made = await ada.post<{ id: string; token: string }>('/api/account/tokens', { name: 'ci' })
    const ms = await untilRefused(made.token, () => ada.delete(`/api/account/tokens/${made.id}`))
    expect(ms).toBeLessThan(WITHIN_MS)
    expect(await answer(made.token)).toBe(401)
  })

  test('a session that an administrator ends', async () => {
    const { token } = await signIn()
    const ms = await untilRefused(token, () => here.client.delete(`/api/users/${person}/sessions`))
    expect(ms).toBeLessThan(WITHIN_MS)
  })

  test('membership of the group that the channel is shared with', async () => {
    const { token } = await signIn()
    const ms = await untilRefused(token, () => here.client.delete(`/api/groups/${group}/users/${person}`))
    expect(ms).toBeLessThan(WITHIN_MS)
    expect(await answer(token)).toBe(404)
  })

  test('an account that is disabled', async () => {
    await join()
    const { token } = await signIn()
    const ms = await untilRefused(token, () => here.client.put(`/api/users/${person}`, { is_disabled: true }))
    expect(ms).toBeLessThan(WITHIN_MS)
  })
})

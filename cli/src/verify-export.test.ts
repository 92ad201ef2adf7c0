import { expect, test } from 'vitest'
import { verifyExport, type NotedHead } from './verify-export.ts'

/** As a server exported them. */
const lines = [
  String.raw`{"id":"01a21321-aceb-7000-9666-c52661c5defd","seq":1,"at":1795617303760,"actor_id":null,"actor_name":null,"credential_id":null,"action":"user.created","target":"admin","address":null,"request_id":null,"details":"{}","before":null,"after":null,"hash":"f7f8cafc09b5bf51324227ebd1163db08a551baf3341335ad7cf9aa39699859a"}`,
  String.raw`{"id":"01a21321-b229-7000-94ab-7dec5d5cc8b2","seq":2,"at":1795617305119,"actor_id":null,"actor_name":null,"credential_id":null,"action":"token.created","target":"admin","address":null,"request_id":null,"details":"{}","before":null,"after":"{\"id\":\"01a21321-b220-7000-af6d-9c21666bc4bc\",\"name\":\"command line\",\"expires_at\":\"2027-02-23T14:35:05.119Z\"}","hash":"3129db5b6ccc8d6cb8204050c7a173ba4de876c06d60e20619d5f2c511a912b3"}`,
  String.raw`{"id":"01a21321-b2ba-7000-82d7-5252ccc5b730","seq":3,"at":1795617305273,"actor_id":"01a21321-ace7-7000-b35c-5c660d194da4","actor_name":"admin","credential_id":"01a21321-b220-7000-af6d-9c21666bc4bc","action":"group.created","target":"a","address":"127.0.0.1","request_id":"01a21321-b2b0-7000-af52-d4a32a9e410d","details":"{}","before":null,"after":"{\"name\":\"a\",\"description\":\"ü\"}","hash":"da1792101d5c66f9c0c6878bac6d00fb0e2aa0386bbad2d6c33ad58546f7e764"}`,
  String.raw`{"id":"01a21321-b2d5-7001-afb7-ae11d1ee5539","seq":4,"at":1795617305300,"actor_id":"01a21321-ace7-7000-b35c-5c660d194da4","actor_name":"admin","credential_id":"01a21321-b220-7000-af6d-9c21666bc4bc","action":"group.created","target":"b","address":"127.0.0.1","request_id":"01a21321-b2d3-7000-8d5b-03dc62d1a7f5","details":"{}","before":null,"after":"{\"name\":\"b\",\"description\":\"ü\"}","hash":"3f6bce963452efaedc89feacda93635ddf25445df1e795cac321c33fe4c3b073"}`,
] as const

async function* each(wanted: readonly string[]): AsyncGenerator<string> {
  for (const line of wanted) yield await Promise.resolve(line)
}

const headOf = (line: string): NotedHead => {
  const { seq, hash } = JSON.parse(line) as NotedHead
  return { seq, hash }
}
const faultsOf = async (wanted: readonly string[], noted?: NotedHead): Promise<readonly string[]> =>
  (await verifyExport(each(wanted), noted && [noted])).faults

test('a whole export is sound, and its head is that of its last event', async () => {
  const report = await verifyExport(each(lines))
  expect(report).toEqual({ events: 4, head: headOf(lines[3]), faults: [] })
})

test.each(['seq', 'id', 'at', 'actor_name', 'action', 'target', 'details', 'after', 'hash'])(
  'a change of %s shows',
  async (field) => {
    const event = JSON.parse(lines[2]) as Record<string, unknown>
    const old = event[field]
    const changed = { ...event, [field]: typeof old === 'number' ? old + 1 : `${String(old)}x` }
    const faults = await faultsOf([lines[0], lines[1], JSON.stringify(changed), lines[3]])
    expect(faults.length).toBeGreaterThan(0)
  },
)

test('what is left out, put in another order or told twice shows', async () => {
  expect(await faultsOf([lines[0], lines[2]])).toEqual(['event 3 follows 1: something is missing'])
  expect(await faultsOf([lines[0], lines[2], lines[1]])).toHaveLength(2)
  expect(await faultsOf([lines[0], lines[0]])).toHaveLength(1)
})

test('a later part needs the head before it, and is not taken with another', async () => {
  expect(await faultsOf(lines.slice(2))).toEqual([
    'event 3 is the first; what it follows takes --noted 2:HASH',
  ])
  expect(await faultsOf(lines.slice(2), headOf(lines[1]))).toEqual([])
  expect(await faultsOf(lines.slice(2), { seq: 2, hash: 'f'.repeat(64) })).toEqual(['event 3 was changed'])
})

test('a head that was noted is there, and the same', async () => {
  expect(await faultsOf(lines, headOf(lines[2]))).toEqual([])
  expect(await faultsOf(lines, { seq: 3, hash: 'f'.repeat(64) })).toEqual([
    'event 3 is not the one noted earlier',
  ])
  expect(await faultsOf(lines.slice(0, 2), headOf(lines[2]))).toEqual(['event 3, noted earlier, is missing'])
})

test('what is no event is said with its line', async () => {
  expect(await faultsOf([lines[0], 'null', '{', '', lines[1]])).toEqual([
    'line 2 is no audit event',
    'line 3 is no audit event',
  ])
})

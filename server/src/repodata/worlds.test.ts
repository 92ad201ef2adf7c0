/**
 * Random worlds through the whole server: policies, assignments, exceptions, advisories, uploads and clock
 * moves by its own interface; and after every step the gate, the index, the explanation, the filtered list
 * and the record of changes against the reference evaluator, on the facts of that moment. Every change that is on
 * record comes out the same when it is made again, and every step before can be asked for by its instant.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeShard } from '@terrarium/conda/repodata/shard.ts'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { listFiles } from '../channels/list-contents.ts'
import { findChannelByName } from '../channels/store.ts'
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { decisionBody } from '../policies/decision-bodies.ts'
import { Dice, randomDocument, DAY } from '../policies/testing/random-worlds.ts'
import {
  evaluate,
  type Doc,
  type ReferenceAnswer,
  type ReferencePolicy,
} from '../policies/testing/reference-evaluator.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { gatherFacts } from './gather-facts.ts'

const WORLDS = 6
const STEPS = 5

let t: TestApp
let admin: TestClient
let dev: TestClient
beforeAll(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
  dev = await t.as('dev')
  await t.importFile('mapping', JSON.stringify({ a: ['a'], pip: ['pip'] }))
})
afterAll(async () => {
  await t.close()
  // worlds in which nothing is blocked would prove nothing
  for (const answer of ['open', 'blocked', 'replayed']) expect(seen.get(answer) ?? 0).toBeGreaterThan(WORLDS)
})

const seen = new Map<string, number>()

interface Known {
  readonly channel: string
  readonly policies: Map<string, ReferencePolicy>
}

interface GrantedBody {
  readonly id: string
  readonly files: string[]
  readonly lifts: { policy: string; rule: string | null; cves: string[] | null }[]
  readonly expires_at: string
}

async function ok(response: { statusCode: number; body: string }): Promise<void> {
  if (response.statusCode >= 300) throw new Error(response.body)
  return Promise.resolve()
}

async function upload(dice: Dice, { channel }: Known): Promise<void> {
  await t
    .upload(channel, {
      name: dice.pick(['a', 'b', 'pip']),
      version: dice.pick(['1.0', '1.5', '2.0', '3.1']),
      buildNumber: dice.below(2),
      build: String(dice.below(2)),
      subdir: dice.pick(['noarch', 'linux-64']),
      index: { license: dice.pick(['MIT', 'GPL-3.0-only', 'MIT OR GPL-3.0-only', 'Some Odd Terms']) },
    })
    .catch((error: unknown) => {
      if (!(error instanceof Error && error.message.includes('filename-taken'))) throw error
    })
}

async function writePolicy(dice: Dice, known: Known, index: number): Promise<void> {
  const name = `${known.channel}-p${index}`
  const document = randomDocument(dice, name)
  const audit = dice.chance(0.2)
  await ok(await admin.post('/api/policies', { document: JSON.stringify(document) }))
  await ok(
    await admin.put(`/api/channels/${known.channel}/policies/${name}`, { mode: audit ? 'audit' : 'enforce' }),
  )
  const granted = known.policies.get(name)?.granted ?? []
  known.policies.set(name, { name, document, audit, mirrorId: undefined, granted })
}

async function unassign(dice: Dice, known: Known): Promise<void> {
  const name = dice.pick([...known.policies.keys()])
  await ok(await admin.delete(`/api/channels/${known.channel}/policies/${name}`))
  known.policies.delete(name)
}

/** Somebody asks for something that is blocked, and gets it. */
async function grant(dice: Dice, known: Known): Promise<void> {
  const { items } = (await dev.get(`/api/channels/${known.channel}/files-filtered`)).json<{
    items: { ckey: string }[]
  }>()
  if (items.length === 0) return
  const asked = await dev.post(`/api/channels/${known.channel}/exceptions`, {
    files: [dice.pick(items).ckey],
    reason: 'needed',
    until_fixed: false,
    expires_at: new Date(t.now.getTime() + (1 + dice.below(5)) * DAY).toISOString(),
  })
  await ok(asked)
  const body = asked.json<GrantedBody>()
  await ok(await admin.post(`/api/exceptions/${body.id}/approve`))
  for (const { policy, rule, cves } of body.lifts) {
    const lifted = known.policies.get(policy)
    if (!lifted) throw new Error(`an exception lifts ${policy}, which is not in force`)
    const match: Doc = { file: body.files, ...(rule !== null && { rule }), ...(cves && { cve: cves }) }
    const one: Doc = { id: body.id, match, reason: 'needed', expires: body.expires_at }
    known.policies.set(policy, { ...lifted, granted: [...lifted.granted, one] })
  }
}

let advisories = 0

async function advise(dice: Dice): Promise<void> {
  advisories += 1
  await t.importFile(
    'advisories',
    JSON.stringify({
      id: `PYSEC-2099-${dice.below(3) + 1}`,
      aliases: [`CVE-2099-000${dice.below(3) + 1}`],
      modified: new Date(Date.parse('2026-01-01') + advisories * 1000).toISOString(),
      published: '2026-01-01T00:00:00Z',
      severity: [
        {
          type: 'CVSS_V3',
          score: `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:${dice.pick(['H', 'L', 'N'])}/I:H/A:${dice.pick(['H', 'N'])}`,
        },
      ],
      affected: [
        {
          package: { ecosystem: 'PyPI', name: dice.pick(['a', 'pip']) },
          ranges: [
            { type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: dice.pick(['1.5', '2.0', '3.1']) }] },
          ],
        },
      ],
    }),
  )
}

async function step(dice: Dice, known: Known): Promise<void> {
  switch (dice.below(7)) {
    case 0:
    case 1:
      return writePolicy(dice, known, dice.below(3))
    case 2:
      return unassign(dice, known)
    case 3:
      return grant(dice, known)
    case 4:
      return advise(dice)
    case 5:
      return upload(dice, known)
    default:
      t.advance(dice.pick([1, DAY, 2 * DAY, 8 * DAY]))
      return undefined
  }
}

type Expected = Map<ChannelFile, ReferenceAnswer>

async function expectedNow({
  channel: name,
  policies,
}: Known): Promise<{ channel: Channel; expected: Expected }> {
  const channel = await findChannelByName(t.parts.db, name)
  if (!channel) throw new Error(`no channel ${name}`)
  const { items } = await listFiles(t.parts.db, channel.id, { offset: 0, limit: 1000 })
  const facts = await gatherFacts(t.parts.db, channel, items)
  const answers = items.map((file): [ChannelFile, ReferenceAnswer] => [
    file,
    evaluate(facts.get(file.id)!, [...policies.values()], t.now.getTime()),
  ])
  return { channel, expected: new Map(answers) }
}

/** The gate and the explanation wait for nothing. */
async function checkAtOnce(known: Known): Promise<void> {
  const { expected } = await expectedNow(known)
  for (const [{ subdir, filename }, { effect, rules }] of expected) {
    const path = `${known.channel}/${subdir}/${filename}`
    const download = await dev.head(`/api/repo/${path}`)
    const answer = effect === 'allow' || effect === 'warn' ? 'open' : 'blocked'
    seen.set(answer, (seen.get(answer) ?? 0) + 1)
    expect([path, download.statusCode]).toEqual([path, effect === 'deny' || effect === 'hold' ? 403 : 200])
    const explained = (await dev.get(`/api/channels/${known.channel}/explain/${subdir}/${filename}`)).json<{
      effect: string
      decision: { reasons: { policy: string; rule: string }[] }
    }>()
    const named = explained.decision.reasons.map(({ policy, rule }) => `${policy}/${rule}`).sort()
    expect([path, explained.effect, named]).toEqual([path, effect, rules])
  }
}

async function checkSettled(known: Known): Promise<void> {
  const { expected } = await expectedNow(known)
  const isListed = (answer: ReferenceAnswer): boolean => answer.effect === 'allow' || answer.effect === 'warn'
  const listed = [...expected].filter(([, answer]) => isListed(answer)).map(([file]) => pathOf(file))
  const hidden = [...expected].filter(([, answer]) => !isListed(answer)).map(([file]) => pathOf(file))
  expect(await indexOf(known.channel)).toEqual(listed.sort())
  const filtered = (await dev.get(`/api/channels/${known.channel}/files-filtered?limit=1000`)).json<{
    items: { ckey: string }[]
  }>()
  expect(filtered.items.map(({ ckey }) => ckey).sort()).toEqual(hidden.sort())
  for (const [file, { effect, trial }] of expected) {
    const decision = JSON.parse(file.decision ?? '{}') as { trial?: { effect: string } }
    expect([pathOf(file), file.effect, decision.trial?.effect ?? effect]).toEqual([
      pathOf(file),
      effect,
      trial,
    ])
    const history = (
      await dev.get(`/api/channels/${known.channel}/explain/${pathOf(file)}/history?limit=1`)
    ).json<{ items: { after: string }[] }>()
    expect([pathOf(file), history.items[0]?.after ?? 'allow']).toEqual([pathOf(file), effect])
  }
}

function pathOf({ subdir, filename }: ChannelFile): string {
  return `${subdir}/${filename}`
}

async function indexOf(channel: string): Promise<string[]> {
  const found: string[] = []
  for (const subdir of ['noarch', 'linux-64']) {
    const index = await dev.get(`/api/repo/${channel}/${subdir}/repodata_shards.msgpack.zst`)
    for (const sha256 of decodeShardIndex(index.rawPayload).shards.values()) {
      const shard = await dev.get(`/api/repo/${channel}/${subdir}/shards/${sha256}.msgpack.zst`)
      for (const name of decodeShard(shard.rawPayload)['packages.conda'].keys())
        found.push(`${subdir}/${name}`)
    }
  }
  return found.sort()
}

/** What a step left, to be asked for later. */
interface Snapshot {
  readonly at: Date
  readonly effects: ReadonlyMap<string, string>
  readonly listed: readonly string[]
}

async function takeSnapshot(known: Known): Promise<Snapshot> {
  const { expected } = await expectedNow(known)
  const effects = new Map([...expected].map(([file, { effect }]) => [pathOf(file), effect]))
  return { at: t.now, effects, listed: await indexOf(known.channel) }
}

async function checkPast(known: Known, snapshots: readonly Snapshot[]): Promise<void> {
  for (const { at, effects, listed } of snapshots) {
    const found = new Map<string, string>()
    const offered: string[] = []
    for (const name of ['a', 'b', 'pip']) {
      const past = await dev.get(
        `/api/channels/${known.channel}/decisions?spec=${name}&at=${at.toISOString()}`,
      )
      const { candidates } = past.json<{ candidates: { file: string; effect: string; listed: boolean }[] }>()
      for (const one of candidates) found.set(one.file, one.effect)
      offered.push(...candidates.filter((one) => one.listed).map(({ file }) => file))
    }
    expect([at, found]).toEqual([at, new Map(effects)])
    expect([at, offered.sort()]).toEqual([at, listed])
  }
}

async function checkReplays(known: Known): Promise<void> {
  const { items } = await listFiles(t.parts.db, (await expectedNow(known)).channel.id, {
    offset: 0,
    limit: 1000,
  })
  for (const file of items) {
    const path = pathOf(file)
    const history = (
      await dev.get(`/api/channels/${known.channel}/explain/${path}/history?limit=1000`)
    ).json<{ items: { id: string }[] }>()
    for (const { id } of history.items) {
      const replay = (await dev.get(`/api/channels/${known.channel}/decisions/${id}`)).json<{
        outcome: string
        differences: unknown[]
        replayed: unknown
      }>()
      seen.set('replayed', (seen.get('replayed') ?? 0) + 1)
      expect([path, replay.outcome, replay.differences]).toEqual([path, 'same', []])
      // the description of the API leaves nothing out
      expect(decisionBody.parse(replay.replayed)).toEqual(replay.replayed)
    }
  }
}

test.each(Array.from({ length: WORLDS }, (_, index) => index))(
  'world %d: whoever is asked says the same, at once and in the end',
  async (number) => {
    const dice = new Dice(1000 + number)
    const known: Known = { channel: `w${number}`, policies: new Map() }
    await t.channel(known.channel)
    for (let i = 0; i < 4; i += 1) await upload(dice, known)
    await writePolicy(dice, known, 0)
    const snapshots: Snapshot[] = []
    for (let i = 0; i < STEPS; i += 1) {
      if (known.policies.size === 0) await writePolicy(dice, known, 1)
      t.advance(1) // or two steps would be one instant
      await step(dice, known)
      await checkAtOnce(known)
      await t.settle()
      await checkSettled(known)
      snapshots.push(await takeSnapshot(known))
      await checkReplays(known)
    }
    await checkPast(known, snapshots)
  },
)

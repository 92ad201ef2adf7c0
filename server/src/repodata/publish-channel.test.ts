import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bytesSource } from '@terrarium/conda/archive/byte-source.ts'
import { inspectPackage, type PackageInspection } from '@terrarium/conda/archive/inspect-package.ts'
import { writePackage } from '@terrarium/conda/archive/write-package.ts'
import { zstdDecompress } from '@terrarium/conda/codec/zstd-node.ts'
import { decodeShard } from '@terrarium/conda/repodata/shard.ts'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { recordArtifacts } from '../artifacts/store.ts'
import { putFiles } from '../channels/contents-store.ts'
import { fileChange } from '../channels/file-change.ts'
import { putChanges } from '../channels/pending-changes.ts'
import { enqueuePublish, markStale } from '../channels/stale-names.ts'
import { findChannelByName, moveRevision } from '../channels/store.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { publishChannel, type PublishParts } from './publish-channel.ts'

let t: TestApp
let channel: string
let channels = 0
/** What is found in a package, for those without bytes. */
let sample: PackageInspection
beforeAll(async () => {
  t = await startTestApp()
  const bytes = await writePackage({ name: 'sample', version: '1' }, 'conda')
  sample = await inspectPackage(bytesSource(bytes), { filename: 'sample-1-0.conda' })
})
beforeEach(async () => {
  channel = `c${(channels += 1)}`
  await t.channel(channel)
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

async function shards(subdir = 'noarch'): Promise<ReadonlyMap<string, string>> {
  const index = await t.nobody().get(`/api/repo/${channel}/${subdir}/repodata_shards.msgpack.zst`)
  return decodeShardIndex(index.rawPayload).shards
}

async function revision(): Promise<number> {
  return (await t.nobody().get(`/api/channels/${channel}`)).json<{ revision: number }>().revision
}

async function channelId(): Promise<string> {
  return (await findChannelByName(t.parts.db, channel))!.id
}

/** A file of each name, to be published: in noarch and linux-64 by turns. @returns the id of the channel */
async function putNames(names: readonly string[]): Promise<string> {
  const id = await channelId()
  const origin = { kind: 'upload', id: 'x', name: 'x' } as const
  await t.parts.db.transaction().execute(async (tx) => {
    const artifacts = names.map((name, i) => {
      const sha256 = createHash('sha256').update(`${channel} ${name}`).digest('hex')
      return { sha256, md5: sha256.slice(32), size: i + 1, inspection: sample }
    })
    await recordArtifacts(tx, artifacts, t.now)
    const files = names.map((name, i) =>
      fileChange({
        subdir: i % 2 === 0 ? 'noarch' : 'linux-64',
        filename: `${name}-1-0.conda`,
        record: { name, version: '1', build: '0', build_number: 0, depends: [] },
        bytes: { ...artifacts[i]!, indexedMs: 1 },
        verifiedBy: 'sha256',
        origin,
      }),
    )
    await putFiles(tx, id, files, t.now)
    await markStale(tx, id, names, cause)
  })
  return id
}

const never = new AbortController().signal
const cause = { kind: 'removal', by: 'test', file: 'x' } as const

describe('a publish', () => {
  test('touches only the names that are stale: the others keep their shards', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    await t.upload(channel, { name: 'b', version: '1.0' })
    const before = await shards()

    await t.upload(channel, { name: 'b', version: '2.0' })

    const after = await shards()
    expect(after.get('a')).toBe(before.get('a'))
    expect(after.get('b')).not.toBe(before.get('b'))
  })

  test('of one subdir leaves the index of the others as it is', async () => {
    await t.upload(channel, { name: 'a', version: '1.0', subdir: 'linux-64' })
    const path = `/api/repo/${channel}/linux-64/repodata_shards.msgpack.zst`
    const before = await t.nobody().get(path)

    await t.upload(channel, { name: 'a', version: '1.0', subdir: 'win-64' })

    const after = await t.nobody().get(path, { 'if-none-match': String(before.headers['etag']) })
    expect(after.statusCode).toBe(304)
  })

  test('keeps the shards of before: a client with an index of yesterday still asks for them', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const old = (await shards()).get('a')!

    await t.upload(channel, { name: 'a', version: '2.0' })

    const shard = await t.nobody().get(`/api/repo/${channel}/noarch/shards/${old}.msgpack.zst`)
    expect([...decodeShard(shard.rawPayload)['packages.conda'].keys()]).toEqual(['a-1.0-0.conda'])
  })

  // T-PUB-06
  test('of what did not change makes no revision and no new bytes', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const [before, number] = [await shards(), await revision()]
    const { db, now } = t.parts
    await markStale(db, await channelId(), ['a', 'not-there'], cause)
    await enqueuePublish(db, await channelId(), now())

    await t.settle()

    expect(await shards()).toEqual(before)
    expect(await revision()).toBe(number)
    expect((await t.nobody().get(`/api/channels/${channel}`)).json()).toMatchObject({ stale_names: 0 })
  })

  // T-PUB-04, I-4
  test('ends with every form of the index holding the same records', async () => {
    for (const version of ['1.0', '1.1', '2.0']) {
      await t.upload(channel, { name: 'a', version, depends: ['b'] })
      await t.upload(channel, { name: 'b', version }, 'tar.bz2')
    }
    await t.policy(channel, `name: no-two-${channel}\ndeny: [package: a 2.0]`)

    const json = await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)
    const zst = await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json.zst`)
    const fromShards: Record<string, Record<string, unknown>> = { packages: {}, 'packages.conda': {} }
    for (const sha256 of (await shards()).values()) {
      const response = await t.nobody().get(`/api/repo/${channel}/noarch/shards/${sha256}.msgpack.zst`)
      const shard = decodeShard(response.rawPayload)
      for (const section of ['packages', 'packages.conda'] as const) {
        for (const [filename, record] of shard[section]) {
          fromShards[section]![filename] = JSON.parse(JSON.stringify(record)) as unknown
        }
      }
    }

    expect(json.json()).toMatchObject(fromShards)
    expect(Object.keys(json.json<typeof fromShards>()['packages.conda']!)).toEqual([
      'a-1.0-0.conda',
      'a-1.1-0.conda',
    ])
    expect(Object.keys(json.json<typeof fromShards>()['packages']!)).toHaveLength(3)
    expect(json.rawPayload.equals(zstdDecompress(zst.rawPayload, 1e6))).toBe(true)
  })

  test('names of the prototype are names like any other', async () => {
    for (const name of ['constructor', 'tostring', 'valueof'])
      await t.upload(channel, { name, version: '1.0' })

    expect([...(await shards()).keys()].sort()).toEqual(['constructor', 'tostring', 'valueof'])
    const json = (await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)).json<{
      'packages.conda': object
    }>()
    expect(Object.keys(json['packages.conda'])).toHaveLength(3)
  })

  test('of many names is one revision with all of them, and nothing is left to do', async () => {
    const names = Array.from({ length: 130 }, (_, i) => `many${i}`)
    const id = await putNames(names)

    expect(await publishChannel(t.parts, id, never)).toMatchObject({ names: 130 })
    await t.settle()

    expect(await revision()).toBe(1)
    const all = [...(await shards()).keys(), ...(await shards('linux-64')).keys()]
    expect(all.sort()).toEqual(names.toSorted())
    for (const table of ['channel_changes', 'stale_names'] as const) {
      const left = await t.parts.db.selectFrom(table).selectAll().where('channel_id', '=', id).execute()
      expect(left).toEqual([])
    }
    const undecided = await t.parts.db
      .selectFrom('channel_files')
      .select('filename')
      .where('channel_id', '=', id)
      .where('effect', 'is', null)
      .execute()
    expect(undecided).toEqual([])
    const shard = (await shards()).get('many0')!
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/shards/${shard}.msgpack.zst`)).statusCode).toBe(
      200,
    )
  })

  test('that died after the pointer moved is finished by the next one, without another revision', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const id = await channelId()
    const [before, number] = [await shards(), await revision()]
    const served = await t.nobody().get(`/api/repo/${channel}/noarch/shards/${before.get('a')!}.msgpack.zst`)
    const [[filename, record] = []] = decodeShard(served.rawPayload)['packages.conda']
    await putChanges(t.parts.db, id, [
      { subdir: 'noarch', name: 'a', filename: filename!, record: JSON.stringify(record) },
    ])
    await markStale(t.parts.db, id, ['a'], cause)

    expect(await publishChannel(t.parts, id, never)).toEqual({ revision: undefined, names: 1 })

    expect(await shards()).toEqual(before)
    expect(await revision()).toBe(number)
  })

  test.each([1, 60])('of %i names ends quietly when the channel is deleted meanwhile', async (count) => {
    const id = await putNames(Array.from({ length: count }, (_, i) => `gone${i}`))
    const admin = await t.as('admin')
    let deleted: Promise<unknown> | undefined
    const publishers = {
      size: 1,
      run: async (task: { kind: string }) => {
        const answer = await t.parts.publishers.run(task)
        if (task.kind === 'decide') await (deleted ??= admin.delete(`/api/channels/${channel}`))
        return answer
      },
    } as unknown as PublishParts['publishers']

    expect(await publishChannel({ ...t.parts, publishers }, id, never)).toMatchObject({ revision: undefined })
    expect(await findChannelByName(t.parts.db, channel)).toBeUndefined()
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)).statusCode).toBe(404)
  })

  test('that fails in one worker ends with what the others are at, and asks nothing more of them', async () => {
    const id = await putNames(Array.from({ length: 450 }, (_, i) => `many${i}`))
    const state = { asked: 0, underWay: 0 }
    const publishers = {
      size: 1,
      run: async (task: { kind: string }) => {
        if ((state.asked += 1) === 1) throw new Error('the first one fails')
        state.underWay += 1
        return t.parts.publishers.run(task).finally(() => (state.underWay -= 1))
      },
    } as unknown as PublishParts['publishers']

    await expect(publishChannel({ ...t.parts, publishers }, id, never)).rejects.toThrow('the first one fails')
    expect(state).toEqual({ asked: 2, underWay: 0 })
  })

  test('of a channel that is gone does nothing', async () => {
    expect(await publishChannel(t.parts, 'no-such-channel', never)).toEqual({ revision: undefined, names: 0 })
  })
})

// T-RACE
describe('two publishers at once', () => {
  test('of different names are both whole: the slower one puts its names into what the other made', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    await t.upload(channel, { name: 'b', version: '1.0' })
    const id = await channelId()
    const { db } = t.parts
    const number = await revision()
    await t.parts.jobs.stop()
    const admin = await t.as('admin')
    const upload = async (name: string): Promise<void> => {
      const spec = { name, version: '2.0' }
      await admin.upload(channel, `${name}-2.0-0.conda`, await writePackage(spec, 'conda'))
    }
    await upload('a')
    let other: Promise<unknown> | undefined
    // the other one publishes b between what this one read and the move of its pointer
    const parts: PublishParts = {
      ...t.parts,
      publishers: {
        size: 1,
        run: async (task: { kind: string }) => {
          const answer = await t.parts.publishers.run(task)
          if (task.kind === 'maps') {
            other ??= (async () => {
              await db.deleteFrom('stale_names').where('name', '=', 'a').execute()
              await upload('b')
              await publishChannel(t.parts, id, never)
            })()
            await other
          }
          return answer
        },
      } as unknown as PublishParts['publishers'],
    }

    await publishChannel(parts, id, never)

    expect(await revision()).toBe(number + 2)
    for (const name of ['a', 'b']) {
      const shard = (await shards()).get(name)!
      const response = await t.nobody().get(`/api/repo/${channel}/noarch/shards/${shard}.msgpack.zst`)
      expect([...decodeShard(response.rawPayload)['packages.conda'].keys()]).toEqual([
        `${name}-1.0-0.conda`,
        `${name}-2.0-0.conda`,
      ])
    }
    await t.discard()
    t = await startTestApp()
  })

  test('both end, every change is served, and revisions only grow', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const id = await channelId()
    const { db } = t.parts
    const before = await revision()
    const admin = await t.as('admin')
    await t.policy(channel, `name: race-${channel}\ndeny: [package: a]`)
    await admin.post('/api/policies', { document: `name: race-${channel}\ndeny: [package: b]` })

    await Promise.all(Array.from({ length: 4 }, () => publishChannel(t.parts, id, never)))
    await t.settle()

    expect([...(await shards()).keys()]).toEqual(['a'])
    expect(await revision()).toBeGreaterThan(before)
    const numbers = await db.selectFrom('revisions').select('number').where('channel_id', '=', id).execute()
    expect(numbers.map(({ number }) => number).sort()).toEqual(
      Array.from({ length: await revision() }, (_, i) => i + 1),
    )
  })

  test('the pointer moves only from where it was seen', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const id = await channelId()
    const number = await revision()

    expect(await moveRevision(t.parts.db, id, number - 1, number + 1, t.now)).toBeUndefined()
    expect(await revision()).toBe(number)
    expect(await moveRevision(t.parts.db, id, number, number, t.now)).toBe(number)
  })

  test('a name that becomes stale again while a publish runs stays stale', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const id = await channelId()
    const { db } = t.parts
    await markStale(db, id, ['a'], cause)
    const stop = new AbortController()
    let marked: Promise<void> | undefined
    const parts: PublishParts = {
      ...t.parts,
      now: () => {
        marked ??= markStale(db, id, ['a'], { kind: 'mapping' }).then(() => stop.abort())
        return t.now
      },
    }

    await expect(publishChannel(parts, id, stop.signal)).rejects.toThrow()

    await marked
    const stale = await db
      .selectFrom('stale_names')
      .select(['name', 'cause'])
      .where('channel_id', '=', id)
      .execute()
    expect(stale).toEqual([{ name: 'a', cause: '{"kind":"mapping"}' }])
    await enqueuePublish(db, id, t.now)
    await t.settle()
  })
})

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { fakePackage, type FakePackage } from './testing/fake-channel.ts'
import { FakeUpstream, faults } from './testing/fake-upstream.ts'

let upstream: FakeUpstream
let t: TestApp
let channel: string
let channels = 0

beforeAll(async () => {
  upstream = await FakeUpstream.start()
  t = await startTestApp({ outboundPrivate: [upstream.hostAndPort] })
})
beforeEach(async () => {
  upstream.forget()
  channel = `c${(channels += 1)}`
  await t.channel(channel)
})
afterEach(() => t.requireQuiet())
afterAll(async () => {
  await t.close()
  await upstream.stop()
})

interface Mirror {
  readonly mirror_id: string
  readonly mirror_mode: string
  readonly state: string
  readonly result: { added: number; unchanged: number; bytes: number } | null
}

async function mirror(mode: 'active' | 'passive' = 'passive'): Promise<Mirror> {
  const response = await (
    await t.as('admin')
  ).post(`/api/channels/${channel}/mirrors`, {
    mirror_name: 'upstream',
    source_root: upstream.url,
    mirror_mode: mode,
    filters: { subdirs: ['noarch'] },
    run_now: true,
  })
  await t.settle()
  return read(response.json<Mirror>().mirror_id)
}

async function read(id: string): Promise<Mirror> {
  return (await (await t.as('admin')).get(`/api/channels/${channel}/mirrors/${id}`)).json<Mirror>()
}

async function run(id: string, more: object = {}): Promise<Mirror> {
  await (await t.as('admin')).put(`/api/channels/${channel}/mirrors/${id}`, { run_now: true, ...more })
  await t.settle()
  return read(id)
}

function demo(version: string, more: Parameters<typeof fakePackage>[1] = {}): Promise<FakePackage> {
  return fakePackage({ name: 'demo', version, files: { 'a.txt': version } }, more)
}

async function download(filename: string): ReturnType<ReturnType<TestApp['nobody']>['get']> {
  const response = await t.nobody().get(`/api/repo/${channel}/noarch/${filename}`)
  await t.settle()
  return response
}

async function verifiedBy(): Promise<string[]> {
  const files = await t.nobody().get(`/api/channels/${channel}/files`)
  return files
    .json<{ items: { metadata: { verified_by: string } }[] }>()
    .items.map(({ metadata }) => metadata.verified_by)
}

function asked(filename: string): number {
  return upstream.count(`noarch/${filename}`)
}

describe('a passive mirror', () => {
  test('names every file in the index and fetches none', async () => {
    const package_ = await demo('1.0')
    upstream.serve([package_])

    expect(await mirror()).toMatchObject({
      mirror_mode: 'passive',
      state: 'completed',
      result: { added: 1, bytes: 0 },
    })

    const index = await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)
    const record = index.json<{ 'packages.conda': Record<string, object> }>()['packages.conda'][
      'demo-1.0-0.conda'
    ]
    const { sha256, md5, size } = package_.record
    expect(record).toMatchObject({ sha256, md5, size })
    expect(asked('demo-1.0-0.conda')).toBe(0)
    expect(await verifiedBy()).toEqual(['announced'])
  })

  test('fetches a file when somebody asks for it, once', async () => {
    const package_ = await demo('1.1')
    upstream.serve([package_])
    await mirror()

    for (let time = 0; time < 3; time += 1) {
      const response = await download('demo-1.1-0.conda')
      expect(response.statusCode).toBe(200)
      expect(response.rawPayload.equals(package_.bytes)).toBe(true)
    }

    expect(asked('demo-1.1-0.conda')).toBe(1)
    expect(await verifiedBy()).toEqual(['sha256'])
  })

  test('many who ask at once share one transfer', async () => {
    const package_ = await demo('1.2')
    upstream.serve([package_])
    await mirror()

    const responses = await Promise.all(Array.from({ length: 8 }, () => download('demo-1.2-0.conda')))

    expect(responses.map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(200))
    expect(asked('demo-1.2-0.conda')).toBe(1)
  })

  test('what a policy blocks is not fetched at all', async () => {
    upstream.serve([await demo('1.3')])
    await mirror()
    await t.policy(channel, `version: 1\nname: ${channel}\ndeny: [package: demo]\n`)

    expect((await download('demo-1.3-0.conda')).statusCode).toBe(403)
    expect(asked('demo-1.3-0.conda')).toBe(0)
  })

  test('what is found inside is judged before a byte leaves', async () => {
    upstream.serve([
      await fakePackage({
        name: 'demo',
        version: '1.4',
        files: { 'bin/.demo-post-link.sh': 'echo hello' },
      }),
    ])
    await mirror()
    await t.policy(channel, `version: 1\nname: ${channel}\ndeny: [link_scripts: true]\n`)
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)).body).toContain('demo-1.4')

    const response = await download('demo-1.4-0.conda')

    expect(response.statusCode).toBe(403)
    expect(asked('demo-1.4-0.conda')).toBe(1)
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)).body).not.toContain('demo-1.4')
  })

  test('bytes that are not what the index says are never served, and asked for anew', async () => {
    const [true_, false_] = [await demo('1.5'), await demo('1.6')]
    upstream.serve([true_])
    await mirror()
    upstream.files.set('noarch/demo-1.5-0.conda', false_.bytes)

    const refused = await download('demo-1.5-0.conda')
    expect(refused.statusCode).toBe(502)
    expect(refused.json()).toMatchObject({ code: 'upstream-answer' })

    upstream.files.set('noarch/demo-1.5-0.conda', true_.bytes)
    expect((await download('demo-1.5-0.conda')).rawPayload.equals(true_.bytes)).toBe(true)
  })

  test.each([
    ['does not have the file', faults.status(404)],
    ['answers 503', faults.status(503)],
  ])('an upstream that %s makes a 502 with the reason', async (_, fault) => {
    upstream.serve([await demo('1.7')])
    await mirror()
    upstream.fail('noarch/demo-1.7-0.conda', fault)

    expect((await download('demo-1.7-0.conda')).statusCode).toBe(502)
    expect(await verifiedBy()).toEqual(['announced'])

    upstream.recover()
    expect((await download('demo-1.7-0.conda')).statusCode).toBe(200)
  })

  test('the digest of bytes that another channel has opens nothing', async () => {
    await t.channel(`${channel}-secret`, 'private')
    const secret = await fakePackage({ name: 'demo', version: '1.8', files: { 'a.txt': 'secret' } })
    const admin = await t.as('admin')
    expect((await admin.upload(`${channel}-secret`, secret.filename, secret.bytes)).statusCode).toBe(201)
    await t.settle()
    // an index that names bytes its upstream does not have
    upstream.serve([secret])
    upstream.files.delete('noarch/demo-1.8-0.conda')
    await mirror()

    expect((await download('demo-1.8-0.conda')).statusCode).toBe(502)
  })

  test('a file that no sha256 proves is fetched at once', async () => {
    upstream.serve([await demo('1.9', { record: { sha256: undefined } })])
    expect(await mirror()).toMatchObject({ result: { added: 1 } })
    expect(asked('demo-1.9-0.conda')).toBe(1)
    expect(await verifiedBy()).toEqual(['md5'])
  })

  test('a second run names nothing anew and fetches nothing, and a changed record stays without bytes', async () => {
    const package_ = await demo('2.0')
    upstream.serve([package_])
    const { mirror_id: id } = await mirror()
    expect(await run(id)).toMatchObject({ result: { added: 0, unchanged: 1 } })

    upstream.serve([{ ...package_, record: { ...package_.record, depends: ['python'] } }])
    expect(await run(id)).toMatchObject({ result: { added: 0, renewed: 1 } })
    expect(asked('demo-2.0-0.conda')).toBe(0)
    expect(await verifiedBy()).toEqual(['announced'])
  })

  test('made active, it brings what it had only named', async () => {
    upstream.serve([await demo('2.1'), await demo('2.2')])
    const { mirror_id: id } = await mirror()
    await download('demo-2.1-0.conda')

    expect(await run(id, { mirror_mode: 'active' })).toMatchObject({
      mirror_mode: 'active',
      result: { added: 1, unchanged: 1 },
    })
    expect(await verifiedBy()).toEqual(['sha256', 'sha256'])
    expect(asked('demo-2.1-0.conda')).toBe(1)
  })

  test('an upload of the same bytes needs no upstream any more', async () => {
    const package_ = await demo('2.3')
    upstream.serve([package_])
    await mirror()
    const admin = await t.as('admin')
    await admin.upload(channel, package_.filename, package_.bytes)
    await t.settle()

    expect((await download('demo-2.3-0.conda')).statusCode).toBe(200)
    expect(asked('demo-2.3-0.conda')).toBe(0)
    expect(await verifiedBy()).toEqual(['upload'])
  })

  test('once the mirror is gone, what was never fetched says so', async () => {
    upstream.serve([await demo('2.4')])
    const { mirror_id: id } = await mirror()
    await (await t.as('admin')).delete(`/api/channels/${channel}/mirrors/${id}`)

    const response = await download('demo-2.4-0.conda')
    expect(response.statusCode).toBe(502)
    expect(response.json<{ message: string }>().message).toContain('is gone')
  })
})

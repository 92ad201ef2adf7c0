import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { zstdCompress } from '@terrarium/conda/codec/zstd-node.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { openTestDatabase } from '../testing/test-database.ts'
import { channelFiles, fakePackage, indexOf, type FakePackage } from './testing/fake-channel.ts'
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

const noarch = { filters: { subdirs: ['noarch'] } }.filters

interface RunResult {
  readonly added: number
  readonly renewed: number
  readonly removed: number
  readonly unchanged: number
  readonly rejected: number
  readonly filtered: number
  readonly bytes: number
}

interface MirrorState {
  readonly mirror_id: string
  readonly state: string
  readonly cause: string | null
  readonly result: RunResult | null
  readonly progress: { files_done: number; files_total: number; step: string } | null
}

async function firstRun(filters: Record<string, unknown> = noarch): Promise<MirrorState> {
  return (await t.mirror(channel, upstream.url, filters)) as unknown as MirrorState
}

async function readMirror(id: string): Promise<MirrorState> {
  return (await (await t.as('admin')).get(`/api/channels/${channel}/mirrors/${id}`)).json()
}

async function runAgain(id: string, more: object = {}): Promise<MirrorState> {
  const response = await (
    await t.as('admin')
  ).put(`/api/channels/${channel}/mirrors/${id}`, { run_now: true, ...more })
  expect(response.statusCode).toBe(202)
  await t.settle()
  return readMirror(id)
}

async function rejections(id: string): Promise<{ filename: string; code: string; message: string }[]> {
  const response = await (await t.as('admin')).get(`/api/channels/${channel}/mirrors/${id}/rejections`)
  return response.json<{ items: { filename: string; code: string; message: string }[] }>().items
}

interface Repodata {
  readonly packages: Record<string, Record<string, unknown>>
  readonly 'packages.conda': Record<string, Record<string, unknown>>
}

async function repodata(subdir = 'noarch'): Promise<Repodata> {
  return (await t.nobody().get(`/api/repo/${channel}/${subdir}/repodata.json`)).json()
}

async function served(subdir = 'noarch'): Promise<string[]> {
  const { packages, 'packages.conda': conda } = await repodata(subdir)
  return [...Object.keys(packages), ...Object.keys(conda)].sort()
}

async function revision(): Promise<number> {
  return (await t.nobody().get(`/api/channels/${channel}`)).json<{ revision: number }>().revision
}

function demo(version: string, more: Parameters<typeof fakePackage>[1] = {}): Promise<FakePackage> {
  return fakePackage({ name: 'demo', version, files: { 'a.txt': version } }, more)
}

function manyDemos(count: number): Promise<FakePackage[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => demo(`1.${i}`)))
}

describe('a mirror of a well-behaved upstream', () => {
  test('brings every file, byte for byte, with records that say what the upstream says', async () => {
    const packages = [
      await fakePackage({ name: 'numpy', version: '2.1.0', subdir: 'linux-64', depends: ['python >=3.12'] }),
      await fakePackage({ name: 'six', version: '1.16' }, { format: 'tar.bz2' }),
    ]
    upstream.serve(packages)

    const run = await firstRun({ subdirs: ['linux-64', 'noarch'] })

    expect(run).toMatchObject({ state: 'completed', cause: null, result: { added: 2, rejected: 0 } })
    expect(await served('linux-64')).toEqual(['numpy-2.1.0-0.conda'])
    expect((await repodata('linux-64'))['packages.conda']['numpy-2.1.0-0.conda']).toMatchObject({
      depends: ['python >=3.12'],
      sha256: packages[0]!.record['sha256'],
    })
    for (const { subdir, filename, bytes } of packages) {
      const file = await t.nobody().get(`/api/repo/${channel}/${subdir}/${filename}`)
      expect(file.rawPayload.equals(bytes)).toBe(true)
    }
  })

  test.each([['json'], ['zst']] as const)('reads an index that is there as %s only', async (form) => {
    upstream.serve([await demo('1.0')], [form])

    await firstRun()

    expect(await served()).toEqual(['demo-1.0-0.conda'])
  })

  test('prefers the compressed index and does not ask for the other', async () => {
    upstream.serve([await demo('1.0')])

    await firstRun()

    expect(upstream.count('noarch/repodata.json.zst')).toBe(1)
    expect(upstream.count('noarch/repodata.json')).toBe(0)
  })

  test('reads an index of 2016: md5 only, no packages.conda, no subdir, metadata in place of info', async () => {
    const old = await demo('1.0', { format: 'tar.bz2', record: { sha256: undefined, subdir: undefined } })
    upstream.serve([old])
    upstream.files.delete('noarch/repodata.json.zst')
    const index = { metadata: {}, packages: { [old.filename]: old.record } }
    upstream.files.set('noarch/repodata.json', Buffer.from(JSON.stringify(index)))

    const run = await firstRun()

    expect(run).toMatchObject({ state: 'completed', result: { added: 1, rejected: 0 } })
    const { items } = (await t.nobody().get(`/api/channels/${channel}/files`)).json<{
      items: { metadata: { verified_by: string; sha256: string } }[]
    }>()
    expect(items[0]!.metadata.verified_by).toBe('md5')
    // T-UP-03: the digest is that of the bytes that came
    expect((await repodata()).packages[old.filename]).toMatchObject({
      subdir: 'noarch',
      sha256: createHash('sha256').update(old.bytes).digest('hex'),
    })
  })

  test('a second run downloads nothing and publishes nothing', async () => {
    upstream.serve(await manyDemos(5))
    const { mirror_id: id } = await firstRun()
    const before = await revision()
    upstream.asked.length = 0

    const again = await runAgain(id)

    expect(again.result).toMatchObject({ added: 0, renewed: 0, removed: 0, unchanged: 5, bytes: 0 })
    expect(upstream.asked).toEqual(['noarch/repodata.json.zst'])
    expect(await revision()).toBe(before)
  })

  test('a run that brings many files publishes one revision', async () => {
    upstream.serve(await manyDemos(80))

    await firstRun()

    expect(await served()).toHaveLength(80)
    expect(await revision()).toBe(1)
  })

  test('progress ends with every file and byte counted', async () => {
    const packages = await manyDemos(3)
    upstream.serve(packages)

    const { progress } = await firstRun()

    const bytes = packages.reduce((sum, one) => sum + one.bytes.byteLength, 0)
    expect(progress).toMatchObject({
      step: 'done',
      files_done: 3,
      files_total: 3,
      bytes_done: bytes,
      bytes_total: bytes,
      rejected: 0,
    })
  })

  test('a record that was hotfixed is renewed without a download', async () => {
    const before = await demo('1.0')
    upstream.serve([before])
    const { mirror_id: id } = await firstRun()
    upstream.serve([{ ...before, record: { ...before.record, depends: ['fixed >=1'] } }])

    const again = await runAgain(id)

    expect(again.result).toMatchObject({ renewed: 1, added: 0, bytes: 0 })
    expect((await repodata())['packages.conda'][before.filename]).toMatchObject({ depends: ['fixed >=1'] })
    expect(upstream.count(`noarch/${before.filename}`)).toBe(1)
  })

  test('what the upstream drops goes, and comes back without a download', async () => {
    const [a, b] = [await demo('1.0'), await demo('2.0')]
    upstream.serve([a, b])
    const { mirror_id: id } = await firstRun()

    upstream.serve([a])
    const removed = await runAgain(id)
    expect(removed.result).toMatchObject({ removed: 1, unchanged: 1 })
    expect(await served()).toEqual([a.filename])

    upstream.serve([a, b])
    const back = await runAgain(id)
    expect(back.result).toMatchObject({ renewed: 1, added: 0, bytes: 0 })
    expect(await served()).toEqual([a.filename, b.filename])
    expect(upstream.count(`noarch/${b.filename}`)).toBe(1)
  })
})

describe('filters', () => {
  test.each([
    [{ only_specs: ['demo <2'] }, ['demo-1.0-0.conda', 'demo-1.0-0.tar.bz2'], 2],
    [{ exclude_specs: ['demo'] }, ['other-1.0-0.conda'], 3],
    [{ exclude_specs: ['demo'], include_specs: ['demo 2.0'] }, ['demo-2.0-0.conda', 'other-1.0-0.conda'], 2],
    [{ dedupe_conda_legacy: true }, ['demo-1.0-0.conda', 'demo-2.0-0.conda', 'other-1.0-0.conda'], 1],
  ])('%j lets %j through', async (filters, expected, filtered) => {
    upstream.serve([
      await demo('1.0'),
      await demo('1.0', { format: 'tar.bz2' }),
      await demo('2.0'),
      await fakePackage({ name: 'other', version: '1.0' }),
    ])

    const run = await firstRun({ ...noarch, ...filters })

    expect(await served()).toEqual(expected)
    expect(run.result).toMatchObject({ filtered, rejected: 0 })
  })

  test('a narrower filter takes out what it no longer lets through, however much that is', async () => {
    upstream.serve([...(await manyDemos(30)), await fakePackage({ name: 'other', version: '1.0' })])
    const { mirror_id: id } = await firstRun()

    const run = await runAgain(id, { filters: { ...noarch, exclude_specs: ['demo'] } })

    expect(run).toMatchObject({ state: 'completed', result: { removed: 30 } })
    expect(await served()).toEqual(['other-1.0-0.conda'])
  })

  test.each([
    [{ only_specs: ['demo ==='] }, 'only_specs'],
    [{ subdirs: ['../etc'] }, 'subdirs'],
    [{ no_such_filter: true }, 'no_such_filter'],
  ])('%j is refused by name', async (filters, named) => {
    const response = await (
      await t.as('admin')
    ).post(`/api/channels/${channel}/mirrors`, { mirror_name: 'x', source_root: upstream.url, filters })

    expect(response.statusCode).toBe(400)
    expect(response.json<{ message: string }>().message).toContain(named)
  })
})

describe('a record that lies', () => {
  const wrong = 'f'.repeat(64)
  // T-UP-03, T-ING-01, T-ING-05: nothing of it is served, the rest of the channel is
  test.each<[string, string, Parameters<typeof fakePackage>[1], RegExp]>([
    ['states another size', 'digest-mismatch', { record: { size: 10_000 } }, /10000 bytes/],
    ['states a smaller size', 'too-large', { record: { size: 10 } }, /10 bytes/],
    ['states another sha256', 'digest-mismatch', { record: { sha256: wrong } }, new RegExp(wrong)],
    [
      'states another md5 only',
      'digest-mismatch',
      { record: { sha256: undefined, md5: wrong.slice(32) } },
      /md5/,
    ],
    ['has a true sha256 and a false md5', 'digest-mismatch', { record: { md5: wrong.slice(32) } }, /md5/],
    ['has no digest at all', 'unverifiable', { record: { sha256: undefined, md5: undefined } }, /neither/],
    ['names another package', 'filename-mismatch', { record: { name: 'openssl' } }, /openssl/],
    ['names another version', 'filename-mismatch', { record: { version: '9' } }, /9/],
    ['names another subdir', 'subdir-mismatch', { record: { subdir: 'linux-64' } }, /linux-64/],
    ['has no name', 'field-missing', { record: { name: undefined } }, /name/],
    ['has depends that is no list', 'field-invalid', { record: { depends: 'python' } }, /depends/],
    ['climbs out of its folder', 'filename-invalid', { filename: '../../etc/evil-1.0-0.conda' }, /evil/],
    ['has a NUL in its file name', 'filename-invalid', { filename: 'evil\u0000-1.0-0.conda' }, /evil/],
    ['is no package', 'filename-invalid', { filename: 'evil.exe' }, /evil/],
  ])('%s: %s', async (_how, code, lie, message) => {
    const honest = await fakePackage({ name: 'honest', version: '1.0' })
    const liar = await demo('1.0', lie)
    upstream.serve([honest, liar])

    const run = await firstRun()

    expect(run).toMatchObject({ state: 'completed', result: { added: 1, rejected: 1 } })
    const [rejection] = await rejections(run.mirror_id)
    expect(rejection).toMatchObject({ code })
    expect(rejection!.message).toMatch(message)
    expect(await served()).toEqual([honest.filename])
    const file = await t.nobody().get(`/api/repo/${channel}/noarch/${encodeURIComponent(liar.filename)}`)
    expect(file.statusCode).toBe(404)
  })

  test('is of another package than the archive says: the archive is refused', async () => {
    const other = await fakePackage({ name: 'other', version: '3.0' })
    const posing = await demo('1.0')
    upstream.serve([{ ...posing, bytes: other.bytes, record: { ...posing.record, ...sums(other.bytes) } }])

    const run = await firstRun()

    expect(await rejections(run.mirror_id)).toMatchObject([{ code: 'invalid-package' }])
    expect(await served()).toEqual([])
  })

  test('is no object', async () => {
    upstream.files.set(
      'noarch/repodata.json',
      Buffer.from('{"packages": {"a-1-0.tar.bz2": 7}, "packages.conda": {"b-1-0.conda": null}}'),
    )

    const run = await firstRun()

    expect(run.state).toBe('completed')
    expect((await rejections(run.mirror_id)).map(({ code }) => code)).toEqual([
      'malformed-record',
      'malformed-record',
    ])
  })

  test('stands in both sections with different digests: the bytes served are those of its record', async () => {
    const [first, second] = [
      await demo('1.0'),
      await fakePackage({ name: 'demo', version: '1.0', files: { b: 'b' } }),
    ]
    const index = {
      packages: { [first.filename]: first.record },
      'packages.conda': { [first.filename]: second.record },
    }
    upstream.files.set(`noarch/${first.filename}`, first.bytes)
    upstream.files.set('noarch/repodata.json', Buffer.from(JSON.stringify(index)))

    const run = await firstRun()

    expect((await rejections(run.mirror_id)).map(({ code }) => code)).toEqual(['listed-twice'])
    const record = (await repodata())['packages.conda'][first.filename]
    const file = await t.nobody().get(`/api/repo/${channel}/noarch/${first.filename}`)
    expect(record).toMatchObject(sums(file.rawPayload))
  })

  test.each(['url', 'channel', 'fn'])(
    'has an address of somebody else in %s: it is not served',
    async (field) => {
      const record = { [field]: 'https://evil.example/demo-1.0-0.conda' } // T-UP-14
      upstream.serve([await demo('1.0', { record })])

      await firstRun()

      const text = (await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)).body
      expect(text).toContain('demo-1.0-0.conda')
      expect(text).not.toContain('evil.example')
    },
  )
})

function sums(bytes: Uint8Array): { size: number; md5: string; sha256: string } {
  return {
    size: bytes.byteLength,
    md5: createHash('md5').update(bytes).digest('hex'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
}

describe('an upstream that fails in the middle of a file', () => {
  // T-UP-01, T-UP-02, T-UP-06: tried again, then rejected; never a byte of it served
  test.each([
    ['hangs up before it answers', faults.hangUp],
    ['hangs up in the middle of a stated length', faults.cut(100)],
    ['ends early without a stated length', faults.cutUnstated(100)],
    ['hangs up in the middle of a chunked body', faults.cutChunked(100)],
    ['sends nothing', faults.body('')],
    ['answers 500', faults.status(500)],
    ['answers 206 of its own accord', faults.status(206)],
    ['sends a page in place of the file', faults.body('<html>please log in</html>')],
  ])('%s once: the file is there after all', async (_how, fault) => {
    const one = await demo('1.0')
    upstream.serve([one])
    upstream.fail(`noarch/${one.filename}`, fault, 1)

    const run = await firstRun()

    expect(run.result).toMatchObject({ added: 1, rejected: 0 })
    expect(
      (await t.nobody().get(`/api/repo/${channel}/noarch/${one.filename}`)).rawPayload.equals(one.bytes),
    ).toBe(true)
  })

  test('an upstream that stops answering ends the run, and what came is served', async () => {
    const good = await demo('1.0')
    const others = await Promise.all(Array.from({ length: 60 }, (_, index) => demo(`2.${index}`)))
    upstream.serve([good, ...others])
    for (const { filename } of others) upstream.fail(`noarch/${filename}`, faults.status(503))

    const run = await firstRun()

    expect(run).toMatchObject({ state: 'failed' })
    expect(run.cause).toMatch(/stopped answering: 48 files in a row did not come.*503.*run the mirror again/)
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/${good.filename}`)).statusCode).toBe(200)
  })

  test.each([
    ['hangs up always', faults.cut(100), 'transfer-failed', 3],
    ['is short always', faults.cutUnstated(100), 'digest-mismatch', 3],
    ['answers 503 always', faults.status(503), 'transfer-failed', 3],
    ['answers 404', faults.status(404), 'missing-upstream', 1],
    ['never ends', faults.endless, 'too-large', 1],
  ])('%s: it is rejected with the reason, and the rest is served', async (_how, fault, code, tries) => {
    const [bad, good] = [await demo('1.0'), await demo('2.0')]
    upstream.serve([bad, good])
    upstream.fail(`noarch/${bad.filename}`, fault)

    const run = await firstRun()

    expect(run).toMatchObject({ state: 'completed', result: { added: 1, rejected: 1 } })
    expect(await rejections(run.mirror_id)).toMatchObject([{ filename: bad.filename, code }])
    expect(upstream.count(`noarch/${bad.filename}`)).toBe(tries)
    expect(await served()).toEqual([good.filename])
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/${bad.filename}`)).statusCode).toBe(404)
  })

  test('a file without a stated size is bounded by the largest upload', async () => {
    const small = await startTestApp({ outboundPrivate: [upstream.hostAndPort], maxUploadBytes: 200_000 })
    await small.channel('main')
    const one = await demo('1.0', { record: { size: undefined } })
    upstream.serve([one])
    upstream.fail(`noarch/${one.filename}`, faults.endless)

    const run = (await small.mirror('main', upstream.url, noarch)) as unknown as MirrorState

    expect(run.result).toMatchObject({ added: 0, rejected: 1 })
    await small.close()
  })

  test('rejections are those of the last run', async () => {
    const one = await demo('1.0')
    upstream.serve([one])
    upstream.fail(`noarch/${one.filename}`, faults.status(404))
    const { mirror_id: id } = await firstRun()
    expect(await rejections(id)).toHaveLength(1)

    upstream.recover()
    await runAgain(id)

    expect(await rejections(id)).toEqual([])
    expect(await served()).toEqual([one.filename])
  })
})

describe('an index that cannot be believed', () => {
  const zst = 'noarch/repodata.json.zst'
  const index = Buffer.from(JSON.stringify({ packages: { 'a-1-0.tar.bz2': { name: 'a' } } }))
  // T-UP-10: the run fails with the reason, what is here stays
  test.each([
    [
      'a page in place of it',
      'noarch/repodata.json',
      Buffer.from('<!DOCTYPE html><html></html>'),
      /repodata\.json/,
    ],
    ['JSON that is no repodata', 'noarch/repodata.json', Buffer.from('[1, 2]'), /byte 0/],
    ['JSON whose packages are none', 'noarch/repodata.json', Buffer.from('{"packages": 7}'), /packages/],
    ['broken JSON', 'noarch/repodata.json', index.subarray(0, 30), /byte/],
    ['a name twice', 'noarch/repodata.json', Buffer.from('{"packages": {"a": {}, "a": {}}}'), /second time/],
    ['NaN', 'noarch/repodata.json', Buffer.from('{"packages": NaN}'), /byte 13/],
    ['nothing', 'noarch/repodata.json', Buffer.alloc(0), /byte 0/],
    ['JSON nested without end', 'noarch/repodata.json', Buffer.from('['.repeat(1e6)), /byte/],
    ['truncated zst', zst, zstdCompress(index).subarray(0, 20), /zstd/],
    ['garbage in zst', zst, Buffer.from('no zstd at all'), /zstd/],
    ['zst of broken JSON', zst, zstdCompress(index.subarray(0, 30)), /byte/],
    ['the index of another subdir', zst, zstdCompress(Buffer.from('{"info":{"subdir":"win-64"}}')), /win-64/],
  ])('%s', async (_what, path, bytes, message) => {
    const one = await demo('1.0')
    upstream.serve([one])
    const { mirror_id: id } = await firstRun()
    upstream.files.delete(zst)
    upstream.files.set(path, bytes)

    const run = await runAgain(id)

    expect(run.state).toBe('failed')
    expect(run.cause).toMatch(message)
    expect(await served()).toEqual([one.filename])
  })

  test('own keys of the prototype are names like any other', async () => {
    const named = await fakePackage({ name: 'constructor', version: '1.0' })
    upstream.serve([named])
    const text = indexOf([named], 'noarch').replace('"packages":{', '"__proto__":{"a":1},"packages":{')
    upstream.files = new Map([
      ...channelFiles([named], ['json']),
      ['noarch/repodata.json', Buffer.from(text)],
    ])

    await firstRun()

    expect(await served()).toEqual(['constructor-1.0-0.conda'])
  })

  test.each([
    ['500', faults.status(500)],
    ['a cut connection', faults.cut(10)],
  ])('%s once, then it is there', async (_what, fault) => {
    upstream.serve([await demo('1.0')])
    upstream.fail(zst, fault, 1)

    expect((await firstRun()).state).toBe('completed')
    expect(await served()).toEqual(['demo-1.0-0.conda'])
  })

  test('an index that is cut off every time fails the run and is no bug of ours', async () => {
    upstream.serve([await demo('1.0')])
    upstream.fail(zst, faults.cut(10))

    const run = await firstRun()

    expect(run.state).toBe('failed')
    expect(run.cause).toContain('noarch/repodata.json.zst')
  })

  test('no index at all: is it the address of a channel?', async () => {
    const run = await firstRun({})

    expect(run.state).toBe('failed')
    expect(run.cause).toContain('is it the address of a channel')
  })

  test('unreachable: what is here stays, and the cause says where it tried', async () => {
    const one = await demo('1.0')
    upstream.serve([one])
    const { mirror_id: id } = await firstRun()
    await upstream.stop()

    const run = await runAgain(id)

    await upstream.comeBack()
    expect(run.state).toBe('failed')
    expect(run.cause).toContain(`cannot reach http://${upstream.hostAndPort}`)
    expect(await served()).toEqual([one.filename])
  })

  // T-UP-13
  test('an index that lost most of its files is refused until somebody accepts it', async () => {
    const packages = await manyDemos(30)
    upstream.serve(packages)
    const { mirror_id: id } = await firstRun()
    upstream.serve(packages.slice(0, 5))

    const refused = await runAgain(id)
    expect(refused.state).toBe('failed')
    expect(refused.cause).toMatch(/lost 25 of the 30.*accept_shrink/)
    expect(await served()).toHaveLength(30)

    const accepted = await runAgain(id, { accept_shrink: true })
    expect(accepted).toMatchObject({ state: 'completed', result: { removed: 25 } })
    expect(await served()).toHaveLength(5)
  })

  test('a subdir whose index is gone keeps its files until somebody accepts it', async () => {
    const [a, b] = [await demo('1.0'), await fakePackage({ name: 'lib', version: '1.0', subdir: 'linux-64' })]
    upstream.serve([a, b])
    const { mirror_id: id } = await firstRun({ subdirs: ['noarch', 'linux-64'] })
    upstream.serve([a])

    const refused = await runAgain(id)
    expect(refused.state).toBe('failed')
    expect(refused.cause).toContain('linux-64')
    expect(await served('linux-64')).toEqual([b.filename])

    const accepted = await runAgain(id, { accept_shrink: true })
    expect(accepted).toMatchObject({ state: 'completed', result: { removed: 1 } })
    expect(await served('linux-64')).toEqual([])
  })
})

describe('other bytes under a known name', () => {
  // T-UP-15, I-7
  test('are a conflict: ours stay, and the run says so', async () => {
    const [ours, theirs] = [
      await demo('1.0'),
      await fakePackage({ name: 'demo', version: '1.0', files: { b: 'b' } }),
    ]
    upstream.serve([ours])
    const { mirror_id: id } = await firstRun()
    upstream.serve([theirs])

    const run = await runAgain(id)

    expect(run).toMatchObject({ state: 'completed', result: { rejected: 1, added: 0 } })
    expect(await rejections(id)).toMatchObject([{ code: 'filename-taken', filename: ours.filename }])
    expect(
      (await t.nobody().get(`/api/repo/${channel}/noarch/${ours.filename}`)).rawPayload.equals(ours.bytes),
    ).toBe(true)
    expect((await repodata())['packages.conda'][ours.filename]).toMatchObject(sums(ours.bytes))
  })

  test('are a conflict also after the name was taken out', async () => {
    const [ours, theirs] = [
      await demo('1.0'),
      await fakePackage({ name: 'demo', version: '1.0', files: { b: 'b' } }),
    ]
    const other = await demo('2.0')
    upstream.serve([ours, other])
    const { mirror_id: id } = await firstRun()
    upstream.serve([other])
    await runAgain(id)
    upstream.serve([theirs, other])

    await runAgain(id)

    expect(await rejections(id)).toMatchObject([{ code: 'filename-taken' }])
    expect(await served()).toEqual([other.filename])
  })

  test('what somebody uploaded is not rewritten, and not taken out with the upstream', async () => {
    const spec = { name: 'demo', version: '1.0', depends: ['ours'] }
    await t.upload(channel, spec)
    const same = await fakePackage(spec, { record: { depends: ['theirs'] } })
    const other = await demo('2.0')
    upstream.serve([same, other])

    const run = await firstRun()
    expect(run.result).toMatchObject({ added: 1, unchanged: 1, renewed: 0 })
    expect((await repodata())['packages.conda'][same.filename]).toMatchObject({ depends: ['ours'] })

    upstream.serve([other])
    await runAgain(run.mirror_id)
    expect(await served()).toEqual([same.filename, other.filename])
  })
})

describe('where a mirror may go', () => {
  // T-SSRF-04, T-SSRF-12
  test.each([
    'http://169.254.169.254/latest/',
    'http://[::ffff:169.254.169.254]/',
    'http://2130706433:9/channel',
    'http://0x7f.1:9/channel',
    'http://10.0.0.1/channel',
    'http://[::1]:9/channel',
  ])('%s is refused when the mirror is made', async (source) => {
    const response = await (
      await t.as('admin')
    ).post(`/api/channels/${channel}/mirrors`, { mirror_name: 'x', source_root: source })

    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ code: 'outbound-refused' })
  })

  test('a name that leads to loopback is refused when it runs', async () => {
    const run = (await t.mirror(channel, 'http://localhost:9/channel', noarch)) as unknown as MirrorState

    expect(run.state).toBe('failed')
    expect(run.cause).toContain('private network')
  })

  // T-SSRF-02, T-UP-07
  test('a redirect into the private network is refused', async () => {
    upstream.serve([await demo('1.0')])
    upstream.fail('noarch/repodata.json.zst', faults.redirect('http://169.254.169.254/latest/meta-data'))

    const run = await firstRun()

    expect(run.state).toBe('failed')
    expect(run.cause).toContain('169.254.169.254')
  })

  test('a redirect of a package into the private network rejects it', async () => {
    const one = await demo('1.0')
    upstream.serve([one])
    upstream.fail(`noarch/${one.filename}`, faults.redirect('http://127.0.0.1:1/x'))

    const run = await firstRun()

    expect(await rejections(run.mirror_id)).toMatchObject([{ code: 'outbound-refused' }])
    expect(upstream.count(`noarch/${one.filename}`)).toBe(1)
  })

  test.each(['ftp://example.org/', 'relative/folder', '', 'file://host/etc', '/a\u0000b', 'http://'])(
    'the source %j is refused',
    async (source) => {
      const response = await (
        await t.as('admin')
      ).post(`/api/channels/${channel}/mirrors`, { mirror_name: 'x', source_root: source })

      expect(response.statusCode).toBe(400)
    },
  )
})

describe('a redirect to another host', () => {
  // T-UP-07, T-UP-16
  test('is followed, without the credentials for the first', async () => {
    const other = await FakeUpstream.start()
    const both = await startTestApp({ outboundPrivate: [upstream.hostAndPort, other.hostAndPort] })
    await both.channel('main')
    const one = await demo('1.0')
    upstream.serve([one])
    other.serve([one])
    upstream.fail(`noarch/${one.filename}`, faults.redirect(`${other.url}noarch/${one.filename}`))

    const source = upstream.url.replace('http://', 'http://reader:hunter2-canary@')
    const run = (await both.mirror('main', source, noarch)) as unknown as MirrorState

    expect(run.result).toMatchObject({ added: 1 })
    expect(upstream.headers[0]?.authorization).toMatch(/^Basic /)
    expect(other.asked).toHaveLength(1)
    expect(other.headers[0]).not.toHaveProperty('authorization')
    await both.close()
    await other.stop()
  })
})

describe('secrets in the address of the upstream', () => {
  // T-SEC-03, T-SEC-13
  test.each([
    (host: string) => `http://reader:hunter2-canary@${host}/`,
    (host: string) => `http://reader:hunter2-canary%40x@${host}/`,
    (host: string) => `http://reader:a@hunter2-canary@${host}/`,
    (host: string) => `http:///reader:hunter2-canary@${host}/`,
    (host: string) => `http://hunter2-canary%zz@${host}/`,
    (host: string) => `http://${host}/t/hunter2-canary/`,
  ])('are in no answer and no cause: case %#', async (address) => {
    const admin = await t.as('admin')
    const made = await admin.post(`/api/channels/${channel}/mirrors`, {
      mirror_name: 'secret',
      source_root: address(upstream.hostAndPort),
      run_now: true,
    })
    expect(made.statusCode).toBe(201)
    await t.settle()

    const { mirror_id: id } = made.json<{ mirror_id: string }>()
    const answers = [
      made,
      await admin.get(`/api/channels/${channel}/mirrors`),
      await admin.get(`/api/channels/${channel}/mirrors/${id}`),
      await admin.put(`/api/channels/${channel}/mirrors/${id}`, {}),
    ]
    for (const answer of answers) expect(answer.body).not.toContain('hunter2-canary')
    const events = await t.parts.db.selectFrom('audit_events').selectAll().execute()
    expect(JSON.stringify(events)).not.toContain('hunter2-canary')
    expect(JSON.stringify(t.log)).not.toContain('hunter2-canary')
  })

  test('an address that cannot be read is not repeated', async () => {
    const response = await (
      await t.as('admin')
    ).post(`/api/channels/${channel}/mirrors`, {
      mirror_name: 'x',
      source_root: 'https://reader:hunter2-canary@host:port/',
    })

    expect(response.statusCode).toBe(400)
    expect(response.body).not.toContain('hunter2-canary')
  })

  test('survive that somebody saves the address as it was shown', async () => {
    upstream.serve([await demo('1.0')])
    const source = upstream.url.replace('http://', 'http://reader:hunter2-canary@')
    const { mirror_id: id } = await t.mirror(channel, source, noarch)
    const admin = await t.as('admin')
    const shown = (await admin.get(`/api/channels/${channel}/mirrors/${id}`)).json<{ source_root: string }>()
    upstream.headers.length = 0

    const run = await runAgain(id, { source_root: shown.source_root })

    expect(run.state).toBe('completed')
    expect(upstream.headers[0]?.authorization).toBe(
      `Basic ${Buffer.from('reader:hunter2-canary').toString('base64')}`,
    )
  })
})

describe('a folder as upstream', () => {
  function writeChannel(folder: string, packages: readonly FakePackage[]): string {
    const root = join(t.folder, folder)
    for (const [path, bytes] of channelFiles(packages)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), bytes)
    }
    return root
  }

  test.each([(root: string) => root, (root: string) => `file://${root}`])(
    'is read by path and by address: case %#',
    async (source) => {
      const one = await demo('1.0')
      const root = writeChannel('upstream', [one])

      const run = (await t.mirror(channel, source(root), noarch)) as unknown as MirrorState

      expect(run).toMatchObject({ state: 'completed', result: { added: 1 } })
      expect(await served()).toEqual([one.filename])
    },
  )

  test('a file that the index names and the folder lacks is rejected, the rest is served', async () => {
    const [a, b] = [await demo('1.0'), await demo('2.0')]
    const root = writeChannel('upstream', [a, b])
    writeFileSync(
      join(root, 'noarch', 'repodata.json.zst'),
      zstdCompress(Buffer.from(indexOf([a, b], 'noarch'))),
    )
    const gone = await demo('3.0')
    writeFileSync(
      join(root, 'noarch', 'repodata.json.zst'),
      zstdCompress(Buffer.from(indexOf([a, b, gone], 'noarch'))),
    )

    const run = (await t.mirror(channel, root, noarch)) as unknown as MirrorState

    expect(await rejections(run.mirror_id)).toMatchObject([
      { filename: gone.filename, code: 'missing-upstream' },
    ])
    expect(await served()).toHaveLength(2)
  })

  test.each(['/etc', '/etc/no-such-folder', '/', 'file:///etc/passwd'])(
    '%s is refused: not below mirror_folders, and no word of whether it exists',
    async (source) => {
      const response = await (
        await t.as('admin')
      ).post(`/api/channels/${channel}/mirrors`, { mirror_name: 'x', source_root: source })

      expect(response.statusCode).toBe(400)
      expect(response.json()).toMatchObject({ code: 'outbound-refused' })
    },
  )

  test('dot segments do not lead out of mirror_folders', async () => {
    const admin = await t.as('admin')
    for (const out of ['/../../../../etc', '/../../../../etc/no-such-folder']) {
      const response = await admin.post(`/api/channels/${channel}/mirrors`, {
        mirror_name: 'x',
        source_root: `${t.folder}${out}`,
      })
      expect(response.json()).toMatchObject({ code: 'outbound-refused' })
    }
  })

  test('a folder that is a link out of mirror_folders is refused', async () => {
    symlinkSync('/etc', join(t.folder, 'link'))

    const response = await (
      await t.as('admin')
    ).post(`/api/channels/${channel}/mirrors`, { mirror_name: 'x', source_root: join(t.folder, 'link') })

    expect(response.json()).toMatchObject({ code: 'outbound-refused' })
  })

  test('a file that is a link out of the folder is never read', async () => {
    const secret = await fakePackage({ name: 'secret', version: '1.0' })
    const outside = join(t.folder, 'outside.conda')
    writeFileSync(outside, secret.bytes)
    const root = writeChannel('upstream', [secret])
    const inside = join(root, 'noarch', 'linked-1.0-0.conda')
    symlinkSync(outside, inside)
    const linked = { ...secret, filename: 'linked-1.0-0.conda', record: { ...secret.record, name: 'linked' } }
    writeFileSync(
      join(root, 'noarch', 'repodata.json.zst'),
      zstdCompress(Buffer.from(indexOf([linked], 'noarch'))),
    )

    const run = (await t.mirror(channel, root, noarch)) as unknown as MirrorState

    const [rejection] = await rejections(run.mirror_id)
    expect(rejection!.message).toContain('leads out of the folder')
    expect(await served()).toEqual([])
  })

  test('a folder in place of a file is no file', async () => {
    const one = await demo('1.0')
    const root = writeChannel('upstream', [one])
    mkdirSync(join(root, 'linux-64', 'repodata.json.zst'), { recursive: true })

    const run = (await t.mirror(channel, root, { subdirs: ['noarch', 'linux-64'] })) as unknown as MirrorState

    expect(run.state).toBe('completed')
  })

  test('a folder that is not there says so', async () => {
    const response = await (
      await t.as('admin')
    ).post(`/api/channels/${channel}/mirrors`, { mirror_name: 'x', source_root: join(t.folder, 'none') })

    expect(response.json()).toMatchObject({ code: 'upstream-unreachable' })
  })
})

describe('a run that is interrupted', () => {
  /** Answers the held path only when it is let go. */
  function hold(path: string): { reached: Promise<void>; letGo: () => void } {
    const reached = Promise.withResolvers<undefined>()
    const go = Promise.withResolvers<undefined>()
    upstream.fail(path, (response, _request, file) => {
      reached.resolve(undefined)
      void go.promise.then(() => response.writeHead(200).end(file))
    })
    return { reached: reached.promise, letGo: () => go.resolve(undefined) }
  }

  async function startRun(): Promise<string> {
    const made = await (
      await t.as('admin')
    ).post(`/api/channels/${channel}/mirrors`, {
      mirror_name: 'slow',
      source_root: upstream.url,
      filters: noarch,
      run_now: true,
    })
    return made.json<{ mirror_id: string }>().mirror_id
  }

  test('by somebody who stops it keeps what is whole and serves it; the next run brings the rest', async () => {
    const packages = await manyDemos(6)
    upstream.serve(packages)
    const { reached, letGo } = hold(`noarch/${packages[5]!.filename}`)
    const id = await startRun()
    await reached

    const stop = await (await t.as('admin')).post(`/api/channels/${channel}/mirrors/${id}/stop_mirror_sync`)
    expect(stop.statusCode).toBe(202)
    await t.settle()

    expect(await readMirror(id)).toMatchObject({ state: 'stopped' })
    const before = await served()
    expect(before.length).toBeLessThan(6)
    for (const filename of before) {
      expect((await t.nobody().get(`/api/repo/${channel}/noarch/${filename}`)).statusCode).toBe(200)
    }
    letGo()
    upstream.recover()
    upstream.asked.length = 0
    const again = await runAgain(id)
    expect(again.result).toMatchObject({ added: 6 - before.length, unchanged: before.length })
    expect(upstream.asked).toHaveLength(1 + 6 - before.length)
    expect(await served()).toHaveLength(6)
  })

  test('a stop reaches the run under way also when another one waits behind it', async () => {
    const one = await demo('1.0')
    upstream.serve([one])
    const { reached } = hold(`noarch/${one.filename}`)
    const id = await startRun()
    await reached
    const admin = await t.as('admin')
    await admin.put(`/api/channels/${channel}/mirrors/${id}`, { run_now: true })

    await admin.post(`/api/channels/${channel}/mirrors/${id}/stop_mirror_sync`)
    await t.settle()

    expect(await readMirror(id)).toMatchObject({ state: 'stopped' })
    expect(await served()).toEqual([])
  })

  test('nothing to stop is a conflict', async () => {
    upstream.serve([await demo('1.0')])
    const { mirror_id: id } = await firstRun()

    const stop = await (await t.as('admin')).post(`/api/channels/${channel}/mirrors/${id}/stop_mirror_sync`)

    expect(stop.statusCode).toBe(409)
  })

  test.each(['mirror', 'channel'])('by the end of its %s ends quietly', async (what) => {
    const one = await demo('1.0')
    upstream.serve([one])
    const { reached, letGo } = hold(`noarch/${one.filename}`)
    const id = await startRun()
    await reached
    const admin = await t.as('admin')

    await admin.delete(
      what === 'mirror' ? `/api/channels/${channel}/mirrors/${id}` : `/api/channels/${channel}`,
    )
    letGo()
    await t.settle()

    const expected = what === 'mirror' ? 200 : 404
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)).statusCode).toBe(expected)
  })

  // T-CRASH, I-1, I-14
  test.each(['told to stop', 'killed'])(
    'by a server that is %s goes on where it was at the next start',
    async (how) => {
      const packages = await manyDemos(70)
      upstream.serve(packages)
      const held = `noarch/${packages[69]!.filename}`
      const { reached } = hold(held)
      const first = await startTestApp({ outboundPrivate: [upstream.hostAndPort] })
      await first.channel('main')
      const admin = await first.as('admin')
      const made = await admin.post('/api/channels/main/mirrors', {
        mirror_name: 'slow',
        source_root: upstream.url,
        filters: noarch,
        run_now: true,
      })
      const { mirror_id: id } = made.json<{ mirror_id: string }>()
      await reached
      await first.until(async () => (await countFiles(first)) >= 64)
      await first.stop()
      if (how === 'killed') await leaveLikeKilled(first.folder)

      upstream.recover()
      upstream.asked.length = 0
      const second = await startTestApp({ folder: first.folder, outboundPrivate: [upstream.hostAndPort] })
      await second.settle()

      const { state, result } = await second.parts.db
        .selectFrom('mirrors')
        .innerJoin('jobs', 'jobs.id', 'mirrors.last_job_id')
        .select(['mirrors.state', 'jobs.result'])
        .where('mirrors.id', '=', id)
        .executeTakeFirstOrThrow()
      expect(state).toBe('completed')
      expect(JSON.parse(result ?? 'null')).toMatchObject({ rejected: 0 })
      expect(upstream.asked).toContain(held)
      expect(upstream.asked.length).toBeLessThanOrEqual(1 + 70 - 64)
      const index = await second.nobody().get('/api/repo/main/noarch/repodata.json')
      expect(Object.keys(index.json<Repodata>()['packages.conda'])).toHaveLength(70)
      expect(readdirSync(join(first.folder, 'data', 'staging'))).toEqual([])
      await second.close()
    },
  )

  test('by a kill serves what is whole at the next start, also when the upstream is gone by then', async () => {
    const packages = await manyDemos(70)
    upstream.serve(packages)
    const { reached } = hold(`noarch/${packages[69]!.filename}`)
    const first = await startTestApp({ outboundPrivate: [upstream.hostAndPort] })
    await first.channel('main')
    const admin = await first.as('admin')
    await admin.post('/api/channels/main/mirrors', {
      mirror_name: 'slow',
      source_root: upstream.url,
      filters: noarch,
      run_now: true,
    })
    await reached
    await first.until(async () => (await countFiles(first)) >= 64)
    await first.stop()
    await leaveLikeKilled(first.folder)
    await upstream.stop()

    const second = await startTestApp({ folder: first.folder, outboundPrivate: [upstream.hostAndPort] })
    await second.settle()
    await upstream.comeBack()

    const index = await second.nobody().get('/api/repo/main/noarch/repodata.json')
    expect(Object.keys(index.json<Repodata>()['packages.conda']).length).toBeGreaterThanOrEqual(64)
    await second.close()
  })

  async function countFiles(app: TestApp): Promise<number> {
    const { count } = await app.parts.db
      .selectFrom('channel_files')
      .select((eb) => eb.fn.countAll<number | string>().as('count'))
      .executeTakeFirstOrThrow()
    return Number(count)
  }

  /** What a process leaves that could not say goodbye: a run that nobody runs, half a file, no publish asked for. */
  async function leaveLikeKilled(folder: string): Promise<void> {
    const db = await openTestDatabase(join(folder, 'data'))
    await db.deleteFrom('jobs').where('kind', '!=', 'mirror.run').execute()
    await db.updateTable('jobs').set({ state: 'running', owner: 'dead', lease_until: 0 }).execute()
    await db.updateTable('mirrors').set({ state: 'running' }).execute()
    await db.destroy()
    const half = join(folder, 'data', 'staging', 'half-a-file')
    writeFileSync(half, 'half')
    utimesSync(half, 0, 0) // where servers share the folder, only what is old belongs to a dead one
  }
})

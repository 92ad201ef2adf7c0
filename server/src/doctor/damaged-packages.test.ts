/**
 * What becomes of a package whose bytes are damaged: whoever asks, wherever they ask, learns what was found, what was
 * done and the way out; and of a mirrored one the bytes come again from the upstream, those and no others.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { enqueue } from '../jobs/queue.ts'
import { fakePackage, type FakePackage } from '../mirrors/testing/fake-channel.ts'
import { FakeUpstream } from '../mirrors/testing/fake-upstream.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { runFsck } from './fsck-verb.ts'
import { runCheck } from './run-check.ts'

// one app for all, so each test has a package of its own
let version = 0
let FILE: string
let ADDRESS: string
beforeEach(() => {
  version += 1
  FILE = `six-${version}-0.conda`
  ADDRESS = `/api/repo/main/noarch/${FILE}`
})

interface Checked {
  readonly result: Awaited<ReturnType<typeof runCheck>>
  readonly findings: readonly { code: string; outcome: string | null; repair: string | null }[]
}

async function check(t: TestApp, payload: { deep?: boolean; repair?: boolean }): Promise<Checked> {
  const { db, now } = t.parts
  const whole = { deep: false, repair: false, ...payload }
  const id = await enqueue(db, { kind: 'storage.check', payload: whole, now: now(), runAt: new Date(8e15) })
  const result = await runCheck({ ...t.parts, betweenLooksMs: 0 }, whole, {
    id,
    actorId: undefined,
    signal: new AbortController().signal,
    reportProgress: () => undefined,
  })
  const answer = await (await t.as('admin')).get(`/api/system/checks/${id}/findings`)
  await db.deleteFrom('jobs').where('id', '=', id).execute()
  return { result, findings: answer.json<{ items: Checked['findings'] }>().items }
}

async function pathOf(t: TestApp, filename: string): Promise<string> {
  const { sha256 } = await t.parts.db
    .selectFrom('channel_files')
    .select('sha256')
    .where('filename', '=', filename)
    .executeTakeFirstOrThrow()
  return join(t.parts.configuration.data, 'blobs', 'sha256', sha256.slice(0, 2), sha256.slice(2))
}

function flip(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(path, bytes)
}

describe('an uploaded package', () => {
  let t: TestApp
  let bytes: Buffer
  beforeAll(async () => {
    t = await startTestApp()
    await t.channel('main')
  })
  beforeEach(async () => {
    await t.upload('main', { name: 'six', version: String(version) })
    bytes = (await t.nobody().get(ADDRESS)).rawPayload
  })
  afterEach(async () => {
    await (await t.as('admin')).upload('main', FILE, bytes)
    await t.requireQuiet()
  })
  afterAll(() => t.close())

  interface Told {
    readonly download: number
    readonly damage: string | undefined
    readonly filtered: readonly (string | null)[]
    readonly served: number
    readonly page: string
    readonly message: string
  }

  async function told(): Promise<Told> {
    const nobody = t.nobody()
    const file = await nobody.get(`/api/channels/main/explain/noarch/${FILE}`)
    const spec = await nobody.get(`/api/explain?channel=main&spec=${encodeURIComponent(`six ==${version}`)}`)
    const list = await nobody.get('/api/channels/main/files-filtered')
    const blocked = await nobody.get('/api/channels/main/files?blocked=true')
    const page = await nobody.get(`/why/main/noarch/${FILE}`)
    const { message, damage } = file.json<{ message: string; damage?: { state: string } }>()
    const found = spec.json<{ served_count: number; candidates: { message: string; damage?: object }[] }>()
    const filtered = list.json<{ items: { filtered_cause: string | null; damage?: object }[] }>().items
    // all of them say the same
    expect(found.candidates.map((one) => one.damage)).toEqual([damage])
    expect(found.candidates.map((one) => one.message)).toEqual([message])
    for (const item of [...filtered, ...blocked.json<{ items: { damage?: object }[] }>().items])
      expect(item.damage).toEqual(damage)
    return {
      download: (await nobody.get(ADDRESS)).statusCode,
      damage: damage?.state,
      filtered: filtered.map((one) => one.filtered_cause),
      served: found.served_count,
      page: page.body,
      message,
    }
  }

  test('is named as damaged wherever somebody asks, from the check on until it is uploaded again', async () => {
    expect(await told()).toMatchObject({ download: 200, damage: undefined, filtered: [], served: 1 })

    flip(await pathOf(t, FILE))
    await check(t, { deep: true })
    const found = await told()
    expect(found).toMatchObject({ download: 410, damage: 'found', filtered: ['damaged'], served: 0 })
    expect(found.message).toMatch(
      /^six \d+ is allowed in channel "main"\. Its bytes here are damaged \(found 20..-..-..\): the blob .* Way out: An operator repairs/,
    )
    expect(found.page).toContain('Nothing was done about it yet')

    await check(t, { deep: true, repair: true })
    const aside = await told()
    expect(aside).toMatchObject({ download: 410, damage: 'aside', filtered: ['damaged'], served: 0 })
    expect(aside.message).toMatch(/Done: the damaged bytes are in quarantine.* Way out: Upload the same file/)
    expect(aside.page).toContain('<h2>Its bytes are damaged</h2>')

    await (await t.as('admin')).upload('main', FILE, bytes)
    await t.settle()
    expect(await told()).toMatchObject({ download: 200, damage: undefined, filtered: [], served: 1 })
  })

  test('is refused with the reason, to GET, HEAD, a range and whoever has it cached', async () => {
    const { etag } = (await t.nobody().get(ADDRESS)).headers
    flip(await pathOf(t, FILE))
    await check(t, { deep: true, repair: true })

    const answer = await t.nobody().get(ADDRESS)
    expect(answer.statusCode).toBe(410)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.json()).toMatchObject({
      code: 'package-damaged',
      reason: 'PACKAGE DAMAGED',
      damage: { state: 'aside', way_out: 'Upload the same file again' },
    })
    expect(answer.json<{ message: string }>().message).toMatch(`main/noarch/${FILE} cannot be had. Its bytes`)
    expect((await t.nobody().send('HEAD', ADDRESS)).statusCode).toBe(410)
    expect((await t.nobody().get(ADDRESS, { range: 'bytes=0-3' })).statusCode).toBe(410)
    expect((await t.nobody().get(ADDRESS, { 'if-none-match': String(etag) })).statusCode).toBe(410)
  })

  test('that an operator put back is served at once, and nothing speaks of damage any more', async () => {
    const path = await pathOf(t, FILE)
    rmSync(path)
    await check(t, {})
    expect(await told()).toMatchObject({ download: 410, damage: 'found' })

    writeFileSync(path, bytes)
    expect((await t.nobody().get(ADDRESS)).rawPayload.equals(bytes)).toBe(true)
    expect(await told()).toMatchObject({ download: 200, damage: undefined, filtered: [] })
  })

  test('that a later check finds whole is no longer called damaged', async () => {
    const path = await pathOf(t, FILE)
    flip(path)
    await check(t, { deep: true })
    writeFileSync(path, bytes)

    await check(t, {}) // reads no bytes, so it cannot tell
    expect((await t.nobody().get('/api/channels/main/files-filtered')).json()).toMatchObject({
      total_count: 1,
    })
    await check(t, { deep: true })
    expect((await t.nobody().get('/api/channels/main/files-filtered')).json()).toMatchObject({
      total_count: 0,
    })
  })

  test('whose bytes are right after all is not put aside', async () => {
    await t.parts.db.updateTable('artifacts').set({ size: 7 }).execute()

    const { result, findings } = await check(t, { repair: true }) // a light one, which reads no bytes

    expect(findings.length).toBeGreaterThan(0)
    expect(new Set(findings.map(({ code, outcome }) => `${code} ${outcome}`))).toEqual(
      new Set(['package-corrupt repaired']),
    )
    expect(result.left).toBe(0)
    expect(await told()).toMatchObject({ download: 200, damage: undefined, filtered: [] })
    expect((await check(t, { deep: true })).result.faults).toBe(0)
  })

  test('that a policy blocks as well is blocked first, and told to be damaged', async () => {
    await t.policy(
      'main',
      'name: none\nrules: [{id: no-six, effect: deny, when: {package: [six ==VERSION]}}]'.replace(
        'VERSION',
        String(version),
      ),
    )
    const other = `${version}.1`
    await t.upload('main', { name: 'six', version: other })
    flip(await pathOf(t, FILE))
    flip(await pathOf(t, `six-${other}-0.conda`))
    await check(t, { deep: true })

    const answer = await t.nobody().get(ADDRESS)
    expect(answer.statusCode).toBe(403)
    const instead = answer.json<{ alternatives: { version: string }[] }>().alternatives
    expect(instead.map((one) => one.version)).not.toContain(other)
    expect(instead.length).toBeGreaterThan(0)
    expect(answer.json<{ message: string }>().message).toMatch(/is blocked .*Its bytes here are damaged/)
    const list = await t.nobody().get('/api/channels/main/files-filtered')
    expect(list.json()).toMatchObject({
      items: [
        { filtered_cause: 'exclude_specs', damage: { state: 'found' } },
        { filtered_cause: 'damaged', damage: { state: 'found' } },
      ],
    })
  })
})

describe('a mirrored package', () => {
  let upstream: FakeUpstream
  let t: TestApp
  let package_: FakePackage
  let channel: string
  beforeAll(async () => {
    upstream = await FakeUpstream.start()
    t = await startTestApp({ outboundPrivate: [upstream.hostAndPort] })
  })
  beforeEach(async () => {
    package_ = await fakePackage({ name: 'six', version: String(version), files: { 'a.txt': '1' } })
    upstream.serve([package_])
    channel = `mirrored-${version}`
    ADDRESS = `/api/repo/${channel}/noarch/${FILE}`
    await t.channel(channel)
    await t.mirror(channel, upstream.url, { subdirs: ['noarch'] })
    upstream.asked.length = 0
  })
  afterEach(() => t.requireQuiet())
  afterAll(async () => {
    await t.close()
    await upstream.stop()
  })

  /** The same name and record, with other bytes of the same length. @returns their sha256 */
  function serveOthers(): string {
    const bytes = Buffer.from(package_.bytes)
    bytes[bytes.length >> 1]! ^= 2
    upstream.serve([{ ...package_, bytes }])
    return createHash('sha256').update(bytes).digest('hex')
  }

  test.each(['corrupt', 'missing'])('that is %s is fetched again by the repair of a server', async (how) => {
    const path = await pathOf(t, FILE)
    if (how === 'corrupt') flip(path)
    else rmSync(path)

    const { result, findings } = await check(t, { deep: true, repair: true })

    expect(findings).toMatchObject([{ code: `package-${how}`, outcome: 'repaired' }])
    expect(findings[0]!.repair).toContain('came again from the mirror upstream, with the same sha256')
    expect(result.left).toBe(0)
    expect(upstream.count(`noarch/${FILE}`)).toBe(1)
    expect(readFileSync(path).equals(package_.bytes)).toBe(true)
    await t.settle()
    expect((await t.nobody().get(ADDRESS)).rawPayload.equals(package_.bytes)).toBe(true)
    expect((await check(t, { deep: true })).result.faults).toBe(0)
  })

  test('is not replaced by other bytes of the upstream: both digests and the upstream are named', async () => {
    const other = serveOthers()
    const path = await pathOf(t, FILE)
    flip(path)

    const { result, findings } = await check(t, { deep: true, repair: true })

    expect(findings).toMatchObject([{ code: 'package-corrupt', outcome: 'aside' }])
    const { repair } = findings[0]!
    expect(repair).toContain(`could not be fetched from ${upstream.url}`)
    expect(repair).toContain(String(package_.record['sha256']))
    expect(repair).toContain(other)
    expect(result.left).toBe(1)
    expect(existsSync(path)).toBe(false)
    const explained = await t.nobody().get(`/api/channels/${channel}/explain/noarch/${FILE}`)
    expect(explained.json()).toMatchObject({ damage: { state: 'awaited', action: repair } })
    expect((await t.nobody().get(ADDRESS)).statusCode).toBe(502)

    upstream.serve([package_])
    expect((await t.nobody().get(ADDRESS)).rawPayload.equals(package_.bytes)).toBe(true)
    await t.settle()
    expect((await t.nobody().get(`/api/channels/${channel}/files-filtered`)).json()).toMatchObject({
      total_count: 0,
    })
  })

  async function fsck(): Promise<{ code: number; text: string }> {
    const lines: string[] = []
    const note = (text: string): void => void lines.push(text)
    const { configuration } = t.parts
    const options = { configuration, quick: false, json: false, repair: true }
    const code = await runFsck(options, { line: note, error: note })
    return { code, text: lines.join('\n') }
  }

  test('is fetched again by fsck, and other bytes are refused', async () => {
    const path = await pathOf(t, FILE)
    await t.stop()
    flip(path)
    const other = serveOthers()

    const refused = await fsck()
    expect(refused.code, refused.text).toBe(1)
    expect(refused.text).toMatch(
      /put aside: mirrored-\d+\/noarch\/six-\d+-0\.conda: the damaged bytes are in quarantine/,
    )
    expect(refused.text).toContain(`could not be fetched from ${upstream.url}`)
    expect(refused.text).toContain(String(package_.record['sha256']))
    expect(refused.text).toContain(other)
    expect(existsSync(path)).toBe(false)

    upstream.serve([package_])
    t = await startTestApp({ folder: t.folder, outboundPrivate: [upstream.hostAndPort] })
    expect((await t.nobody().get(ADDRESS)).rawPayload.equals(package_.bytes)).toBe(true)
    await t.settle()
    await t.stop()
    rmSync(path)
    const mended = await fsck()
    expect(mended.code, mended.text).toBe(0)
    expect(mended.text).toContain('the bytes came again from the mirror upstream')
    expect(readFileSync(path).equals(package_.bytes)).toBe(true)
    t = await startTestApp({ folder: t.folder, outboundPrivate: [upstream.hostAndPort] })
    // fsck has the clock of the machine, and left work for then
    t.advance(Math.max(0, Date.now() - t.now.getTime()) + 1000)
    await t.settle()
  })
})

/** The audit log through HTTP: what it holds, that it cannot be changed unseen, and how it gets out. */
import { createPublicKey, verify } from 'node:crypto'
import { createServer as createHttp } from 'node:http'
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { openSecretBox } from '../platform/secret-box.ts'
import { Secret } from '../platform/secret.ts'
import { appendEvent } from './append-event.ts'
import { openSink } from './event-sinks.ts'
import { GENESIS_HASH, hashEvent, type ChainedEvent } from './event.ts'
import { exportPlaceOf } from './export-place.ts'
import { runScheduledExport, scheduleExport } from './scheduled-export.ts'
import { openHeadSigner } from './sign-head.ts'
import { sendNewEvents } from './stream-events.ts'
import { verifyChain } from './verify-chain.ts'

let t: TestApp
let admin: TestClient
beforeEach(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
  for (const name of ['one', 'two', 'three']) await admin.post('/api/channels', { name, privacy: 'private' })
})
afterEach(() => t.close())

interface Listed {
  readonly action: string
  readonly target: string
  readonly [field: string]: unknown
}

async function events(query = ''): Promise<Listed[]> {
  return (await admin.get(`/api/audit/events${query}`)).json<{ items: Listed[] }>().items
}

describe('an event', () => {
  test('says who, with which token, from where and in which request, and what changed', async () => {
    const tokens = (await admin.get('/api/account/tokens')).json<{ items: { id: string }[] }>()
    const group = await admin.post('/api/groups', { name: 'team', description: 'a' })
    const { id } = group.json<{ id: string }>()

    await admin.put(`/api/groups/${id}`, { name: 'team', description: 'b' })

    const [event] = await events()
    expect(event).toMatchObject({
      actor_name: 'admin',
      credential_id: tokens.items[0]?.id,
      action: 'group.updated',
      target: 'team',
      address: '127.0.0.1',
      before: { name: 'team', description: 'a' },
      after: { name: 'team', description: 'b' },
    })
    const answer = await admin.put(`/api/groups/${id}`, { name: 'team', description: 'c' })
    expect((await events())[0]?.['request_id']).toBe(answer.headers['x-request-id'])
  })

  test('is written for an upload too, whose body comes in pieces', async () => {
    await t.upload('one', { name: 'demo', version: '1' })
    expect((await events('?action=artifact.uploaded'))[0]).toMatchObject({
      actor_name: 'admin',
      address: '127.0.0.1',
    })
  })

  test('of a refusal names who tried what, once a minute for the same', async () => {
    const eve = await t.as('eve')
    for (let attempt = 0; attempt < 5; attempt += 1) await eve.get('/api/roles')
    await eve.get('/api/audit/events')
    t.advance(61_000)
    await eve.get('/api/roles')

    const denied = await events('?action=access.denied')
    expect(denied.map(({ actor_name: who, target, details }) => ({ who, target, details }))).toEqual([
      {
        who: 'eve',
        target: '/api/roles',
        details: { method: 'GET', permission: 'role:read', denied_before: 4 },
      },
      { who: 'eve', target: '/api/audit/events', details: { method: 'GET', permission: 'audit:read' } },
      { who: 'eve', target: '/api/roles', details: { method: 'GET', permission: 'role:read' } },
    ])
  })

  test('is found by time, action, actor and what it was done to', async () => {
    await t.upload('one', { name: 'demo', version: '1' })
    const { user_id: id } = (await admin.get('/api/account')).json<{ user_id: string }>()

    expect((await events('?target=one')).map(({ action }) => action)).toEqual([
      'artifact.uploaded',
      'channel.created',
    ])
    expect((await events('?target=on')).length).toBe(0)
    expect((await events('?action=channel.created')).map(({ target }) => target)).toEqual([
      'three',
      'two',
      'one',
    ])
    expect((await events(`?actor_id=${id}&action=channel.created`)).length).toBe(3)
    expect((await events('?actor_id=nobody')).length).toBe(0)
    expect((await events(`?from=${new Date(t.now.getTime() + 1).toISOString()}`)).length).toBe(0)
    expect((await admin.get('/api/audit/events?action=nothing')).statusCode).toBe(400)
  })

  test('stands or falls with the change', async () => {
    const before = (await events()).length
    await expect(
      t.parts.access.change(async (tx) => {
        await appendEvent(tx, { at: t.now, actorId: undefined, action: 'role.created', target: 'x' })
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect((await events()).length).toBe(before)
    expect((await verifyChain(t.parts.db)).faults).toEqual([])
  })

  test('is not written outside of the transaction of a change', async () => {
    await expect(
      appendEvent(t.parts.db, { at: t.now, actorId: undefined, action: 'role.created', target: 'x' }),
    ).rejects.toThrow(/in the transaction/)
  })
})

describe('the chain', () => {
  const verify = async (noted = ''): Promise<{ faults: string[]; head: { seq: number; hash: string } }> =>
    (await admin.get(`/api/audit/verify${noted}`)).json()

  test('is sound when nobody touched it', async () => {
    expect(await verify()).toMatchObject({ faults: [], unchained: 0, events: (await events()).length })
  })

  const raw = () => t.parts.db
  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'a changed text',
      () => raw().updateTable('audit_events').set({ target: 'x' }).where('seq', '=', 2).execute(),
      /event 2 was changed/,
    ],
    [
      'another actor',
      () => raw().updateTable('audit_events').set({ actor_name: 'bob' }).where('seq', '=', 2).execute(),
      /event 2 was changed/,
    ],
    [
      'a moved time',
      () => raw().updateTable('audit_events').set({ at: 1 }).where('seq', '=', 2).execute(),
      /event 2 was changed/,
    ],
    [
      'a dropped event',
      () => raw().deleteFrom('audit_events').where('seq', '=', 2).execute(),
      /events 2 to 2 are missing/,
    ],
    [
      'a dropped end',
      () => raw().deleteFrom('audit_events').where('seq', '>', 2).execute(),
      /events 3 to \d+ are missing/,
    ],
    [
      'a head set back',
      () =>
        raw()
          .updateTable('audit_head')
          .set({ hash: 'f'.repeat(64) })
          .execute(),
      /the head does not name/,
    ],
  ])('shows %s', async (_what, tamper, fault) => {
    await tamper()
    expect((await verify()).faults.join()).toMatch(fault)
  })

  test('made anew from the middle shows against a head that was noted before', async () => {
    const { head } = await verify()
    const rows = (await t.parts.db
      .selectFrom('audit_events')
      .selectAll()
      .orderBy('seq')
      .execute()) as ChainedEvent[]
    let previous = GENESIS_HASH
    for (const row of rows) {
      const changed = row.seq === 2 ? { ...row, target: 'nothing happened here' } : row
      const hash = hashEvent(changed, previous)
      await t.parts.db
        .updateTable('audit_events')
        .set({ target: changed.target, hash })
        .where('id', '=', row.id)
        .execute()
      previous = hash
    }
    await t.parts.db.updateTable('audit_head').set({ hash: previous }).execute()

    expect((await verify()).faults).toEqual([])
    expect((await verify(`?noted=${head.seq}:${head.hash}`)).faults.join()).toMatch(
      /not the one noted earlier/,
    )
    expect((await verify(`?noted=99999:${head.hash}`)).faults.join()).toMatch(
      /event 99999, noted earlier, is missing/,
    )
  })

  test('holds through many changes at once', async () => {
    await Promise.all(
      Array.from({ length: 30 }, (_, number) => admin.post('/api/channels', { name: `at-once-${number}` })),
    )
    expect(await verify()).toMatchObject({ faults: [] })
  })
})

test('the head is signed, by the same key after a restart, for those who may read the log', async () => {
  const head = await admin.get('/api/audit/head')
  const { seq, hash, note, verifier_key: key } = head.json<Record<string, string>>()
  expect(head.headers['cache-control']).toBe('no-store')
  expect(note).toContain(
    `terrarium/audit\n${seq}\n${Buffer.from(hash!, 'hex').toString('base64')}\ntime 2026-01-15T12:00:00.000Z\n\n`,
  )
  expect((await (await t.as('ann')).get('/api/audit/head')).statusCode).toBe(403)

  const [name, id, ...encoded] = key!.split('+') // base64 has this sign too
  const raw = Buffer.from(encoded.join('+'), 'base64').subarray(1)
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  })
  const [text, line] = note!.split('\n\n')
  const signature = Buffer.from(line!.trim().split(' ')[2]!, 'base64')
  expect([name, id]).toEqual(['terrarium/audit', signature.subarray(0, 4).toString('hex')])
  expect(verify(null, Buffer.from(`${text}\n`), publicKey, signature.subarray(4))).toBe(true)
  expect(verify(null, Buffer.from(`${text}x\n`), publicKey, signature.subarray(4))).toBe(false)
  const again = openHeadSigner(openSecretBox(join(t.parts.configuration.data, 'secret.key')), undefined)
  expect(again.key.verifierKey).toBe(key)
})

describe('the export', () => {
  test('has every event as JSON lines, from which alone the chain can be checked', async () => {
    const response = await admin.get('/api/audit/export')
    const rows = response.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ChainedEvent)

    let previous = GENESIS_HASH
    for (const row of rows) {
      expect(hashEvent(row, previous)).toBe(row.hash)
      previous = row.hash
    }
    expect(rows.at(-1)).toMatchObject({ action: 'audit.exported' })
  })

  // ASVS 1.2.10
  test('as CSV runs nothing in a spreadsheet', async () => {
    await t.parts.db.transaction().execute((tx) =>
      appendEvent(tx, {
        at: t.now,
        actorId: undefined,
        action: 'role.created',
        target: '=HYPERLINK("http://evil")',
      }),
    )
    const response = await admin.get('/api/audit/export?format=csv&action=role.created')
    const [heading, row] = response.body.split('\r\n')

    expect(response.headers['content-type']).toMatch(/^text\/csv/)
    expect(heading).toMatch(/^seq,at,actor_id,/)
    expect(row).toContain(`"'=HYPERLINK(""http://evil"")"`)
  })

  test('into a folder has what is new in each file, and nothing twice', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'terrarium-audit-'))
    const schedule = {
      db: t.parts.db,
      now: () => t.now,
      place: { kind: 'folder' as const, folder: join(folder, 'out') },
      cron: '0 * * * *',
      format: 'jsonl' as const,
      heads: t.parts.heads,
    }
    const run = async () => {
      const result = await runScheduledExport(schedule)
      await t.parts.db.deleteFrom('jobs').execute() // the next run, which is not due here
      return result
    }

    const first = await run()
    expect(first.file).toMatch(/^audit-1-\d+\.jsonl$/)
    expect(await run()).toEqual({ file: null })
    await admin.post('/api/channels', { name: 'four' })
    await run()

    const written = readdirSync(schedule.place.folder).sort()
    const files = written.filter((name) => name.endsWith('.jsonl'))
    // each with the signed head of its last event
    expect(written.filter((name) => name.endsWith('.head'))).toEqual(
      files.map((name) => name.replace('.jsonl', '.head')),
    )
    for (const name of files) {
      const note = readFileSync(join(schedule.place.folder, name.replace('.jsonl', '.head')), 'utf8')
      const lines = readFileSync(join(schedule.place.folder, name), 'utf8').trimEnd().split('\n')
      const { seq, hash } = JSON.parse(lines.at(-1)!) as ChainedEvent
      const [origin, size, root] = note.split('\n')
      expect([origin, size]).toEqual(['terrarium/audit', String(seq)])
      expect(root).toBe(Buffer.from(hash, 'hex').toString('base64'))
    }
    const seqs = files
      .flatMap((name) => readFileSync(join(schedule.place.folder, name), 'utf8').trimEnd().split('\n'))
      .map((line) => (JSON.parse(line) as ChainedEvent).seq)
      .sort((a, b) => a - b)
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1))
    expect(statSync(join(schedule.place.folder, files[0] ?? '')).mode & 0o777).toBe(0o600)
    rmSync(folder, { recursive: true })
  })

  test('into a bucket has the same, and a bucket that is gone loses nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'terrarium-audit-s3-'))
    const options = { address: '127.0.0.1', port: 0, silent: true, directory: folder }
    const server = new S3rver({ ...options, configureBuckets: [{ name: 'audit', configs: [] }] })
    const { port } = await server.run()
    const configuration = {
      ...t.parts.configuration,
      s3_endpoint: `http://127.0.0.1:${port}`,
      s3_access_key: 'S3RVER',
      s3_secret_key: new Secret('S3RVER'),
    }
    const run = (to: string) =>
      runScheduledExport({
        db: t.parts.db,
        now: () => t.now,
        place: exportPlaceOf({ ...configuration, audit_export_folder: to }),
        cron: '0 * * * *',
        format: 'jsonl',
        heads: t.parts.heads,
      })

    await expect(run('s3://none/logs')).rejects.toThrow(/bucket/)
    const { file } = await run('s3://audit/logs')
    const written = readFileSync(join(folder, 'audit/logs', `${file}._S3rver_object`), 'utf8')

    await t.parts.db.deleteFrom('jobs').execute() // the next run, which is not due here
    await server.close()
    rmSync(folder, { recursive: true })
    const lines = written.trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as ChainedEvent).seq)).toEqual(
      lines.map((_, index) => index + 1),
    )
    expect(lines.length).toBeGreaterThan(2)
  })

  test('comes when the schedule says, and a schedule that is none stops the start', async () => {
    const schedule = {
      db: t.parts.db,
      now: () => t.now,
      place: { kind: 'folder' as const, folder: t.folder },
      cron: '30 14 * * *',
      format: 'csv' as const,
    }
    await scheduleExport(schedule)
    await scheduleExport(schedule)
    const jobs = await t.parts.db.selectFrom('jobs').selectAll().execute()
    expect(jobs.map(({ kind, run_at: at }) => [kind, new Date(at).toISOString()])).toEqual([
      ['audit.export', '2026-01-15T14:30:00.000Z'],
    ])
    await t.parts.db.deleteFrom('jobs').execute()
    await expect(scheduleExport({ ...schedule, cron: 'now and then' })).rejects.toMatchObject({
      code: 'invalid-configuration',
    })
  })
})

describe('the stream', () => {
  async function listening(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  test('to syslog over TCP has every event once, counted as RFC 6587 has it', async () => {
    let received = Buffer.alloc(0)
    const server = createTcp((socket) =>
      socket.on('data', (chunk) => (received = Buffer.concat([received, Buffer.from(chunk)]))),
    )
    const sink = openSink(`syslog+tcp://127.0.0.1:${await listening(server)}`)

    const sent = await sendNewEvents(t.parts.db, sink)
    expect(await sendNewEvents(t.parts.db, sink)).toBe(0)
    await admin.post('/api/channels', { name: 'later' })
    expect(await sendNewEvents(t.parts.db, sink)).toBe(1)

    await t.until(async () => readFrames(received).length === sent + 1)
    const frames = readFrames(received)
    expect(frames[0]).toMatch(/^<110>1 2026-01-15T\S+ \S+ terrarium \d+ \S+ - \{/)
    const bodies = frames.map((frame) => JSON.parse(frame.slice(frame.indexOf(' - ') + 3)) as ChainedEvent)
    expect(bodies.map(({ seq }) => seq)).toEqual(bodies.map((_, index) => index + 1))
    sink.close()
    server.close()
  })

  test('to OTLP has what it takes, and an answer that is none is tried again', async () => {
    const bodies: string[] = []
    let status = 503
    const server = createHttp((request, response) => {
      let text = ''
      request.on('data', (chunk) => (text += String(chunk)))
      request.on('end', () => {
        if (status === 200) bodies.push(text)
        response.writeHead(status).end('{}')
      })
    })
    const sink = openSink(`http://127.0.0.1:${await listening(server)}/v1/logs`)

    await expect(sendNewEvents(t.parts.db, sink)).rejects.toThrow('503')
    status = 200
    const sent = await sendNewEvents(t.parts.db, sink)

    const records = bodies.flatMap(
      (body) =>
        (JSON.parse(body) as { resourceLogs: { scopeLogs: { logRecords: { eventName: string }[] }[] }[] })
          .resourceLogs[0]?.scopeLogs[0]?.logRecords ?? [],
    )
    expect(records).toHaveLength(sent)
    expect(records.at(-1)).toMatchObject({ eventName: 'channel.created', severityNumber: 9 })
    server.close()
  })
})

/** `LENGTH SP FRAME`, as many as are whole. */
function readFrames(bytes: Buffer): string[] {
  const frames: string[] = []
  let at = 0
  for (;;) {
    const space = bytes.indexOf(0x20, at)
    if (space < 0) return frames
    const end = space + 1 + Number(bytes.toString('utf8', at, space))
    if (end > bytes.length) return frames
    frames.push(bytes.toString('utf8', space + 1, end))
    at = end
  }
}

test('the histories of the contract have its names', async () => {
  await t.upload('one', { name: 'demo', version: '1' })
  const items = async (url: string) =>
    (await admin.get(url)).json<{ items: { event_type: string; created: number }[] }>().items

  expect((await items('/api/channels/one/history')).map(({ event_type: type }) => type)).toEqual([
    'artifact_registered',
    'channel_created',
  ])
  expect(await items('/api/system/history?event_types=artifact_registered')).toHaveLength(1)
  expect(
    await items('/api/system/history?event_types=artifact_registered&event_types=channel_created'),
  ).toHaveLength(4)
  expect(await items('/api/system/history?event_types=mirroring_failed')).toEqual([])
  expect((await items('/api/account/history'))[0]).toMatchObject({ created: t.now.getTime() / 1000 })
})

test('a channel does not show what happened in one that had its name before', async () => {
  await admin.delete('/api/channels/one')
  t.advance(1000)
  const bob = await t.as('bob')
  await bob.post('/api/channels', { name: 'one' })
  const { items } = (await bob.get('/api/channels/one/history')).json<{ items: { event_type: string }[] }>()
  expect(items.map(({ event_type: type }) => type)).toEqual(['channel_created'])
})

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fakePackage, type FakePackage } from '../mirrors/testing/fake-channel.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { attestationOf, Signer, signedChannel } from './testing/signer.ts'

let t: TestApp
let admin: TestClient
let good: FakePackage
let changed: FakePackage
let plain: FakePackage
let channel: string
let channels = 0

beforeAll(async () => {
  t = await startTestApp({ configuration: { public_url: 'https://conda.example' } })
  admin = await t.as('admin')
  const demo = (name: string): Promise<FakePackage> => fakePackage({ name, version: '1.0', subdir: 'noarch' })
  good = await demo('good')
  changed = await demo('changed')
  plain = await demo('plain')
})
beforeEach(async () => {
  channel = `c${(channels += 1)}`
  await t.channel(channel)
})
afterEach(async () => {
  const { items } = (await admin.get('/api/trusted-keys')).json<{ items: { id: string }[] }>()
  for (const { id } of items) await admin.delete(`/api/trusted-keys/${id}`)
  await t.settle()
  await t.requireQuiet()
})
afterAll(() => t.close())

/** A folder upstream: `good` is signed, `changed` was changed after it was signed, `plain` never was. */
function write(folder: string, signatures: object, packages = [good, changed, plain]): string {
  const root = join(t.folder, folder)
  rmSync(root, { recursive: true, force: true })
  for (const [path, bytes] of signedChannel(packages, signatures)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), bytes)
  }
  return root
}

function signaturesBy(signer: Signer): object {
  return {
    ...signer.signaturesOf([good]),
    [changed.filename]: {
      [signer.hex]: { signature: signer.sign({ ...changed.record, depends: ['was-here'] }) },
    },
  }
}

const onlySigned = (name: string): string =>
  `{name: ${name}, rules: [{id: unsigned, effect: deny, when: {signed: false}}]}`

async function trust(label: string, publicKey: string, more: object = {}): Promise<void> {
  const response = await admin.post('/api/trusted-keys', { label, public_key: publicKey, ...more })
  expect(response.statusCode, response.body).toBe(201)
}

async function served(): Promise<string[]> {
  const index = await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)
  return Object.keys(index.json<{ 'packages.conda': object }>()['packages.conda']).sort()
}

async function download({ filename }: FakePackage): Promise<{ status: number; text: string }> {
  const { statusCode, body } = await t.nobody().get(`/api/repo/${channel}/noarch/${filename}`)
  return { status: statusCode, text: statusCode === 200 ? '' : body }
}

const noarch = { subdirs: ['noarch'] }

test('a policy that asks for signatures lets through what a trusted key signed, and says why of the rest', async () => {
  const signer = new Signer()
  const root = write('signed', signaturesBy(signer))
  await t.policy(channel, onlySigned('only-signed'))
  const run = await t.mirror(channel, root, noarch)
  expect(run).toMatchObject({ state: 'completed', result: { added: 3, rejected: 0 } })
  expect(await served()).toEqual([])
  expect(await download(good)).toMatchObject({
    status: 403,
    text: expect.stringContaining('not trusted here') as string,
  })

  await trust('Acme', signer.pem)
  // at once, before anything is published
  expect((await download(good)).status).toBe(200)
  await t.settle()
  expect(await served()).toEqual([good.filename])
  expect(await download(changed)).toMatchObject({
    status: 403,
    text: expect.stringMatching(
      /its signature with the key \\"Acme\\" .* is wrong: it does not fit the record/,
    ) as string,
  })
  expect(await download(plain)).toMatchObject({
    status: 403,
    text: expect.stringContaining('it has no signature') as string,
  })

  expect((await admin.delete('/api/trusted-keys/Acme?reason=stolen')).statusCode).toBe(204)
  expect((await download(good)).status).toBe(403)
  await t.settle()
  expect(await served()).toEqual([])
  const { items } = (await admin.get('/api/audit/events?action=trusted_key.deleted')).json<{
    items: object[]
  }>()
  expect(items[0]).toMatchObject({ target: 'Acme', details: { reason: 'stolen' } })
})

test('a rule can be about what is signed, and its reason names the key', async () => {
  const signer = new Signer()
  await trust('Acme', signer.hex)
  await t.policy(channel, '{name: no-acme, rules: [{id: signed, effect: deny, when: {signed: true}}]}')
  await t.mirror(channel, write('named', signaturesBy(signer)), noarch)
  expect(await served()).toEqual([changed.filename, plain.filename].sort())
  expect((await download(good)).text).toMatch(/its record is signed with the key \\"Acme\\"/)
})

test('a key that is trusted in one channel counts in no other', async () => {
  const signer = new Signer()
  const root = write('one-channel', signaturesBy(signer))
  await t.channel(`${channel}-other`)
  await trust('Elsewhere', signer.hex, { channel: `${channel}-other` })
  await t.policy(channel, onlySigned('only-here'))
  await t.mirror(channel, root, noarch)
  expect(await served()).toEqual([])
  await trust('Here', signer.hex, { channel })
  await t.settle()
  expect(await served()).toEqual([good.filename])
})

test('signatures that come, change or go without their records are seen by the next run', async () => {
  const signer = new Signer()
  await trust('Acme', signer.hex)
  await t.policy(channel, onlySigned('later'))
  const { mirror_id: id } = await t.mirror(channel, write('later', {}), noarch)
  const runAgain = async (signatures: object): Promise<object> => {
    write('later', signatures)
    await admin.put(`/api/channels/${channel}/mirrors/${id}`, { run_now: true })
    await t.settle()
    return (await admin.get(`/api/channels/${channel}/mirrors/${id}`)).json<{ result: object }>().result
  }
  expect(await served()).toEqual([])
  expect(await runAgain(signaturesBy(signer))).toMatchObject({ renewed: 2, unchanged: 1, bytes: 0 })
  expect(await served()).toEqual([good.filename])
  expect(await runAgain(signaturesBy(signer))).toMatchObject({ renewed: 0, unchanged: 3 })
  expect(await runAgain(new Signer().signaturesOf([good]))).toMatchObject({ renewed: 2, unchanged: 1 })
  expect(await served()).toEqual([])
})

test('a passive mirror knows who signed before the bytes come', async () => {
  const signer = new Signer()
  await trust('Acme', signer.hex)
  await t.policy(channel, onlySigned('passive'))
  const response = await admin.post(`/api/channels/${channel}/mirrors`, {
    ...{ mirror_name: 'lazy', mode: 'passive', source_root: write('passive', signaturesBy(signer)) },
    ...{ filters: noarch, run_now: true },
  })
  expect(response.statusCode, response.body).toBe(201)
  await t.settle()
  expect(await served()).toEqual([good.filename])
  expect((await download(good)).status).toBe(200)
  expect((await download(changed)).status).toBe(403)
})

test('a preview counts what a signature lets through, also after the keys changed', async () => {
  const signer = new Signer()
  await t.mirror(channel, write('preview', signaturesBy(signer)), noarch)
  const blocked = async (): Promise<number> => {
    const response = await admin.post(`/api/channels/${channel}/policy-preview`, {
      document: onlySigned('try'),
    })
    expect(response.statusCode, response.body).toBe(200)
    return response.json<{ newly_blocked: number }>().newly_blocked
  }
  expect(await blocked()).toBe(3)
  await trust('Acme', signer.hex)
  expect(await blocked()).toBe(2)
  await admin.delete('/api/trusted-keys/Acme')
  expect(await blocked()).toBe(3)
})

describe('an attestation', () => {
  const onlyAttested = (name: string): string =>
    `{name: ${name}, rules: [{id: unattested, effect: deny, when: {attested: false}}]}`
  const upload = (attestation: string): Promise<LightMyRequestResponse> =>
    admin.upload(channel, plain.filename, plain.bytes, { attestation })
  const about = (file: FakePackage): { filename: string; sha256: string } => ({
    filename: file.filename,
    sha256: String(file.record['sha256']),
  })
  const path = (): string => `/api/channels/${channel}/attestations/noarch/${plain.filename}`

  test('comes with the upload, lets the file through, and counts as long as its key is trusted', async () => {
    const signer = new Signer()
    await trust('Builder', signer.pem, { channel })
    await t.policy(channel, onlyAttested(`attested-${channel}`))
    const target = { statement: { predicate: { targetChannel: `https://conda.example/${channel}` } } }
    const response = await upload(attestationOf(about(plain), [signer], target))
    expect(response.statusCode, response.body).toBe(201)
    await t.settle()
    expect(await served()).toEqual([plain.filename])
    const listed = (await t.nobody().get(path())).json<{ items: object[] }>()
    expect(listed.items).toMatchObject([
      { key_ids: [signer.hex], trusted_keys: ['Builder'], bundle: { dsseEnvelope: {} } },
    ])

    await admin.delete('/api/trusted-keys/Builder')
    expect(await download(plain)).toMatchObject({
      status: 403,
      text: expect.stringContaining(
        'attestation is signed with a key that is trusted here no more',
      ) as string,
    })
    await t.settle()
    expect(await served()).toEqual([])
    await trust('Builder again', signer.pem)
    expect((await download(plain)).status).toBe(200)
  })

  test('that no trusted key signed, or about other bytes, refuses the upload', async () => {
    const signer = new Signer()
    const code = async (attestation: string): Promise<string> => {
      const response = await upload(attestation)
      expect(response.statusCode).toBe(400)
      return response.json<{ code: string }>().code
    }
    expect(await code(attestationOf(about(plain), [signer]))).toBe('invalid-attestation')
    await trust('Builder', signer.pem)
    expect(await code(attestationOf(about(good), [signer]))).toBe('invalid-attestation')
    expect(await code('nonsense')).toBe('invalid-attestation')
    await t.settle()
    expect(await served()).toEqual([])
  })

  test('can be added to a file that a mirror brought, once', async () => {
    const signer = new Signer()
    await trust('Builder', signer.pem)
    await t.policy(channel, onlyAttested(`added-${channel}`))
    await t.mirror(channel, write('attested', {}), noarch)
    const bundle = JSON.parse(attestationOf(about(plain), [signer])) as object
    expect((await download(plain)).text).toContain('it has no attestation')
    const owner = await t.as('owner')
    expect((await owner.post(path(), bundle)).statusCode).toBe(403)
    for (let time = 0; time < 2; time += 1) expect((await admin.post(path(), bundle)).statusCode).toBe(204)
    expect((await download(plain)).status).toBe(200)
    expect((await t.nobody().get(path())).json<{ total_count: number }>().total_count).toBe(1)
    const none = path().replace('plain', 'none')
    expect((await admin.post(none, bundle)).statusCode).toBe(404)
    expect((await admin.get(none)).statusCode).toBe(404)
    expect((await admin.post(path(), { x: 1 })).json()).toMatchObject({ code: 'invalid-attestation' })
  })
})

describe('naming keys', () => {
  test('is listed, and refused under a label that is taken', async () => {
    const signer = new Signer()
    await trust('Acme', signer.pem)
    const { items } = (await admin.get('/api/trusted-keys')).json<{ items: object[] }>()
    expect(items).toMatchObject([
      { label: 'Acme', kind: 'ed25519', key_id: signer.hex, public_key: signer.pem, channel: null },
    ])
    const again = await admin.post('/api/trusted-keys', { label: 'Acme', public_key: signer.hex })
    expect([again.statusCode, again.json<{ code: string }>().code]).toEqual([409, 'conflict'])
  })

  test.each<[string, object, number]>([
    ['no key', { label: 'a', public_key: 'x' }, 400],
    ['a label that starts with a space', { label: ' a', public_key: 'ab'.repeat(32) }, 400],
    ['a channel that is not there', { label: 'a', public_key: 'ab'.repeat(32), channel: 'none' }, 404],
  ])('%s is refused', async (_, body, status) => {
    expect((await admin.post('/api/trusted-keys', body)).statusCode).toBe(status)
  })

  test('a root that holds brings the keys it leads to', async () => {
    const signer = new Signer()
    const sign = (signed: object): string =>
      JSON.stringify({ signed, signatures: { [signer.hex]: { signature: signer.sign(signed) } } })
    const expiration = new Date(t.now.getTime() + 86_400_000).toISOString()
    const own = { pubkeys: [signer.hex], threshold: 1 }
    const root = sign({ type: 'root', expiration, delegations: { root: own, key_mgr: own } })
    const pubkeys = [new Signer().hex, new Signer().hex]
    const manager = sign({ type: 'key_mgr', expiration, delegations: { pkg_mgr: { pubkeys, threshold: 1 } } })
    const body = { label: 'conda', root, key_mgr: manager }
    const response = await admin.post('/api/trusted-keys/from-root', body)
    expect(response.statusCode, response.body).toBe(201)
    const { items } = (await admin.get('/api/trusted-keys')).json<{ items: object[] }>()
    expect(items).toMatchObject([
      { label: 'conda 1', key_id: pubkeys[0] },
      { label: 'conda 2', key_id: pubkeys[1] },
    ])
    const refused = await admin.post('/api/trusted-keys/from-root', { ...body, root: manager })
    expect(refused.json()).toMatchObject({ code: 'bad-request' })
  })

  test('is not for the owner of a channel, who could loosen what holds for all', async () => {
    const owner = await t.as('owner')
    expect(
      (await owner.post('/api/trusted-keys', { label: 'mine', public_key: new Signer().hex })).statusCode,
    ).toBe(403)
    expect((await owner.delete('/api/trusted-keys/none')).statusCode).toBe(403)
    expect((await t.nobody().get('/api/trusted-keys')).statusCode).toBe(401)
  })
})

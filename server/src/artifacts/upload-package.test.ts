import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LightMyRequestResponse } from 'fastify'
import { refusalCases } from '@terrarium/conda/archive/refusal-cases.ts'
import { packageFilename, writePackage, type PackageSpec } from '@terrarium/conda/archive/write-package.ts'
import { decodeShard } from '@terrarium/conda/repodata/shard.ts'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

const MAX_BYTES = 2_000_000

let t: TestApp
let channel: string
let channels = 0
beforeAll(async () => {
  t = await startTestApp({ maxUploadBytes: MAX_BYTES })
})
beforeEach(async () => {
  channel = `c${(channels += 1)}`
  await t.channel(channel)
})
afterEach(async () => {
  await t.settle()
  await t.requireQuiet()
  // whatever happened, nothing stays behind
  expect(readdirSync(join(t.folder, 'data', 'staging'))).toEqual([])
})
afterAll(() => t.close())

const spec: PackageSpec = { name: 'demo', version: '1.0', files: { 'a.txt': 'a' } }
const filename = packageFilename(spec, 'conda')

async function put(
  name: string,
  bytes: Uint8Array,
  fields: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return (await t.as('admin')).upload(channel, name, bytes, fields)
}

async function listed(): Promise<string[]> {
  await t.settle()
  const { packages, 'packages.conda': conda } = (
    await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)
  ).json<{ packages: object; 'packages.conda': object }>()
  return [...Object.keys(packages), ...Object.keys(conda)]
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

test('twine is told that the token is wrong, or else that Python packages are not taken', async () => {
  const url = (tail: string) => `/api/repo/${channel}${tail}`
  const ann = await t.as('ann')
  expect((await t.nobody().post(url(''), {})).json()).toMatchObject({ code: 'unauthenticated' })
  expect((await ann.post(url(''), {})).json()).toMatchObject({ code: 'permission-denied' })
  const admin = await t.as('admin')
  for (const tail of ['', '/'])
    expect((await admin.post(url(tail), {})).json()).toMatchObject({ code: 'unsupported-media-type' })
  expect((await admin.post('/api/repo/none', {})).statusCode).toBe(404)
})

describe('an upload', () => {
  test.each(['conda', 'tar.bz2'] as const)(
    'of a .%s is in the shard, in repodata.json and can be had',
    async (format) => {
      const bytes = await writePackage(spec, format)
      const name = packageFilename(spec, format)

      const response = await put(name, bytes)

      expect(response.statusCode).toBe(201)
      expect(response.json()).toMatchObject({
        channel,
        ckey: `noarch/${name}`,
        name: 'demo',
        size: bytes.byteLength,
        url: `/api/repo/${channel}/noarch/${name}`,
        metadata: { version: '1.0', subdir: 'noarch', sha256: sha256Of(bytes), verified_by: 'upload' },
        effect: 'pending',
      })
      expect(await listed()).toEqual([name])
      const index = await t.nobody().get(`/api/repo/${channel}/noarch/repodata_shards.msgpack.zst`)
      const shardSha = decodeShardIndex(index.rawPayload).shards.get('demo')!
      const shard = decodeShard(
        (await t.nobody().get(`/api/repo/${channel}/noarch/shards/${shardSha}.msgpack.zst`)).rawPayload,
      )
      expect({ ...shard.packages.get(name), ...shard['packages.conda'].get(name) }).toMatchObject({
        name: 'demo',
        sha256: sha256Of(bytes),
        md5: createHash('md5').update(bytes).digest('hex'),
        size: bytes.byteLength,
      })
      expect((await t.nobody().get(`/api/repo/${channel}/noarch/${name}`)).rawPayload.equals(bytes)).toBe(
        true,
      )
    },
  )

  test('of the same bytes again is fine and changes nothing', async () => {
    const bytes = await writePackage(spec, 'conda')
    await put(filename, bytes)
    await t.settle()
    const before = (await t.nobody().get(`/api/channels/${channel}`)).json<{ revision: number }>()

    const again = await put(filename, bytes)

    expect(again.statusCode).toBe(200)
    await t.settle()
    expect((await t.nobody().get(`/api/channels/${channel}`)).json()).toMatchObject({
      revision: before.revision,
    })
  })

  // I-7, T-AUTHZ-05
  test('of other bytes under a known name is a conflict, and the first stay', async () => {
    const first = await writePackage(spec, 'conda')
    await put(filename, first)

    const other = await put(filename, await writePackage({ ...spec, files: { 'a.txt': 'b' } }, 'conda'))

    expect(other.statusCode).toBe(409)
    expect(other.json()).toMatchObject({ code: 'filename-taken' })
    expect(other.json<{ message: string }>().message).toContain(sha256Of(first))
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/${filename}`)).rawPayload.equals(first)).toBe(
      true,
    )
  })

  test('twice at the same moment makes one file', async () => {
    const bytes = await writePackage(spec, 'conda')

    const both = await Promise.all([put(filename, bytes), put(filename, bytes)])

    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 201])
    expect(await listed()).toEqual([filename])
  })

  test('of two different files of one name at the same moment keeps one', async () => {
    const bytes = await Promise.all(
      ['a', 'b'].map((text) => writePackage({ ...spec, files: { 'a.txt': text } }, 'conda')),
    )

    const both = await Promise.all(bytes.map((some) => put(filename, some)))

    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409])
  })

  test('of the same bytes into a second channel is kept once and known in both', async () => {
    const bytes = await writePackage(spec, 'conda')
    await put(filename, bytes)
    const first = channel
    channel = `${channel}-second`
    await t.channel(channel)

    expect((await put(filename, bytes)).statusCode).toBe(201)

    const artifacts = await t.parts.db
      .selectFrom('artifacts')
      .select('sha256')
      .where('sha256', '=', sha256Of(bytes))
      .execute()
    expect(artifacts).toHaveLength(1)
    for (const name of [first, channel]) {
      expect((await t.nobody().get(`/api/repo/${name}/noarch/${filename}`)).statusCode).toBe(200)
    }
  })

  test('is in the audit log, with who and what', async () => {
    const bytes = await writePackage(spec, 'conda')
    await put(filename, bytes)

    const events = await t.parts.db
      .selectFrom('audit_events')
      .select(['target', 'details'])
      .where('action', '=', 'artifact.uploaded')
      .where('target', '=', `${channel}/noarch/${filename}`)
      .execute()
    expect(events).toHaveLength(1)
    expect(JSON.parse(events[0]!.details)).toMatchObject({ sha256: sha256Of(bytes) })
  })
})

// T-ING-01, T-ING-02: one identity in request, file name and archive
describe('an upload is refused whose', () => {
  const bytesOf = (more: Partial<PackageSpec> = {}): Promise<Uint8Array> =>
    writePackage({ ...spec, ...more }, 'conda')

  test.each<[string, string, () => Promise<Uint8Array>, Record<string, string>, RegExp]>([
    ['name is not that of the archive', 'other-1.0-0.conda', bytesOf, {}, /other-1\.0-0.*demo-1\.0-0/],
    ['version is not that of the archive', 'demo-2.0-0.conda', bytesOf, {}, /demo-2\.0-0.*demo-1\.0-0/],
    ['build is not that of the archive', 'demo-1.0-1.conda', bytesOf, {}, /demo-1\.0-1.*demo-1\.0-0/],
    [
      'dashes are moved from the name to the version',
      'demo-1.0-0.conda',
      () => bytesOf({ index: { name: 'demo-1.0', version: '0', build: '' } }),
      {},
      /demo/,
    ],
    ['stated sha256 is another', filename, bytesOf, { sha256: 'f'.repeat(64) }, /ffff/],
    ['stated size is another', filename, bytesOf, { size: '7' }, /7 bytes/],
    ['stated size is no number', filename, bytesOf, { size: '1e3' }, /no number/],
    ['stated subdir is another', filename, bytesOf, { subdir: 'linux-64' }, /linux-64/],
    ['extension is no package', 'demo-1.0-0.zip', bytesOf, {}, /\.conda or \.tar\.bz2/],
    ['extension is of the other format', 'demo-1.0-0.tar.bz2', bytesOf, {}, /demo/],
    ['filetype is not conda', filename, bytesOf, { filetype: 'wheel' }, /wheel/],
    [
      'name is that of a virtual package',
      '__glibc-1.0-0.conda',
      () => bytesOf({ name: '__glibc' }),
      {},
      /virtual/,
    ],
    ['name has capitals', 'Demo-1.0-0.conda', () => bytesOf({ name: 'Demo' }), {}, /Demo/],
    [
      'name is too long',
      `${'a'.repeat(65)}-1.0-0.conda`,
      () => bytesOf({ name: 'a'.repeat(65) }),
      {},
      /name/,
    ],
    ['subdir is none', filename, () => bytesOf({ index: { subdir: '../..' } }), {}, /subdir/],
    [
      'subdir is not told at all',
      filename,
      () => bytesOf({ index: { subdir: null, noarch: null } }),
      {},
      /subdir/,
    ],
    ['depends is no list', filename, () => bytesOf({ index: { depends: 'python' } }), {}, /depends/],
    ['bytes are none', filename, () => Promise.resolve(new Uint8Array()), {}, /demo/],
  ])('%s', async (_what, name, bytes, fields, message) => {
    const response = await put(name, await bytes(), fields)

    expect(response.statusCode).toBe(400)
    expect(response.json<{ message: string }>().message).toMatch(message)
    expect(await listed()).toEqual([])
  })

  test.each(['../../../demo-1.0-0.conda', '/etc/demo-1.0-0.conda', 'C:\\demo-1.0-0.conda'])(
    'name is a path (%s): only its last part counts',
    async (path) => {
      const response = await put(path, await bytesOf())

      expect(response.statusCode).toBe(201)
      expect(response.json()).toMatchObject({ metadata: { filename } })
    },
  )

  test('sha256 is stated after the file: it counts all the same', async () => {
    const bytes = await bytesOf()
    const response = await sendForm([
      { name: 'content', filename, content: bytes },
      { name: 'sha256', content: 'f'.repeat(64) },
    ])

    expect(response.statusCode).toBe(400)
    expect(await listed()).toEqual([])
  })
})

interface FormPart {
  readonly name: string
  readonly filename?: string
  readonly content: string | Uint8Array
}

async function sendForm(parts: readonly FormPart[], ending = '--b--\r\n'): Promise<LightMyRequestResponse> {
  const body = parts.flatMap(({ name, filename: file, content }) => [
    Buffer.from(
      `--b\r\ncontent-disposition: form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}\r\n\r\n`,
    ),
    Buffer.from(content as string),
    Buffer.from('\r\n'),
  ])
  return (await t.as('admin')).send('POST', `/api/channels/${channel}/artifacts`, {
    payload: Buffer.concat([...body, Buffer.from(ending)]),
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  })
}

describe('a form that is none', () => {
  const url = (): string => `/api/channels/${channel}/artifacts`

  test.each<[string, () => Promise<LightMyRequestResponse>, number]>([
    ['no body', async () => (await t.as('admin')).send('POST', url()), 415],
    ['JSON', async () => (await t.as('admin')).post(url(), { file: 'x' }), 415],
    [
      'the file as the body',
      async () =>
        (await t.as('admin')).send('POST', url(), {
          payload: Buffer.from('x'),
          headers: { 'content-type': 'application/octet-stream' },
        }),
      415,
    ],
    [
      'no boundary',
      async () =>
        (await t.as('admin')).send('POST', url(), {
          payload: Buffer.from('x'),
          headers: { 'content-type': 'multipart/form-data' },
        }),
      400,
    ],
    ['no file', () => sendForm([{ name: 'filetype', content: 'conda1' }]), 400],
    ['nothing in it', () => sendForm([]), 400],
    ['a file without a name', () => sendForm([{ name: 'content', filename: '', content: 'x' }]), 400],
    [
      'no end',
      async () => sendForm([{ name: 'content', filename, content: await writePackage(spec, 'conda') }], ''),
      400,
    ],
    [
      'no end, in the middle of the file',
      () => sendForm([{ name: 'content', filename, content: 'half' }], 'x'),
      400,
    ],
    [
      'too many fields',
      () => sendForm(Array.from({ length: 50 }, (_, i) => ({ name: `f${i}`, content: 'x' }))),
      413,
    ],
    ['a field too long', () => sendForm([{ name: 'sha256', content: 'x'.repeat(100_000) }]), 400],
    [
      'two files',
      async () => {
        const content = await writePackage(spec, 'conda')
        return sendForm([
          { name: 'content', filename, content },
          { name: 'content', filename: 'other-1.0-0.conda', content },
        ])
      },
      413,
    ],
    ['fields named like the prototype', () => sendForm([{ name: '__proto__', content: 'x' }]), 400],
  ])('%s is refused', async (_what, send, status) => {
    const response = await send()

    expect({ status: response.statusCode, body: response.body }).toMatchObject({ status })
    expect(response.json<{ message: string }>().message).not.toBe('')
    expect(await listed()).toEqual([])
  })
})

describe('over a real socket, where a form comes in pieces', () => {
  beforeAll(() => t.app.listen({ host: '127.0.0.1', port: 0 }))

  async function post(
    form: FormData,
  ): Promise<{ status: number; body: { code?: string; message?: string } }> {
    const { port } = t.app.server.address() as AddressInfo // listens on TCP
    const response = await fetch(`http://127.0.0.1:${port}/api/channels/${channel}/artifacts`, {
      method: 'POST',
      body: form,
      headers: { authorization: `Bearer ${await t.token('admin')}` },
    })
    return { status: response.status, body: (await response.json()) as { code?: string; message?: string } }
  }

  const large = async (): Promise<Blob> =>
    new Blob([
      new Uint8Array(await writePackage({ ...spec, files: { noise: randomBytes(1_500_000) } }, 'conda')),
    ])

  test('fields behind the file count like those before it', async () => {
    const form = new FormData()
    form.set('content', await large(), filename)
    form.set('sha256', 'f'.repeat(64))

    expect(await post(form)).toMatchObject({ status: 400, body: { code: 'invalid-package' } })
    form.set('sha256', sha256Of(new Uint8Array(await (form.get('content') as Blob).arrayBuffer())))
    expect(await post(form)).toMatchObject({ status: 201 })
  })

  test('a refusal that needs no byte of the file comes all the same while it is being sent', async () => {
    const form = new FormData()
    form.set('content', await large(), 'demo.zip')

    expect(await post(form)).toMatchObject({ status: 400, body: { code: 'invalid-package' } })
  })

  test('too much is refused in the middle', async () => {
    const form = new FormData()
    form.set('content', new Blob([randomBytes(MAX_BYTES * 2)]), filename)

    expect(await post(form)).toMatchObject({ status: 413, body: { code: 'too-large' } })
  })

  test('a client that goes away in the middle leaves nothing and is no fault of ours', async () => {
    const { port } = t.app.server.address() as AddressInfo // listens on TCP
    const socket = connect(port, '127.0.0.1')
    const token = await t.token('admin')
    socket.write(
      `POST /api/channels/${channel}/artifacts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n` +
        'content-type: multipart/form-data; boundary=b\r\ncontent-length: 100000\r\n\r\n' +
        `--b\r\ncontent-disposition: form-data; name="content"; filename="${filename}"\r\n\r\nhalf`,
    )
    const staging = join(t.folder, 'data', 'staging')
    await t.until(async () => readdirSync(staging).length === 1)
    socket.destroy()

    await t.until(async () => readdirSync(staging).length === 0)
    expect(t.log).toEqual([])
  })
})

describe('an upload that is too large', () => {
  test('is refused as such, and leaves nothing', async () => {
    const response = await put(filename, new Uint8Array(MAX_BYTES + 1))

    expect(response.statusCode).toBe(413)
    expect(response.json()).toMatchObject({ code: 'too-large' })
  })

  test('of exactly the limit is read', async () => {
    const response = await put(filename, new Uint8Array(MAX_BYTES))

    expect(response.json()).toMatchObject({ code: 'invalid-package' })
  })
})

// T-ARC-*: every way in which an archive can be hostile, through the route; what each must say stands in conda/
describe('a hostile archive is refused with the reason, and nothing of it is kept', () => {
  // a name with a folder in it is a client's habit: the route takes the last part of it
  const cases = refusalCases.filter(({ limits, filename: name }) => !limits && !name.includes('/'))
  test.each(cases)('$name', async ({ filename: name, bytes }) => {
    const response = await put(name, await bytes())

    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ code: 'invalid-package' })
    expect(response.json<{ message: string }>().message.length).toBeGreaterThan(10)
    expect((await t.nobody().get(`/api/channels/${channel}/files`)).json()).toMatchObject({ total_count: 0 })
  })
})

describe.runIf(hasSharedData)('archives that real tools made', () => {
  const folder = sharedPath('data/packages/edge-cases')
  interface Listed {
    readonly file: string
    readonly checked: string
  }
  const manifest: Listed[] = hasSharedData
    ? (JSON.parse(readFileSync(join(folder, 'MANIFEST.json'), 'utf8')) as Listed[])
    : []
  /** Those that only open, and why they may still be refused. */
  const unsound = {
    'spiffy-test-app-0.5-pyh6afbcc8_0.tar.bz2': 'its paths.json lists a script that it does not have',
  }
  const archives = manifest.filter(({ file }) => /\.(?:conda|tar\.bz2)$/.test(file))

  test.each(archives)('$file is taken or refused with a reason', async ({ file, checked }) => {
    const filename = file.split('/').at(-1) ?? ''

    const response = await put(filename, readFileSync(join(folder, file)))

    const { message = '' } = response.json<{ message?: string }>()
    const [, name, version, build, subdir] = /^opens: (\S+) (\S+) (\S+) subdir=(\S+)/.exec(checked) ?? []
    const isSound = subdir !== 'None' && filename.startsWith(`${name ?? ''}-${version ?? ''}-${build ?? ''}.`)
    if (response.statusCode === 201) {
      expect(checked).toMatch(/^opens/)
      expect(response.json()).toMatchObject({ name, metadata: { version, build } })
    } else {
      expect(response.statusCode).toBe(400)
      expect(message).toMatch(new RegExp(`^${RegExp.escape(filename)}: .{10}`))
      if (isSound) expect(Object.keys(unsound)).toContain(filename)
    }
  })

  test('there are some', () => {
    expect(archives.length).toBeGreaterThan(20)
  })
})

describe('lists of what a channel has', () => {
  beforeEach(async () => {
    for (const version of ['1.0', '1.10', '1.9']) await t.upload(channel, { name: 'python_abi', version })
    await t.upload(channel, { name: 'pythonabi', version: '1.0', subdir: 'linux-64' })
  })

  test('show one row a name, with the newest version', async () => {
    const list = await t.nobody().get(`/api/channels/${channel}/artifacts`)

    expect(list.json()).toMatchObject({
      total_count: 2,
      items: [
        {
          name: 'python_abi',
          file_count: 3,
          blocked_count: 0,
          metadata: { version: '1.10', subdirs: ['noarch'] },
        },
        { name: 'pythonabi', file_count: 1 },
      ],
    })
  })

  test.each([
    ['_abi', ['python_abi']],
    ['n_a', ['python_abi']],
    ['python', ['python_abi', 'pythonabi']],
    ['%', []],
    ['\\', []],
    ["'", []],
  ])('find %j in a name as it stands', async (q, expected) => {
    for (const list of ['artifacts', 'files']) {
      const response = await t.nobody().get(`/api/channels/${channel}/${list}?q=${encodeURIComponent(q)}`)
      const names = response.json<{ items: { name: string }[] }>().items.map(({ name }) => name)
      expect([...new Set(names)]).toEqual(expected)
    }
  })

  test('page', async () => {
    const files = `/api/channels/${channel}/artifacts/conda/python_abi/files`
    const second = await t.nobody().get(`${files}?offset=1&limit=1`)

    expect(second.json()).toMatchObject({ total_count: 3 })
    expect(second.json<{ items: unknown[] }>().items).toHaveLength(1)
    expect((await t.nobody().get(`/api/channels/${channel}/artifacts/conda/none/files`)).statusCode).toBe(404)
    expect(
      (await t.nobody().get(`/api/channels/${channel}/files?subdir=linux-64`)).json<{ total_count: number }>()
        .total_count,
    ).toBe(1)
  })
})

import { writeFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { resolveRepoPath } from './resolve-path.ts'

const sha256 = 'a'.repeat(64)

describe('an address that means a file', () => {
  test.each([
    ['main/noarch/repodata.json', 'repodata'],
    ['main/linux-64/repodata.json.zst', 'repodata'],
    ['main/linux-64/repodata_shards.msgpack.zst', 'shard-index'],
    [`main/linux-64/shards/${sha256}.msgpack.zst`, 'shard'],
    ['main/linux-64/a-1.0-0.conda', 'package'],
    ['main/linux-64/a-1!2.0+local-py_0.tar.bz2', 'package'],
    ['main/linux-64/a-1%212.0%2Blocal-py_0.tar.bz2', 'package'],
    ['m%61in/noarch/a-1.0-0.conda', 'package'],
    ['main/noarch/current_repodata.json.zst', 'repodata'],
    ['main/noarch/run_exports.json', 'repodata'],
    ['main/channeldata.json', 'channel-file'],
    ['main/notices.json', 'channel-file'],
    ['main/rss.xml', 'channel-file'],
    ['main', 'page-address'],
    ['main/noarch', 'page-address'],
    ['main/', 'page'],
    ['main/noarch/', 'page'],
    ['main/index.html', 'page'],
    ['main/noarch/index.html', 'page'],
  ])('%s', (path, kind) => {
    expect(resolveRepoPath(path)).toMatchObject({ kind, channel: 'main' })
  })
})

test.each([
  ['main@42', { kind: 'number', number: 42 }],
  ['main%402026-10-01', { kind: 'instant', instant: new Date('2026-10-01') }],
])('%s is the channel as it was', (place, at) => {
  for (const file of [
    'repodata.json',
    'repodata_shards.msgpack.zst',
    `shards/${sha256}.msgpack.zst`,
    'a-1-0.conda',
  ]) {
    expect(resolveRepoPath(`${place}/noarch/${file}`)).toMatchObject({ channel: 'main', at })
  }
})

describe('an address that means nothing', () => {
  test.each([
    '',
    '/',
    'main//noarch/repodata.json',
    'main/noarch//repodata.json',
    'main/noarch/repodata.json/',
    'main/repodata.json',
    'main/notices.json/',
    'main/channeldata.json.zst',
    'main/noarch/channeldata.json',
    'main/noarch/shards/',
    'main/index.html/',
    'main/NOARCH/',
    'main//',
    'index.html',
    'main/noarch/patch_instructions.json.zst',
    'main/noarch/REPODATA.JSON',
    'main/noarch/repodata.json.zst.zst',
    'main/NOARCH/repodata.json',
    'main/no/arch/repodata.json',
    'MAIN/noarch/repodata.json',
    'main/noarch/shards',
    `main/noarch/shards/${sha256}`,
    `main/noarch/shards/${sha256.toUpperCase()}.msgpack.zst`,
    `main/noarch/shards/${sha256}0.msgpack.zst`,
    `main/noarch/shards/x/${sha256}.msgpack.zst`,
    `main/noarch/${sha256}.msgpack.zst`,
    'main/noarch/a-1.0-0.conda.part',
    'main/noarch/.conda/x',
    `main/noarch/${'a'.repeat(250)}-1.0-0.conda`,
  ])('%s', (path) => {
    expect(resolveRepoPath(path).kind).toBe('nothing')
  })
})

// T-PATH-01: whatever is done to an address, it never leads out of the store and never to a fault of ours
describe('an address that tries to climb out', () => {
  const canary = 'canary-4f9d-outside-of-the-store'
  let t: TestApp
  beforeAll(async () => {
    t = await startTestApp()
    await t.channel('main')
    await t.upload('main', { name: 'demo', version: '1.0' })
    for (const name of [
      'canary.txt',
      'canary-1.0-0.conda',
      'data/canary-1.0-0.conda',
      'data/blobs/canary-1.0-0.conda',
    ]) {
      writeFileSync(join(t.folder, name), canary)
    }
  })
  afterAll(() => t.close())

  const dots = [
    '..',
    '%2e%2e',
    '.%2e',
    '%2E.',
    '%252e%252e',
    '%c0%ae%c0%ae',
    '%e0%80%ae%e0%80%ae',
    '..;',
    '%uff0e%uff0e',
    '%EF%BC%8E%EF%BC%8E',
    '...',
    '..%00',
    '..%20',
    '%2e%2e%2e%2e',
  ]
  const slashes = [
    '/',
    '%2f',
    '%2F',
    '%252f',
    '%5c',
    '\\',
    '%c0%af',
    '%e0%80%af',
    '%u2215',
    '//',
    '/./',
    ';/',
  ]
  const targets = ['etc/passwd', 'canary.txt', 'canary-1.0-0.conda', 'terrarium.db']
  const prefixes = [
    '/api/repo/',
    '/api/repo/main/',
    '/api/repo/main/noarch/',
    '/api/repo/main/noarch/shards/',
    '/t/abcdefgh/',
    '/',
  ]

  function* corpus(): Generator<string> {
    for (const prefix of prefixes) {
      for (const dot of dots) {
        for (const slash of slashes) {
          for (const depth of [1, 4]) {
            for (const target of targets)
              yield prefix + (dot + slash).repeat(depth) + target.replace('/', slash)
          }
        }
      }
      // CVE-2024-4956: an empty leading segment that resolves to the root
      for (const slash of slashes) for (const target of targets) yield prefix + slash.repeat(7) + target
    }
  }

  const oddities = [
    '/api/repo/%',
    '/api/repo/%zz/noarch/repodata.json',
    '/api/repo/main/%/repodata.json',
    '/api/repo/main/noarch/%E0%A4%A',
    '/api/repo/main/noarch/%00',
    '/api/repo/main/noarch/a-1.0-0.conda%00.txt',
    '/api/repo/main/noarch/demo-1.0-0.conda%0d%0aset-cookie:x',
    '/api/repo/main/noarch/demo-1.0-0.conda;x=1',
    '/api/repo/main/noarch/demo-1.0-0.conda/..',
    '/api/repo/main/noarch/demo-1.0-0.conda%20',
    '/api/repo/main/noarch/demo-1.0-0.conda.',
    '/api/repo/__proto__/noarch/repodata.json',
    '/api/repo/main/constructor/prototype',
    '/api/repo/main@/noarch/repodata.json',
    '/api/repo/main@1@1/noarch/repodata.json',
    '/api/repo/main@1/../main/noarch/repodata.json',
    `/api/repo/${'a'.repeat(4000)}/noarch/repodata.json`,
    `/api/repo/main/noarch/${'%41'.repeat(4000)}`,
    `/api/repo/${'a/'.repeat(3000)}`,
    `/api/channels/${'a'.repeat(301)}`,
    '/api/channels/%zz',
    '/api/channels/%00',
    '/api/channels/..%2f..%2fetc',
    '/api/channels/main/explain/noarch/..%2f..%2fcanary-1.0-0.conda',
    '/api/jobs/%2e%2e%2f',
    '/t//api/repo/main/noarch/x',
    '/t/%2e%2e/api/repo/main/noarch/repodata.json/x',
    '//api/repo/main/noarch/x',
    '/%2fapi/repo/main/noarch/x',
    '/api//repo/main/noarch/x',
  ]

  test('gets no file, no 5xx and no page, in thousands of spellings', async () => {
    await t.app.listen({ host: '127.0.0.1', port: 0 })
    const urls = [...oddities, ...corpus()]
    expect(urls.length).toBeGreaterThan(5000)
    const wrong: string[] = []
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    const queue = urls.values()
    const ask = async (): Promise<void> => {
      for (const url of queue) {
        const { status, type, body } = await getRaw(agent, url)
        const leaked = type.includes('text/html') || body.includes(canary)
        if (status < 400 || status >= 500 || leaked) wrong.push(`${status} ${url}`)
      }
    }
    await Promise.all(Array.from({ length: 8 }, ask))
    agent.destroy()

    expect(wrong).toEqual([])
  })

  /** As it stands: `inject` would resolve dot segments before the server sees them. */
  function getRaw(agent: Agent, path: string): Promise<{ status: number; type: string; body: string }> {
    const { port } = t.app.server.address() as AddressInfo // listens on TCP
    return new Promise((resolve, reject) => {
      const request = httpRequest({ agent, host: '127.0.0.1', port, path }, (response) => {
        let body = ''
        response.setEncoding('latin1').on('data', (chunk: string) => (body += chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            body,
          }),
        )
        response.on('error', reject)
      })
      request.on('error', reject)
      request.end()
    })
  }
})

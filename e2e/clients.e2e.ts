/**
 * Clients that are not ours, in every way they ask: with shards and without, with a token in each place where
 * one can be put, and the files that only some of them read.
 */
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildSampleChannel } from '../cli/src/demo/build-sample-channel.ts'
import { record, type Recorder } from './support/recorder.ts'
import { hasPyRattler, installWithPyRattler, solve } from './support/rattler.ts'
import { startTerrarium, Story, temporaryFolder, type Terrarium } from './support/terrarium.ts'

let terrarium: Terrarium
let story: Story
let recorder: Recorder
const folder = temporaryFolder('clients')

beforeAll(async () => {
  const sample = await buildSampleChannel(join(folder, 'sample'))
  terrarium = await startTerrarium({
    data: join(folder, 'data'),
    environment: { TERRARIUM_MIRROR_FOLDERS: sample.channel },
  })
  recorder = await record(terrarium.url)
  story = new Story(terrarium)
  for (const [name, privacy] of [
    ['open', 'public'],
    ['inner', 'private'],
  ] as const) {
    await story.channel(name, privacy)
    await story.runMirror(name, await story.createMirror(name, sample.channel, ['noarch', 'linux-64']))
  }
})

afterAll(async () => {
  recorder.server.close()
  expect(await terrarium.stop()).toBe(0)
})

let runs = 0
function newFolder(): string {
  const own = join(folder, `run-${(runs += 1)}`)
  mkdirSync(own)
  return own
}

/** Each place where a client can keep a token: in the address of the channel, or in a file. */
type Place = (token: string) => Pick<Parameters<typeof installWithPyRattler>[0], 'channel' | 'credentials'>
const places: Record<string, Place> = {
  'in the path, at the root of the site': (token) => ({
    channel: `${recorder.url}/t/${token}/api/repo/inner`,
  }),
  'in the path, before the channel': (token) => ({ channel: `${recorder.url}/api/repo/t/${token}/inner` }),
  'as the password of the address': (token) => ({
    channel: `http://anybody:${token}@${recorder.host}/api/repo/inner`,
  }),
  'as Bearer': (token) => ({
    channel: `${recorder.url}/api/repo/inner`,
    credentials: { rattler: { '127.0.0.1': { BearerToken: token } } },
  }),
  'as Basic': (token) => ({
    channel: `${recorder.url}/api/repo/inner`,
    credentials: { rattler: { '127.0.0.1': { BasicHTTP: { username: 'x', password: token } } } },
  }),
  'as a conda token': (token) => ({
    channel: `${recorder.url}/api/repo/inner`,
    credentials: { rattler: { '127.0.0.1': { CondaToken: token } } },
  }),
  'in a netrc': (token) => ({
    channel: `${recorder.url}/api/repo/inner`,
    credentials: { netrc: `machine 127.0.0.1 login x password ${token}\n` },
  }),
}

describe.skipIf(!hasPyRattler)('py-rattler, as pixi asks', () => {
  test.each([true, false])('solves, downloads and links; shards %s', async (sharded) => {
    recorder.take()

    const installed = await installWithPyRattler({
      specs: ['flask', 'zlib'],
      channel: `${recorder.url}/api/repo/open`,
      platform: 'linux-64',
      folder: newFolder(),
      sharded,
    })

    expect(installed.records.map(({ name }) => name)).toContain('flask')
    expect(installed.filesChecked).toBeGreaterThanOrEqual(installed.records.length)
    expect(installed.wrongFiles).toEqual([])
    const asked = recorder.take()
    // it looks for a form of long ago beside the one there is
    const refused = asked.filter((line) => !/^(?:200|206|304) /.test(line) && !line.endsWith('.json.bz2'))
    expect(refused).toEqual([])
    expect(asked.some((line) => line.includes('/shards/'))).toBe(sharded)
    expect(asked.some((line) => line.includes('/repodata.json'))).toBe(!sharded)
  })

  const kinds = Object.keys(places).flatMap((place) => [true, false].map((sharded) => ({ place, sharded })))
  test.each(kinds)('reads a private channel with a token $place; shards $sharded', async (kind) => {
    const installed = await installWithPyRattler({
      specs: ['zlib'],
      platform: 'linux-64',
      folder: newFolder(),
      sharded: kind.sharded,
      ...places[kind.place]!(terrarium.token),
    })

    expect(installed.records.map(({ name }) => name)).toEqual(['zlib'])
    expect(installed.wrongFiles).toEqual([])
  })

  test.each([true, false])('is told 401 without a token, and never 404; shards %s', async (sharded) => {
    recorder.take()
    const channel = `${recorder.url}/api/repo/inner`
    const request = { specs: ['zlib'], platform: 'linux-64', folder: newFolder(), sharded }

    await expect(installWithPyRattler({ ...request, channel })).rejects.toThrow(/401/)

    expect(recorder.take().filter((line) => line.startsWith('404 '))).toEqual([])
  })
})

describe('rattler for JavaScript', () => {
  test.each([
    ['open', () => `${recorder.url}/api/repo/open`],
    ['inner', () => `${recorder.url}/t/${terrarium.token}/api/repo/inner`],
  ])('solves from %s with shards', async (_name, channel) => {
    recorder.take()

    const solved = await solve(['flask'], channel(), 'linux-64')

    expect(solved.map(({ name }) => name)).toContain('werkzeug')
    expect(recorder.take().filter((line) => !line.startsWith('200 '))).toEqual([])
  })
})

test('a virtual channel that is a subchannel serves clients like any other', async () => {
  await fetch(`${terrarium.url}/api/channels/inner/subchannels`, {
    method: 'POST',
    headers: { authorization: `Bearer ${terrarium.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'all',
      channel_type: 'virtual',
      sources: [{ name: 'open' }, { name: 'inner' }],
    }),
  })
  await story.published('inner%2Fall')
  const channel = `${recorder.url}/t/${terrarium.token}/api/repo/inner/all`
  recorder.take()

  const solved = await solve(['flask'], channel, 'linux-64')

  expect(solved.map(({ name }) => name)).toContain('werkzeug')
  expect(recorder.take().filter((line) => !line.startsWith('200 '))).toEqual([])
  if (!hasPyRattler) return
  const installed = await installWithPyRattler({
    specs: ['flask', 'zlib'],
    channel,
    platform: 'linux-64',
    folder: newFolder(),
  })
  expect(installed.records.every(({ url }) => url.includes('/api/repo/inner/all/'))).toBe(true)
  expect(installed.wrongFiles).toEqual([])
})

describe('mambajs, the solver of mamba for JavaScript', () => {
  const script = fileURLToPath(new URL('support/solve-with-mambajs.ts', import.meta.url))

  // not from a private one: it looks for the address in its own answer, where the token is left out
  test('solves', async () => {
    const yml = `name: x\nchannels:\n  - ${recorder.url}/api/repo/open\ndependencies:\n  - flask\n`

    const { stdout } = await promisify(execFile)(process.execPath, [script, yml, 'linux-64'], {
      timeout: 120_000,
    })

    expect(stdout).toMatch(/^flask \d/m)
    expect(stdout).toMatch(/^werkzeug \d/m)
  })
})

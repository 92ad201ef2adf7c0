/**
 * `kill -9` at random moments of mirror runs: what was promised is there, nothing half is ever served, and
 * the end equals an undisturbed run. TERRARIUM is told nothing; it is just gone, again and again.
 *
 *     CRASH_RUNS=1000 CRASH_SEED=7 npx vitest run -c vitest.e2e.config.ts e2e/crash.e2e.ts
 */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { packageFilename, writePackage } from '@terrarium/conda/archive/write-package.ts'
import {
  startTerrarium,
  Story,
  temporaryFolder,
  type ServedFile,
  type Terrarium,
} from './support/terrarium.ts'

const KILLS = Number(process.env['CRASH_RUNS'] ?? 50)
const SEED = Number(process.env['CRASH_SEED'] ?? 20160806)
/** So many that a run lasts longer than the time between two kills. */
const PACKAGES = 300
const LONGEST_LIFE_MS = 700

vi.setConfig({ testTimeout: 300_000 + KILLS * 20_000 })

test(`${KILLS} kills in the middle of mirror runs leave what an undisturbed run leaves`, async () => {
  const folder = temporaryFolder('crash')
  const upstream = join(folder, 'upstream')
  const digests = await buildUpstream(upstream)
  const random = randomNumbers(SEED)
  const environment = { TERRARIUM_MIRROR_FOLDERS: upstream, TERRARIUM_MIRROR_DOWNLOADS: '4' }

  let terrarium = await startTerrarium({ data: join(folder, 'killed'), environment })
  let story = new Story(terrarium)
  await story.channel('main')
  const mirror = await story.createMirror('main', upstream, ['linux-64'])
  let acknowledged = new Set<string>()
  let runs = 1
  await story.startMirror('main', mirror)
  for (let kill = 0; kill < KILLS; kill += 1) {
    await wait(random() * LONGEST_LIFE_MS)
    const seen = await listIfAlive(terrarium)
    await terrarium.kill()
    terrarium = await startTerrarium({ data: terrarium.data, environment, token: terrarium.token })
    story = new Story(terrarium)
    const files = new Set((await story.files('main')).map(({ ckey }) => ckey))
    for (const file of [...acknowledged, ...seen])
      expect(files.has(file), `seed ${SEED}, kill ${kill}: ${file} was lost`).toBe(true)
    acknowledged = files
    await expectWhole(story, digests, `seed ${SEED}, kill ${kill}`)
    // when a run got to its end, empty the channel so that the next has work to do
    if (files.size === digests.size && kill < KILLS - 10) {
      await terrarium.client.delete('/api/channels/main')
      await story.channel('main')
      await story.startMirror('main', await story.createMirror('main', upstream, ['linux-64']))
      acknowledged = new Set()
      runs += 1
    }
  }
  const { items } = await terrarium.client.get<{ items: { mirror_id: string }[] }>(
    '/api/channels/main/mirrors',
  )
  await story.mirrorEnded('main', items[0]!.mirror_id)
  await story.runMirror('main', items[0]!.mirror_id)
  const killed = await snapshot(story)
  expect(await terrarium.stop()).toBe(0)

  const calm = await startTerrarium({ data: join(folder, 'calm'), environment })
  const calmStory = new Story(calm)
  await calmStory.channel('main')
  await calmStory.runMirror('main', await calmStory.createMirror('main', upstream, ['linux-64']))
  expect(killed).toEqual(await snapshot(calmStory))
  expect(killed.files).toHaveLength(digests.size)
  await expectWhole(calmStory, digests, 'undisturbed')
  expect(await calm.stop()).toBe(0)
  process.stderr.write(`${KILLS} kills in ${runs} mirror runs, seed ${SEED}\n`)
})

/** A channel of many small packages, with their digests by path. */
async function buildUpstream(folder: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>()
  const records: Record<string, unknown> = {}
  await mkdir(join(folder, 'linux-64'), { recursive: true })
  for (let index = 0; index < PACKAGES; index += 1) {
    const spec = {
      name: `package-${index % 100}`,
      version: `1.${Math.floor(index / 100)}`,
      subdir: 'linux-64',
      files: { [`share/${index}.txt`]: 'x'.repeat(2000 + index) },
    }
    const filename = packageFilename(spec, 'conda')
    const bytes = await writePackage(spec, 'conda')
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    await writeFile(join(folder, 'linux-64', filename), bytes)
    records[filename] = {
      name: spec.name,
      version: spec.version,
      build: '0',
      build_number: 0,
      depends: [],
      subdir: 'linux-64',
      sha256,
      size: bytes.byteLength,
    }
    digests.set(`linux-64/${filename}`, sha256)
  }
  await writeFile(
    join(folder, 'linux-64', 'repodata.json'),
    JSON.stringify({ info: { subdir: 'linux-64' }, packages: {}, 'packages.conda': records }),
  )
  return digests
}

/** Everything the channel names, and everything its index names, answers with exactly the right bytes. */
async function expectWhole(story: Story, digests: ReadonlyMap<string, string>, when: string): Promise<void> {
  const named = new Set((await story.files('main')).map(({ ckey }) => ckey))
  const index = (await (await fetch(`${story.address('main')}/linux-64/repodata.json`)).json()) as {
    'packages.conda': Record<string, { sha256: string }>
  }
  for (const filename of Object.keys(index['packages.conda'])) named.add(`linux-64/${filename}`)
  const paths = [...named]
  // all of them now and then would be most of the test's time
  const checked =
    paths.length <= 40 ? paths : paths.filter((_, position) => position % Math.ceil(paths.length / 40) === 0)
  for (const path of checked) {
    const response = await fetch(`${story.address('main')}/${path}`)
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect(response.status, `${when}: ${path}`).toBe(200)
    expect(createHash('sha256').update(bytes).digest('hex'), `${when}: ${path}`).toBe(digests.get(path))
  }
}

async function listIfAlive(terrarium: Terrarium): Promise<string[]> {
  const page = await terrarium.client.get<{ items: ServedFile[] }>('/api/channels/main/files?limit=1000')
  return page.items.map(({ ckey }) => ckey)
}

async function snapshot(story: Story): Promise<{ files: string[]; repodata: unknown; shards: string }> {
  const files = (await story.files('main')).map(
    (file) => `${file.ckey} ${file.metadata.sha256} ${file.effect}`,
  )
  const address = `${story.address('main')}/linux-64`
  const repodata = (await (await fetch(`${address}/repodata.json`)).json()) as {
    'packages.conda': Record<string, Record<string, unknown>>
  }
  // when a file came is the one thing two runs can't have in common
  for (const record of Object.values(repodata['packages.conda'])) delete record['indexed_timestamp']
  const shards = await fetch(`${address}/repodata_shards.msgpack.zst`)
  expect(shards.status).toBe(200)
  return { files: files.sort(), repodata, shards: shards.headers.get('content-type') ?? '' }
}

/** Small and seeded, so that a failure can be repeated. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

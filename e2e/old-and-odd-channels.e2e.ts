/** Channels as old and as odd as real ones get: indexes of 2016, and one that names files nobody has. */
import { mkdirSync, readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { hasPyRattler, installWithPyRattler, solve } from './support/rattler.ts'
import { serveFolder, type StaticUpstream } from './support/static-upstream.ts'
import {
  startTerrarium,
  Story,
  temporaryFolder,
  type ServedFile,
  type Terrarium,
} from './support/terrarium.ts'

const PACKAGES = sharedPath('data/packages')
const SUBDIRS = ['linux-64', 'osx-64', 'win-64', 'win-32', 'noarch']
const folder = temporaryFolder('odd')

let terrarium: Terrarium
let upstream: StaticUpstream
let story: Story

describe.skipIf(!hasSharedData)('old and odd channels', () => {
  beforeAll(async () => {
    upstream = await serveFolder(PACKAGES)
    terrarium = await startTerrarium({
      data: join(folder, 'data'),
      environment: { TERRARIUM_OUTBOUND_PRIVATE: upstream.hostAndPort },
    })
    story = new Story(terrarium)
  })

  afterAll(async () => {
    await upstream.close()
    expect(await terrarium.stop()).toBe(0)
  })

  describe.each([
    ['conda-forge', 28],
    ['free', 6],
  ])('%s of 2016, bzip2 only and without sha256', (name, count) => {
    const channel = `old-${name}`
    let files: ServedFile[]

    beforeAll(async () => {
      await story.channel(channel)
      const mirror = await story.createMirror(channel, `${upstream.url}/legacy-2016/${name}`, [
        'linux-64',
        'noarch',
      ])
      expect(await story.runMirror(channel, mirror)).toMatchObject({ state: 'completed' })
      expect(await story.rejections(channel, mirror)).toEqual([])
      files = await story.files(channel)
    })

    test('is here whole, marked as proved by md5 only, and gets the sha256 it lacked', async () => {
      expect(files).toHaveLength(count)
      const index = (await (await fetch(`${story.address(channel)}/linux-64/repodata.json`)).json()) as {
        packages: Record<string, { sha256: string; md5: string; subdir: string }>
      }
      for (const file of files) {
        const bytes = readFileSync(join(PACKAGES, 'legacy-2016', name, file.ckey))
        const sha256 = createHash('sha256').update(bytes).digest('hex')
        expect(file.metadata).toMatchObject({ verified_by: 'md5', sha256 })
        expect(index.packages[file.metadata.filename]).toMatchObject({
          sha256,
          md5: createHash('md5').update(bytes).digest('hex'),
          subdir: 'linux-64',
        })
        const served = new Uint8Array(
          await (await fetch(`${story.address(channel)}/${file.ckey}`)).arrayBuffer(),
        )
        expect(Buffer.compare(served, bytes), file.ckey).toBe(0)
      }
    })
  })

  test('a solver and an installer that are not ours take packages of 2016', async () => {
    const channel = story.address('old-conda-forge')
    const solved = await solve(['zlib'], channel, 'linux-64')
    expect(solved[0]).toMatchObject({ name: 'zlib' })
    if (!hasPyRattler) return
    const own = join(folder, 'py')
    mkdirSync(own)
    const installed = await installWithPyRattler({
      specs: ['zlib', 'libpng'],
      channel,
      platform: 'linux-64',
      folder: own,
    })
    expect(installed.records.map(({ name }) => name)).toEqual(expect.arrayContaining(['zlib', 'libpng']))
    expect(installed.wrongFiles).toEqual([])
  })

  test('an index that names absent files: each is reported, the rest is served', async () => {
    await story.channel('zlib')
    const mirror = await story.createMirror('zlib', `${upstream.url}/zlib-multiplatform`, SUBDIRS)
    const run = await story.runMirror('zlib', mirror)
    const files = await story.files('zlib')
    const rejections = await story.rejections('zlib', mirror)

    const listed: string[] = []
    const absent: string[] = []
    for (const subdir of SUBDIRS) {
      const index = JSON.parse(
        readFileSync(join(PACKAGES, 'zlib-multiplatform', subdir, 'repodata.json'), 'utf8'),
      ) as Record<string, Record<string, unknown>>
      for (const filename of [
        ...Object.keys(index['packages'] ?? {}),
        ...Object.keys(index['packages.conda'] ?? {}),
      ]) {
        listed.push(`${subdir}/${filename}`)
        const response = await fetch(`${upstream.url}/zlib-multiplatform/${subdir}/${filename}`, {
          method: 'HEAD',
        })
        if (response.status === 404) absent.push(`${subdir}/${filename}`)
      }
    }
    expect(run.state).toBe('completed')
    expect(absent.length).toBeGreaterThan(0)
    expect(rejections.map((row) => `${row.subdir}/${row.filename}`).sort()).toEqual(absent.sort())
    expect(rejections.every((row) => row.code === 'missing-upstream')).toBe(true)
    expect(files.map(({ ckey }) => ckey).sort()).toEqual(
      listed.filter((path) => !absent.includes(path)).sort(),
    )
    // one file name, two packages: win-32 and win-64 keep their own bytes
    const twins = files.filter((file) => file.metadata.filename === 'zlib-1.2.11-h62dcd97_3.conda')
    expect(new Set(twins.map((file) => file.metadata.sha256)).size).toBe(twins.length)
    expect(twins.length).toBe(2)
  })
})

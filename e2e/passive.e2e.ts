/** A passive mirror of a real channel, with a real client: only what is asked for comes, and it comes whole. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFilename, writePackage } from '@terrarium/conda/archive/write-package.ts'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { hasPyRattler, installWithPyRattler } from './support/rattler.ts'
import { serveFolder } from './support/static-upstream.ts'
import {
  runTerrarium,
  startTerrarium,
  Story,
  temporaryFolder,
  type MirrorState,
} from './support/terrarium.ts'

const UPSTREAM = sharedPath('data/packages/conda-forge-2023')
const PLATFORM = 'linux-aarch64'
/** None of them needs Python, which this snapshot of the channel lacks. */
const WANTED = ['c-ares', 'yaml-cpp', 'libffi', 'tzdata']
/** What they need and this snapshot lacks: empty stand-ins of our own. */
const STAND_INS = ['libgcc-ng', 'libstdcxx-ng'].map((name) => ({ name, version: '13.2.0', subdir: PLATFORM }))

test.skipIf(!hasSharedData || !hasPyRattler)('brings what a client installs and nothing else', async () => {
  const folder = temporaryFolder('passive')
  const upstream = await serveFolder(UPSTREAM)
  const terrarium = await startTerrarium({
    data: join(folder, 'data'),
    environment: { TERRARIUM_OUTBOUND_PRIVATE: upstream.hostAndPort },
  })
  const story = new Story(terrarium)
  await story.channel('main')
  const { mirror_id: id } = await terrarium.client.post<MirrorState>('/api/channels/main/mirrors', {
    mirror_name: 'upstream',
    source_root: upstream.url,
    mirror_mode: 'passive',
    filters: { subdirs: [PLATFORM, 'noarch'] },
  })
  expect(await story.runMirror('main', id)).toMatchObject({
    state: 'completed',
    result: { added: 95, bytes: 0 },
  })
  expect(packagesIn(upstream.requests)).toEqual([])
  for (const spec of STAND_INS) {
    const form = new FormData()
    form.set('filetype', 'conda1')
    form.set(
      'content',
      new Blob([Buffer.from(await writePackage(spec, 'conda'))]),
      packageFilename(spec, 'conda'),
    )
    await terrarium.client.sendForm('/api/channels/main/artifacts', form)
  }
  await story.published('main')

  const own = join(folder, 'client')
  mkdirSync(own)
  const installed = await installWithPyRattler({
    specs: WANTED,
    channel: story.address('main'),
    platform: PLATFORM,
    folder: own,
  })

  expect(installed.wrongFiles).toEqual([])
  expect(installed.filesChecked).toBeGreaterThan(50)
  const records = installed.records.filter(({ name }) => !STAND_INS.some((spec) => spec.name === name))
  expect(records.map(({ name }) => name).sort()).toEqual([...WANTED].sort())
  const paths = records.map(({ url }) => new URL(url).pathname.replace('/api/repo/main', ''))
  expect(packagesIn(upstream.requests)).toEqual(paths.sort())
  for (const { url, sha256 } of records) {
    const path = new URL(url).pathname.replace('/api/repo/main/', '')
    expect(sha256).toBe(
      createHash('sha256')
        .update(readFileSync(join(UPSTREAM, path)))
        .digest('hex'),
    )
  }

  expect(await terrarium.stop()).toBe(0)
  await upstream.close()
  expect(await runTerrarium(['fsck', '--data', terrarium.data])).toContain('clean')
})

function packagesIn(requests: readonly string[]): string[] {
  return requests.filter((path) => /\.(?:conda|tar\.bz2)$/.test(path)).sort()
}

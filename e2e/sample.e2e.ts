/** The main job on the sample channel, with solvers that are not ours. Needs no data beside the repository. */
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildSampleChannel } from '../cli/src/demo/build-sample-channel.ts'
import { askConda } from './support/conda-client.ts'
import { hasPython } from './support/python.ts'
import { hasPyRattler, installWithPyRattler, solve } from './support/rattler.ts'
import { startTerrarium, Story, temporaryFolder, type Terrarium } from './support/terrarium.ts'

const POLICY = `version: 1
name: house
rules:
  - { id: no-high-cve, effect: deny, when: { cve: '>= 7' } }
  - { id: no-gpl, effect: deny, when: { licence: GPL } }
`

let terrarium: Terrarium
let story: Story
const folder = temporaryFolder('sample')

beforeAll(async () => {
  const sample = await buildSampleChannel(join(folder, 'sample'))
  terrarium = await startTerrarium({
    data: join(folder, 'data'),
    environment: { TERRARIUM_MIRROR_FOLDERS: sample.channel },
  })
  story = new Story(terrarium)
  await story.channel('main')
  await story.import('mapping', 'mapping.json', new Blob([await readFile(sample.mapping)]))
  await story.import('advisories', 'advisories.jsonl', new Blob([await readFile(sample.advisories)]))
  const mirror = await story.createMirror('main', sample.channel, ['noarch', 'linux-64'])
  await story.runMirror('main', mirror)
})

afterAll(async () => {
  expect(await terrarium.stop()).toBe(0)
})

describe('rattler for JavaScript', () => {
  test('takes the newest without a policy, only what is allowed with one, and the newest again after it', async () => {
    const wanted = ['urllib3 <2.1', 'openssl <3.1.4']
    const newest = await versions(wanted)
    expect(newest).toMatchObject({ urllib3: '2.0.4', openssl: '3.1.2' })

    const policy = await story.writePolicy('main', POLICY)
    expect(await versions(['urllib3 <2.1'])).toMatchObject({ urllib3: '1.26.18' })
    expect(await versions(['python', 'requests', 'libcurl'])).toMatchObject({
      python: '3.12.1',
      openssl: '3.1.4',
      libcurl: '8.4.0',
      urllib3: '2.1.0',
    })
    await expect(solve(['git'], story.address('main'), 'linux-64')).rejects.toThrow(/git/)

    await story.unassign('main', policy)
    expect(await versions(wanted)).toMatchObject({ urllib3: '2.0.4', openssl: '3.1.2' })
  })
})

describe.skipIf(!hasPyRattler)('py-rattler', () => {
  test.each([true, false])(
    'solves, downloads and links, shards %s, and every file is what its package says',
    async (sharded) => {
      await story.writePolicy('main', POLICY)
      const own = join(folder, `py-${String(sharded)}`)
      mkdirSync(own)

      const installed = await installWithPyRattler({
        specs: ['python', 'flask', 'cryptography'],
        channel: story.address('main'),
        platform: 'linux-64',
        folder: own,
        sharded,
      })

      const found = Object.fromEntries(installed.records.map(({ name, version }) => [name, version]))
      expect(found).toMatchObject({
        python: '3.12.1',
        flask: '3.0.0',
        cryptography: '41.0.7',
        openssl: '3.1.4',
      })
      expect(installed.filesChecked).toBeGreaterThanOrEqual(installed.records.length)
      expect(installed.wrongFiles).toEqual([])
    },
  )

  test('installs from a private channel with a token in the path, and nobody gets in without one', async () => {
    await story.channel('inner', 'private')
    const sample = join(folder, 'sample', 'channel')
    await story.runMirror('inner', await story.createMirror('inner', sample, ['noarch', 'linux-64']))
    const own = join(folder, 'py-private')
    mkdirSync(own)
    const request = { specs: ['zlib'], platform: 'linux-64', folder: own }

    const channel = `${terrarium.url}/t/${terrarium.token}/api/repo/inner`
    const installed = await installWithPyRattler({ ...request, channel })

    expect(installed.records.map(({ name }) => name)).toEqual(['zlib'])
    await expect(installWithPyRattler({ ...request, channel: story.address('inner') })).rejects.toThrow(/401/)
  })
})

describe.skipIf(!hasPython)('conda', () => {
  test('finds only what is allowed, and says why a blocked file does not come', async () => {
    await story.writePolicy('main', POLICY)
    const address = story.address('main')
    const files = await story.files('main')
    const pathOf = (version: string): string =>
      `${address}/${files.find((file) => file.name === 'urllib3' && file.metadata.version === version)!.ckey}` // of the sample

    const { queries, downloads } = await askConda({
      queries: [
        [address, 'noarch', 'urllib3'],
        [address, 'linux-64', 'openssl'],
        [address, 'linux-64', 'git'],
      ],
      downloads: [pathOf('2.1.0'), pathOf('2.0.4')],
    })

    expect(queries).toEqual([['1.26.18', '2.1.0'], ['3.1.4'], []])
    expect(downloads[0]).toBeGreaterThan(0)
    expect(downloads[1]).toMatch(
      /HTTP 403 BLOCKED BY POLICY[^]*no-high-cve.*CVE-2023-43804.*Allowed: 2\.1\.0/,
    )
  })

  test('reads a private channel with a token in its address, and is told what is missing without one', async () => {
    await story.channel('secret', 'private')
    const sample = join(folder, 'sample', 'channel')
    await story.runMirror('secret', await story.createMirror('secret', sample, ['noarch']))
    const token = terrarium.token

    const { queries } = await askConda({
      queries: [
        [`${terrarium.url}/t/${token}/api/repo/secret`, 'noarch', 'idna'],
        [`${terrarium.url}/api/repo/t/${token}/secret`, 'noarch', 'idna'],
        [`${terrarium.url}/api/repo/secret`, 'noarch', 'idna'],
        [`${terrarium.url}/api/repo/no-such-channel`, 'noarch', 'idna'],
      ],
    })

    expect(queries.slice(0, 2)).toEqual([['3.6'], ['3.6']])
    expect(queries[2]).toMatch(/HTTP 401 UNAUTHENTICATED[^]*this needs a token/)
    expect(queries[3]).toMatch(/HTTP 404[^]*there is no channel no-such-channel/)
  })
})

async function versions(specs: string[]): Promise<Record<string, string>> {
  const solved = await solve(specs, story.address('main'), 'linux-64')
  return Object.fromEntries(solved.map(({ name, version }) => [name, version]))
}

/** A real channel of 2023 under real advisories, checked against the advisory files and with real clients. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packageFilename, writePackage, type PackageSpec } from '@terrarium/conda/archive/write-package.ts'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { AdvisoryTruth } from './support/advisory-truth.ts'
import { hasPyRattler, installWithPyRattler, solve } from './support/rattler.ts'
import { serveFolder, type StaticUpstream } from './support/static-upstream.ts'
import {
  startTerrarium,
  Story,
  temporaryFolder,
  type ServedFile,
  type Terrarium,
} from './support/terrarium.ts'

const POLICY = `version: 1
name: proof
rules:
  - { id: no-high-cve, effect: deny, when: { cve: '>= 7' } }
  - { id: no-gpl, effect: deny, when: { licence: GPL } }
`
const PLATFORM = 'linux-aarch64'
const UPSTREAM = sharedPath('data/packages/conda-forge-2023')
const ADVISORIES = ['osv/pypa-advisory-database.jsonl.gz', 'osv/psf-python.jsonl.gz', 'nvd', 'cve5'].flatMap(
  (entry) => {
    const path = sharedPath(`data/advisories/${entry}`)
    return entry.endsWith('.gz') || !hasSharedData
      ? [path]
      : readdirSync(path).map((file) => join(path, file))
  },
)
const MAPPING = sharedPath('data/mappings/parselmouth-conda-forge-to-pypi.json.gz')

/** Packages whose verdicts are worked out from the files, with the names upstreams use. */
const CHECKED = new Map([
  ['urllib3', ['urllib3']],
  ['cryptography', ['cryptography']],
  ['openssl', ['openssl']],
  ['libcurl', ['curl', 'libcurl']],
  ['requests', ['requests']],
  ['pip', ['pip']],
  ['certifi', ['certifi']],
])

/** What the real packages need and this snapshot of the channel lacks: empty stand-ins of our own. */
const STAND_INS: readonly PackageSpec[] = [
  ...['libgcc-ng', 'libstdcxx-ng', 'libgomp'].map((name) => ({ name, version: '13.2.0' })),
  // a version that no advisory covers
  {
    name: 'python',
    version: '3.10.99',
    build: '0_cpython',
    index: { constrains: ['python_abi 3.10.* *_cp310'] },
  },
].map((spec) => ({ ...spec, subdir: PLATFORM }))

let terrarium: Terrarium
let upstream: StaticUpstream
let story: Story
let files: ServedFile[]
let truth: AdvisoryTruth
const folder = temporaryFolder('conda-forge')

describe.skipIf(!hasSharedData)('conda-forge of 2023 under a policy', () => {
  beforeAll(async () => {
    upstream = await serveFolder(UPSTREAM)
    terrarium = await startTerrarium({
      data: join(folder, 'data'),
      environment: { TERRARIUM_OUTBOUND_PRIVATE: upstream.hostAndPort },
    })
    story = new Story(terrarium)
    await story.channel('main')
    await story.import('mapping', basename(MAPPING), await openAsBlob(MAPPING))
    for (const file of ADVISORIES) await story.import('advisories', basename(file), await openAsBlob(file))
    const mirror = await story.createMirror('main', upstream.url, [PLATFORM, 'noarch'])
    const run = await story.runMirror('main', mirror)
    expect(await story.rejections('main', mirror)).toEqual([])
    expect(run).toMatchObject({ state: 'completed', result: { added: 95 } })
    await story.writePolicy('main', POLICY)
    files = await story.files('main')
    truth = new AdvisoryTruth(CHECKED, ADVISORIES, { cpeProducts: new Set(['openssl', 'curl', 'libcurl']) })
  })

  afterAll(async () => {
    await upstream.close()
    expect(await terrarium.stop()).toBe(0)
  })

  test('every file of the upstream is here with the bytes of the upstream', async () => {
    for (const file of files) {
      const sha256 = createHash('sha256')
        .update(readFileSync(join(UPSTREAM, file.ckey)))
        .digest('hex')
      expect(file.metadata, file.ckey).toMatchObject({ sha256, verified_by: 'sha256' })
    }
    expect(files).toHaveLength(95)
  })

  test('what is hidden of the checked packages equals what the advisory files say', () => {
    const checked = files.filter((file) => CHECKED.has(file.name))
    const ours = checked.map((file) => [file.ckey, file.effect])
    const theirs = checked.map((file) => [
      file.ckey,
      truth.cves(file.name, file.metadata.version, 7).length > 0 ? 'deny' : 'allow',
    ])
    expect(ours).toEqual(theirs)
    expect(new Set(checked.map(({ name }) => name))).toEqual(new Set(CHECKED.keys()))
    expect(theirs.filter(([, effect]) => effect === 'deny').length).toBeGreaterThanOrEqual(5)
  })

  test('nothing is hidden that no advisory names', () => {
    // libraries whose package is called otherwise upstream
    const upstreamNames: Record<string, string> = { libzlib: 'zlib', libcurl: 'curl', libsqlite: 'sqlite' }
    const hidden = files.filter((file) => file.effect === 'deny')
    expect(hidden.length).toBeGreaterThan(5)
    for (const file of hidden) {
      for (const { rule, text } of file.reasons) {
        if (rule === 'no-gpl') {
          expect(file.metadata.license).toMatch(/GPL/)
          continue
        }
        const cves = text.match(/CVE-\d+-\d+/g) ?? []
        expect(cves.length, text).toBeGreaterThan(0)
        for (const cve of cves) {
          expect(truth.mentions(cve, upstreamNames[file.name] ?? file.name), `${file.ckey} ${cve}`).toBe(true)
          expect(truth.score(cve), cve).toBeGreaterThanOrEqual(7)
        }
      }
    }
  })

  test('a hidden file is in no index, and its direct address answers with rule, CVE and an alternative', async () => {
    const address = `${story.address('main')}/noarch`
    const index = (await (await fetch(`${address}/repodata.json`)).json()) as {
      'packages.conda': Record<string, unknown>
    }
    const filename = 'urllib3-2.0.4-pyhd8ed1ab_0.conda'
    expect(index['packages.conda']).not.toHaveProperty([filename])

    const response = await fetch(`${address}/${filename}`)
    expect(response.status).toBe(403)
    const body = (await response.json()) as Record<string, unknown>
    expect(body['reason']).toBe('BLOCKED BY POLICY')
    expect(body['message']).toMatch(/no-high-cve.*CVE-2023-43804.*2\.1\.0/)
  })

  describe('with solvers that are not ours', () => {
    beforeAll(async () => {
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
    })

    test('rattler takes only what is allowed, and the newest once the policy is taken off', async () => {
      expect(await solved(['idna', 'c-ares', 'yaml-cpp'])).toMatchObject({
        'c-ares': '1.21.0',
        'yaml-cpp': '0.8.0',
      })
      // libssh2 needs openssl and libzlib, of which every version here has a CVE of 7 and more
      await expect(solved(['libssh2'])).rejects.toThrow(/openssl|libzlib/)
      await expect(solved(['openssl'])).rejects.toThrow(/openssl/)

      await story.unassign('main', 'proof')
      expect(await solved(['openssl', 'libssh2'])).toMatchObject({ openssl: '3.1.4', libssh2: '1.11.0' })
      await story.writePolicy('main', POLICY)
    })

    test.skipIf(!hasPyRattler)(
      'py-rattler takes only what is allowed, and anything once the policy is taken off',
      async () => {
        const solveOnly = async (name: string, specs: string[]): Promise<Record<string, string>> => {
          const own = join(folder, name)
          mkdirSync(own)
          const request = {
            specs,
            channel: story.address('main'),
            platform: PLATFORM,
            folder: own,
            solveOnly: true,
          }
          const { records } = await installWithPyRattler(request)
          return Object.fromEntries(records.map((record) => [record.name, record.version]))
        }
        expect(await solveOnly('py-allowed', ['urllib3', 'tqdm'])).toMatchObject({
          urllib3: '2.1.0',
          tqdm: '4.66.1',
        })
        await expect(solveOnly('py-blocked', ['urllib3 <2.1'])).rejects.toThrow(/urllib3/)

        await story.unassign('main', 'proof')
        expect(await solveOnly('py-free', ['urllib3 <2.1', 'requests'])).toMatchObject({ urllib3: '2.0.4' })
        await story.writePolicy('main', POLICY)
      },
    )

    test.skipIf(!hasPyRattler)(
      "py-rattler links an environment of allowed packages, every byte the upstream's",
      async () => {
        const own = join(folder, 'py')
        mkdirSync(own)
        const installed = await installWithPyRattler({
          specs: [
            'urllib3',
            'tqdm',
            'idna',
            'certifi',
            'charset-normalizer',
            'libffi',
            'c-ares',
            'yaml-cpp',
            'tzdata',
          ],
          channel: story.address('main'),
          platform: PLATFORM,
          folder: own,
        })
        const real = installed.records.filter(({ name }) => !STAND_INS.some((spec) => spec.name === name))
        expect(real.length).toBeGreaterThanOrEqual(9)
        for (const { url, sha256 } of real) {
          const path = new URL(url).pathname.replace('/api/repo/main/', '')
          expect(sha256, path).toBe(
            createHash('sha256')
              .update(readFileSync(join(UPSTREAM, path)))
              .digest('hex'),
          )
          expect(files.find((file) => file.ckey === path)?.effect, path).toBe('allow')
        }
        expect(installed.filesChecked).toBeGreaterThan(100)
        expect(installed.wrongFiles).toEqual([])
      },
    )
  })

  test('a second run downloads nothing and publishes nothing', async () => {
    const before = await story.revision('main')
    upstream.requests.length = 0
    const { items } = await terrarium.client.get<{ items: { mirror_id: string }[] }>(
      '/api/channels/main/mirrors',
    )
    const run = await story.runMirror('main', items[0]!.mirror_id)

    expect(run.result).toMatchObject({ added: 0, renewed: 0, removed: 0, unchanged: 95, bytes: 0 })
    expect(upstream.requests.every((path) => path.includes('repodata'))).toBe(true)
    expect(await story.revision('main')).toBe(before)
  })
})

async function solved(specs: string[]): Promise<Record<string, string>> {
  const packages = await solve(specs, story.address('main'), PLATFORM)
  return Object.fromEntries(packages.map(({ name, version }) => [name, version]))
}

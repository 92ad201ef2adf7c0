/**
 * The composed real index of 42,477 records under real advisories: what a preview counts for "score of 7 or more,
 * or licence AGPL or GPL, except …" is what the records and advisory files say when they are read in the plainest
 * way, with none of the product's code.
 */
import { mkdirSync, openAsBlob, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { namesCopyleft } from './support/plain-licence.ts'
import { PypaTruth } from './support/pypa-truth.ts'
import { serveFolder, type StaticUpstream } from './support/static-upstream.ts'
import {
  startTerrarium,
  Story,
  temporaryFolder,
  type MirrorState,
  type Terrarium,
} from './support/terrarium.ts'

const INDEX = sharedPath('data/repodata/large/composed-all-records.json.gz')
const ADVISORIES = sharedPath('data/advisories/osv/pypa-advisory-database.jsonl.gz')
const MAPPING = sharedPath('data/mappings/parselmouth-conda-forge-to-pypi.json.gz')

const EXCEPT = ['r-base', 'pyyaml', 'readline']
const POLICY = `version: 1
name: proof
rules:
  - { id: no-high-cve, effect: deny, when: { cve: '>= 7', not: { package: [${EXCEPT.join(', ')}] } } }
  - { id: no-copyleft, effect: deny, when: { licence: [AGPL, GPL], not: { package: [${EXCEPT.join(', ')}] } } }
`

interface SourceRecord {
  readonly name: string
  readonly version: string
  readonly license?: string | null
  readonly license_family?: string | null
  readonly subdir?: string
}

interface Preview {
  readonly file_count: number
  readonly newly_blocked: number
  readonly by_rule: readonly { readonly rule: string; readonly newly_blocked: number }[]
  readonly by_subdir: readonly { readonly subdir: string; readonly newly_blocked: number }[]
  readonly names_count: number
  readonly none_left_count: number
  readonly names: readonly {
    readonly name: string
    readonly newly_blocked: number
    readonly none_left: boolean
  }[]
}

describe.skipIf(!hasSharedData)('a real index of 42,477 records (needs ../shared)', () => {
  const folder = temporaryFolder('real-index')
  const records = new Map<string, SourceRecord>()
  let upstream: StaticUpstream
  let terrarium: Terrarium
  let story: Story

  beforeAll(async () => {
    const index = JSON.parse(gunzipSync(readFileSync(INDEX)).toString()) as Record<
      'packages' | 'packages.conda',
      Record<string, SourceRecord>
    >
    const subdirs = new Map<string, Record<'packages' | 'packages.conda', Record<string, SourceRecord>>>()
    for (const section of ['packages', 'packages.conda'] as const) {
      for (const [filename, record] of Object.entries(index[section])) {
        const subdir = record.subdir ?? 'linux-64' // old records leave it out
        const own = subdirs.get(subdir) ?? { packages: {}, 'packages.conda': {} }
        subdirs.set(subdir, own)
        own[section][filename] = record
        records.set(`${subdir}/${filename}`, record)
      }
    }
    for (const [subdir, sections] of subdirs) {
      mkdirSync(join(folder, 'upstream', subdir), { recursive: true })
      const text = JSON.stringify({ info: { subdir }, ...sections, repodata_version: 1 })
      writeFileSync(join(folder, 'upstream', subdir, 'repodata.json'), text)
    }
    upstream = await serveFolder(join(folder, 'upstream'))
    terrarium = await startTerrarium({
      data: join(folder, 'data'),
      environment: { TERRARIUM_OUTBOUND_PRIVATE: upstream.hostAndPort },
    })
    story = new Story(terrarium)
    await story.channel('main')
    await story.import('mapping', basename(MAPPING), await openAsBlob(MAPPING))
    await story.import('advisories', basename(ADVISORIES), await openAsBlob(ADVISORIES))
    const mirror = await terrarium.client.post<MirrorState>('/api/channels/main/mirrors', {
      mirror_name: 'upstream',
      source_root: upstream.url,
      mirror_mode: 'passive',
      filters: { subdirs: [...subdirs.keys()] },
    })
    expect(await story.runMirror('main', mirror.mirror_id)).toMatchObject({ state: 'completed' })
  })

  afterAll(async () => {
    await upstream.close()
    await terrarium.stop()
  })

  test('is previewed with the counts that a plain reading gives, and then decided so', async () => {
    const files = await story.files('main')
    expect(files.length).toBeGreaterThan(20_000)
    const truth = new PypaTruth(ADVISORIES, MAPPING)
    const expected = files.map((file) => {
      const record = records.get(file.ckey)
      if (!record) throw new Error(`${file.ckey} is in no index`)
      const isExcepted = EXCEPT.includes(record.name)
      const cve = !isExcepted && truth.hasScore(record.name, record.version, 7)
      const licence = !isExcepted && namesCopyleft(record.license ?? '', record.license_family ?? '')
      return { key: file.ckey, name: record.name, subdir: file.ckey.split('/')[0] ?? '', cve, licence }
    })
    const blocked = expected.filter(({ cve, licence }) => cve || licence)
    const preview = await terrarium.client.post<Preview>('/api/channels/main/policy-preview', {
      document: POLICY,
      names: 1000,
    })
    await story.writePolicy('main', POLICY)
    const decided = (await story.files('main')).filter(({ effect }) => effect === 'deny')
    expect(decided.map(({ ckey }) => ckey).sort()).toEqual(blocked.map(({ key }) => key).sort())

    const names = Map.groupBy(expected, ({ name }) => name)
    const changed = [...names].filter(([, own]) => own.some(({ cve, licence }) => cve || licence))
    const gone = changed.filter(([, own]) => own.every(({ cve, licence }) => cve || licence))
    expect(preview).toMatchObject({
      file_count: files.length,
      newly_blocked: blocked.length,
      names_count: changed.length,
      none_left_count: gone.length,
    })
    // of several rules the first by name is the one that is said
    const byRule = { 'no-copyleft': blocked.filter(({ licence }) => licence).length, 'no-high-cve': 0 }
    byRule['no-high-cve'] = blocked.length - byRule['no-copyleft']
    expect(Object.fromEntries(preview.by_rule.map((one) => [one.rule, one.newly_blocked]))).toEqual(byRule)
    const bySubdir = Map.groupBy(blocked, ({ subdir }) => subdir)
    expect(Object.fromEntries(preview.by_subdir.map((one) => [one.subdir, one.newly_blocked]))).toEqual(
      Object.fromEntries([...bySubdir].map(([subdir, own]) => [subdir, own.length])),
    )
    for (const { name, newly_blocked: count, none_left: isGone } of preview.names) {
      const own = names.get(name) ?? []
      const stopped = own.filter(({ cve, licence }) => cve || licence).length
      expect([name, count, isGone]).toEqual([name, stopped, stopped === own.length])
    }
    // an index without anything of one kind would prove nothing
    expect(byRule['no-copyleft']).toBeGreaterThan(1000)
    expect(expected.filter(({ cve }) => cve).length).toBeGreaterThan(50)
  })
})

import { readdirSync, readFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Channel } from '../channels/channel.ts'
import { listFactMarks, markFacts } from '../channels/fact-marks.ts'
import { listFiles } from '../channels/list-contents.ts'
import { findChannelByName } from '../channels/store.ts'
import { newId } from '../platform/ids.ts'
import type { ArtifactFacts } from '../policies/facts.ts'
import { gatherFacts } from '../repodata/gather-facts.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { TableBuild } from './build-table.ts'
import { ChannelFacts } from './channel-facts.ts'
import type { FactTable } from './fact-table.ts'
import { FactsFolder } from './facts-file.ts'

/** Anything that has to be read is too much, but for one name with two files. */
const LITTLE = { names: 1, files: 2 }

let t: TestApp
let channel: Channel
let folder: FactsFolder
beforeAll(async () => {
  t = await startTestApp()
  folder = new FactsFolder(t.folder)
  await t.channel('main')
  const found = await findChannelByName(t.parts.db, 'main')
  if (!found) throw new Error('no channel')
  channel = found
  await t.importFile('mapping', JSON.stringify({ requests: ['requests'] }))
  await importAdvisory('PYSEC-2099-1', '2.31.0')
  for (const version of ['2.29.0', '2.30.0', '2.31.0']) await t.upload('main', { name: 'requests', version })
  await t.upload('main', {
    name: 'gpl',
    version: '1.0',
    index: { license: 'GPL-3.0-only', license_family: '' },
  })
  await t.upload('main', { name: 'twin', version: '1.0' }, 'tar.bz2')
  await t.upload('main', { name: 'twin', version: '1.0' })
})
beforeEach(() => folder.sweep(() => false))
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

async function importAdvisory(id: string, fixedIn: string): Promise<void> {
  await t.importFile(
    'advisories',
    JSON.stringify({
      id,
      modified: '2026-01-01T00:00:00Z',
      published: '2026-01-01T00:00:00Z',
      severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
      affected: [
        {
          package: { ecosystem: 'PyPI', name: 'requests' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: fixedIn }] }],
        },
      ],
    }),
  )
}

type ByPath = ReadonlyMap<string, ArtifactFacts>

/** What the gate and the index go by. */
async function gathered(): Promise<ByPath> {
  const { items } = await listFiles(t.parts.db, channel.id, { offset: 0, limit: 100 })
  return byPath([...(await gatherFacts(t.parts.db, channel, items)).values()])
}

function byPath(files: Iterable<ArtifactFacts>): ByPath {
  return new Map([...files].map((facts) => [`${facts.subdir}/${facts.filename}`, facts]))
}

function known(facts: ChannelFacts): ByPath {
  return byPath([...facts.names()].flatMap(([, files]) => files))
}

/** @returns how many names had to be read */
async function build(): Promise<number> {
  const steps = await TableBuild.begin(t.parts.db, folder, channel)
  do await steps.step()
  while (steps.progress.done < steps.progress.total)
  return steps.progress.total
}

function fileOf(): string {
  const [name, ...others] = readdirSync(join(t.folder, 'previews'))
  if (name === undefined || others.length > 0) throw new Error('one file is meant to be there')
  return join(t.folder, 'previews', name)
}

describe('the facts of a channel are those of the gate', () => {
  test('read in bulk', async () => {
    const facts = new ChannelFacts(folder)
    expect(await facts.refresh(t.parts.db, channel)).toBe(true)
    const all = await gathered()
    expect(all.size).toBe(6)
    expect(known(facts)).toEqual(all)
    expect([...all.values()].filter(({ vulnerabilities }) => vulnerabilities.length > 0)).toHaveLength(2)
    expect([...all.values()].filter(({ legacyDuplicate }) => legacyDuplicate)).toHaveLength(1)
  })

  test('from a table on disk, and nothing is read for them', async () => {
    await build()
    const facts = new ChannelFacts(folder, { names: 0, files: 0 })
    expect(await facts.refresh(t.parts.db, channel)).toBe(true)
    expect(known(facts)).toEqual(await gathered())
  })

  test('after changes since the table was made', async () => {
    await build()
    const facts = new ChannelFacts(folder, LITTLE)
    await facts.refresh(t.parts.db, channel)

    await t.upload('main', { name: 'gpl', version: '2.0' })
    expect(await facts.refresh(t.parts.db, channel)).toBe(true)
    expect(known(facts)).toEqual(await gathered())
    expect(known(facts).has('noarch/gpl-2.0-0.conda')).toBe(true)

    const admin = await t.as('admin')
    await admin.delete('/api/channels/main/artifacts/conda/gpl/files/noarch/gpl-2.0-0.conda')
    expect(await facts.refresh(t.parts.db, channel)).toBe(true)
    expect(known(facts)).toEqual(await gathered())

    await importAdvisory('PYSEC-2099-2', '2.30.1')
    expect(await facts.refresh(t.parts.db, channel)).toBe(false)
    expect(await build()).toBe(2) // this one and `gpl`
    expect(await facts.refresh(t.parts.db, channel)).toBe(true)
    expect(known(facts)).toEqual(await gathered())
    expect(known(facts).get('noarch/requests-2.29.0-0.conda')?.vulnerabilities).toHaveLength(2)
    await t.settle()
  })

  test('when nobody makes a table, for whoever is patient', async () => {
    const facts = new ChannelFacts(folder, LITTLE)
    expect(await facts.refresh(t.parts.db, channel)).toBe(false)
    expect(await facts.refresh(t.parts.db, channel, { patient: true })).toBe(true)
    expect(known(facts)).toEqual(await gathered())
    expect(await facts.refresh(t.parts.db, channel)).toBe(true) // nothing has changed
  })
})

describe('a table on disk is not taken', () => {
  const refuses = async (): Promise<void> => {
    expect(await folder.load(channel.id)).toBeUndefined()
    expect(await new ChannelFacts(folder, LITTLE).refresh(t.parts.db, channel)).toBe(false)
  }

  test('when a byte of it is another', async () => {
    await build()
    const bytes = readFileSync(fileOf())
    for (const at of [0, 33, bytes.length >> 1, bytes.length - 1]) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 1
      writeFileSync(fileOf(), damaged)
      await refuses()
    }
    writeFileSync(fileOf(), bytes)
    expect(await folder.load(channel.id)).toBeDefined()
  })

  test('when its end is missing', async () => {
    await build()
    for (const length of [1000, 36, 10, 0]) {
      truncateSync(fileOf(), length)
      await refuses()
    }
  })

  test('when it is that of another channel', async () => {
    await build()
    const another = newId()
    renameSync(fileOf(), join(t.folder, 'previews', `${another}.facts`))
    expect(await folder.load(another)).toBeUndefined()
  })
})

describe('a table that is made anew', () => {
  const NAMES = Array.from({ length: 1_500 }, (_, index) => `gone-${index}`)
  const load = async (): Promise<FactTable> => {
    const table = await folder.load(channel.id)
    if (!table) throw new Error('no table')
    return table
  }
  beforeAll(() => markFacts(t.parts.db, channel.id, NAMES))
  afterAll(() => t.parts.db.deleteFrom('fact_marks').where('name', 'in', NAMES).execute())

  test('takes over what has not changed, whole blocks and single names', async () => {
    const all = await build()
    expect(all).toBeGreaterThan(NAMES.length)
    expect(await build()).toBe(0)
    await markFacts(t.parts.db, channel.id, [NAMES[0]!, NAMES.at(-1)!])
    expect(await build()).toBe(2)
    expect(await build()).toBe(0)
    const table = await load()
    const marks = await listFactMarks(t.parts.db, channel.id)
    expect(new Map([...table.names].map((name) => [name, table.markOf(name)]))).toEqual(marks)
    expect(byPath([...table.names].flatMap((name) => table.filesOf(name)))).toEqual(await gathered())
  })

  test('keeps what it has read when it is stopped', async () => {
    const first = await TableBuild.begin(t.parts.db, folder, channel)
    await first.step(100)
    await first.stop()
    expect([...(await load()).names]).toHaveLength(100)
    expect(await build()).toBe(first.progress.total - 100)
  })

  test('leaves nothing when it fails', async () => {
    const failing = await TableBuild.begin(t.parts.db, folder, channel)
    await failing.discard()
    expect(readdirSync(join(t.folder, 'previews'))).toEqual([])
  })

  test('begins anew when the channel has another name', async () => {
    const all = await build()
    const renamed = await TableBuild.begin(t.parts.db, folder, { ...channel, name: 'renamed' })
    expect(renamed.progress.total).toBe(all)
    await renamed.discard()
  })
})

test('what belongs to no channel, and what a killed process left, goes', async () => {
  await build()
  writeFileSync(join(t.folder, 'previews', 'gone.facts'), readFileSync(fileOf()))
  const left = (name: string): string => join(t.folder, 'previews', `${channel.id}.${name}.tmp`)
  writeFileSync(left('old'), '')
  utimesSync(left('old'), 0, 0)
  writeFileSync(left('new'), '')
  await folder.sweep((id) => id === channel.id)
  expect(readdirSync(join(t.folder, 'previews')).sort()).toEqual([
    `${channel.id}.facts`,
    `${channel.id}.new.tmp`,
  ])
})

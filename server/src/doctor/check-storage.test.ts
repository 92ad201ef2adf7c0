import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test as everyTest } from 'vitest'
import { readConfiguration, type Configuration } from '../platform/configuration.ts'
import { startTestApp } from '../testing/test-app.ts'
import { testServer } from '../testing/test-database.ts'
import { findAll } from './testing/find-all.ts'
import { EXIT_NOT_CHECKED, exitCodeOf, kindOf, type Finding } from './finding.ts'
import { runFsck } from './fsck-verb.ts'
import { withStoppedFolder } from './open-folder.ts'
import { Damage, damageCases, fillChannel } from './testing/damage.ts'

// of an embedded database, so once is enough; damage-anywhere.test.ts runs on both engines
const test = everyTest.skipIf(testServer() !== undefined)

let world: string
let folder: string
let damage: Damage
let before: Map<string, string>
beforeAll(async () => {
  const t = await startTestApp({ embedded: true })
  await fillChannel(t)
  await t.stop()
  world = t.folder
  before = await serve(world)
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'terrarium-doctor-'))
  cpSync(world, folder, { recursive: true })
  damage = new Damage(folder)
})
afterEach(() => {
  damage.close()
  rmSync(folder, { recursive: true, force: true })
})
afterAll(() => rmSync(world, { recursive: true, force: true }))

function of(data: string): Configuration {
  return readConfiguration({ environment: {}, arguments: { data } })
}

async function check(options: { quick?: boolean } = {}): Promise<readonly Finding[]> {
  return withStoppedFolder(damage.data, (parts) => findAll(parts, options))
}

test('a sound folder is clean, with and without reading every blob', async () => {
  for (const quick of [false, true]) {
    const findings = await check({ quick })
    expect(findings.filter((finding) => kindOf(finding) !== 'note')).toEqual([])
    expect(exitCodeOf(findings.map(kindOf))).toBe(0)
  }
})

test.each(damageCases)(
  'it is found and repaired when $title',
  async ({ harm, code: expected, where, needsPeople, closed, lost = [] }) => {
    harm(damage)
    const lines: string[] = []
    const output = {
      line: (text: string) => void lines.push(text),
      error: (text: string) => void lines.push(text),
    }

    const code = await runFsck(
      { configuration: of(damage.data), quick: false, json: false, repair: true },
      output,
    )

    expect(code, lines.join('\n')).toBe(needsPeople ? exitCodeOf([needsPeople]) : 0)
    const found = lines.filter((line) => line.endsWith(`(${expected})`))
    expect(
      found.some((line) => line.includes(where)),
      lines.join('\n'),
    ).toBe(true)
    if (closed) return
    const after = await serve(folder)
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort())
    for (const [path, answer] of after) {
      if (lost.includes(path)) expect(answer).toBe('410')
      // when it was put back is the one thing that may differ
      else if (!path.endsWith('.json')) expect(answer, path).toBe(before.get(path))
    }
  },
)

/** What clients get of every file, by path: the digest, or the status of a refusal. */
async function serve(served: string): Promise<Map<string, string>> {
  const t = await startTestApp({ folder: served, embedded: true })
  const answers = new Map<string, string>()
  const paths = ['linux-64', 'noarch'].map((subdir) => `main/${subdir}/repodata.json`)
  for (const path of paths) {
    const answer = await t.nobody().get(`/api/repo/${path}`)
    expect(answer.statusCode, path).toBe(200)
    const { packages, 'packages.conda': conda, info } = answer.json<Record<string, Record<string, unknown>>>()
    answers.set(path, JSON.stringify([info, packages, conda]))
    for (const filename of [...Object.keys(packages!), ...Object.keys(conda!)]) {
      const file = `main/${String(info!['subdir'])}/${filename}`
      const bytes = await t.nobody().get(`/api/repo/${file}`)
      answers.set(
        file,
        bytes.statusCode === 200
          ? createHash('sha256').update(bytes.rawPayload).digest('hex')
          : String(bytes.statusCode),
      )
    }
  }
  t.log.splice(0)
  await t.stop()
  return answers
}

test('what a crash leaves behind is a note and no fault', async () => {
  const sha256 = damage.package('numpy-1.0-0.conda')
  damage.write('staging/half', 'half a pack')
  // seen in the folder and gone when it is looked at, as what a server is at work on
  symlinkSync('nowhere', join(damage.data, 'staging/gone'))
  damage.write(
    `blobs/sha256/${sha256.slice(0, 2)}/${sha256.slice(2)}.4a0f5b1e-0000-4000-8000-000000000000.part`,
    'x',
  )

  const findings = await check()

  const leftovers = findings.filter((finding) => finding.code === 'leftover-file')
  expect(leftovers.map(({ where }) => where.split('/')[0])).toEqual(['blobs', 'staging'])
  expect(exitCodeOf(findings.map(kindOf))).toBe(0)
})

test('a folder that a server uses is not checked, and neither is one without a database', async () => {
  const t = await startTestApp({ folder, embedded: true })
  const errors: string[] = []
  const output = { line: () => undefined, error: (text: string) => void errors.push(text) }

  const options = { quick: false, json: false }
  expect(await runFsck({ configuration: of(damage.data), ...options }, output)).toBe(EXIT_NOT_CHECKED)
  expect(await runFsck({ configuration: of(join(folder, 'nothing')), ...options }, output)).toBe(
    EXIT_NOT_CHECKED,
  )
  expect(errors.join()).toMatch(/is using the data folder.*there is no database/)
  await t.stop()
})

test.each([
  [
    'is no database',
    'hello '.repeat(1000),
    /terrarium\.db cannot be opened: file is not a database; restore/,
  ],
  ['is empty', '', /has nothing of Terrarium in it/],
])('a database that %s is told in a line', async (_title, bytes, said) => {
  damage.write('terrarium.db', bytes)
  const errors: string[] = []
  const output = { line: () => undefined, error: (text: string) => void errors.push(text) }
  const options = { configuration: of(damage.data), quick: false, json: false }
  expect(await runFsck(options, output)).toBe(EXIT_NOT_CHECKED)
  expect(errors).toEqual([expect.stringMatching(said)])
})

test('prints each finding, or everything as JSON, and answers with the sum of the kinds', async () => {
  damage.flip(damage.package('numpy-1.0-0.conda'))
  damage.remove(damage.index('served', 'noarch'))
  const lines: string[] = []
  const output = { line: (text: string) => void lines.push(text), error: () => undefined }

  expect(await runFsck({ configuration: of(damage.data), quick: false, json: false }, output)).toBe(3)
  expect(lines.join('\n')).toContain('corrupt: main/linux-64/numpy-1.0-0.conda: ')
  lines.length = 0
  expect(await runFsck({ configuration: of(damage.data), quick: false, json: true }, output)).toBe(3)
  expect(JSON.parse(lines.join('\n'))).toMatchObject({ exit_code: 3, channels: 1 })
})

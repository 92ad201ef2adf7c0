import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readConfiguration, type Configuration } from '../platform/configuration.ts'
import { startTestApp } from '../testing/test-app.ts'
import { checkStorage } from './check-storage.ts'
import { EXIT_NOT_CHECKED, exitCodeOf, kindOf, type Finding } from './finding.ts'
import { runFsck } from './fsck-verb.ts'
import { withStoppedFolder } from './open-folder.ts'
import { Damage, damageCases, fillChannel } from './testing/damage.ts'

let world: string
let folder: string
let damage: Damage
beforeAll(async () => {
  const t = await startTestApp({ embedded: true })
  await fillChannel(t)
  await t.stop()
  world = t.folder
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
  return (await withStoppedFolder(damage.data, (parts) => checkStorage(parts, options))).findings
}

test('a sound folder is clean, with and without reading every blob', async () => {
  for (const quick of [false, true]) {
    const findings = await check({ quick })
    expect(findings.filter((finding) => kindOf(finding) !== 'note')).toEqual([])
    expect(exitCodeOf(findings.map(kindOf))).toBe(0)
  }
})

test.each(damageCases)('it is found when $title', async ({ harm, code, where }) => {
  harm(damage)

  const findings = await check()

  expect(findings.map((finding) => `${finding.code} ${finding.where}`).join('\n')).toMatch(code)
  expect(
    findings.some((finding) => finding.code === code && finding.where.includes(where)),
    JSON.stringify(findings, undefined, 1),
  ).toBe(true)
  expect(exitCodeOf(findings.map(kindOf))).toBeGreaterThan(0)
})

test('what a crash leaves behind is a note and no fault', async () => {
  const sha256 = damage.package('numpy-1.0-0.conda')
  damage.write('staging/half', 'half a pack')
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

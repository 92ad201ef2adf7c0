/** What a package was kept back by is lost from the database: it is found, and made again from what the feed said. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test as everyTest } from 'vitest'
import { readConfiguration } from '../platform/configuration.ts'
import { startTestApp } from '../testing/test-app.ts'
import { testServer } from '../testing/test-database.ts'
import { runFsck } from './fsck-verb.ts'
import { Damage } from './testing/damage.ts'
import { requestsAdvisory } from '../vulnerabilities/testing/builders.ts'

const test = everyTest.skipIf(testServer() !== undefined)
const FILE = '/api/repo/main/noarch/requests-2.30.0-0.conda'

let world: string
const folder = mkdtempSync(join(tmpdir(), 'terrarium-advisories-'))
beforeAll(async () => {
  const t = await startTestApp({ embedded: true })
  world = t.folder
  await t.importFile('mapping', JSON.stringify({ requests: ['requests'] }))
  await t.importFile('advisories', JSON.stringify(requestsAdvisory))
  await t.channel('main')
  await t.policy('main', "name: strict\ndeny: [cve: '>= 7']")
  await t.upload('main', { name: 'requests', version: '2.30.0' })
  expect((await t.nobody().get(FILE)).statusCode).toBe(403)
  await t.stop()
})
afterAll(() => {
  for (const one of [world, folder]) rmSync(one, { recursive: true, force: true })
})

test.each(['advisories', 'advisory_affected', 'vulnerabilities'])(
  'a row of %s is missed and made again',
  async (table) => {
    const run = join(folder, table)
    cpSync(world, run, { recursive: true })
    const damage = new Damage(run)
    damage.run(`delete from ${table}`)
    damage.close()
    const lines: string[] = []
    const note = (text: string): void => void lines.push(text)
    const configuration = readConfiguration({
      environment: {},
      arguments: { data: join(run, 'data') },
    })

    const code = await runFsck(
      { configuration, quick: false, json: false, repair: true },
      { line: note, error: note },
    )

    expect(code, lines.join('\n')).toBe(0)
    expect(lines.join('\n')).toMatch(
      /main\/noarch\/requests-2\.30\.0-0\.conda: it was decided to deny it.*to allow/,
    )
    const t = await startTestApp({ folder: run, embedded: true })
    expect((await t.nobody().get(FILE)).statusCode).toBe(403)
    await t.stop()
  },
)

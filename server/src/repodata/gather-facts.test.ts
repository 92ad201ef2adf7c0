import { afterAll, beforeAll, expect, test } from 'vitest'
import { listFilesOfNames } from '../channels/contents-store.ts'
import { findChannelByName } from '../channels/store.ts'
import type { ArtifactFacts } from '../policies/facts.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { gatherFacts } from './gather-facts.ts'
import { requestsAdvisory } from '../vulnerabilities/testing/builders.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
  await t.importFile('mapping', JSON.stringify({ requests: ['requests'] }))
  await t.importFile('advisories', JSON.stringify(requestsAdvisory))
})
afterAll(() => t.close())

async function factsOf(channelName: string, name: string): Promise<Map<string, ArtifactFacts>> {
  const channel = await findChannelByName(t.parts.db, channelName)
  if (!channel) throw new Error(`no channel ${channelName}`)
  const files = await listFilesOfNames(t.parts.db, channel.id, [name])
  const facts = await gatherFacts(t.parts.db, channel, files)
  return new Map([...facts.values()].map((one) => [one.filename, one]))
}

test('a fix counts as available when the channel has it, newer versions only, nearest first', async () => {
  await t.channel('fixes')
  for (const version of ['2.29.0', '2.30.0']) await t.upload('fixes', { name: 'requests', version })
  expect((await factsOf('fixes', 'requests')).get('requests-2.30.0-0.conda')?.vulnerabilities).toMatchObject([
    { id: 'CVE-2099-0001', publishedMs: Date.parse('2026-01-01'), fixedInChannel: [] },
  ])

  for (const version of ['2.32.0', '2.31.0']) await t.upload('fixes', { name: 'requests', version })
  const facts = await factsOf('fixes', 'requests')
  expect(facts.get('requests-2.30.0-0.conda')?.vulnerabilities[0]?.fixedInChannel).toEqual([
    '2.31.0',
    '2.32.0',
  ])
  expect(facts.get('requests-2.31.0-0.conda')?.vulnerabilities).toEqual([])
})

test('a name that nobody has linked is unmapped', async () => {
  await t.channel('names')
  await t.upload('names', { name: 'requests', version: '1.0' })
  await t.upload('names', { name: 'in-house', version: '1.0' })
  expect((await factsOf('names', 'requests')).get('requests-1.0-0.conda')?.unmapped).toBe(false)
  expect((await factsOf('names', 'in-house')).get('in-house-1.0-0.conda')?.unmapped).toBe(true)
})

test('a .tar.bz2 is a duplicate as long as the .conda is there', async () => {
  await t.channel('twins')
  await t.upload('twins', { name: 'demo', version: '1.0' }, 'tar.bz2')
  expect((await factsOf('twins', 'demo')).get('demo-1.0-0.tar.bz2')?.legacyDuplicate).toBe(false)
  await t.upload('twins', { name: 'demo', version: '1.0' }, 'conda')
  const facts = await factsOf('twins', 'demo')
  expect(facts.get('demo-1.0-0.tar.bz2')?.legacyDuplicate).toBe(true)
  expect(facts.get('demo-1.0-0.conda')?.legacyDuplicate).toBe(false)
})

test('install scripts and machine code in a noarch package are seen', async () => {
  await t.channel('traits')
  const elf = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 62, 0)
  await t.upload('traits', { name: 'plain', version: '1.0' })
  await t.upload('traits', {
    name: 'scripted',
    version: '1.0',
    files: { 'bin/.scripted-post-link.sh': 'true', 'lib/a.so': elf },
  })
  expect((await factsOf('traits', 'plain')).get('plain-1.0-0.conda')).toMatchObject({
    linkScripts: false,
    executablesInNoarch: false,
  })
  expect((await factsOf('traits', 'scripted')).get('scripted-1.0-0.conda')).toMatchObject({
    linkScripts: true,
    executablesInNoarch: true,
  })
})

/** The demo as a newcomer runs it. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { runTerrarium, temporaryFolder, until } from './support/terrarium.ts'

const LAUNCHER = fileURLToPath(new URL('../cli/bin/terrarium.cjs', import.meta.url))

test('shows what was mirrored, what was blocked and why, and lines to paste; a second start finds its data', async () => {
  const data = join(temporaryFolder('demo'), 'data')
  const args = ['demo', '--data', data, '--port', '0', '--once']

  const first = await runTerrarium(args)
  const reset = `A new password: npx terrarium reset-password admin --data ${data}\n`
  expect(first.split('Use it:')[1]).toMatch(/Sign in: admin, password \S{12,}\n/)
  expect(first.endsWith(reset)).toBe(true)
  expect(first).toMatch(/main: 42 files mirrored, \d+ served, \d+ blocked/)
  expect(first).toMatch(/urllib3\s+1\.26\.18 2\.1\.0\s+2\.0\.4\s+no-high-cve: CVE-2023-43804 has score 8\.1/)
  expect(first).toMatch(/ca-certificates\s+2023\.7\.22 2023\.11\.17/)
  expect(first).toMatch(/readline\s+8\.2\s+no-gpl/)
  for (const client of ['conda create', 'mamba create', 'pixi init']) expect(first).toContain(client)

  const second = await runTerrarium(args)
  expect(second.endsWith(`Sign in: admin, password as the first start said\n${reset}`)).toBe(true)
  expect(second).toMatch(/main: 42 files mirrored/)
})

test('keeps the server running until it is stopped', async () => {
  const data = join(temporaryFolder('demo'), 'data')
  const child = spawn(process.execPath, [LAUNCHER, 'demo', '--data', data, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const url = await until(async () => /Server: (\S+)/.exec(output)?.[1])
  expect((await fetch(`${url}/api/repo/main/noarch/repodata.json`)).status).toBe(200)

  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
  await expect(fetch(`${url}/healthz`)).rejects.toThrow()
})

test.skipIf(!hasSharedData)('does the same on real input', async () => {
  const folder = temporaryFolder('demo')
  const policy = join(folder, 'policy.yaml')
  writeFileSync(
    policy,
    'version: 1\nname: real\nrules:\n  - { id: high, effect: deny, when: { cve: ">= 7" } }\n',
  )
  const output = await runTerrarium([
    ...['demo', '--data', join(folder, 'data'), '--port', '0', '--once', '--channel', 'forge'],
    ...['--upstream', sharedPath('data/packages/conda-forge-2023'), '--subdir', 'linux-aarch64', 'noarch'],
    ...['--advisories', sharedPath('data/advisories/osv/pypa-advisory-database.jsonl.gz')],
    ...['--mapping', sharedPath('data/mappings/parselmouth-conda-forge-to-pypi.json.gz'), '--policy', policy],
  ])
  expect(output).toMatch(/forge: 95 files mirrored/)
})

test('wrong input ends with a sentence and not with a stack', async () => {
  const data = join(temporaryFolder('demo'), 'data')
  const start = (...args: string[]): Promise<string> =>
    runTerrarium(['demo', '--data', data, '--port', '0', '--once', ...args])
  await expect(start('--advisories', '/no/such/file')).rejects.toThrow(/there is no file \/no\/such\/file/)
  await expect(start('--upstream', 'http://127.0.0.1:1')).rejects.toThrow(
    /cannot reach http:\/\/127\.0\.0\.1:1/,
  )
  await expect(start('--upstream', '/no/such/folder')).rejects.toThrow(/no folder/)
})

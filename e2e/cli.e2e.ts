/** The command line against a real server: what people type, what they read, how it ends. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packageFilename, writePackage } from '@terrarium/conda/archive/write-package.ts'
import { startTerrarium, Story, temporaryFolder, until, type Terrarium } from './support/terrarium.ts'

const LAUNCHER = fileURLToPath(new URL('../cli/bin/terrarium.cjs', import.meta.url))
const PASSWORD = 'correct horse battery staple'
const folder = temporaryFolder('cli')
const home = temporaryFolder('cli-home')

let terrarium: Terrarium

beforeAll(async () => {
  terrarium = await startTerrarium({
    data: join(folder, 'data'),
    environment: { TERRARIUM_ADMIN_PASSWORD: PASSWORD, TERRARIUM_MIRROR_FOLDERS: folder },
  })
})

afterAll(async () => {
  expect(await terrarium.stop()).toBe(0)
})

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(args: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, XDG_CONFIG_HOME: home, TERRARIUM_SERVER: terrarium.url },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.end(input)
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
}

describe('in the order a new administrator would', () => {
  test('without a token the server says what is missing, and the exit code is 1', async () => {
    const ended = await run(['channel', 'create', 'tools'])
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/needs a token.*unauthenticated[^]*terrarium login/)
  })

  test('a wrong password is refused, the right one is kept for the next commands', async () => {
    expect(await run(['login', '--password-stdin'], 'wrong')).toMatchObject({ code: 1 })
    const ended = await run(['login', '--password-stdin'], `${PASSWORD}\n`)
    expect(ended.code).toBe(0)
    expect(ended.stderr).toMatch(/Signed in to .* as admin until \d{4}-/)
    expect(ended.stderr + ended.stdout).not.toContain('tk-')
  })

  test('makes a channel, uploads a package, sees it', async () => {
    expect((await run(['channel', 'create', 'tools', '--privacy', 'public'])).code).toBe(0)
    const listed = await run(['channel', 'list', '--token', 'trm-none'])
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining('tools') as string })
    expect(listed.stderr).toMatch(/does not take your token.*what anybody may see/)
    for (const what of ['owners', 'pins']) {
      expect(await run(['channel', what, 'tools'])).toMatchObject({ code: 0, stdout: '' })
      expect((await run(['channel', what, 'tools'])).stderr).toContain('tools is no virtual channel')
    }
    const spec = { name: 'openssl', version: '1.1.1k', subdir: 'linux-64', index: { license: 'OpenSSL' } }
    const file = join(folder, packageFilename(spec, 'conda'))
    writeFileSync(file, await writePackage(spec, 'conda'))

    expect(await run(['upload', file, '-c', 'tools'])).toMatchObject({ code: 0 })
    expect(await run(['upload', file, '-c', 'tools'])).toMatchObject({ code: 0 }) // the same bytes again
    await new Story(terrarium).published('tools')
    expect((await run(['channel', 'files', 'tools'])).stdout).toMatch(
      /linux-64\/openssl-1\.1\.1k-0\.conda.*allow/,
    )
  })

  test('other bytes under a known name, and a file that is no package, are refused with the reason', async () => {
    const spec = { name: 'openssl', version: '1.1.1k', subdir: 'linux-64', files: { 'other.txt': 'other' } }
    const other = join(folder, 'openssl-1.1.1k-0.conda')
    writeFileSync(other, await writePackage(spec, 'conda'))
    const taken = await run(['upload', other, '-c', 'tools'])
    expect(taken.code).toBe(1)
    expect(taken.stderr).toMatch(/known with other bytes.*raise the build number \(filename-taken\)/)

    const broken = join(folder, 'a-1-0.conda')
    writeFileSync(broken, 'no zip at all')
    const refused = await run(['upload', broken, '-c', 'tools'])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/a-1-0\.conda: .* \(invalid-package\)/)
  })

  test('holds advisories with a broken line, which is counted and shown, until somebody lets them through', async () => {
    const file = join(folder, 'advisories.jsonl')
    const advisory = {
      id: 'CVE-2021-3711',
      vulnStatus: 'Analyzed',
      published: '2021-08-24T00:00:00.000',
      lastModified: '2021-09-01T00:00:00.000',
      descriptions: [{ lang: 'en', value: 'A buffer overflow in SM2 decryption' }],
      metrics: {
        cvssMetricV31: [
          {
            source: 'nvd@nist.gov',
            type: 'Primary',
            cvssData: {
              version: '3.1',
              vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
              baseScore: 9.8,
              baseSeverity: 'CRITICAL',
            },
          },
        ],
      },
      configurations: [
        {
          nodes: [
            {
              operator: 'OR',
              negate: false,
              cpeMatch: [
                {
                  vulnerable: true,
                  criteria: 'cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*',
                  versionStartIncluding: '1.1.1',
                  versionEndExcluding: '1.1.1l',
                },
              ],
            },
          ],
        },
      ],
    }
    writeFileSync(file, `${JSON.stringify(advisory)}\n{"id": "CVE-2021-0000", \n`)
    const ended = await run(['advisories', 'import', file])
    expect(ended.code).toBe(0)
    expect(ended.stderr).toMatch(/1 records, 1 new or changed, 1 skipped/)
    expect(ended.stderr).toMatch(/line 2: /)
    expect(ended.stderr).toMatch(/held: 1 of 2 records cannot be read/)
    const [, id = ''] = /terrarium advisories approve (\S+)/.exec(ended.stderr) ?? []
    const approved = await run(['advisories', 'approve', id, '--note', 'the other line is right'])
    expect(approved.stderr).toMatch(/The import is approved/)

    await new Story(terrarium).published('tools')
    const cves = await run(['cves', 'package', 'openssl', '--channel', 'tools'])
    expect(cves.stdout).toMatch(
      /1\.1\.1k\s+CVE-2021-3711\s+9\.8\s+critical\s+reported\s+98 %\s+1\.1\.1l\s+openssl 1\.1\.1k is/,
    )
  })

  test('a policy with a fault is refused with line and column, a right one acts at once', async () => {
    const wrong = join(folder, 'wrong.yaml')
    writeFileSync(
      wrong,
      'version: 1\nname: house\nrules:\n  - id: high\n    efect: deny\n    when: { cve: ">= 7" }\n',
    )
    const refused = await run(['policy', 'write', wrong])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/5:5.*efect.*effect/)

    const right = join(folder, 'house.yaml')
    writeFileSync(
      right,
      'version: 1\nname: house\nrules:\n  - id: high\n    effect: deny\n    when: { cve: ">= 7" }\n',
    )
    expect((await run(['policy', 'write', right])).code).toBe(0)
    expect((await run(['policy', 'assign', 'house', '-c', 'tools'])).code).toBe(0)
    const why = await run(['why', '-c', 'tools', 'linux-64/openssl-1.1.1k-0.conda'])
    expect(why.stdout).toMatch(
      /is blocked in channel "tools" by policy "house", rule high: CVE-2021-3711 has score 9\.8/,
    )
  })

  test('a mirror that cannot work says why and ends with 1', async () => {
    const missing = await run([
      'mirror',
      'create',
      '-c',
      'tools',
      '-n',
      'up',
      '-s',
      join(folder, 'nothing'),
      '--run',
    ])
    expect(missing.code).toBe(1)
    expect(missing.stderr).toMatch(/there is no folder/)
    const forbidden = await run(['mirror', 'create', '-c', 'tools', '-n', 'up', '-s', '/etc', '--run'])
    expect(forbidden.stderr).toMatch(/mirror_folders/)
    const metadata = await run([
      'mirror',
      'create',
      '-c',
      'tools',
      '-n',
      'up',
      '-s',
      'http://169.254.169.254/x',
      '--run',
    ])
    expect(metadata.stderr).toMatch(/169\.254\.169\.254/)
  })

  test('what would be changed is said first, and nothing is done', async () => {
    const spec = { name: 'zlib', version: '1.3', subdir: 'linux-64' }
    const file = join(folder, packageFilename(spec, 'conda'))
    writeFileSync(file, await writePackage(spec, 'conda'))
    expect((await run(['upload', file, '-c', 'tools'])).code).toBe(0)
    await new Story(terrarium).published('tools')
    const back = await run(['revision', 'rollback', 'tools', '1', '--dry-run'])
    expect(back.stdout).toMatch(/removed\s+linux-64\/zlib-1\.3-0\.conda/)
    expect(back.stderr).toMatch(/Nothing was changed/)
    const serve = await run(['revision', 'serve', 'tools', '1', '--dry-run'])
    expect(serve.stdout).toMatch(/removed\s+linux-64\/zlib-1\.3-0\.conda/)
    const dropped = await run(['channel', 'delete', 'tools'])
    expect(dropped.code).toBe(1)
    expect(dropped.stderr).toMatch(/drops tools with all it has, 2 files in \d+ revisions.*--yes/)
    expect((await run(['channel', 'show', 'tools'])).stdout).toMatch(/files +2, \d of them blocked/)
  })

  test('a number of days that is none is wrong usage, and the channel keeps what it had', async () => {
    expect((await run(['channel', 'keep', 'tools', '40'])).code).toBe(0)
    const ended = await run(['channel', 'keep', 'tools', 'a year'])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(/number of days, or "default"/)
    expect((await run(['channel', 'show', 'tools'])).stdout).toMatch(/past kept for +40 days/)
  })

  test('members and pins of a virtual channel are listed, and a pattern is unpinned by itself', async () => {
    expect((await run(['channel', 'create', 'all', '--member', 'tools'])).code).toBe(0)
    expect((await run(['channel', 'pin', 'all', 'acme-*', 'tools'])).code).toBe(0)
    expect((await run(['channel', 'pins', 'all'])).stdout).toMatch(/acme-\* +tools/)
    expect((await run(['channel', 'unpin', 'all', 'acme-*'])).code).toBe(0)
    expect((await run(['channel', 'pins', 'all'])).stdout).not.toMatch(/acme/)
    expect((await run(['channel', 'show', 'tools'])).stdout).toMatch(/shown by +all/)
    expect((await run(['channel', 'delete', 'all', '--yes'])).code).toBe(0)
  })

  test('notices come and go', async () => {
    const added = await run([
      'notice',
      'add',
      'tools',
      'Moving on Sunday',
      '--level',
      'warning',
      '--days',
      '2',
    ])
    const [, id = ''] = /It is notice (\S+)\./.exec(added.stderr) ?? []
    expect((await run(['notice', 'list', 'tools'])).stdout).toMatch(/warning .*Moving on Sunday/)
    expect((await run(['notice', 'remove', 'tools', id])).code).toBe(0)
    expect((await run(['notice', 'list', 'tools'])).stdout).not.toMatch(/Moving/)
  })

  test('the last check is told again without another', async () => {
    expect((await run(['doctor', '--last'])).stderr).toMatch(/no check has come to its end/)
    expect((await run(['doctor'])).code).toBe(0)
    expect((await run(['doctor', '--last'])).stderr).toMatch(/A light check of \d{4}-[^]*Nothing is wrong/)
  })

  test('--json prints what the API answers', async () => {
    const { stdout } = await run(['--json', 'channel', 'list'])
    expect(JSON.parse(stdout)).toMatchObject([{ name: 'tools', privacy: 'public' }])
  })
})

test('a server that is not there is told apart from a refusal', async () => {
  const ended = await run(['--server', 'http://127.0.0.1:1', 'channel', 'list'])
  expect(ended.code).toBe(3)
  expect(ended.stderr).toMatch(/cannot reach http:\/\/127\.0\.0\.1:1/)
})

test('a server started by npx stops with it', async () => {
  const child = spawn('npx', ['terrarium', 'serve', '--data', join(folder, 'by-npx'), '--port', '0'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const url = await until(async () => / at (http:\S+) \(data/.exec(output)?.[1])

  child.kill('SIGTERM')

  const gone = await until(async () =>
    fetch(`${url}/healthz`).then(
      () => undefined,
      () => true,
    ),
  )
  expect(gone).toBe(true)
})

test('a file that is not there is named', async () => {
  for (const words of [
    ['upload', '-c', 'tools'],
    ['policy', 'write'],
    ['advisories', 'import'],
  ]) {
    const ended = await run([...words, '/no/such/file'])
    expect(ended).toMatchObject({ code: 1, stderr: 'terrarium: there is no file /no/such/file\n' })
  }
})

test.each([
  [['upload']],
  [['channel', 'freeze']],
  [['revision', 'diff', 'tools']],
  [['no-such-command']],
  [['channel', 'list', '--server', 'tools.example']],
])('wrong usage ends with 2: %j', async (args) => {
  expect((await run(args)).code).toBe(2)
})

test('whoever reads the first line alone is told of no error', async () => {
  const child = spawn(process.execPath, [LAUNCHER, 'channel', 'list'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, XDG_CONFIG_HOME: home, TERRARIUM_SERVER: terrarium.url },
  })
  child.stdout.destroy()
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

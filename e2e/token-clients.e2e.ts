/**
 * Clients that are not ours reach a private channel with a token in each place where they keep one, and are refused
 * without it, with a wrong one and with a revoked one. Rattler's places with a good token: clients.e2e.ts.
 */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { packageFilename, writePackage } from '@terrarium/conda/archive/write-package.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasPython, PYTHON } from './support/python.ts'
import { installWithPyRattler } from './support/rattler.ts'
import { record, type Recorder } from './support/recorder.ts'
import { startTerrarium, Story, temporaryFolder, type Terrarium } from './support/terrarium.ts'

const SCRIPT = fileURLToPath(new URL('support/ask_with_token.py', import.meta.url))
const folder = temporaryFolder('token-clients')
const FILE = 'noarch/demo-1.0-0.conda'

let terrarium: Terrarium
let recorder: Recorder
let good: string
let revoked: string

/** What the client told its user, with a home of its own. */
type Ask = (token: string | undefined, home: string) => Promise<string>

async function python(
  home: string,
  request: object,
  environment: Record<string, string> = {},
): Promise<string> {
  const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home, ...environment }
  const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, JSON.stringify(request)], {
    timeout: 60_000,
    env,
  })
  return (JSON.parse(stdout) as { said: string }).said
}

/** A program that tells its user in words, and fails. */
async function run(
  home: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<string> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_CONFIG_HOME: home,
    NO_COLOR: '1',
    ...environment,
  }
  try {
    await promisify(execFile)(PYTHON, args, { timeout: 60_000, env })
    return ''
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return stdout + stderr
  }
}

const pip = [
  '-m',
  'pip',
  'download',
  '--no-deps',
  '--no-cache-dir',
  '--no-input',
  '--retries',
  '0',
  '--quiet',
]
const conda = (home: string, channel: string): Promise<string> =>
  python(home, { client: 'conda', channel, spec: 'demo' }, { BINSTAR_CONFIG_DIR: join(home, 'binstar') })
const rattler = async (home: string, stored: (token: string) => object, token: string | undefined) => {
  const channel = `${recorder.url}/api/repo/inner`
  const asked = { specs: ['demo'], channel, platform: 'noarch', folder: home, solveOnly: true }
  const credentials = token === undefined ? {} : { credentials: { rattler: { '127.0.0.1': stored(token) } } }
  return installWithPyRattler({ ...asked, ...credentials }).then(() => '', String)
}

const clients: Readonly<
  Record<
    string,
    { readonly ask: Ask; readonly refused: RegExp; readonly had?: RegExp; readonly status?: number }
  >
> = {
  'conda, in the address': {
    ask: (token, home) =>
      conda(home, `${recorder.url}${token === undefined ? '' : `/t/${token}`}/api/repo/inner`),
    refused: /401/,
  },
  'conda, Basic': {
    ask: (token, home) =>
      conda(home, `http://${token === undefined ? '' : `anybody:${token}@`}${recorder.host}/api/repo/inner`),
    refused: /401/,
  },
  'conda, with what `anaconda login` stored': {
    ask: async (token, home) => {
      const place = { BINSTAR_CONFIG_DIR: join(home, 'binstar') }
      const site = `${recorder.url}/api/repo`
      if (token !== undefined)
        expect(await python(home, { client: 'anaconda login', site, token }, place)).toBe('')
      return conda(home, `${recorder.url}/api/repo/inner`)
    },
    refused: /401/,
  },
  'anaconda-client, Authorization: token': {
    ask: (token, home) =>
      python(home, {
        client: 'anaconda',
        url: `${recorder.url}/api/repo/inner/${FILE}`,
        token: token ?? null,
      }),
    refused: /Unauthorized/,
  },
  // what comes is no Python package, which pip says after it had it
  'pip, Basic in the address': {
    ask: (token, home) =>
      run(home, [
        ...pip,
        `http://${token === undefined ? '' : `anybody:${token}@`}${recorder.host}/api/repo/inner/${FILE}`,
      ]),
    refused: /401/,
    had: /neither 'setup.py' nor 'pyproject.toml' found|archive format/,
  },
  'pip, netrc': {
    ask: async (token, home) => {
      const netrc = join(home, 'netrc')
      await writeFile(netrc, token === undefined ? '' : `machine 127.0.0.1 login x password ${token}\n`)
      return run(home, [...pip, `${recorder.url}/api/repo/inner/${FILE}`], { NETRC: netrc })
    },
    refused: /401/,
    had: /neither 'setup.py' nor 'pyproject.toml' found|archive format/,
  },
  'twine, user and password': {
    ask: async (token, home) => {
      const path = join(home, 'demo-1.0-py3-none-any.whl')
      expect(await python(home, { client: 'wheel', path })).toBe('')
      const upload = ['-m', 'twine', 'upload', '--non-interactive', '--disable-progress-bar', '--verbose']
      const site = ['--repository-url', `${recorder.url}/api/repo/inner`]
      // it does not ask without a password at all
      return run(home, [...upload, ...site, '-u', 'x', '-p', token ?? 'none', path])
    },
    refused: /401/,
    // the token is judged, then the package: there are no Python packages yet
    had: /415[\s\S]*takes conda packages\s+alone/,
    status: 415,
  },
  'rattler, Bearer': {
    ask: (token, home) => rattler(home, (BearerToken) => ({ BearerToken }), token),
    refused: /401/,
  },
  'rattler, Basic': {
    ask: (token, home) => rattler(home, (password) => ({ BasicHTTP: { username: 'x', password } }), token),
    refused: /401/,
  },
  'rattler, conda token': {
    ask: (token, home) => rattler(home, (CondaToken) => ({ CondaToken }), token),
    refused: /401/,
  },
}

test.runIf(process.env['E2E_REQUIRE'] === '1')('Python is there', () => {
  expect(hasPython).toBe(true)
})

describe.skipIf(!hasPython)('a private channel', () => {
  beforeAll(async () => {
    terrarium = await startTerrarium({ data: join(folder, 'data') })
    recorder = await record(terrarium.url)
    const story = new Story(terrarium)
    await story.channel('inner', 'private')
    const spec = { name: 'demo', version: '1.0' }
    const form = new FormData()
    form.append('filetype', 'conda1')
    form.append(
      'content',
      new Blob([Buffer.from(await writePackage(spec, 'conda'))]),
      packageFilename(spec, 'conda'),
    )
    const authorization = `Bearer ${terrarium.token}`
    const uploaded = await fetch(`${terrarium.url}/api/channels/inner/artifacts`, {
      ...{ method: 'POST', body: form, headers: { authorization } },
    })
    expect(uploaded.status).toBe(201)
    await story.published('inner')
    const make = (name: string) =>
      terrarium.client.post<{ id: string; token: string }>('/api/account/tokens', { name })
    good = (await make('good')).token
    const gone = await make('gone')
    await terrarium.client.delete(`/api/account/tokens/${gone.id}`)
    revoked = gone.token
  })

  afterAll(async () => {
    recorder.server.close()
    expect(await terrarium.stop()).toBe(0)
  })

  let homes = 0
  const newHome = async (): Promise<string> => {
    const home = join(folder, `home-${(homes += 1)}`)
    await mkdir(home)
    return home
  }

  test.each(Object.keys(clients))('is had with a token, and not without: %s', async (name) => {
    const { ask, refused, had = /^$/, status = 200 } = clients[name]! // one of its keys
    recorder.take()
    expect(await ask(good, await newHome())).toMatch(had)
    expect(recorder.take().map((line) => Number(line.slice(0, 3)))).toContain(status)

    const wrong = `${good.slice(0, 10)}${good[10] === 'a' ? 'b' : 'a'}${good.slice(11)}`
    for (const token of [undefined, wrong, revoked]) {
      expect(await ask(token, await newHome()), `with ${token ?? 'none'}`).toMatch(refused)
      const answers = recorder.take()
      expect(answers.length).toBeGreaterThan(0)
      // never 404, which a client would take for an empty channel
      expect(answers.filter((line) => !line.startsWith('401 '))).toEqual([])
    }
  })
})

/** Solvers and installers that are not ours: rattler for JavaScript, and py-rattler where Python has it. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { hasPython, PYTHON } from './python.ts'

export interface Solved {
  readonly name: string
  readonly version: string
  readonly build: string
  readonly url: string
}

interface RattlerModule {
  simpleSolve(
    specs: string[],
    channels: string[],
    platforms: string[],
    locked: unknown,
  ): Promise<{ packageName: string; version: string; build: string; url: string }[]>
}

// its ES module wants a bundler; the CommonJS one runs in Node
const rattler = createRequire(import.meta.url)('@conda-org/rattler') as RattlerModule

/** @throws what the solver says, when there is no solution */
export async function solve(specs: string[], channel: string, platform: string): Promise<Solved[]> {
  const solved = await rattler.simpleSolve(specs, [channel], [platform, 'noarch'], [])
  return solved.map(({ packageName, version, build, url }) => ({ name: packageName, version, build, url }))
}

/** Whether py-rattler is there: it comes with the Python environment. */
export const hasPyRattler = hasPython

const CRASHES_BORNE = 3

const SCRIPT = fileURLToPath(new URL('install_with_rattler.py', import.meta.url))

export interface Installed {
  readonly records: readonly {
    readonly name: string
    readonly version: string
    readonly sha256: string
    readonly url: string
  }[]
  /** Files whose hash was compared with the one their package states. */
  readonly filesChecked: number
  readonly wrongFiles: readonly string[]
}

/** Solves, downloads and links an environment with py-rattler. @throws what the solver or installer says */
export async function installWithPyRattler(options: {
  specs: readonly string[]
  channel: string
  platform: string
  folder: string
  /** False forbids sharded repodata. */
  sharded?: boolean
  solveOnly?: boolean
  /** Of a user who keeps them outside of the address: rattler's own file, by host, or a netrc. */
  credentials?: { readonly rattler: object } | { readonly netrc: string }
}): Promise<Installed> {
  const { credentials, ...asked } = options
  const request = JSON.stringify({
    ...asked,
    prefix: join(options.folder, 'prefix'),
    cache: join(options.folder, 'cache'),
  })
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, request], {
        maxBuffer: 64 * 1024 * 1024,
        timeout: 120_000,
        env: { ...process.env, ...storeCredentials(options.folder, credentials) },
      })
      return JSON.parse(stdout) as Installed
    } catch (error) {
      // the interpreter itself dies now and then when it ends with rattler's threads still at work
      const signal = (error as { signal?: unknown }).signal
      if (signal === 'SIGSEGV' || signal === 'SIGABRT') {
        process.stderr.write(`py-rattler died of ${signal}, attempt ${attempt}\n`)
        if (attempt < CRASHES_BORNE) continue
      }
      throw error
    }
  }
}

function storeCredentials(
  folder: string,
  credentials: { readonly rattler: object } | { readonly netrc: string } | undefined,
): Record<string, string> {
  const path = join(folder, 'credentials')
  const nowhere = join(folder, 'no-credentials.json')
  // or those of whoever runs the tests would take part
  writeFileSync(nowhere, '{}')
  if (!credentials) return { RATTLER_AUTH_FILE: nowhere, NETRC: join(folder, 'no-netrc') }
  const isNetrc = 'netrc' in credentials
  writeFileSync(path, isNetrc ? credentials.netrc : JSON.stringify(credentials.rattler), { mode: 0o600 })
  return isNetrc
    ? { RATTLER_AUTH_FILE: nowhere, NETRC: path }
    : { RATTLER_AUTH_FILE: path, NETRC: join(folder, 'no-netrc') }
}

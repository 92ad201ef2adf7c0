/** The Python environment of the end-to-end tests: what others wrote, to compare with. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** scripts/prepare-e2e.sh makes it where PyPI is reachable; E2E_PYTHON names another. */
export const PYTHON =
  process.env['E2E_PYTHON'] ?? fileURLToPath(new URL('../../.cache/venv/bin/python', import.meta.url))

export const hasPython = existsSync(PYTHON)

const PEERS = fileURLToPath(new URL('conda_peers.py', import.meta.url))

export type PeerCommand = 'archives' | 'current' | 'gateway' | 'index' | 'patched' | 'shards' | 'specs'

/** What others make of the request: see conda_peers.py, which also says what each command gives. */
export async function askPeer<Answer>(command: PeerCommand, request: unknown): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), 'terrarium-peer-'))
  const [requestPath, answerPath] = [join(folder, 'request.json'), join(folder, 'answer.json')]
  try {
    await writeFile(requestPath, JSON.stringify(request))
    // a home of its own: no settings of whoever runs this
    const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder }
    await promisify(execFile)(PYTHON, [PEERS, command, requestPath, answerPath], { timeout: 240_000, env })
    return JSON.parse(await readFile(answerPath, 'utf8')) as Answer
  } finally {
    await rm(folder, { recursive: true })
  }
}

const DOWNLOAD = fileURLToPath(new URL('download_with_conda.py', import.meta.url))

/** What conda's own code tells its user about a file it cannot have; empty when it has it. */
export async function downloadWithConda(url: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'terrarium-conda-'))
  try {
    const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home }
    const { stdout } = await promisify(execFile)(PYTHON, [DOWNLOAD, url], { timeout: 120_000, env })
    return JSON.parse(stdout) as string
  } finally {
    await rm(home, { recursive: true })
  }
}

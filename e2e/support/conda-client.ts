/** The code of conda itself, reading a channel and downloading from it; see read_with_conda.py. */
import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PYTHON } from './python.ts'

const SCRIPT = fileURLToPath(new URL('read_with_conda.py', import.meta.url))

export interface CondaAnswer {
  /** Versions that match, or the words conda shows. */
  readonly queries: readonly (readonly string[] | string)[]
  /** Bytes that came, or the words conda shows. */
  readonly downloads: readonly (number | string)[]
}

export async function askConda(request: {
  queries?: readonly (readonly [channel: string, subdir: string, spec: string])[]
  downloads?: readonly string[]
}): Promise<CondaAnswer> {
  const home = await mkdtemp(join(tmpdir(), 'terrarium-e2e-conda-'))
  const argument = JSON.stringify({ home, queries: [], downloads: [], ...request })
  const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, argument], { timeout: 120_000 })
  return JSON.parse(stdout) as CondaAnswer
}

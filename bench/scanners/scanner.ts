/** What a scanner under test is, and how its programs are run: with a limit of time and a home of their own. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AdvisoryForms } from './advisory-forms.ts'
import type { TruthPackage } from './truth-packages.ts'

export interface ScanInput {
  readonly packages: readonly TruthPackage[]
  readonly forms: AdvisoryForms
  /** The folder of all environments. */
  readonly environments: string
  readonly billOfMaterials: string
  /** Where programs are kept between runs. */
  readonly cache: string
  /** Empty, for what this run needs. */
  readonly work: string
}

/** Ids of what was found, by the key of the package. */
export type Findings = ReadonlyMap<string, ReadonlySet<string>>

export interface Scan {
  /** How the packages were shown to it: `environments`, `SBOM`. */
  readonly shown: string
  readonly findings: Findings
}

export interface Scanner {
  readonly name: string
  readonly version: string
  /** What it was given of the advisories. */
  readonly given: string
  /** @throws Error with what stopped it */
  scan(input: ScanInput): Promise<readonly Scan[]>
}

const SCAN_TIMEOUT_MS = 180_000
const BUILD_TIMEOUT_MS = 900_000

/** @returns its stdout. Scanners end with an exit code when they find something: `accept` says with which. */
export async function run(
  program: string,
  words: readonly string[],
  work: string,
  options: { accept?: readonly number[]; env?: Readonly<Record<string, string>>; timeoutMs?: number } = {},
): Promise<string> {
  const env = { ...process.env, HOME: work, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1', ...options.env }
  try {
    const { stdout } = await promisify(execFile)(program, [...words], {
      ...{ env, cwd: work, maxBuffer: 2 ** 29, timeout: options.timeoutMs ?? SCAN_TIMEOUT_MS },
    })
    return stdout
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string } // as execFile has it
    if (typeof code === 'number' && options.accept?.includes(code)) return stdout ?? ''
    const words = (stderr ?? '').trim().split('\n').slice(-3).join(' ')
    throw new Error(`${program.split('/').at(-1) ?? program}: ${words || String(error)}`, { cause: error })
  }
}

/** A Go program of the module proxy in the cache, built there once. */
export async function goProgram(cache: string, name: string, module: string): Promise<string> {
  const program = join(cache, 'bin', name)
  if (!existsSync(program)) {
    await mkdir(join(cache, 'bin'), { recursive: true })
    await run('nice', ['go', 'install', module], cache, {
      env: goSettings(cache),
      timeoutMs: BUILD_TIMEOUT_MS,
    })
  }
  return program
}

/** A build takes little of the machine, and what it fetches is shared with other builds. */
export const goSettings = (cache: string): Record<string, string> => ({
  ...{ GOBIN: join(cache, 'bin'), GOFLAGS: '-p=1', HOME: process.env['HOME'] ?? cache },
})

/** A program of a Python package in an environment of its own, made once. */
export async function pythonProgram(cache: string, name: string, version: string): Promise<string> {
  const folder = join(cache, name)
  const program = join(folder, 'bin', name)
  if (!existsSync(program)) {
    await mkdir(cache, { recursive: true })
    await run('python3', ['-m', 'venv', folder], cache)
    const words = ['install', '--quiet', '--disable-pip-version-check', `${name}==${version}`]
    await run(join(folder, 'bin/pip'), words, cache, { timeoutMs: BUILD_TIMEOUT_MS })
  }
  return program
}

export class FoundIds {
  readonly findings = new Map<string, Set<string>>()

  add(packages: readonly TruthPackage[], ids: readonly string[]): void {
    for (const { key } of packages) {
      const own = this.findings.get(key) ?? new Set()
      this.findings.set(key, own)
      for (const id of ids) own.add(id)
    }
  }
}

/** The packages that a path reported by a scanner belongs to. */
export function packagesByFile(packages: readonly TruthPackage[]): (path: string) => TruthPackage[] {
  const byFile = new Map<string, TruthPackage[]>()
  for (const one of packages) {
    for (const file of one.files.keys()) byFile.set(file, [...(byFile.get(file) ?? []), one])
  }
  return (path) => byFile.get(/environment-\d+\/.*$/.exec(path)?.[0] ?? '') ?? []
}

/** Of a bill of materials: by the name there, and the version. */
export function packagesByComponent(
  packages: readonly TruthPackage[],
): (name: string, version: string) => TruthPackage[] {
  const key = (name: string, version: string): string => `${name.toLowerCase()} ${version}`
  const byComponent = new Map<string, Set<TruthPackage>>()
  for (const one of packages) {
    const names = [one.kind === 'cpe' ? one.name : one.upstreamName, one.upstreamName.split(':').at(-1) ?? '']
    for (const name of names) {
      const own = byComponent.get(key(name, one.version)) ?? new Set()
      byComponent.set(key(name, one.version), own.add(one))
    }
  }
  return (name, version) => [...(byComponent.get(key(name, version)) ?? [])]
}

/** A server as an operator starts it, in a process of its own, and a client for it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { allItems, Client } from '../../cli/src/client.ts'

const LAUNCHER = fileURLToPath(new URL('../../cli/bin/terrarium.cjs', import.meta.url))

export interface Terrarium {
  readonly url: string
  readonly data: string
  readonly client: Client
  readonly token: string
  readonly process: ChildProcess
  /** SIGTERM and the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL, the end of the process included. */
  kill(): Promise<void>
}

export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `terrarium-e2e-${name}-`))
}

export async function startTerrarium(options: {
  data: string
  environment?: Readonly<Record<string, string>>
  /** Of an earlier start on the same data. */
  token?: string
  /** Any free one by default. */
  port?: number
}): Promise<Terrarium> {
  const child = spawn(
    process.execPath,
    [LAUNCHER, 'serve', '--data', options.data, '--port', String(options.port ?? 0)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TERRARIUM_LOG_LEVEL: 'error', ...options.environment },
    },
  )
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code))
  })
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^Terrarium \S+ at (\S+) \(/.exec(line)
      if (match?.[1]) resolve(match[1])
    })
    void ended.then((code) => reject(new Error(`the server ended with ${code}`)))
    setTimeout(() => reject(new Error('the server is not up after two minutes')), DEADLINE_MS).unref()
  })
  const token =
    options.token ??
    (await runTerrarium(['create-token', 'admin', '--data', options.data], options.environment)).trim()
  return {
    url,
    data: options.data,
    token,
    client: new Client({ server: url, token }),
    process: child,
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Runs a verb to its end and returns its standard output. @throws when it fails */
export async function runTerrarium(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`terrarium ${args.join(' ')} ended with ${code}: ${errors}${output}`)
  return output
}

export interface ServedFile {
  readonly ckey: string
  readonly name: string
  readonly size: number
  readonly effect: string
  readonly reasons: readonly { readonly policy: string; readonly rule: string; readonly text: string }[]
  readonly metadata: {
    readonly version: string
    readonly build: string
    readonly subdir: string
    readonly filename: string
    readonly sha256: string
    readonly verified_by: string
    readonly license: string | null
  }
}

export interface MirrorState {
  readonly mirror_id: string
  readonly state: string
  readonly cause: string | null
  readonly result: Readonly<Record<string, number>> | null
}

/** Steps of a story, each waiting until its effect is what clients see. */
export class Story {
  readonly terrarium: Terrarium

  constructor(terrarium: Terrarium) {
    this.terrarium = terrarium
  }

  async channel(name: string, privacy = 'public'): Promise<void> {
    await this.terrarium.client.post('/api/channels', { name, privacy })
  }

  async import(
    kind: 'advisories' | 'mapping',
    filename: string,
    body: Blob,
  ): Promise<Record<string, unknown>> {
    const { client } = this.terrarium
    const started = await client.sendBytes<{ job_id: string }>(
      `/api/advisories/import?kind=${kind}&filename=${encodeURIComponent(filename)}`,
      body,
    )
    return until(async () => {
      const job = await client.get<{
        state: string
        error: string | null
        result: Record<string, unknown> | null
      }>(`/api/jobs/${started.job_id}`)
      if (job.state === 'failed') throw new Error(job.error ?? 'the import failed')
      return job.result ?? undefined
    })
  }

  async writePolicy(channel: string, document: string): Promise<string> {
    const { client } = this.terrarium
    const { name } = await client.post<{ name: string }>('/api/policies', { document })
    await client.put(`/api/channels/${channel}/policies/${name}`)
    await this.published(channel)
    return name
  }

  async unassign(channel: string, policy: string): Promise<void> {
    await this.terrarium.client.delete(`/api/channels/${channel}/policies/${policy}`)
    await this.published(channel)
  }

  async createMirror(channel: string, source: string, subdirs: readonly string[]): Promise<string> {
    const mirror = await this.terrarium.client.post<MirrorState>(`/api/channels/${channel}/mirrors`, {
      mirror_name: 'upstream',
      source_root: source,
      filters: { subdirs },
    })
    return mirror.mirror_id
  }

  async startMirror(channel: string, id: string): Promise<void> {
    await this.terrarium.client.put(`/api/channels/${channel}/mirrors/${id}`, { run_now: true })
  }

  /** Runs to the end; the state it ended in. */
  async runMirror(channel: string, id: string): Promise<MirrorState> {
    await this.startMirror(channel, id)
    const ended = await this.mirrorEnded(channel, id)
    await this.published(channel)
    return ended
  }

  mirrorEnded(channel: string, id: string): Promise<MirrorState> {
    return until(async () => {
      const mirror = await this.terrarium.client.get<MirrorState>(`/api/channels/${channel}/mirrors/${id}`)
      return ['completed', 'failed', 'stopped'].includes(mirror.state) ? mirror : undefined
    })
  }

  rejections(
    channel: string,
    id: string,
  ): Promise<{ filename: string; subdir: string; code: string; message: string }[]> {
    return Array.fromAsync(
      allItems(this.terrarium.client, `/api/channels/${channel}/mirrors/${id}/rejections`),
    )
  }

  files(channel: string): Promise<ServedFile[]> {
    return Array.fromAsync(allItems<ServedFile>(this.terrarium.client, `/api/channels/${channel}/files`))
  }

  revision(channel: string): Promise<number> {
    return this.terrarium.client
      .get<{ revision: number }>(`/api/channels/${channel}`)
      .then(({ revision }) => revision)
  }

  /** Until no change waits to be seen by clients, monolithic files included. */
  async published(channel: string): Promise<void> {
    await until(async () => {
      const state = await this.terrarium.client.get<{
        stale_names: number
        revision: number
        rendered_revision: number
      }>(`/api/channels/${channel}`)
      return state.stale_names === 0 && state.rendered_revision === state.revision ? true : undefined
    })
  }

  /** The address conda clients use. */
  address(channel: string): string {
    return `${this.terrarium.url}/api/repo/${channel}`
  }
}

const DEADLINE_MS = 120_000

export async function until<Value>(probe: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = Date.now() + DEADLINE_MS
  for (;;) {
    const value = await probe()
    if (value !== undefined) return value
    if (Date.now() > deadline) throw new Error('it did not happen within two minutes')
    await wait(50)
  }
}

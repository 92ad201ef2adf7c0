/**
 * What one server gives in a second, beside nginx with the same files on the same machine, asked by wrk. On a
 * machine of few cores server and wrk take them from each other, so the requests for each second of the server's
 * own processor time are given too. Wants the folder that `world --data FOLDER` has made.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs, promisify } from 'node:util'
import { setTimeout as wait } from 'node:timers/promises'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { startPostgres } from '../scripts/private-postgres.ts'
import { figure, ratio, type Bench, type BenchTable } from './bench.ts'
import { buildWorld, openWorld, WORLD_CHANNEL } from './world.ts'

const MAIN = join(import.meta.dirname, '../cli/bin/terrarium.cjs')
const SHARD_BYTES = 20_000
const SMALL_WORLD = { records: 20_000, names: 1_000 }
const TICKS_PER_SECOND = 100
const START_TIMEOUT_MS = 30_000
const INDEXING_TIMEOUT_MS = 150_000
const LAST_WORDS = 20
/** Until the code of a server is compiled; nginx has nothing to warm. */
const WARM_UP_SECONDS = 2

/** A server under test: its processes, and where it answers. */
interface Contender {
  readonly url: string
  readonly processes: () => Promise<number[]>
  readonly stop: () => Promise<void>
}

interface Load {
  readonly perSecond: number
  readonly bytesPerSecond: number
  /** Of all its processes together. */
  readonly cpuSeconds: number
  readonly seconds: number
  readonly p99Ms: number
}

interface Case {
  readonly name: string
  readonly path: string
  readonly connections: number
  readonly revalidate?: boolean
  readonly unit: 'requests' | 'GB'
  /** Of what nginx gives, at least. */
  readonly wanted?: number
}

export const bench: Bench = async ({ args, say }) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '3' },
      'one-process-only': { type: 'boolean', default: false },
    },
  })
  if (values.data === undefined) throw new Error('name the folder of a world: --data FOLDER')
  const timing = { seconds: Number(values.seconds), rounds: Number(values.rounds) }
  const tables: BenchTable[] = []

  say('what an earlier run has left to do…')
  const before = await startServers(values.data, 1)
  try {
    await untilIndexed(before.url)
  } finally {
    await before.stop()
  }
  const one = await startServers(values.data, 1)
  try {
    await wait(2_000)
    const atRest = await memoryOf(one, 'VmRSS')
    const cases = await chooseCases(one.url)
    tables.push(await compare('One process', one, 1, cases, timing, say))
    const serving = await memoryOf(one, 'VmHWM')
    say('reads while everything is indexed again…')
    const reads = await readWhileIndexing(one, values.data, cases[0]!, timing.seconds)
    tables.push(reads, {
      title: 'Memory of the server',
      columns: ['when', 'MB', 'at most wanted'],
      rows: [
        ['at rest, just started', figure(atRest), '150'],
        ['highest while serving', figure(serving), '300'],
        ['highest while indexing everything and serving', figure(await memoryOf(one, 'VmHWM')), '1,000'],
      ],
    })
  } finally {
    await one.stop()
  }
  if (!values['one-process-only']) {
    const postgres = await startPostgres({ durable: true })
    const folder = await mkdtemp(join(tmpdir(), 'terrarium-two-'))
    try {
      const parts = await openWorld(folder, postgres.url)
      await buildWorld(parts, SMALL_WORLD, say)
      await parts.close()
      const two = await startServers(folder, 2, postgres.url)
      try {
        tables.push(await compare('Two processes', two, 2, await chooseCases(two.url), timing, say))
      } finally {
        await two.stop()
      }
    } finally {
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
  return tables
}

async function compare(
  title: string,
  ours: Contender,
  processes: number,
  cases: readonly Case[],
  timing: { seconds: number; rounds: number },
  say: (text: string) => void,
): Promise<BenchTable> {
  const folder = await mkdtemp(join(tmpdir(), 'terrarium-nginx-'))
  const nginx = await startNginx(folder, processes, ours.url, cases)
  try {
    const rows: string[][] = []
    for (const each of cases) {
      say(`${title.toLowerCase()}: ${each.name}…`)
      await load(ours, each.path, each, WARM_UP_SECONDS)
      const loads: { ours: Load[]; nginx: Load[] } = { ours: [], nginx: [] }
      for (let round = 0; round < timing.rounds; round += 1) {
        loads.ours.push(await load(ours, each.path, each, timing.seconds))
        loads.nginx.push(await load(nginx, `/${cases.indexOf(each)}`, each, timing.seconds))
      }
      const rate = ({ perSecond, bytesPerSecond }: Load): number =>
        each.unit === 'GB' ? bytesPerSecond / 1e9 : perSecond
      const perCpu = (one: Load): number => (rate(one) * one.seconds) / one.cpuSeconds
      const [own, peer] = [loads.ours.map(rate), loads.nginx.map(rate)].map(median)
      const [ownCpu, peerCpu] = [loads.ours.map(perCpu), loads.nginx.map(perCpu)].map(median)
      rows.push([
        each.name,
        figure(own ?? NaN),
        figure(peer ?? NaN),
        ratio((own ?? NaN) / (peer ?? NaN)),
        each.wanted === undefined ? '–' : `≥ ${ratio(each.wanted)}`,
        figure(ownCpu ?? NaN),
        figure(peerCpu ?? NaN),
        ratio((ownCpu ?? NaN) / (peerCpu ?? NaN)),
      ])
    }
    return {
      title,
      columns: ['what', 'ours /s', 'nginx /s', 'ratio', 'wanted', 'ours /CPU s', 'nginx /CPU s', 'ratio'],
      rows,
      notes: [
        `Medians of ${timing.rounds} rounds of ${timing.seconds} s, in turn; wrk with one thread, 64 connections, 8 for large files. ` +
          `nginx with ${processes} ${processes === 1 ? 'worker' : 'workers'}, sendfile, no log, no check of rights.` +
          (processes === 2 ? ' Ours are two servers with `reuse_port` on one PostgreSQL.' : ''),
      ],
    }
  } finally {
    await nginx.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Until every file is of the newest revision, and that one does not change any more. */
async function untilIndexed(url: string): Promise<void> {
  const deadline = performance.now() + INDEXING_TIMEOUT_MS
  let last = ''
  for (;;) {
    const answer = await fetch(`${url}/api/channels/${WORLD_CHANNEL}/index`)
    if (!answer.ok) throw new Error(`the channel ${WORLD_CHANNEL} cannot be read: ${await answer.text()}`)
    const now = (await answer.json()) as { revision: number; rendered_revision: number } // as openapi.json has it
    const settled = `${now.revision}: ${now.rendered_revision === now.revision}`
    if (settled === last && settled.endsWith('true')) return
    last = settled
    if (performance.now() > deadline) {
      throw new Error(`revision ${now.revision} is not rendered after ${INDEXING_TIMEOUT_MS / 1000} s`)
    }
    await wait(3_000)
  }
}

/** The shard nearest to 20 KB, a revalidation of it, the compressed monolithic index and a large package. */
async function chooseCases(url: string): Promise<Case[]> {
  await untilIndexed(url)
  const root = `/api/repo/${WORLD_CHANNEL}`
  const index = await (await fetch(`${url}${root}/linux-64/repodata_shards.msgpack.zst`)).bytes()
  let best = { path: '', off: Infinity }
  for (const digest of [...decodeShardIndex(index).shards.values()].slice(0, 3_000)) {
    const path = `${root}/linux-64/shards/${digest}.msgpack.zst`
    const { headers } = await fetch(url + path, { method: 'HEAD' })
    const off = Math.abs(Number(headers.get('content-length')) - SHARD_BYTES)
    if (off < best.off) best = { path, off }
    if (off < SHARD_BYTES / 20) break
  }
  const common = { connections: 64, unit: 'requests' } as const
  const large = { connections: 8, unit: 'GB' } as const
  const size = Number((await fetch(url + best.path, { method: 'HEAD' })).headers.get('content-length'))
  return [
    { name: `shard of ${figure(size / 1000)} KB, requests`, path: best.path, wanted: 0.6, ...common },
    { name: '304 for it, requests', path: best.path, revalidate: true, wanted: 0.6, ...common },
    { name: 'repodata.json.zst, GB', path: `${root}/linux-64/repodata.json.zst`, ...large },
    { name: 'package of 60 MB, GB', path: `${root}/noarch/big-1.0-0.conda`, wanted: 1, ...large },
  ]
}

async function load(target: Contender, path: string, each: Case, seconds: number): Promise<Load> {
  const headers: string[] = []
  if (each.revalidate) {
    const { headers: found } = await fetch(target.url + path, { method: 'HEAD' })
    headers.push('-H', `If-None-Match: ${found.get('etag') ?? ''}`)
  }
  const before = await cpuSeconds(target)
  const { stdout } = await promisify(execFile)('wrk', [
    ...['-t1', `-c${each.connections}`, `-d${seconds}s`, '--latency'],
    ...headers,
    target.url + path,
  ])
  const cpu = (await cpuSeconds(target)) - before
  if (stdout.includes('Non-2xx')) throw new Error(`${path} was refused: ${stdout}`)
  const [, count = '', ran = '', amount = '', unit = ''] =
    /(\d+) requests in ([\d.]+)s, ([\d.]+)(\w+) read/.exec(stdout) ?? []
  const bytes = Number(amount) * ({ KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 }[unit] ?? NaN)
  const [, p99 = '', p99Unit = ''] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? []
  return {
    perSecond: Number(count) / Number(ran),
    bytesPerSecond: bytes / Number(ran),
    cpuSeconds: cpu,
    seconds: Number(ran),
    p99Ms: Number(p99) * ({ us: 0.001, ms: 1, s: 1000 }[p99Unit] ?? NaN),
  }
}

/** A moderate load, so that it is the index that makes reads wait and not their own number. */
async function readWhileIndexing(
  server: Contender,
  data: string,
  shard: Case,
  seconds: number,
): Promise<BenchTable> {
  const few = { ...shard, connections: 4 }
  const idle = await load(server, few.path, few, seconds)
  const token = (
    await promisify(execFile)(process.execPath, [MAIN, 'create-token', 'admin', '--data', data])
  ).stdout.trim()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const policy = `name: bench-${Date.now()}\ndeny: [license: GPL-2.0-only]`
  const written = await fetch(`${server.url}/api/policies`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ document: policy }),
  })
  const { name } = (await written.json()) as { name: string } // as openapi.json has it
  const started = performance.now()
  const assigned = await fetch(`${server.url}/api/channels/${WORLD_CHANNEL}/policies/${name}`, {
    method: 'PUT',
    headers: { authorization: headers.authorization },
  })
  if (!assigned.ok) throw new Error(await assigned.text())
  const loads: Load[] = []
  let indexed = Infinity
  const isDone = async (): Promise<boolean> => {
    const answer = await fetch(`${server.url}/api/channels/${WORLD_CHANNEL}`, { headers })
    return ((await answer.json()) as { stale_names?: number }).stale_names === 0
  }
  while (indexed === Infinity) {
    loads.push(await load(server, few.path, few, seconds))
    const ran = performance.now() - started
    if (await isDone()) indexed = ran / 1000
    else if (ran > INDEXING_TIMEOUT_MS) break
  }
  // or the next run would begin in another world
  await fetch(`${server.url}/api/channels/${WORLD_CHANNEL}/policies/${name}`, {
    method: 'DELETE',
    headers: { authorization: headers.authorization },
  })
  const busy = median(loads.map(({ p99Ms }) => p99Ms))
  return {
    title: 'Reads while a policy re-decides the whole channel',
    columns: ['when', 'p99 ms', 'of idle', 'at most wanted', 'requests /s'],
    rows: [
      ['idle', figure(idle.p99Ms), '', '', figure(idle.perSecond)],
      [
        'indexing',
        figure(busy),
        ratio(busy / idle.p99Ms),
        '2.00×',
        figure(median(loads.map(({ perSecond }) => perSecond))),
      ],
    ],
    notes: [
      `Four connections ask for a shard, as fast as they are answered. ${
        indexed === Infinity
          ? `Not all names were decided after ${INDEXING_TIMEOUT_MS / 1000} s.`
          : `Shards and indexes of all names were new after ${figure(indexed)} s, looked at every ${seconds} s.`
      }`,
    ],
  }
}

async function startServers(data: string, count: number, database?: string): Promise<Contender> {
  const port = await freePort()
  const servers: ChildProcess[] = []
  const environment = {
    ...process.env,
    TERRARIUM_LOG_LEVEL: 'error',
    ...(database === undefined ? {} : { TERRARIUM_DATABASE: database }),
  }
  for (let number = 0; number < count; number += 1) {
    const words = [MAIN, 'serve', '--data', data, '--port', String(port), '--reuse-port', 'true']
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'], env: environment })
    servers.push(child)
    try {
      await untilItSpeaks(child)
    } catch (error) {
      await stopAll(servers)
      throw error
    }
  }
  return {
    url: `http://127.0.0.1:${port}`,
    processes: async () => servers.flatMap(({ pid }) => pid ?? []),
    stop: () => stopAll(servers),
  }
}

/** Until the first line on stdout, which a server writes when it answers. @throws Error with its last words */
async function untilItSpeaks(child: ChildProcess): Promise<void> {
  const words: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) throw new Error('the server was started without pipes')
    createInterface({ input: stream }).on('line', (line) => {
      words.push(line)
      if (words.length > LAST_WORDS) words.shift()
    })
  }
  const lastWords = (): string => words.join('\n') || 'nothing'
  const abort = new AbortController()
  const { signal } = abort
  try {
    await Promise.race([
      once(child.stdout!, 'data', { signal }), // a pipe, seen above
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`the server ended with ${code} before it answered; it said:\n${lastWords()}`)
      }),
      wait(START_TIMEOUT_MS, undefined, { signal }).then(() => {
        throw new Error(
          `the server does not answer after ${START_TIMEOUT_MS / 1000} s; it said:\n${lastWords()}`,
        )
      }),
    ])
  } finally {
    abort.abort()
  }
}

async function startNginx(
  folder: string,
  workers: number,
  from: string,
  cases: readonly Case[],
): Promise<Contender> {
  const html = join(folder, 'html')
  await mkdir(html)
  for (const [index, { path }] of cases.entries())
    await writeFile(join(html, String(index)), await (await fetch(from + path)).bytes())
  const port = await freePort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join(' ')
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes ${workers}; pid ${folder}/pid; error_log ${folder}/errors;
     events { worker_connections 1024; }
     http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000; ${temporary}
       server { listen 127.0.0.1:${port}; root ${html}; } }`,
  )
  await chmod(folder, 0o755) // its workers are somebody else
  const master = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; !(await fetch(`${url}/0`, { method: 'HEAD' }).catch(() => undefined))?.ok; tries += 1) {
    if (tries > 100)
      throw new Error(`nginx does not answer: ${await readFile(join(folder, 'errors'), 'utf8')}`)
    await wait(50)
  }
  return {
    url,
    processes: () => childrenOf(master.pid ?? 0),
    stop: () => stopAll([master]),
  }
}

async function stopAll(processes: readonly ChildProcess[]): Promise<void> {
  for (const child of processes) {
    if (child.exitCode !== null) continue
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo // a TCP socket has one
  probe.close()
  await once(probe, 'close')
  return port
}

async function childrenOf(parent: number): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    if (Number(fieldsOf(stat)[1]) === parent) found.push(Number(name))
  }
  return found
}

/** The fields of /proc/N/stat behind the name, which can hold anything. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

async function cpuSeconds(target: Contender): Promise<number> {
  let ticks = 0
  for (const process of await target.processes()) {
    const fields = fieldsOf(await readFile(`/proc/${process}/stat`, 'utf8'))
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / TICKS_PER_SECOND
}

/** In MB, of all its processes together. */
async function memoryOf(target: Contender, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  let kilobytes = 0
  for (const process of await target.processes()) {
    const status = await readFile(`/proc/${process}/status`, 'utf8')
    kilobytes += Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  }
  return kilobytes / 1024
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? NaN
}

/**
 * The whole index of a channel from what the database holds, one changed name in it, and what others need for the
 * same records. In a world of its own, because a whole index is made once.
 */
import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { parseArgs, promisify } from 'node:util'
import { hasPython, PYTHON } from '../e2e/support/python.ts'
import { findFile, putFiles } from '../server/src/channels/contents-store.ts'
import { markAllStale, markStale } from '../server/src/channels/stale-names.ts'
import { findChannelByName } from '../server/src/channels/store.ts'
import type { Parts } from '../server/src/parts.ts'
import { toThreadPlace } from '../server/src/platform/database/thread-place.ts'
import { publishChannel } from '../server/src/repodata/publish-channel.ts'
import { renderChannel } from '../server/src/repodata/render-channel.ts'
import { listSubdirStates } from '../server/src/repodata/revision-store.ts'
import { loadMap, loadRecords } from '../server/src/repodata/shard-maps.ts'
import { figure, ratio, type Bench, type BenchTable } from './bench.ts'
import { fillApart, openWorld, WORLD_CHANNEL } from './world.ts'

const PEERS = join(import.meta.dirname, 'index-peers.py')
const CHANGED_NAMES = 30

interface Run {
  readonly seconds: number
  /** Of all threads, in seconds. Tells more than the time where other programs share the processor. */
  readonly cpu: number
  /** Highest of the process, in MB. */
  readonly memory: number
  /** false for a peer that could not write shards. */
  readonly shards?: boolean
}

export const bench: Bench = async ({ args, say }) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      records: { type: 'string', default: '500000' },
      names: { type: 'string', default: '30000' },
      peers: { type: 'boolean', default: hasPython },
      /** How long each of the others may take. */
      'peer-seconds': { type: 'string', default: '1800' },
    },
    allowNegative: true,
  })
  const folder = await mkdtemp(join(tmpdir(), 'terrarium-index-'))
  const records = join(folder, 'records')
  try {
    const data = join(folder, 'world')
    say('writing the rows of a world…')
    await fillApart(['--data', data, '--records', values.records, '--names', values.names])
    const own = await measureOwn(data, records, say)
    await rm(data, { recursive: true })
    const peers = values.peers
      ? await besideOthers(own, records, Number(values['peer-seconds']), say)
      : notThere
    return [...own.tables, peers]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface OwnRun extends Run {
  readonly records: number
  readonly tables: readonly BenchTable[]
}

/** @param records where the records are written down for others */
async function measureOwn(data: string, records: string, say: (text: string) => void): Promise<OwnRun> {
  const parts = await openWorld(data)
  try {
    const channel = await requireWorld(parts)
    const cpuBefore = cpuSeconds()
    say('everything decided and published…')
    const published = await publish(parts, channel)
    say('the monolithic files…')
    const rendered = await render(parts, channel)
    const cpu = cpuSeconds() - cpuBefore
    const memory = process.resourceUsage().maxRSS / 1024
    say('one changed name at a time…')
    const changed = await changeNames(parts, channel)
    say('everything decided again…')
    await parts.db
      .transaction()
      .execute((tx) => markAllStale(tx, channel, { kind: 'policy', policy: 'bench', change: 'edited' }))
    const again = await publish(parts, channel)
    const count = await writeRecords(parts, channel, records)
    return {
      seconds: published + rendered,
      cpu,
      memory,
      records: count,
      tables: [
        {
          title: `Full index of ${figure(count)} records`,
          columns: ['what', 'seconds', 'records a second'],
          rows: [
            ['every file decided, shards and their index written', published],
            ['repodata.json, current_repodata.json and their kin', rendered],
            ['all of it', published + rendered],
            ['every file decided once more, with nothing to write', again],
          ].map(([what, seconds]) => [
            String(what),
            figure(Number(seconds)),
            figure(count / Number(seconds)),
          ]),
          notes: [`Highest memory of the process for all of it: ${figure(memory)} MB.`],
        },
        {
          title: `One changed name among ${figure(count)} records`,
          columns: ['what', 'median ms', 'slowest ms'],
          rows: [['committed change → new shard index is what clients get', changed.median, changed.slowest]],
          notes: [
            `${CHANGED_NAMES} names, one after the other; the first finds nothing in memory, and the slowest has ` +
              `${changed.files} files.`,
          ],
        },
      ],
    }
  } finally {
    await parts.close()
  }
}

/** Others with the very same records. */
async function besideOthers(
  own: OwnRun,
  records: string,
  seconds: number,
  say: (text: string) => void,
): Promise<BenchTable> {
  const runs = new Map<string, Run | string>([['Terrarium', own]])
  for (const peer of ['conda-index', 'rattler-index']) {
    say(`${peer}…`)
    runs.set(peer, await runPeer(peer, records, seconds))
  }
  return {
    title: `Full index of ${figure(own.records)} records, beside others`,
    columns: ['who', 'seconds', 'of ours', 'CPU seconds', 'of ours', 'memory MB'],
    rows: [...runs].map(([name, run]) =>
      typeof run !== 'string'
        ? [
            run.shards === false ? `${name}, without shards` : name,
            ...[figure(run.seconds), ratio(run.seconds / own.seconds)],
            ...[figure(run.cpu), ratio(run.cpu / own.cpu), figure(run.memory)],
          ]
        : [name, run, '', '', '', ''],
    ),
    notes: [
      'Ours decides every record, writes shards and their index, and then makes all files that clients of monolithic ' +
        'indexes ask for, from the shards. conda-index starts from its own cache of the same records and writes ' +
        'repodata.json, its zst, current_repodata.json and shards. rattler-index gets the finished repodata.json and ' +
        'an empty file for each record, of which it opens none, and writes repodata.json, its zst and shards; the latter ' +
        'not where a subdir has more names than half the files it may open, since it opens all shards at once and fails.',
    ],
  }
}

const notThere: BenchTable = {
  title: 'Full index beside others',
  columns: ['who', 'seconds'],
  rows: [],
  notes: ['conda-index and rattler-index were not there: scripts/prepare-e2e.sh makes their environment.'],
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

async function requireWorld(parts: Parts): Promise<string> {
  const channel = await findChannelByName(parts.db, WORLD_CHANNEL)
  if (!channel) throw new Error(`there is no channel ${WORLD_CHANNEL} in ${parts.configuration.data}`)
  return channel.id
}

/** Gives one file after the other another record, and waits for the index that says so. */
async function changeNames(
  parts: Parts,
  channelId: string,
): Promise<{ median: string; slowest: string; files: string }> {
  const files = await parts.db
    .selectFrom('channel_files')
    .select(['subdir', 'filename'])
    .where('channel_id', '=', channelId)
    .where('subdir', '=', 'linux-64')
    .orderBy('record_sha256')
    .limit(CHANGED_NAMES)
    .execute()
  const states = await listSubdirStates(parts.db, channelId, await revisionOf(parts, channelId))
  const served = states.find(({ subdir }) => subdir === 'linux-64')
  if (!served) throw new Error('the world has no linux-64')
  const shards = await loadMap(parts.blobs, served.contentsSha256)
  const elapsed: { readonly ms: number; readonly files: number }[] = []
  for (const { subdir, filename } of files) {
    const file = await findFile(parts.db, channelId, subdir, filename)
    const records = file && (await loadRecords(parts.blobs, shards.get(file.name)))
    const record = records?.get(filename)
    if (!records || !record) throw new Error(`${filename} is not in its shard`)
    const { name } = file
    // another in each run, or the files of the whole channel would be there already
    const change = { ...file, record: JSON.stringify({ ...record, changed: performance.timeOrigin }) }
    const at = parts.now()
    await parts.db.transaction().execute(async (tx) => {
      await putFiles(tx, channelId, [change], at)
      await markStale(tx, channelId, [name], { kind: 'mirror', mirror: 'bench', job: 'bench' })
    })
    const started = performance.now()
    await publishChannel(parts, channelId, new AbortController().signal)
    await listSubdirStates(parts.db, channelId, await revisionOf(parts, channelId))
    elapsed.push({ ms: performance.now() - started, files: records.size })
  }
  const sorted = elapsed.toSorted((a, b) => a.ms - b.ms)
  const slowest = sorted.at(-1)
  return {
    median: figure(sorted[sorted.length >> 1]?.ms ?? NaN),
    slowest: figure(slowest?.ms ?? NaN),
    files: figure(slowest?.files ?? NaN),
  }
}

async function revisionOf(parts: Parts, channelId: string): Promise<number> {
  const row = await parts.db
    .selectFrom('channels')
    .select('revision')
    .where('id', '=', channelId)
    .executeTakeFirstOrThrow()
  return row.revision
}

async function publish(parts: Parts, channelId: string): Promise<number> {
  const started = performance.now()
  await publishChannel(parts, channelId, new AbortController().signal)
  return (performance.now() - started) / 1000
}

async function render(parts: Parts, channelId: string): Promise<number> {
  const started = performance.now()
  const { configuration } = parts
  await renderChannel(
    { ...parts, database: toThreadPlace(configuration) },
    channelId,
    new AbortController().signal,
  )
  return (performance.now() - started) / 1000
}

/** `[filename, record]` a line, a file for each subdir. @returns how many */
async function writeRecords(parts: Parts, channelId: string, folder: string): Promise<number> {
  let count = 0
  for (const state of await listSubdirStates(parts.db, channelId, await revisionOf(parts, channelId))) {
    await mkdir(join(folder, state.subdir), { recursive: true })
    const out = createWriteStream(join(folder, state.subdir, 'records.jsonl'))
    for (const sha256 of (await loadMap(parts.blobs, state.servedSha256)).values()) {
      for (const entry of await loadRecords(parts.blobs, sha256)) {
        count += 1
        if (!out.write(`${JSON.stringify(entry)}\n`)) await once(out, 'drain')
      }
    }
    out.end()
    await once(out, 'finish')
  }
  return count
}

/** @returns in words why there is nothing to compare, when it took too long or failed */
async function runPeer(peer: string, records: string, seconds: number): Promise<Run | string> {
  const folder = await mkdtemp(join(tmpdir(), 'terrarium-peer-index-'))
  try {
    await promisify(execFile)('cp', ['-r', `${records}/.`, folder])
    const { stdout } = await promisify(execFile)(PYTHON, [PEERS, peer, folder], {
      env: { ...process.env, HOME: folder, PYTHONWARNINGS: 'ignore' },
      maxBuffer: 2 ** 26,
      timeout: seconds * 1000,
      killSignal: 'SIGKILL',
    })
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Run // as index-peers.py prints it
  } catch (error) {
    if (!(error instanceof Error && 'killed' in error && 'stderr' in error)) throw error
    if (error.killed === true) return `given up after ${seconds}`
    return `failed: ${String(error.stderr).trim().split('\n').at(-1)}`
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

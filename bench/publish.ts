/**
 * Publishing in a large channel while it is served: how long a change of one name takes to be seen, and what
 * readers notice of everything being decided and written again. On a world that `world --data FOLDER` made.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { buildApp } from '../server/src/app.ts'
import type { ChannelFile } from '../server/src/channels/channel-file.ts'
import { listFilesOfNames } from '../server/src/channels/contents-store.ts'
import { putChanges } from '../server/src/channels/pending-changes.ts'
import { countStale, enqueuePublish, markAllStale, markStale } from '../server/src/channels/stale-names.ts'
import { findChannelByName } from '../server/src/channels/store.ts'
import type { Parts } from '../server/src/parts.ts'
import { figure, type Bench } from './bench.ts'
import { openWorld, WORLD_CHANNEL } from './world.ts'

const SUBDIR = 'noarch'
const CHANGES = 15
const READS_A_SECOND = 100
const IDLE_MS = 10_000

export const bench: Bench = async ({ args, say }) => {
  const { values } = parseArgs({ args: [...args], options: { data: { type: 'string' } } })
  if (values.data === undefined) throw new Error('name the folder of a world with --data')
  const parts = await openWorld(values.data)
  const app = await buildApp(parts)
  try {
    await parts.jobs.start()
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo // listens on TCP
    const channel = await findChannelByName(parts.db, WORLD_CHANNEL)
    if (!channel) throw new Error(`there is no channel ${WORLD_CHANNEL} in ${values.data}`)
    const folder = `http://127.0.0.1:${port}/api/repo/${WORLD_CHANNEL}/${SUBDIR}`
    await settle(parts)
    const [first, ...files] = await chooseFiles(parts, channel.id, 1 + CHANGES)
    say('changes of one name…')
    await measureOne(parts, channel.id, folder, first!) // finds nothing in memory
    const changes: number[] = []
    for (const file of files) changes.push(await measureOne(parts, channel.id, folder, file))
    await settle(parts)
    say('reads while nothing happens…')
    const reader = new Reader(`${folder}/repodata_shards.msgpack.zst`)
    await wait(IDLE_MS)
    const idle = await reader.take()
    say('reads while everything is decided and written again…')
    const started = performance.now()
    await markAllStale(parts.db, channel.id, { kind: 'mapping' })
    await enqueuePublish(parts.db, channel.id, parts.now())
    await until(async () => (await countStale(parts.db, channel.id)) === 0, 50)
    const publishMs = performance.now() - started
    const publishing = await reader.take()
    say('reads while the whole index is rendered…')
    await measureOne(parts, channel.id, folder, first!)
    await settle(parts)
    const renderMs = performance.now() - started - publishMs
    const rendering = await reader.take()
    await reader.close()
    const row = (name: string, ms: readonly number[]): string[] => [
      name,
      ...[0.5, 0.99].map((share) => figure(quantile(ms, share))),
      figure(ms.length),
    ]
    return [
      {
        title: 'One changed name until the shard index is served with it',
        columns: ['', 'ms'],
        rows: [
          ['median', figure(quantile(changes, 0.5))],
          ['slowest', figure(quantile(changes, 1))],
        ],
        notes: [`${CHANGES} changes, one after the other, of names of different sizes.`],
      },
      {
        title: 'Reads of the shard index',
        columns: ['meanwhile', 'median ms', 'p99 ms', 'reads'],
        rows: [
          row('nothing', idle),
          row('every file decided again', publishing),
          row('the whole index written again', rendering),
        ],
        notes: [
          `Deciding everything took ${figure(publishMs / 1000)} s, rendering ${figure(renderMs / 1000)} s. ` +
            `Highest memory: ${figure(process.resourceUsage().maxRSS / 1024)} MB.`,
        ],
      },
    ]
  } finally {
    await app.close()
    await parts.close()
  }
}

/** A file of each of so many names of different sizes, found before the clock runs: finding them takes long. */
async function chooseFiles(parts: Parts, channelId: string, count: number): Promise<ChannelFile[]> {
  const rows = await parts.db
    .selectFrom('channel_files')
    .select('name')
    .distinct()
    .where('channel_id', '=', channelId)
    .where('subdir', '=', SUBDIR)
    .orderBy('name')
    .execute()
  const files: ChannelFile[] = []
  for (let i = 0; i < count; i++) {
    const { name } = rows[(i * 211) % rows.length]! // a small world has few
    const ofName = await listFilesOfNames(parts.db, channelId, [name])
    files.push(ofName.find(({ subdir }) => subdir === SUBDIR)!) // or its name would not be among them
  }
  return files
}

/** Changes the record of a file; how long until the index that is served is another. */
async function measureOne(
  parts: Parts,
  channelId: string,
  folder: string,
  { name, subdir, ...file }: ChannelFile,
): Promise<number> {
  const record = {
    ...{ name, version: file.version, build: file.build, build_number: file.buildNumber, subdir },
    ...{ sha256: file.sha256, size: file.size, depends: [`changed ${performance.now()}`] },
  }
  const index = `${folder}/repodata_shards.msgpack.zst`
  const before = (await fetch(index, { method: 'HEAD' })).headers.get('etag')
  const started = performance.now()
  await parts.db.transaction().execute(async (tx) => {
    await putChanges(tx, channelId, [
      { subdir, name, filename: file.filename, record: JSON.stringify(record) },
    ])
    await markStale(tx, channelId, [name], { kind: 'mapping' })
    await enqueuePublish(tx, channelId, parts.now())
  })
  parts.jobs.wake()
  await until(async () => (await fetch(index, { method: 'HEAD' })).headers.get('etag') !== before, 2)
  return performance.now() - started
}

async function settle(parts: Parts): Promise<void> {
  await until(async () => {
    const job = await parts.db
      .selectFrom('jobs')
      .select('id')
      .where('state', 'in', ['queued', 'running'])
      .limit(1)
      .executeTakeFirst()
    return job === undefined
  }, 50)
}

/** @param everyMs rarely where each look is work for the server that is measured */
async function until(condition: () => Promise<boolean>, everyMs: number): Promise<void> {
  while (!(await condition())) await wait(everyMs)
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

/** Reads at a steady pace from a process of its own: what it measures is the server's waiting, and the server's memory. */
class Reader {
  readonly #process: ChildProcess

  constructor(url: string) {
    const source = `
      let elapsed = []
      const read = async () => {
        const started = performance.now()
        const response = await fetch(${JSON.stringify(url)})
        await response.arrayBuffer()
        elapsed.push(performance.now() - started)
      }
      setInterval(read, ${1000 / READS_A_SECOND})
      process.on('message', () => { process.send(elapsed); elapsed = [] })
      process.on('disconnect', () => process.exit())`
    this.#process = spawn(process.execPath, ['--input-type=module', '--eval', source], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
  }

  /** How long each read took since the last call, in milliseconds. */
  async take(): Promise<number[]> {
    this.#process.send('take')
    const [elapsed] = (await once(this.#process, 'message')) as [number[]] // as it says above
    return elapsed
  }

  async close(): Promise<void> {
    this.#process.disconnect()
    await once(this.#process, 'exit')
  }
}

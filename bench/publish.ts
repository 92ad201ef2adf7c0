/**
 * Publishing in a large channel while it is served: how long a change of one name takes to be seen, and what
 * readers notice of everything being decided and written again. On a world that `world --data FOLDER` made.
 */
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { buildApp } from '../server/src/app.ts'
import { listFilesOfNames } from '../server/src/channels/contents-store.ts'
import { putChanges } from '../server/src/channels/pending-changes.ts'
import { countStale, enqueuePublish, markAllStale, markStale } from '../server/src/channels/stale-names.ts'
import { findChannelByName } from '../server/src/channels/store.ts'
import type { Parts } from '../server/src/parts.ts'
import { figure, type Bench } from './bench.ts'
import { openWorld, WORLD_CHANNEL } from './world.ts'

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
    const folder = `http://127.0.0.1:${port}/api/repo/${WORLD_CHANNEL}/noarch`
    await settle(parts)
    say('changes of one name…')
    const changes = await measureChanges(parts, channel.id, folder)
    await settle(parts)
    say('reads while nothing happens…')
    const reader = new Reader(`${folder}/repodata_shards.msgpack.zst`)
    await wait(IDLE_MS)
    const idle = await reader.take()
    say('reads while everything is decided and written again…')
    const started = performance.now()
    await markAllStale(parts.db, channel.id, { kind: 'mapping' })
    await enqueuePublish(parts.db, channel.id, parts.now())
    await until(async () => (await countStale(parts.db, channel.id)) === 0)
    const publishMs = performance.now() - started
    const publishing = await reader.take()
    say('reads while the whole index is rendered…')
    await measureOne(parts, channel.id, folder, 'noarch', 0)
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

async function measureChanges(parts: Parts, channelId: string, folder: string): Promise<number[]> {
  const elapsed: number[] = []
  await measureOne(parts, channelId, folder, 'noarch', 7) // the first finds nothing in memory
  for (let i = 0; i < CHANGES; i++)
    elapsed.push(await measureOne(parts, channelId, folder, 'noarch', i * 211))
  return elapsed
}

/** Changes a record of one name; how long until the index that is served is another. */
async function measureOne(
  parts: Parts,
  channelId: string,
  folder: string,
  subdir: string,
  offset: number,
): Promise<number> {
  const { names } = await parts.db
    .selectFrom('channel_files')
    .select((eb) => eb.fn.count<number>('name').distinct().as('names'))
    .where('channel_id', '=', channelId)
    .where('subdir', '=', subdir)
    .executeTakeFirstOrThrow()
  const { name } = await parts.db
    .selectFrom('channel_files')
    .select('name')
    .distinct()
    .where('channel_id', '=', channelId)
    .where('subdir', '=', subdir)
    .orderBy('name')
    .offset(offset % names) // a small world has few
    .limit(1)
    .executeTakeFirstOrThrow()
  const files = await listFilesOfNames(parts.db, channelId, [name])
  const file = files.find((one) => one.subdir === subdir)
  if (!file) throw new Error(`${name} has no file in ${subdir}`)
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
  await until(async () => (await fetch(index, { method: 'HEAD' })).headers.get('etag') !== before)
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
  })
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await wait(2)
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

/** Reads at a steady pace from a thread of its own, so that what it measures is the server's waiting. */
class Reader {
  readonly #worker: Worker

  constructor(url: string) {
    const source = `
      import { parentPort, workerData } from 'node:worker_threads'
      let elapsed = []
      const read = async () => {
        const started = performance.now()
        const response = await fetch(workerData.url)
        await response.arrayBuffer()
        elapsed.push(performance.now() - started)
      }
      setInterval(read, workerData.everyMs)
      parentPort.on('message', () => { parentPort.postMessage(elapsed); elapsed = [] })`
    this.#worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
      workerData: { url, everyMs: 1000 / READS_A_SECOND },
    })
  }

  /** How long each read took since the last call, in milliseconds. */
  take(): Promise<number[]> {
    return new Promise((resolve) => {
      this.#worker.once('message', resolve)
      this.#worker.postMessage('take')
    })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}

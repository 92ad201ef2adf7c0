/**
 * A world to measure in: a channel of half a million records, written into a data folder with the functions a
 * mirror uses, and published with the job every change goes through. `--data FOLDER` keeps it for other
 * benchmarks; without, it goes again.
 */
import { fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { pino } from 'pino'
import { bytesSource } from '@terrarium/conda/archive/byte-source.ts'
import { inspectPackage, type PackageInspection } from '@terrarium/conda/archive/inspect-package.ts'
import { packageFilename, writePackage } from '@terrarium/conda/archive/write-package.ts'
import { recordArtifacts } from '../server/src/artifacts/store.ts'
import { putFiles } from '../server/src/channels/contents-store.ts'
import { fileChange } from '../server/src/channels/file-change.ts'
import { markStale } from '../server/src/channels/stale-names.ts'
import { findChannelByName, insertChannel } from '../server/src/channels/store.ts'
import { ensureAdministrator } from '../server/src/identity/accounts.ts'
import { findUserByName } from '../server/src/identity/store.ts'
import { openParts, type Parts } from '../server/src/parts.ts'
import { growHeapForServing } from '../server/src/platform/serving-heap.ts'
import { engineOf, type Db } from '../server/src/platform/database/db.ts'
import { readConfiguration } from '../server/src/platform/configuration.ts'
import { publishChannel } from '../server/src/repodata/publish-channel.ts'
import { figure, type Bench } from './bench.ts'
import { syntheticFiles, type SyntheticFile } from './synthetic-records.ts'

export const WORLD_CHANNEL = 'world'
const BATCH_FILES = 5000
const BIG_PACKAGE_BYTES = 60 * 1024 * 1024

/** Enough for the indexes of millions of rows, whose pages are met in no order. */
const WRITING_CACHE_KIB = 2 ** 21
/** So many changed pages wait in the log before they are written to their place, most of them more than once changed. */
const WRITING_LOG_PAGES = 200_000
const LOOK_AT_MEMORY_MS = 100

interface Step {
  readonly ms: number
  /** Of all threads. Tells more than the time where other programs share the processor. */
  readonly cpuMs: number
  /** The most that the process held meanwhile. */
  readonly memoryMb: number
}

interface FilledWorld {
  readonly written: Step
  readonly names: number
}

const MAIN = join(import.meta.dirname, 'main.ts')

export const bench: Bench = async ({ args, say }) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      records: { type: 'string', default: '500000' },
      names: { type: 'string', default: '30000' },
      data: { type: 'string' },
      database: { type: 'string' },
      /** Only writes the rows, and tells the process above how that went. */
      fill: { type: 'boolean', default: false },
    },
  })
  const folder = values.data ?? mkdtempSync(join(tmpdir(), 'terrarium-world-'))
  const shape = { records: Number(values.records), names: Number(values.names) }
  try {
    if (values.fill) {
      await withWorld(folder, values.database, async (parts) => {
        let names = 0
        const written = await measure(() =>
          writingFast(parts.db, async () => void ({ names } = await fillWorld(parts, shape, say))),
        )
        process.send?.({ written, names } satisfies FilledWorld)
      })
      return []
    }
    const filled = await fillApart(['--data', folder, ...args])
    const published = await withWorld(folder, values.database, async (parts) => {
      const channel = await findChannelByName(parts.db, WORLD_CHANNEL)
      return publishWorld(parts, channel?.id ?? '', say)
    })
    const row = (name: string, { ms, cpuMs, memoryMb }: Step): string[] => [
      name,
      ...[ms / 1000, cpuMs / 1000, (shape.records / ms) * 1000, memoryMb].map(figure),
    ]
    return [
      {
        title: `${figure(shape.records)} records of ${figure(filled.names)} names`,
        columns: ['step', 'seconds', 'CPU seconds', 'records a second', 'memory MB'],
        rows: [row('rows written', filled.written), row('decided and published as shards', published)],
        notes: [
          'Rows are written by a process of its own with a large cache and without flushes, as no server would. ' +
            `The data folder has ${figure((await folderBytes(folder)) / 2 ** 20)} MB.`,
        ],
      },
    ]
  } finally {
    if (values.data === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

async function withWorld<Result>(
  folder: string,
  database: string | undefined,
  work: (parts: Parts) => Promise<Result>,
): Promise<Result> {
  const parts = await openWorld(folder, database)
  try {
    return await work(parts)
  } finally {
    await parts.close()
  }
}

/** In a process of its own, or the memory of writing would count as that of publishing. */
export async function fillApart(args: readonly string[]): Promise<FilledWorld> {
  const child = fork(MAIN, ['world', '--fill', ...args], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  let filled: FilledWorld | undefined
  child.on('message', (message) => (filled = message as FilledWorld)) // as it sends it above
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0 || filled === undefined) throw new Error('the world could not be written, as said above')
  return filled
}

/** Opens a data folder as a server does, without taking jobs. */
export function openWorld(folder: string, database?: string): Promise<Parts> {
  const configuration = readConfiguration({
    environment: {},
    arguments: { data: folder, ...(database === undefined ? {} : { database }) },
  })
  growHeapForServing() // as a server does
  return openParts(configuration, pino({ level: 'warn' }, pino.destination(2)))
}

/** Fills an empty data folder. Packages have no bytes, but for `big-1.0-0.conda` in noarch, which has 60 MiB. */
export async function buildWorld(
  parts: Parts,
  shape: { records: number; names: number },
  say: (text: string) => void,
): Promise<void> {
  const { channelId } = await fillWorld(parts, shape, say)
  await publishWorld(parts, channelId, say)
}

async function fillWorld(
  parts: Parts,
  shape: { records: number; names: number },
  say: (text: string) => void,
): Promise<{ channelId: string; names: number }> {
  const channelId = await makeChannel(parts)
  const inspection = await inspectSample()
  const names = new Set<string>()
  let batch: SyntheticFile[] = []
  let count = 0
  const flush = async (): Promise<void> => {
    await writeBatch(parts, channelId, batch, inspection)
    for (const { record } of batch) names.add(record.name)
    count += batch.length
    if (count % 100_000 < batch.length) say(`${figure(count)} records written`)
    batch = []
  }
  for (const file of syntheticFiles(shape)) {
    batch.push(file)
    if (batch.length === BATCH_FILES) await flush()
  }
  batch.push(await makeBigPackage(parts))
  await flush()
  return { channelId, names: names.size }
}

function publishWorld(parts: Parts, channelId: string, say: (text: string) => void): Promise<Step> {
  say('publishing…')
  return measure(() => publishChannel(parts, channelId, new AbortController().signal))
}

async function measure(work: () => Promise<unknown>): Promise<Step> {
  let memoryMb = 0
  const look = (): void => void (memoryMb = Math.max(memoryMb, process.memoryUsage.rss() / 2 ** 20))
  const timer = setInterval(look, LOOK_AT_MEMORY_MS)
  const started = performance.now()
  const cpuBefore = process.cpuUsage()
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  const { user, system } = process.cpuUsage(cpuBefore)
  return { ms: performance.now() - started, cpuMs: (user + system) / 1000, memoryMb }
}

/** A world that a power cut damages is made anew: its embedded database need not be safe while it is filled. */
async function writingFast(db: Db, write: () => Promise<void>): Promise<void> {
  if (engineOf(db) !== 'sqlite') return write()
  const pragmas = ['cache_size', 'wal_autocheckpoint', 'synchronous'] as const
  const before: number[] = []
  for (const name of pragmas) before.push(await pragma(db, name))
  const setAll = async (values: readonly number[]): Promise<void> => {
    for (const [i, name] of pragmas.entries()) await pragma(db, `${name} = ${values[i]}`)
  }
  await setAll([-WRITING_CACHE_KIB, WRITING_LOG_PAGES, 0])
  try {
    await write()
  } finally {
    await setAll(before)
    await pragma(db, 'wal_checkpoint(truncate)')
  }
}

/** @returns what it is, of those that have a number */
async function pragma(db: Db, text: string): Promise<number> {
  const { rows } = await sql<Record<string, number>>`pragma ${sql.raw(text)}`.execute(db)
  return Object.values(rows[0] ?? {})[0] ?? NaN
}

async function makeChannel({ db, now }: Parts): Promise<string> {
  await ensureAdministrator(db, 'a password for nobody', now())
  const owner = await findUserByName(db, 'admin')
  const known = await findChannelByName(db, WORLD_CHANNEL)
  if (known) throw new Error(`there is a channel ${WORLD_CHANNEL} already; name an empty --data`)
  const channel = await insertChannel(db, {
    name: WORLD_CHANNEL,
    description: 'Made for benchmarks',
    privacy: 'public',
    ownerId: owner?.id ?? '',
    at: now(),
  })
  return channel.id
}

/** What the opener of packages says of a small one; every package of the world is said to be like it. */
async function inspectSample(): Promise<PackageInspection> {
  const spec = { name: 'sample', version: '1.0', subdir: 'noarch' }
  const source = bytesSource(await writePackage(spec, 'conda'))
  return inspectPackage(source, { filename: packageFilename(spec, 'conda') })
}

async function writeBatch(
  parts: Parts,
  channelId: string,
  files: readonly SyntheticFile[],
  inspection: PackageInspection,
): Promise<void> {
  const at = parts.now()
  const origin = { kind: 'mirror', id: 'bench', name: 'bench' } as const
  await parts.db.transaction().execute(async (tx) => {
    await recordArtifacts(
      tx,
      files.map(({ sha256, md5, size }) => ({ sha256, md5, size, inspection })),
      at,
    )
    const changes = files.map(({ subdir, filename, record, sha256, md5, size }) =>
      fileChange({
        subdir,
        filename,
        record,
        bytes: { sha256, md5, size, indexedMs: at.getTime() },
        verifiedBy: 'sha256',
        origin,
      }),
    )
    await putFiles(tx, channelId, changes, at)
    await markStale(
      tx,
      channelId,
      files.map(({ record }) => record.name),
      { kind: 'mirror', mirror: 'bench', job: 'bench' },
    )
  })
}

async function makeBigPackage({ blobs }: Parts): Promise<SyntheticFile> {
  const bytes = randomBytes(BIG_PACKAGE_BYTES)
  const sha256 = await blobs.putBytes(bytes)
  const md5 = createHash('md5').update(bytes).digest('hex')
  const record = { name: 'big', version: '1.0', build: '0', build_number: 0, depends: [] }
  return {
    subdir: 'noarch',
    filename: 'big-1.0-0.conda',
    sha256,
    md5,
    size: bytes.byteLength,
    record: { ...record, sha256, md5, size: bytes.byteLength, subdir: 'noarch', noarch: 'generic' },
  }
}

async function folderBytes(folder: string): Promise<number> {
  let total = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) total += (await stat(join(entry.parentPath, entry.name))).size
  }
  return total
}

/**
 * Makes the files of a whole revision in a worker thread and stores them in the forms clients ask for. It opens
 * blobs and database itself, and only reads the latter: names and digests cross the thread, nothing large.
 */
import { createReadStream } from 'node:fs'
import { findOrigins } from '../artifacts/origins.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import { openBlobStore, type BlobPlace } from '../blobs/open-blob-store.ts'
import { Staging } from '../blobs/staging.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import { openInThread, type ThreadPlace } from '../platform/database/thread-place.ts'
import { answerTasks } from '../platform/worker-thread.ts'
import { encodeChunks } from './encode-chunks.ts'
import type { Form } from './encode-form.ts'
import { ChanneldataDraft } from './render-channeldata.ts'
import { releaseBytes } from './json-entries.ts'
import { OriginDraft, ORIGIN_RESOURCES, type OriginResource } from './render-origins.ts'
import { SubdirDraft } from './render-subdir.ts'
import { channelPage, formsOf, storedName, type Resource } from './rendered-files.ts'
import type { RenderedFile } from './revision-store.ts'
import { loadMap, loadName, loadRecords, offeredRecords, type Records, type ShardMap } from './shard-maps.ts'

/** A subdir as a revision serves it, with what was made of it then. */
export interface RenderedState {
  readonly subdir: string
  readonly servedSha256: string
  readonly files: readonly RenderedFile[]
}

interface Places {
  readonly database: ThreadPlace
  readonly blobs: BlobPlace
  /** A folder for files in the making, taken away by whoever sent the task. */
  readonly staging: string
}

export type RenderTask = Places &
  (
    | {
        readonly kind: 'subdir'
        readonly subdir: string
        readonly servedSha256: string
        readonly before: RenderedState | undefined
      }
    | {
        readonly kind: 'channel'
        readonly channel: string
        readonly subdirs: readonly { readonly subdir: string; readonly servedSha256: string }[]
        readonly before: readonly RenderedState[]
        readonly filesBefore: readonly RenderedFile[]
      }
  )

const NAMES_AT_ONCE = 50
const READ_CHUNK_BYTES = 1024 * 1024

answerTasks(async (input) => {
  const task = input as RenderTask // only renderChannel sends tasks
  const staging = new Staging(task.staging)
  await staging.open()
  const blobs = await openBlobStore(task.blobs)
  const db = await openInThread(task.database)
  try {
    const files =
      task.kind === 'subdir' ? renderFilesOfSubdir(blobs, db, task) : renderFilesOfChannel(blobs, db, task)
    return { result: await Array.fromAsync(storeForms({ blobs, staging }, files)) }
  } finally {
    await db.destroy()
    blobs.close?.()
  }
})

/** A file of the revision, and what makes it: called when its turn has come, so that only one is in memory. */
type FileToMake = [Resource, () => Iterable<Uint8Array> | Promise<Iterable<Uint8Array>>]

interface Stores {
  readonly blobs: BlobStore
  /** Where a file lies while its forms are made of it. */
  readonly staging: Staging
}

async function* storeForms(stores: Stores, files: AsyncIterable<FileToMake>): AsyncGenerator<RenderedFile> {
  const encodings: Encodings = new Map()
  for await (const [resource, make] of files)
    yield* await storeFile(stores, encodings, resource, await make())
}

type StoredBytes = Pick<RenderedFile, 'sha256' | 'size'>
/** By the sha256 of what they are a form of: where no record is corrected, two large files are the same. */
type Encodings = Map<string, Map<Form, StoredBytes>>

async function storeFile(
  { blobs, staging }: Stores,
  encodings: Encodings,
  resource: Resource,
  chunks: Iterable<Uint8Array>,
): Promise<RenderedFile[]> {
  const plain = await staging.receive(chunks, Infinity)
  const known = encodings.get(plain.sha256) ?? new Map<Form, StoredBytes>()
  encodings.set(plain.sha256, known)
  for (const form of formsOf(resource)) {
    if (form === 'plain' || known.has(form)) continue
    const bytes = createReadStream(plain.path, { highWaterMark: READ_CHUNK_BYTES })
    const encoded = await staging.receive(encodeChunks(bytes, form, plain.size), Infinity)
    await blobs.putStaged(encoded)
    known.set(form, { sha256: encoded.sha256, size: encoded.size })
  }
  await blobs.putStaged(plain)
  known.set('plain', { sha256: plain.sha256, size: plain.size })
  return formsOf(resource).map((form) => ({ filename: storedName(resource, form), ...known.get(form)! }))
}

async function* renderFilesOfSubdir(
  blobs: BlobStore,
  db: Db,
  task: Extract<RenderTask, { kind: 'subdir' }>,
): AsyncGenerator<FileToMake> {
  const shards = await loadMap(blobs, task.servedSha256)
  const before = await findOriginsBefore(blobs, task.before, shards)
  const isUnchanged = before?.isUnchanged ?? (() => false)
  const index = new SubdirDraft(task.subdir)
  const draft = new OriginDraft(task.subdir)
  for (const names of inChunks([...shards], NAMES_AT_ONCE)) {
    const changed: Records[] = []
    for (const [name, sha256] of names) {
      const contents = await loadName(blobs, sha256)
      index.add(name, contents)
      if (!isUnchanged(name)) changed.push(offeredRecords(contents.records))
    }
    const origins = await findOrigins(db, changed.flatMap(digestsOf))
    for (const records of changed) draft.add(records, origins)
  }
  yield ['repodata.json', () => index.finishWhole()]
  const load = (name: string): Promise<Records> => loadRecords(blobs, shards.get(name))
  yield ['current_repodata.json', () => index.renderCurrent(load)]
  for (const resource of ORIGIN_RESOURCES) {
    yield [
      resource,
      async () => {
        if (before) {
          const bytes = await blobs.read(before.digests[resource])
          draft.takeOver(resource, bytes, isUnchanged)
          releaseBytes(bytes)
        }
        return draft.render(resource)
      },
    ]
  }
}

/** What can be taken over from the last rendering; each of its files is read when its turn has come. */
async function findOriginsBefore(
  blobs: BlobStore,
  before: RenderedState | undefined,
  shards: ShardMap,
): Promise<OriginsBefore | undefined> {
  if (!before) return undefined
  const digests: Partial<Record<OriginResource, string>> = {}
  for (const resource of ORIGIN_RESOURCES) {
    const file = findFile(before.files, resource)
    if (!file) return undefined
    digests[resource] = file.sha256
  }
  const shardsBefore = await loadMap(blobs, before.servedSha256)
  const isUnchanged = (name: string): boolean => {
    const sha256 = shards.get(name)
    return sha256 !== undefined && shardsBefore.get(name) === sha256
  }
  return { digests: digests as Record<OriginResource, string>, isUnchanged } // all of them, seen above
}

interface OriginsBefore {
  readonly digests: Readonly<Record<OriginResource, string>>
  /** Whether what it says of a name still holds. */
  readonly isUnchanged: (name: string) => boolean
}

async function* renderFilesOfChannel(
  blobs: BlobStore,
  db: Db,
  task: Extract<RenderTask, { kind: 'channel' }>,
): AsyncGenerator<FileToMake> {
  const maps = new Map<string, ShardMap>()
  for (const { subdir, servedSha256 } of task.subdirs) maps.set(subdir, await loadMap(blobs, servedSha256))
  const draft = new ChanneldataDraft()
  const isUnchanged = await takeOverChanneldata(blobs, draft, task, maps)
  const names = new Set([...maps.values()].flatMap((shards) => [...shards.keys()]))
  const changed = [...names].filter((name) => !isUnchanged(name))
  for (let start = 0; start < changed.length; start += NAMES_AT_ONCE) {
    const named = new Map<string, Map<string, Records>>()
    for (const name of changed.slice(start, start + NAMES_AT_ONCE)) {
      const bySubdir = new Map<string, Records>()
      for (const [subdir, shards] of maps) {
        const sha256 = shards.get(name)
        if (sha256 !== undefined) bySubdir.set(subdir, await loadRecords(blobs, sha256))
      }
      named.set(name, bySubdir)
    }
    const all = [...named.values()].flatMap((bySubdir) => [...bySubdir.values()])
    const origins = await findOrigins(db, all.flatMap(digestsOf))
    for (const [name, bySubdir] of named) draft.add(name, bySubdir, origins)
  }
  yield ['channeldata.json', () => draft.render(maps.keys())]
  yield ['rss.xml', () => draft.renderFeed(task.channel, channelPage(task.channel))]
}

async function takeOverChanneldata(
  blobs: BlobStore,
  draft: ChanneldataDraft,
  task: Extract<RenderTask, { kind: 'channel' }>,
  maps: ReadonlyMap<string, ShardMap>,
): Promise<(name: string) => boolean> {
  const file = findFile(task.filesBefore, 'channeldata.json')
  if (!file) return () => false
  const mapsBefore = new Map<string, ShardMap>()
  for (const { subdir, servedSha256 } of task.before)
    mapsBefore.set(subdir, await loadMap(blobs, servedSha256))
  const subdirs = new Set([...maps.keys(), ...mapsBefore.keys()])
  const isUnchanged = (name: string): boolean =>
    [...subdirs].every((subdir) => maps.get(subdir)?.get(name) === mapsBefore.get(subdir)?.get(name))
  draft.takeOver(await blobs.read(file.sha256), isUnchanged)
  return isUnchanged
}

function digestsOf(records: Records): string[] {
  return [...records.values()].map(({ sha256 }) => String(sha256))
}

function findFile(files: readonly RenderedFile[], filename: string): RenderedFile | undefined {
  return files.find((file) => file.filename === filename)
}

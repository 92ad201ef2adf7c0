/** Deciding and writing shards in a worker thread, so that a publish of half a million files disturbs nobody. */
import type { BlobStore } from '../blobs/blob-store.ts'
import { openBlobStore, type BlobPlace } from '../blobs/open-blob-store.ts'
import type { Db } from '../platform/database/db.ts'
import { openInThread, type ThreadPlace } from '../platform/database/thread-place.ts'
import { answerTasks } from '../platform/worker-thread.ts'
import { decideNames, type DecideTask } from './decide-names.ts'
import { MapCache } from './map-cache.ts'
import { readMembers, type ReadMembersTask } from './read-members.ts'
import { writeMaps, type WriteMapsTask } from './write-maps.ts'

export interface PublishPlaces {
  readonly database: ThreadPlace
  readonly blobPlace: BlobPlace
}

export type PublishTask = { readonly places: PublishPlaces } & (
  | ({ readonly kind: 'decide' } & DecideTask)
  | ({ readonly kind: 'members' } & ReadMembersTask)
  | ({ readonly kind: 'maps' } & WriteMapsTask)
  | { readonly kind: 'seal'; readonly batch: string; readonly digests: readonly string[] }
)

const maps = new MapCache()
let opened: Promise<{ readonly blobs: BlobStore; readonly db: Db }> | undefined

async function open(places: PublishPlaces): Promise<{ readonly blobs: BlobStore; readonly db: Db }> {
  return { blobs: await openBlobStore(places.blobPlace), db: await openInThread(places.database) }
}

answerTasks(async (input) => {
  const task = input as PublishTask // only publishChannel sends tasks
  // a pool works for one server all its life; what could not be opened is tried again
  opened ??= open(task.places)
  const { blobs, db } = await opened.catch((error: unknown) => {
    opened = undefined
    throw error
  })
  switch (task.kind) {
    case 'decide':
      return { result: await decideNames({ db, blobs, maps }, task) }
    case 'members':
      return { result: await readMembers({ db, blobs, maps }, task) }
    case 'maps':
      return { result: await writeMaps({ blobs, maps }, task) }
    case 'seal':
      await blobs.sealBatch(task.batch, task.digests)
      return { result: undefined }
  }
})

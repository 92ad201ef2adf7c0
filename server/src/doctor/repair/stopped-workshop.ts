/** What a repair without servers needs to publish and render what it has put right: the same threads, for a while. */
import type { BlobPlace } from '../../blobs/open-blob-store.ts'
import { blobPlaceOf } from '../../blobs/open-blob-store.ts'
import { listAllChannels } from '../../channels/store.ts'
import type { Configuration } from '../../platform/configuration.ts'
import { toThreadPlace } from '../../platform/database/thread-place.ts'
import { WorkerPool } from '../../platform/worker-pool.ts'
import { publishChannel, type PublishParts } from '../../repodata/publish-channel.ts'
import { renderChannel, type RenderParts } from '../../repodata/render-channel.ts'
import type { CheckParts } from '../check.ts'

const TIMEOUT_MS = 600_000

export interface Workshop {
  readonly rendering: RenderParts
  /** Publishes and renders whatever waits for it. */
  publishAll(): Promise<void>
  close(): Promise<void>
}

export function openWorkshop(configuration: Configuration, { db, blobs }: CheckParts): Workshop {
  const renderers = pool('render-worker.ts')
  const publishers = pool('publish-worker.ts')
  const blobPlace: BlobPlace = blobPlaceOf(configuration)
  const now = (): Date => new Date()
  const places = { db, database: toThreadPlace(configuration), blobs, blobPlace, now }
  const rendering: RenderParts = { ...places, publicUrl: configuration.public_url, renderers }
  const publishing: PublishParts = { ...places, publishers }
  const { signal } = new AbortController()
  return {
    rendering,
    async publishAll() {
      for (const { id } of await listAllChannels(db)) {
        await publishChannel(publishing, id, signal)
        await renderChannel(rendering, id, signal)
      }
    },
    async close() {
      await Promise.all([renderers.close(), publishers.close()])
    },
  }
}

function pool(file: string): WorkerPool {
  const module = new URL(`../../repodata/${file}`, import.meta.url)
  return new WorkerPool({ module, size: 1, taskTimeoutMs: TIMEOUT_MS })
}

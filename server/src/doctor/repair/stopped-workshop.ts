/** What a repair without servers needs to fetch, publish and render: the same threads as a server, for a while. */
import { join } from 'node:path'
import type { BlobPlace } from '../../blobs/open-blob-store.ts'
import { blobPlaceOf } from '../../blobs/open-blob-store.ts'
import { Staging } from '../../blobs/staging.ts'
import { listAllChannels } from '../../channels/store.ts'
import type { Configuration } from '../../platform/configuration.ts'
import { toThreadPlace } from '../../platform/database/thread-place.ts'
import { openSecretBox, secretKeyFile } from '../../platform/secret-box.ts'
import { WorkerPool } from '../../platform/worker-pool.ts'
import { OutboundClient } from '../../platform/outbound/outbound-client.ts'
import { publishChannel, type PublishParts } from '../../repodata/publish-channel.ts'
import { renderChannel, type RenderParts } from '../../repodata/render-channel.ts'
import { AnnouncedBytes } from '../../mirrors/bring-announced.ts'
import { AppError } from '../../vocabulary/errors.ts'
import type { CheckParts } from '../check.ts'

const TIMEOUT_MS = 600_000

export interface Workshop {
  readonly rendering: RenderParts
  readonly onDemand: AnnouncedBytes
  /** Publishes and renders whatever waits for it, but for channels of which something cannot be read yet. */
  publishAll(): Promise<void>
  close(): Promise<void>
}

export function openWorkshop(configuration: Configuration, { db, blobs }: CheckParts): Workshop {
  const renderers = pool('repodata/render-worker.ts')
  const publishers = pool('repodata/publish-worker.ts')
  const inspectors = pool('artifacts/inspect-worker.ts')
  const blobPlace: BlobPlace = blobPlaceOf(configuration)
  const now = (): Date => new Date()
  const places = { db, database: toThreadPlace(configuration), blobs, blobPlace, now }
  const staging = new Staging(join(configuration.data, 'staging'))
  const rendering: RenderParts = { ...places, staging, renderers }
  const publishing: PublishParts = { ...places, publishers }
  const outbound = new OutboundClient({ allowedPrivate: configuration.outbound_private, connections: 2 })
  const onDemand = new AnnouncedBytes({
    ...{ db, now, blobs, inspectors, staging },
    upstreamRules: {
      outbound,
      mirrorFolders: configuration.mirror_folders,
      // opened when it is needed: opening makes a key where there is none
      box: () => openSecretBox(secretKeyFile(configuration)),
    },
    maxBytes: configuration.max_upload_bytes,
  })
  const { signal } = new AbortController()
  return {
    rendering,
    onDemand,
    async publishAll() {
      for (const { id } of await listAllChannels(db)) {
        try {
          await publishChannel(publishing, id, signal)
          await renderChannel(rendering, id, signal)
        } catch (error) {
          // the next check names it, and the next round makes it anew
          if (!(error instanceof AppError && error.code === 'corrupt-data')) throw error
        }
      }
    },
    async close() {
      await onDemand.close()
      await Promise.all([renderers.close(), publishers.close(), inspectors.close(), outbound.close()])
    },
  }
}

function pool(file: string): WorkerPool {
  const module = new URL(`../../${file}`, import.meta.url)
  return new WorkerPool({ module, size: 1, taskTimeoutMs: TIMEOUT_MS })
}

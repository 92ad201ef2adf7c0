/**
 * Makes the monolithic `repodata.json` of one subdir from its served shards, in a worker thread, and stores
 * it in the three forms clients ask for. It opens the blob store itself: only digests cross the thread.
 */
import { gzipSync } from 'node:zlib'
import { zstdCompress } from '@terrarium/conda/codec/zstd-node.ts'
import { renderRepodata } from '@terrarium/conda/repodata/render-repodata.ts'
import { FileBlobStore } from '../blobs/file-blob-store.ts'
import { answerTasks } from '../platform/worker-thread.ts'
import type { RenderedFile } from './revision-store.ts'
import { byFormat, loadMap, loadRecords, type Records } from './shard-maps.ts'

export interface RenderTask {
  readonly blobFolder: string
  readonly subdir: string
  readonly servedSha256: string
}

const ZSTD_LEVEL = 10
const GZIP_LEVEL = 6

answerTasks(async (input) => {
  const { blobFolder, subdir, servedSha256 } = input as RenderTask // only renderChannel sends tasks
  const blobs = new FileBlobStore(blobFolder)
  const json = await renderServed(blobs, subdir, servedSha256)
  const files: RenderedFile[] = []
  const forms = [
    ['repodata.json', json],
    ['repodata.json.zst', zstdCompress(json, ZSTD_LEVEL)],
    // never a file of its own: the body of repodata.json under `Content-Encoding: gzip`
    ['repodata.json.gz', gzipSync(json, { level: GZIP_LEVEL })],
  ] as const
  for (const [filename, bytes] of forms) {
    files.push({ filename, sha256: await blobs.putBytes(bytes), size: bytes.byteLength })
  }
  return { result: files }
})

async function renderServed(blobs: FileBlobStore, subdir: string, servedSha256: string): Promise<Uint8Array> {
  const all: Records = new Map()
  for (const sha256 of (await loadMap(blobs, servedSha256)).values()) {
    for (const [filename, record] of await loadRecords(blobs, sha256)) all.set(filename, record)
  }
  return Buffer.concat([...renderRepodata({ subdir, ...byFormat(all) })])
}

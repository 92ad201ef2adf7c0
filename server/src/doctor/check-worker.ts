/** One check in a thread of its own, so that a server that is at work stays quick. Only `run-check.ts` starts it. */
import { parentPort, workerData } from 'node:worker_threads'
import { openBlobStore, type BlobPlace } from '../blobs/open-blob-store.ts'
import { openInThread, type ThreadPlace } from '../platform/database/thread-place.ts'
import { checkStorage, type CheckResult } from './check-storage.ts'
import type { CheckProgress } from './check.ts'
import type { Finding } from './finding.ts'

export interface CheckTask {
  readonly database: ThreadPlace
  readonly blobs: BlobPlace
  readonly dataFolder: string
  readonly quick: boolean
  readonly maxBytesPerSecond: number | undefined
  /** What its clock says when it starts, milliseconds since 1970. */
  readonly nowMs: number
}

export type CheckMessage =
  | { readonly kind: 'progress'; readonly progress: CheckProgress }
  | { readonly kind: 'findings'; readonly findings: readonly Finding[] }
  | { readonly kind: 'end'; readonly summary: CheckResult }

const port = parentPort
if (!port) throw new Error('this module runs in a worker thread only')
/** So many are told at once. */
const BATCH = 500
let findings: Finding[] = []
const tellFindings = (): void => {
  tell({ kind: 'findings', findings })
  findings = []
}
const tell = (message: CheckMessage): void => port.postMessage(message)
const task = workerData as CheckTask // only run-check.ts starts it

const aheadMs = task.nowMs - Date.now()
const db = await openInThread(task.database)
const blobs = await openBlobStore(task.blobs)
try {
  const summary = await checkStorage(
    {
      db,
      blobs,
      dataFolder: task.dataFolder,
      blobFolder: task.blobs.kind === 'folder' ? task.blobs.folder : undefined,
    },
    {
      quick: task.quick,
      maxBytesPerSecond: task.maxBytesPerSecond,
      now: () => new Date(Date.now() + aheadMs),
      onProgress: (progress) => tell({ kind: 'progress', progress }),
      onFinding: (finding) => {
        if (findings.push(finding) >= BATCH) tellFindings()
      },
    },
  )
  tellFindings()
  tell({ kind: 'end', summary })
} finally {
  blobs.close?.()
  await db.destroy()
}

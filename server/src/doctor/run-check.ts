/**
 * A check of a server that is at work, as a job: asked for by people, light once a day and deep once a week by itself.
 *
 * What others write meanwhile looks like a fault to a reader of many rows and blobs. So a fault counts when a second and
 * a third look find it at the same place; wrong bytes count at once, for a blob never changes.
 */
import { Worker } from 'node:worker_threads'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { appendEvent } from '../audit/append-event.ts'
import type { BlobPlace } from '../blobs/open-blob-store.ts'
import { enqueue } from '../jobs/queue.ts'
import type { JobRun } from '../jobs/runner.ts'
import type { Configuration } from '../platform/configuration.ts'
import type { Db } from '../platform/database/db.ts'
import type { Log } from '../platform/log.ts'
import type { ThreadPlace } from '../platform/database/thread-place.ts'
import type { RenderParts } from '../repodata/render-channel.ts'
import type { BytesOnDemand } from '../repodata/served-files.ts'
import type { CheckResult } from './check-storage.ts'
import type { CheckMessage, CheckTask } from './check-worker.ts'
import type { CheckParts } from './check.ts'
import { exitCodeOf, kindOf, type Finding, type FindingCode } from './finding.ts'
import { noteDamage } from './note-damage.ts'
import { FindingLog } from './finding-log.ts'
import { replaceFindings } from './findings-store.ts'
import { errorText } from '../platform/text.ts'
import { requireOwnBlobs } from './own-blobs.ts'
import { repairStorage } from './repair/repair-storage.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const LOOKS = 3
/** For a publish and a render that are under way to get to their end. */
const BETWEEN_LOOKS_MS = 3_000
const MEGABYTE = 1_000_000
export const CHECK_KEY = 'storage.check'

/** Of bytes that are not what their name says: true at once, and not to be seen without reading them all again. */
const CERTAIN: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'package-corrupt',
  'blob-corrupt',
  'rendered-file-corrupt',
  'artifact-differs',
  'database-corrupt',
])

export const checkPayload = z.strictObject({ deep: z.boolean(), repair: z.boolean() })

export const checkResult = z.object({
  deep: z.boolean(),
  faults: z.number().int().describe('What is wrong, or was before the repair'),
  repaired: z.number().int(),
  aside: z.number().int().describe('Put aside: it does no harm, and needs people'),
  left: z.number().int().describe('Faults that are still there'),
  notes: z.number().int(),
  exit_code: z.number().int().describe('As `terrarium fsck` ends: 0 when nothing is wrong'),
  channels: z.number().int(),
  blobs: z.number().int(),
  bytes: z.number().int(),
})

export interface RunCheckParts {
  readonly configuration: Configuration
  readonly db: Db
  readonly database: ThreadPlace
  readonly blobs: CheckParts['blobs']
  readonly blobPlace: BlobPlace
  readonly rendering: RenderParts
  readonly onDemand: BytesOnDemand
  readonly log: Log
  readonly now: () => Date
  /** Between two looks at the same thing. */
  readonly betweenLooksMs?: number
}

export async function runCheck(
  parts: RunCheckParts,
  payload: z.output<typeof checkPayload>,
  run: JobRun,
): Promise<z.output<typeof checkResult>> {
  // or every file of every channel would be a fault, and a repair put them all aside
  await requireOwnBlobs(parts)
  const found = new FindingLog()
  try {
    let notes = 0
    const summary = await look(parts, payload.deep, run, (finding) => {
      if (kindOf(finding) === 'note') notes += 1
      else found.add(finding)
    })
    await confirm(parts, found, run)
    const faults = found.count()
    await noteDamage(parts.db, found, { deep: payload.deep, at: parts.now() })
    await replaceFindings(parts.db, run.id, found)
    if (!payload.repair || faults === 0)
      return await conclude(parts, run, found, { deep: payload.deep, notes, ...summary })
    const done = new FindingLog()
    try {
      await repair(parts, found, done, run)
      await replaceFindings(parts.db, run.id, done)
      return await conclude(parts, run, done, { deep: payload.deep, notes, ...summary })
    } finally {
      done.close()
    }
  } finally {
    found.close()
  }
}

async function conclude(
  parts: RunCheckParts,
  run: JobRun,
  found: FindingLog,
  looked: Pick<z.output<typeof checkResult>, 'deep' | 'notes'> & CheckResult,
): Promise<z.output<typeof checkResult>> {
  const repaired = found.count('repaired')
  const faults = found.count()
  const result = {
    faults,
    repaired,
    aside: found.count('aside'),
    left: faults - repaired,
    exit_code: exitCodeOf(found.kinds()),
    ...looked,
  }
  await parts.db.transaction().execute((tx) =>
    appendEvent(tx, {
      at: parts.now(),
      actorId: run.actorId,
      action: 'storage.checked',
      target: 'storage',
      details: { deep: result.deep, faults: result.faults, left: result.left },
    }),
  )
  return result
}

/** Leaves those that further looks find again. */
async function confirm(parts: RunCheckParts, found: FindingLog, run: JobRun): Promise<void> {
  const isOpen = ({ code }: Finding): boolean => !CERTAIN.has(code)
  for (let count = 2; count <= LOOKS; count += 1) {
    if (!found[Symbol.iterator]().some(({ finding }) => isOpen(finding))) return
    await wait(parts.betweenLooksMs ?? BETWEEN_LOOKS_MS, undefined, { signal: run.signal })
    await look(parts, false, run, (finding) => found.seeAgain(finding, count))
    found.keepSeen(count, isOpen)
  }
}

/** @param done what came of each is put there, and with it what came up meanwhile */
async function repair(
  parts: RunCheckParts,
  faults: FindingLog,
  done: FindingLog,
  run: JobRun,
): Promise<void> {
  const repairing = {
    db: parts.db,
    blobs: parts.blobs,
    dataFolder: parts.configuration.data,
    blobFolder: parts.blobPlace.kind === 'folder' ? parts.blobPlace.folder : undefined,
    rendering: parts.rendering,
    onDemand: parts.onDemand,
    now: parts.now,
    actorId: run.actorId,
  }
  let open = faults
  try {
    for (let round = 1; round <= 2 && open.count() > 0; round += 1) {
      run.signal.throwIfAborted()
      run.reportProgress({ step: 'repairing', done: 0 })
      await repairStorage(repairing, open, round, ({ finding, ...outcome }) => done.put(finding, outcome))
      if (open !== faults) open.close()
      open = new FindingLog()
      const again = open
      await look(parts, false, run, (finding) => {
        // a package that was damaged and is put aside is missing now: the same thing
        if (kindOf(finding) !== 'note' && !done.isAside(finding)) again.add(finding)
      })
      await confirm(parts, again, run)
    }
    for (const { finding } of open) {
      const message = done.repairOf(finding) ?? 'it came up during the repair'
      done.put(finding, { outcome: 'left', message })
    }
  } finally {
    if (open !== faults) open.close()
  }
}

/** One look at everything, in a thread of its own. */
async function look(
  parts: RunCheckParts,
  deep: boolean,
  run: JobRun,
  onFinding: (finding: Finding) => void,
): Promise<CheckResult> {
  const { configuration, database, blobPlace } = parts
  const task: CheckTask = {
    database,
    blobs: blobPlace,
    dataFolder: configuration.data,
    quick: !deep,
    maxBytesPerSecond: configuration.check_mb_per_second * MEGABYTE,
    nowMs: parts.now().getTime(),
  }
  const worker = new Worker(new URL('check-worker.ts', import.meta.url), { workerData: task })
  const stop = (): void => void worker.terminate()
  run.signal.addEventListener('abort', stop, { once: true })
  try {
    let summary: CheckResult | undefined
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: CheckMessage) => {
        try {
          if (message.kind === 'progress') run.reportProgress(message.progress)
          else if (message.kind === 'findings') message.findings.forEach(onFinding)
          else summary = message.summary
        } catch (error) {
          reject(error instanceof Error ? error : new Error(errorText(error))) // no room for the list
        }
      })
      worker.on('error', reject)
      worker.on('exit', () => resolve())
    })
    run.signal.throwIfAborted()
    if (!summary) throw new Error('the thread of the check ended before its end')
    return summary
  } finally {
    run.signal.removeEventListener('abort', stop)
    await worker.terminate()
  }
}

export function enqueueCheck(
  db: Db,
  now: Date,
  ask: { readonly deep: boolean; readonly repair: boolean; readonly actorId?: string | undefined },
): Promise<string> {
  const { deep, repair: mend } = ask
  return enqueue(db, {
    kind: 'storage.check',
    payload: { deep, repair: mend },
    now,
    actorId: ask.actorId,
    dedupeKey: `${CHECK_KEY}:${deep ? 'deep' : 'light'}${mend ? ':repair' : ''}`,
    exclusiveKey: CHECK_KEY,
  })
}

/** Asks for the checks that nobody has to ask for, whichever server comes to it first. */
export class RegularChecks {
  readonly #db: Db
  readonly #now: () => Date
  readonly #lightMs: number
  readonly #deepMs: number
  #nextLookAtMs: number

  constructor(parts: { db: Db; now: () => Date; configuration: Configuration }) {
    this.#db = parts.db
    this.#now = parts.now
    this.#lightMs = parts.configuration.check_every_hours * HOUR_MS
    this.#deepMs = parts.configuration.deep_check_every_days * DAY_MS
    this.#nextLookAtMs = parts.now().getTime() + HOUR_MS // a start has other things to do
  }

  /** @returns whether it asked for one */
  look = async (): Promise<boolean> => {
    const now = this.#now()
    if (now.getTime() < this.#nextLookAtMs) return false
    this.#nextLookAtMs = now.getTime() + HOUR_MS
    const deep = this.#deepMs > 0 && now.getTime() - (await this.#last('%"deep":true%')) >= this.#deepMs
    const light = this.#lightMs > 0 && now.getTime() - (await this.#last('%')) >= this.#lightMs
    if (!deep && !light) return false
    await enqueueCheck(this.#db, now, { deep, repair: false })
    return true
  }

  async #last(payload: string): Promise<number> {
    const row = await this.#db
      .selectFrom('jobs')
      .select((eb) => eb.fn.max('created_at').as('at'))
      .where('kind', '=', 'storage.check')
      .where('payload', 'like', payload)
      .executeTakeFirst()
    return row?.at ?? 0
  }
}

/** A collection of garbage as a job: asked for by people, and once a day by whichever server comes to it first. */
import { z } from 'zod'
import { enqueue } from '../jobs/queue.ts'
import type { JobRun } from '../jobs/runner.ts'
import type { Configuration } from '../platform/configuration.ts'
import type { Db } from '../platform/database/db.ts'
import { forgetMatches } from '../vulnerabilities/store.ts'
import { collectGarbage, type CollectParts } from './collect-garbage.ts'
import { expireRevisions } from './expire-revisions.ts'

const DAY_MS = 24 * 3600 * 1000
const HOUR_MS = 3600 * 1000
/** At most one runs, so that no two collections and no expiry of revisions are ever beside each other. */
const EXCLUSIVE_KEY = 'collect'

export const collectPayload = z.strictObject({
  dry_run: z.boolean().default(false),
  only: z.array(z.string()).optional(),
})

/** What a job tells when it has ended, and the API with it. */
export const collectionResult = z.object({
  expired_revisions: z.number().int().describe('Revisions that are not kept any more'),
  blob_count: z.number().int().describe('Blobs that were deleted, or would be'),
  space_reclaimed: z.number().int().describe('Their bytes'),
  waiting_count: z
    .number()
    .int()
    .describe('Blobs that nothing names and that go when collect_after_hours are over'),
  waiting_bytes: z.number().int(),
  kept_count: z.number().int(),
  blobs: z
    .array(z.string())
    .describe('The first thousand of those that were deleted, or would be, by sha256'),
})

export async function runCollection(
  parts: CollectParts & { readonly configuration: Configuration },
  payload: z.output<typeof collectPayload>,
  run: JobRun,
): Promise<z.output<typeof collectionResult>> {
  const { keep_revisions_days: keepDays, collect_after_hours: hours } = parts.configuration
  const expired = payload.dry_run ? 0 : await expireRevisions({ ...parts, keepDays }, run.signal)
  if (!payload.dry_run) await forgetMatches(parts.db, new Date(parts.now().getTime() - keepDays * DAY_MS))
  const collection = await collectGarbage(parts, {
    graceMs: hours * HOUR_MS,
    signal: run.signal,
    dryRun: payload.dry_run,
    only: payload.only,
    actorId: run.actorId,
    onProgress: (progress) => run.reportProgress(progress),
  })
  return {
    expired_revisions: expired,
    blob_count: collection.removed,
    space_reclaimed: collection.removedBytes,
    waiting_count: collection.waiting,
    waiting_bytes: collection.waitingBytes,
    kept_count: collection.kept,
    blobs: [...collection.digests],
  }
}

export function enqueueCollection(
  db: Db,
  now: Date,
  ask: { dryRun?: boolean; only?: readonly string[]; actorId?: string | undefined } = {},
): Promise<string> {
  const { dryRun = false, only } = ask
  return enqueue(db, {
    kind: 'blobs.collect',
    payload: { dry_run: dryRun, ...(only && { only }) },
    now,
    actorId: ask.actorId,
    ...(only ? {} : { dedupeKey: dryRun ? 'collect:dry-run' : 'collect' }),
    exclusiveKey: EXCLUSIVE_KEY,
  })
}

export class DailyCollection {
  readonly #db: Db
  readonly #now: () => Date
  #nextLookAtMs: number

  constructor({ db, now }: { db: Db; now: () => Date }) {
    this.#db = db
    this.#now = now
    this.#nextLookAtMs = now().getTime() + HOUR_MS // a start has other things to do
  }

  /** @returns whether it asked for one */
  look = async (): Promise<boolean> => {
    const now = this.#now()
    if (now.getTime() < this.#nextLookAtMs) return false
    this.#nextLookAtMs = now.getTime() + HOUR_MS
    const last = await this.#db
      .selectFrom('jobs')
      .select((eb) => eb.fn.max('created_at').as('at'))
      .where('kind', '=', 'blobs.collect')
      .where('payload', 'not like', '%"dry_run":true%')
      .where('payload', 'not like', '%"only":%')
      .executeTakeFirst()
    if (now.getTime() - (last?.at ?? 0) < DAY_MS) return false
    await enqueueCollection(this.#db, now)
    return true
  }
}

/** The export into a folder or a bucket, again and again: each run puts the next one into the queue. */
import { Cron } from 'croner'
import { enqueue } from '../jobs/queue.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import { exportNewEvents } from './export-events.ts'
import type { ExportPlace } from './export-place.ts'
import type { EventFormat } from './format-events.ts'
import type { HeadSigner } from './sign-head.ts'

export interface ExportSchedule {
  readonly db: Db
  readonly now: () => Date
  /** Undefined when nothing is to be exported. */
  readonly place: ExportPlace | undefined
  readonly cron: string
  readonly format: EventFormat
}

/** Puts the next run into the queue, unless it waits there. @throws AppError invalid-configuration */
export async function scheduleExport(schedule: ExportSchedule): Promise<void> {
  if (schedule.place === undefined) return
  const now = schedule.now()
  await enqueue(schedule.db, {
    kind: 'audit.export',
    payload: {},
    now,
    runAt: nextRun(schedule.cron, now),
    dedupeKey: 'audit.export',
    exclusiveKey: 'audit.export',
  })
}

function nextRun(cron: string, after: Date): Date {
  try {
    const next = new Cron(cron, { timezone: 'UTC' }).nextRun(after)
    if (next) return next
  } catch (cause) {
    throw new AppError('invalid-configuration', 'audit_export_cron is no schedule, such as 0 * * * *', {
      cause,
    })
  }
  throw new AppError('invalid-configuration', 'audit_export_cron never comes')
}

/** @returns the name of the file, when there was anything to write */
export async function runScheduledExport(
  schedule: ExportSchedule & { readonly heads: HeadSigner },
): Promise<{ file: string | null }> {
  if (schedule.place === undefined) return { file: null }
  // first: a full disk must not end the schedule
  await scheduleExport(schedule)
  const sign = { heads: schedule.heads, at: schedule.now() }
  return { file: (await exportNewEvents(schedule.db, schedule.place, schedule.format, sign)) ?? null }
}

/** The export into a folder, again and again: each run puts the next one into the queue. */
import { Cron } from 'croner'
import { enqueue } from '../jobs/queue.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import { exportToFolder } from './export-events.ts'
import type { EventFormat } from './format-events.ts'

export interface ExportSchedule {
  readonly db: Db
  readonly now: () => Date
  /** Undefined when nothing is to be exported. */
  readonly folder: string | undefined
  readonly cron: string
  readonly format: EventFormat
}

/** Puts the next run into the queue, unless it waits there. @throws AppError invalid-configuration */
export async function scheduleExport(schedule: ExportSchedule): Promise<void> {
  if (schedule.folder === undefined) return
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
export async function runScheduledExport(schedule: ExportSchedule): Promise<{ file: string | null }> {
  if (schedule.folder === undefined) return { file: null }
  // first: a full disk must not end the schedule
  await scheduleExport(schedule)
  return { file: (await exportToFolder(schedule.db, schedule.folder, schedule.format)) ?? null }
}

/**
 * When a mirror runs by itself: the five fields of cron, read in UTC. Pure; `start-due-mirrors.ts` starts what is
 * due.
 */
import { Cron } from 'croner'
import { AppError } from '../vocabulary/errors.ts'
import { errorText } from '../platform/text.ts'

export interface Schedule {
  readonly cron: string
  readonly nextRunAt: Date
}

/** @throws AppError bad-request, as `nextRunOf` does */
export function scheduleFrom(cron: string, now: Date): Schedule {
  return { cron, nextRunAt: nextRunOf(cron, now) }
}

/**
 * The first time after `after` that the expression names.
 *
 * @param expression minute, hour, day of the month, month, day of the week: `0 3 * * *` is every night at three
 * @throws AppError bad-request for what is no such expression, and for one whose day never comes
 */
export function nextRunOf(expression: string, after: Date): Date {
  const next = parse(expression).nextRun(after)
  if (!next) throw new AppError('bad-request', `the schedule "${expression}" names a time that never comes`)
  return next
}

function parse(expression: string): Cron {
  try {
    return new Cron(expression, { mode: '5-part', timezone: 'UTC', paused: true })
  } catch (cause) {
    throw new AppError(
      'bad-request',
      `"${expression}" is no schedule: five fields of cron, such as "0 3 * * *": ${errorText(cause)}`,
      { cause },
    )
  }
}

/** A past moment to read what was known then: how it is asked for, and how far back it can be. */
import { z } from 'zod'
import type { Configuration } from '../platform/configuration.ts'
import { AppError } from '../vocabulary/errors.ts'

const DAY_MS = 24 * 3600 * 1000

export const instantQuery = z.iso
  .datetime({ offset: true })
  .optional()
  .describe('As it was known then: 2026-01-31T12:00:00Z')

/** @throws AppError bad-request for the future, and for what is not kept any more */
export function readInstant(
  text: string | undefined,
  { now, configuration }: { now: () => Date; configuration: Pick<Configuration, 'keep_revisions_days'> },
): Date | undefined {
  if (text === undefined) return undefined
  const at = new Date(text)
  const present = now()
  const days = configuration.keep_revisions_days
  const oldest = new Date(present.getTime() - days * DAY_MS)
  if (at > present) throw new AppError('bad-request', `at=${text} is in the future; leave it out for now`)
  if (at < oldest) {
    const kept = `the past is kept for ${days} days (keep_revisions_days)`
    throw new AppError('bad-request', `at=${text} is too long ago: ${kept}, back to ${oldest.toISOString()}`)
  }
  return at
}

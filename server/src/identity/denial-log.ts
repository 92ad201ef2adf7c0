/**
 * Refusals in the audit log. Somebody who tries the same again and again makes one event a minute, with the
 * next telling how often: a log that can be flooded hides what it should show.
 */
import { appendEvent } from '../audit/append-event.ts'
import type { Db } from '../platform/database/db.ts'
import { withoutTokens, type Log } from '../platform/log.ts'
import { withOrigin, type Origin } from '../platform/request-origin.ts'
import type { AppError } from '../vocabulary/errors.ts'
import { actorId, type Actor } from './actor.ts'

const QUIET_MS = 60_000
const MAX_KEYS = 10_000
const MAX_TARGET_LENGTH = 300

interface DeniedRequest {
  readonly actor: Actor
  readonly method: string
  readonly url: string
  readonly origin: Origin
}

export class DenialLog {
  readonly #parts: { readonly db: Db; readonly log: Log; readonly now: () => Date }
  readonly #recent = new Map<string, { untilMs: number; suppressed: number }>()

  constructor(parts: { db: Db; log: Log; now: () => Date }) {
    this.#parts = parts
  }

  async note(request: DeniedRequest, error: AppError): Promise<void> {
    const at = this.#parts.now()
    const path = withoutTokens(request.url.replace(/[?#].*$/, '')).slice(0, MAX_TARGET_LENGTH)
    const key = JSON.stringify([actorId(request.actor), request.method, path])
    const recent = this.#recent.get(key)
    if (recent && at.getTime() < recent.untilMs) {
      recent.suppressed += 1
      return
    }
    if (this.#recent.size >= MAX_KEYS) this.#recent.clear()
    this.#recent.set(key, { untilMs: at.getTime() + QUIET_MS, suppressed: 0 })
    const { permission } = error.details ?? {}
    await withOrigin(request.origin, () =>
      this.#parts.db.transaction().execute((tx) =>
        appendEvent(tx, {
          at,
          actorId: actorId(request.actor),
          action: 'access.denied',
          target: path,
          details: {
            method: request.method,
            ...(typeof permission === 'string' && { permission }),
            ...(recent && recent.suppressed > 0 && { denied_before: recent.suppressed }),
          },
        }),
      ),
    )
  }
}

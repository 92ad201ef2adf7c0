/**
 * Channel notices: what conda and pixi show their users when they use the channel.
 *
 * @see CEP 6; conda/notices/types.py
 */
import { type JsonValue, isJsonArray, isJsonObject, parseJson } from './json-value.ts'

export const NOTICE_LEVELS = ['info', 'warning', 'critical'] as const

export type NoticeLevel = (typeof NOTICE_LEVELS)[number]

export interface ChannelNotice {
  /** Clients show a notice once per id. */
  readonly id: string
  readonly message: string
  readonly level: NoticeLevel
  readonly createdAt: Date
  /** Clients keep it until then, though no longer than a day. */
  readonly expiresAt: Date
}

/** A channel's notices.json. */
export function renderNotices(notices: readonly ChannelNotice[]): string {
  return JSON.stringify({
    notices: notices.map(({ id, message, level, createdAt, expiresAt }) => ({
      id,
      message,
      level,
      created_at: offsetTime(createdAt),
      expires_at: offsetTime(expiresAt),
    })),
  })
}

/** Python read no `Z` before 3.11, and takes a time without offset for local. */
function offsetTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, '+00:00')
}

/**
 * The notices of another channel. As in clients, one that cannot be read is none.
 */
export function parseNotices(text: string): ChannelNotice[] {
  const list = readList(text)
  return list.flatMap((item) => readNotice(item) ?? [])
}

function readList(text: string): readonly JsonValue[] {
  try {
    const document = parseJson(text)
    const notices = isJsonObject(document) ? document.notices : undefined
    return isJsonArray(notices) ? notices : []
  } catch {
    return []
  }
}

function readNotice(item: JsonValue): ChannelNotice | undefined {
  if (!isJsonObject(item)) return undefined
  const { id, message } = item
  const createdAt = readTime(item.created_at)
  const expiresAt = readTime(item.expires_at ?? item.expired_at)
  if (typeof id !== 'string' || typeof message !== 'string' || !createdAt || !expiresAt) return undefined
  const level = NOTICE_LEVELS.find((known) => known === item.level) ?? 'info'
  return { id, message, level, createdAt, expiresAt }
}

function readTime(value: JsonValue | undefined): Date | undefined {
  if (typeof value !== 'string') return undefined
  const time = new Date(/(Z|[+-]\d\d:?\d\d)$/i.test(value) ? value : `${value}Z`)
  return Number.isNaN(time.getTime()) ? undefined : time
}

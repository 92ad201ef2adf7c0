/**
 * Another node on the same database, for bench/permissions.ts: it asks with a token again and again, as clients do, and
 * says when that token first opened what it did, and when no more.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { Access } from '../server/src/identity/access.ts'
import { openSqlite } from '../server/src/platform/database/db.ts'
import { Secret } from '../server/src/platform/secret.ts'

/** What to watch for: the token itself, or that its account is in a group. */
export interface Watch {
  readonly secret: string
  readonly groupId: string | undefined
}
export type Seen = { readonly what: 'ready' | 'open' } | { readonly what: 'gone'; readonly atMs: number }

const EVERY_MS = 2

if (process.argv[1] === import.meta.filename) {
  const [, , file = '', now = ''] = process.argv
  const access = new Access({ db: openSqlite(file), now: () => new Date(now) })
  const tell = (seen: Seen): void => void process.send?.(seen)
  const isOpen = async ({ secret, groupId }: Watch): Promise<boolean> => {
    const actor = await access.find(new Secret(secret))
    if (actor?.kind !== 'user') return false
    return groupId === undefined || actor.groups.some(({ id }) => id === groupId)
  }
  process.on('disconnect', () => process.exit(0))
  process.on('message', (message) => {
    const watch = message as Watch // of the benchmark that started this
    void (async () => {
      if (!(await isOpen(watch))) throw new Error('the token opens nothing before it is revoked')
      tell({ what: 'open' })
      while (await isOpen(watch)) await wait(EVERY_MS)
      tell({ what: 'gone', atMs: performance.timeOrigin + performance.now() })
    })()
  })
  tell({ what: 'ready' })
}

/**
 * The first step of a publish of a virtual channel: of the names that are stale it gets the files that their
 * owners have. From there on it is published like any channel.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import type { Channel } from '../channels/channel.ts'
import { putFiles, removeFiles } from '../channels/contents-store.ts'
import { keepStale } from '../channels/stale-names.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import type { MemberChanges } from './read-members.ts'

/** Written in one transaction, between which requests get their turn. */
const FILES_AT_ONCE = 200

export async function fillVirtual(
  parts: { readonly db: Db; readonly now: () => Date },
  channel: Channel,
  { put, remove }: MemberChanges,
): Promise<void> {
  const steps = [
    ...[...inChunks(put, FILES_AT_ONCE)].map((files) => ({ put: files, remove: [] })),
    ...[...inChunks(remove, FILES_AT_ONCE)].map((files) => ({ put: [], remove: files })),
  ]
  for (const step of steps) {
    await parts.db.transaction().execute(async (tx) => {
      // or a publisher that was held up would write what it read long ago over what a quicker one wrote since
      const stale = await keepStale(
        tx,
        channel.id,
        [...step.put, ...step.remove].map(({ name }) => name),
      )
      const isStale = ({ name }: { readonly name: string }): boolean => stale.has(name)
      await putFiles(tx, channel.id, step.put.filter(isStale), parts.now())
      await removeFiles(tx, channel.id, step.remove.filter(isStale), parts.now())
    })
    await breathe()
  }
}

/** The one row that names the end of the chain: whether it is there, and how it is made again when it was lost. */
import type { Db } from '../platform/database/db.ts'
import { GENESIS_HASH } from './event.ts'

export async function hasHead(db: Db): Promise<boolean> {
  return (await db.selectFrom('audit_head').select('id').executeTakeFirst()) !== undefined
}

/**
 * Names the last event that is there. Whether there were later ones nothing here can tell: a head that somebody noted
 * elsewhere can. What was exported or sent on is forgotten, so that all of it goes out again rather than some of it never.
 * @returns the number of that event
 */
export async function remakeHead(tx: Db, at: Date): Promise<number> {
  const last = await tx
    .selectFrom('audit_events')
    .select(['seq', 'hash'])
    .where('seq', 'is not', null)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  const seq = last?.seq ?? 0
  await tx
    .insertInto('audit_head')
    .values({
      id: 'head',
      seq,
      hash: last?.hash ?? GENESIS_HASH,
      exported_seq: 0,
      streamed_seq: 0,
      updated_at: at.getTime(),
    })
    .execute()
  return seq
}

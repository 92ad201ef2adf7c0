/** The one row by which servers learn that rights changed: whether it is there, and how it is made again. */
import type { Db } from '../platform/database/db.ts'

export async function hasAccessEpoch(db: Db): Promise<boolean> {
  return (await db.selectFrom('access_epoch').select('value').executeTakeFirst()) !== undefined
}

/** With a number that no server remembers, so that each looks at all rights afresh. */
export async function remakeAccessEpoch(db: Db, at: Date): Promise<void> {
  await db.insertInto('access_epoch').values({ id: 'access', value: at.getTime() }).execute()
}

/** The SQL of the index pages: the files of a subdir that clients see, some at a time. */
import type { Db } from '../platform/database/db.ts'

export const FILES_ON_A_PAGE = 1000

export interface ServedFileRow {
  readonly filename: string
  readonly size: number
  readonly sha256: string
  readonly addedAt: Date
}

/** @returns the files behind `after`, by name, and one more than stands on a page when there are further ones */
export async function listServedFiles(
  db: Db,
  channelId: string,
  subdir: string,
  after: string,
): Promise<ServedFileRow[]> {
  const rows = await db
    .selectFrom('channel_files')
    .select(['filename', 'size', 'sha256', 'added_at'])
    .where('channel_id', '=', channelId)
    .where('subdir', '=', subdir)
    .where('filename', '>', after)
    .where('state', '=', 'present')
    .where('effect', 'in', ['allow', 'warn'])
    .orderBy('filename')
    .limit(FILES_ON_A_PAGE + 1)
    .execute()
  return rows.map(({ added_at, ...row }) => ({ ...row, addedAt: new Date(added_at) }))
}

/** Who vouches for files of a channel, by the keys that are trusted at this moment. */
import type { Db } from '../platform/database/db.ts'
import { judgeSignatures, unsigned, type Vouching } from './signature-facts.ts'
import { findKeysOfChannel, findRecordSignatures } from './store.ts'

export interface Vouchers {
  readonly signed: Vouching
}

/** Answers for any of the files that were named. */
export type FindVouchers = (file: { readonly subdir: string; readonly filename: string }) => Vouchers

const nobody: Vouchers = { signed: unsigned }

export async function findVouchers(
  db: Db,
  channelId: string,
  filenames: readonly string[],
): Promise<FindVouchers> {
  const signatures = await findRecordSignatures(db, channelId, filenames)
  if (signatures.size === 0) return () => nobody
  const keys = await findKeysOfChannel(db, channelId)
  return ({ subdir, filename }) => {
    const own = signatures.get(`${subdir}/${filename}`)
    return own ? { signed: judgeSignatures(own, keys) } : nobody
  }
}

/** Who vouches for files of a channel, by the keys that are trusted at this moment. */
import type { Db } from '../platform/database/db.ts'
import { judgeSigners, judgeSignatures, unattested, unsigned, type Vouching } from './signature-facts.ts'
import { attestedKey, findKeysOfChannel, findRecordSignatures, findSigners } from './store.ts'

export interface Vouchers {
  readonly signed: Vouching
  readonly attested: Vouching
}

/** Answers for any of the files that were named. */
export type FindVouchers = (file: {
  readonly subdir: string
  readonly filename: string
  readonly sha256: string
}) => Vouchers

const nobody: Vouchers = { signed: unsigned, attested: unattested }

export async function findVouchers(
  db: Db,
  channelId: string,
  filenames: readonly string[],
): Promise<FindVouchers> {
  const signatures = await findRecordSignatures(db, channelId, filenames)
  const signers = await findSigners(db, channelId, filenames)
  if (signatures.size === 0 && signers.size === 0) return () => nobody
  const keys = await findKeysOfChannel(db, channelId)
  return (file) => {
    const ofRecord = signatures.get(`${file.subdir}/${file.filename}`)
    const ofAttestation = signers.get(attestedKey(file))
    return {
      signed: ofRecord ? judgeSignatures(ofRecord, keys) : unsigned,
      attested: ofAttestation ? judgeSigners(ofAttestation, keys) : unattested,
    }
  }
}

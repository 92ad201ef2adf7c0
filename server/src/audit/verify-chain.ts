/** Walks the whole chain and says where it was tampered with. */
import type { Db } from '../platform/database/db.ts'
import { GENESIS_HASH, hashEvent } from './event.ts'
import { countUnchained, readChain, readHead } from './store.ts'

const PAGE = 1000
const MAX_FAULTS = 20

export interface ChainReport {
  readonly events: number
  /** From before the chain began: nothing vouches for them. */
  readonly unchained: number
  readonly head: { readonly seq: number; readonly hash: string }
  /** What is wrong, the first ones; empty for a sound chain. */
  readonly faults: readonly string[]
}

/** @param noted a head that was noted earlier, elsewhere: the chain must still hold it */
export async function verifyChain(
  db: Db,
  noted: readonly { seq: number; hash: string }[] = [],
): Promise<ChainReport> {
  const faults: string[] = []
  const fault = (text: string): void => {
    if (faults.length < MAX_FAULTS) faults.push(text)
  }
  const expected = new Map(noted.map(({ seq, hash }) => [seq, hash]))
  const end = await readHead(db) // what comes while we read is for the next time
  let seq = 0
  let hash = GENESIS_HASH
  let events = 0
  while (seq < end.seq) {
    const page = await readChain(db, seq, PAGE)
    if (page.length === 0) break
    for (const event of page) {
      if (event.seq > end.seq) break
      if (event.seq !== seq + 1) fault(`events ${seq + 1} to ${event.seq - 1} are missing`)
      else if (hashEvent(event, hash) !== event.hash) fault(`event ${event.seq} was changed`)
      const other = expected.get(event.seq)
      if (other !== undefined && other !== event.hash)
        fault(`event ${event.seq} is not the one noted earlier`)
      expected.delete(event.seq)
      seq = event.seq
      hash = event.hash
      events += 1
    }
    if (page.at(-1)!.seq > end.seq) break // a page has at least one
  }
  if (seq !== end.seq) fault(`events ${seq + 1} to ${end.seq} are missing`)
  else if (hash !== end.hash) fault(`the head does not name event ${seq}`)
  for (const missing of expected.keys()) fault(`event ${missing}, noted earlier, is missing`)
  return { events, unchained: await countUnchained(db), head: { seq: end.seq, hash: end.hash }, faults }
}

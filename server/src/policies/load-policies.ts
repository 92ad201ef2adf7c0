/** The policies that a channel's decisions rest on, parsed once for each version of their documents. */
import type { Db } from '../platform/database/db.ts'
import type { Policy } from './policy.ts'
import { parsePolicy } from './policy-document.ts'
import { listChannelPolicies, type StoredPolicy } from './store.ts'

const MAX_REMEMBERED = 200
const parsed = new Map<string, Policy>()

export async function loadChannelPolicies(db: Db, channelId: string): Promise<Policy[]> {
  return (await listChannelPolicies(db, channelId)).map(parseStored)
}

function parseStored(stored: StoredPolicy): Policy {
  const key = `${stored.id}@${stored.version}`
  let policy = parsed.get(key)
  if (!policy) {
    policy = parsePolicy(stored.document, { filename: `policy ${stored.name}`, name: stored.name })
    if (parsed.size >= MAX_REMEMBERED) parsed.clear()
    parsed.set(key, policy)
  }
  return policy
}

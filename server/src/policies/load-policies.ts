/**
 * The policies that a channel's decisions rest on: those assigned to it, to its mirrors and to the whole
 * organisation. Parsed once for each version of their documents, and kept as objects, since compiling
 * remembers them by identity.
 */
import type { Db } from '../platform/database/db.ts'
import type { AssignedPolicy } from './assignment.ts'
import { listChannelPolicies } from './assignment-store.ts'
import type { Policy } from './policy.ts'
import { parsePolicy } from './policy-document.ts'
import type { StoredPolicy } from './store.ts'

const MAX_REMEMBERED = 500
const parsed = new Map<string, Policy>()
const made = new Map<string, Policy>()

export async function loadChannelPolicies(db: Db, channelId: string): Promise<Policy[]> {
  const assigned = await listChannelPolicies(db, channelId)
  return withoutRepeats(assigned).map(toPolicy)
}

/** A policy that the whole organisation is under says nothing more where it is assigned once again. */
function withoutRepeats(assigned: readonly AssignedPolicy[]): readonly AssignedPolicy[] {
  const reach = ({ target, mode }: AssignedPolicy): number =>
    (target.scope === 'mirror' ? 0 : 1) + (mode === 'enforce' ? 2 : 0)
  const widest = new Map<string, AssignedPolicy>()
  const others: AssignedPolicy[] = []
  for (const one of assigned) {
    const known = widest.get(one.id)
    if (one.target.scope === 'mirror') others.push(one)
    else if (!known || reach(one) > reach(known)) widest.set(one.id, one)
  }
  const covered = others.filter((one) => !(reach(widest.get(one.id) ?? one) > reach(one)))
  return [...widest.values(), ...covered]
}

function toPolicy(assigned: AssignedPolicy): Policy {
  const { target, mode } = assigned
  const mirrorId = target.scope === 'mirror' ? target.mirrorId : undefined
  return remember(made, `${assigned.id}@${assigned.version} ${mode} ${mirrorId ?? ''}`, () => ({
    ...parseStored(assigned),
    ...(mode === 'audit' && { auditOnly: true }),
    ...(mirrorId !== undefined && { mirrorId }),
  }))
}

export function parseStored(stored: StoredPolicy): Policy {
  return remember(parsed, `${stored.id}@${stored.version}`, () =>
    // what was good when it was saved stays in force, whatever later releases would refuse to save
    parsePolicy(stored.document, { filename: `policy ${stored.name}`, name: stored.name, saved: true }),
  )
}

function remember(memory: Map<string, Policy>, key: string, make: () => Policy): Policy {
  let policy = memory.get(key)
  if (!policy) {
    policy = make()
    if (memory.size >= MAX_REMEMBERED) memory.clear()
    memory.set(key, policy)
  }
  return policy
}

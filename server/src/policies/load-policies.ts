/**
 * The policies that a channel's decisions rest on: those assigned to it, to its mirrors and to the whole
 * organisation. Parsed once for each version of their documents, and kept as objects, since compiling
 * remembers them by identity.
 */
import type { Db } from '../platform/database/db.ts'
import type { AssignedPolicy } from './assignment.ts'
import { listChannelPolicies } from './assignment-store.ts'
import { grantedExceptions, type ExceptionRecord } from './exception.ts'
import { listApproved } from './exception-store.ts'
import type { Policy } from './policy.ts'
import { parsePolicy } from './policy-document.ts'
import type { StoredPolicy } from './store.ts'

const MAX_REMEMBERED = 500
const parsed = new Map<string, Policy>()
const made = new Map<string, Policy>()

/**
 * @param memberId of a virtual channel, the member that the files come from: what was granted there from a policy
 *   of the whole organisation counts here too, since it was decided for these files
 */
export async function loadChannelPolicies(db: Db, channelId: string, memberId?: string): Promise<Policy[]> {
  const assigned = withoutRepeats(await listChannelPolicies(db, channelId))
  const granted = assigned.length === 0 ? [] : await listApproved(db, channelId)
  if (memberId === undefined || assigned.length === 0)
    return assigned.map((policy) => toPolicy(policy, granted))
  const here = new Set(granted.map(({ id }) => id))
  const there = [...granted, ...(await listApproved(db, memberId)).filter(({ id }) => !here.has(id))]
  return assigned.map((policy) => toPolicy(policy, policy.target.scope === 'organisation' ? there : granted))
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

function toPolicy(assigned: AssignedPolicy, granted: readonly ExceptionRecord[]): Policy {
  const { target, mode } = assigned
  const mirrorId = target.scope === 'mirror' ? target.mirrorId : undefined
  const own = granted.filter(({ lifts }) => lifts.some(({ policy }) => policy === assigned.name))
  // what a granted exception says never changes, so its id stands for it
  const key = [assigned.id, assigned.version, mode, mirrorId, ...own.map(({ id }) => id)].join(' ')
  return remember(made, key, () => {
    const policy = parseStored(assigned)
    const exceptions = own.flatMap((one) => grantedExceptions(one, assigned.name))
    return {
      ...policy,
      ...(exceptions.length > 0 && {
        exceptions: [...policy.exceptions, ...exceptions],
        granted: exceptions,
      }),
      ...(mode === 'audit' && { auditOnly: true }),
      ...(mirrorId !== undefined && { mirrorId }),
    }
  })
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

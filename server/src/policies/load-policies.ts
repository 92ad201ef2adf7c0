/**
 * The policies that a channel's decisions rest on: those assigned to it, to its mirrors and to the whole
 * organisation. Parsed once for each version of their documents, and kept as objects, since compiling
 * remembers them by identity.
 */
import type { Db } from '../platform/database/db.ts'
import type { AssignedPolicy, Mode } from './assignment.ts'
import { listChannelPolicies } from './assignment-store.ts'
import { grantedExceptions, type ExceptionRecord } from './exception.ts'
import { listApproved } from './exception-store.ts'
import type { Policy, PolicyException } from './policy.ts'
import { parsePolicy } from './policy-document.ts'
import type { StoredPolicy } from './store.ts'

const MAX_REMEMBERED = 500
const parsed = new Map<string, Policy>()
const made = new Map<string, Policy>()

/** A policy as it takes part in the decisions of a channel: plain data, enough to make it again. */
export interface PolicyInForce {
  readonly id: string
  readonly name: string
  readonly version: number
  /** As its author wrote it. */
  readonly document: string
  readonly mode: Mode
  /** It speaks of what comes by this mirror, and of nothing else. */
  readonly mirrorId?: string
  /** What was granted from it on request. */
  readonly granted: readonly PolicyException[]
}

export async function loadChannelPolicies(db: Db, channelId: string): Promise<Policy[]> {
  return (await listPoliciesInForce(db, channelId)).map(toPolicy)
}

/**
 * @param memberId of a virtual channel, the member that the files come from: what was granted there from a policy
 *   of the whole organisation counts here too, since it was decided for these files
 */
export async function listPoliciesInForce(
  db: Db,
  channelId: string,
  memberId?: string,
): Promise<PolicyInForce[]> {
  const assigned = withoutRepeats(await listChannelPolicies(db, channelId))
  const granted = assigned.length === 0 ? [] : await listApproved(db, channelId)
  if (memberId === undefined || assigned.length === 0)
    return assigned.map((policy) => toInForce(policy, granted))
  const here = new Set(granted.map(({ id }) => id))
  const there = [...granted, ...(await listApproved(db, memberId)).filter(({ id }) => !here.has(id))]
  return assigned.map((policy) => toInForce(policy, policy.target.scope === 'organisation' ? there : granted))
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

function toInForce(assigned: AssignedPolicy, granted: readonly ExceptionRecord[]): PolicyInForce {
  const { id, name, version, document, mode, target } = assigned
  return {
    id,
    name,
    version,
    document,
    mode,
    ...(target.scope === 'mirror' && { mirrorId: target.mirrorId }),
    granted: granted.flatMap((one) => grantedExceptions(one, name)),
  }
}

/** The policy that decides: the same object each time, since compiling remembers it by identity. */
export function toPolicy(inForce: PolicyInForce): Policy {
  const { id, version, mode, mirrorId, granted } = inForce
  // what a granted exception says never changes, so its id stands for it
  const exceptionIds = new Set(granted.map((exception) => exception.id))
  const key = [id, version, mode, mirrorId, ...exceptionIds].join(' ')
  return remember(made, key, () => {
    const policy = parseStored(inForce)
    return {
      ...policy,
      ...(granted.length > 0 && { exceptions: [...policy.exceptions, ...granted], granted }),
      ...(mode === 'audit' && { auditOnly: true }),
      ...(mirrorId !== undefined && { mirrorId }),
    }
  })
}

export function parseStored(stored: Pick<StoredPolicy, 'id' | 'name' | 'version' | 'document'>): Policy {
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

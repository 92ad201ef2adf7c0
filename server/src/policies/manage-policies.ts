/** What people do with the texts of policies: write, read, drop. Where they hold: `assign-policies.ts`. */
import { appendEvent } from '../audit/append-event.ts'
import { actorId } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { AppError } from '../vocabulary/errors.ts'
import { byOf, markTarget } from './assign-policies.ts'
import { listAssignments } from './assignment-store.ts'
import { findLoosening } from './loosened-baseline.ts'
import { parseStored } from './load-policies.ts'
import { parsePolicy } from './policy-document.ts'
import type { PolicyContext } from './policy-context.ts'
import { InvalidPolicyError } from './policy-faults.ts'
import type { PsmFilters } from './psm-filter-object.ts'
import { translatePsmFilters } from './psm-filters.ts'
import * as store from './store.ts'

export interface PolicyText {
  readonly document: string
  readonly filename: string
  /** Why it is changed, for the record. */
  readonly reason?: string | undefined
  /** Whoever loosens the baseline has to say so, and why. */
  readonly loosen?: boolean | undefined
}

/**
 * Writes the next version of a policy; its name stands in the document.
 * @throws AppError invalid-policy with every fault by line and column, permission-denied
 */
export async function writePolicy(ctx: PolicyContext, text: PolicyText): Promise<store.StoredPolicy> {
  requirePermission(ctx.actor, 'policy:edit')
  const { document, filename, reason } = text
  const policy = parsePolicy(document, { filename })
  const { name } = policy
  const at = ctx.now()
  return ctx.db.transaction().execute(async (tx) => {
    const before = await store.findPolicyByName(tx, name)
    requireNoMirror(before)
    if (before?.document === document) return before
    const assignments = before ? await listAssignments(tx, before.id) : []
    if (before && assignments.some(({ target }) => target.scope === 'organisation')) {
      requirePermission(ctx.actor, 'policy:baseline')
      requireTighter(before, text)
    }
    const stored = await store.putPolicy(tx, { name, document, actorId: actorId(ctx.actor), reason, at })
    for (const { target } of assignments) {
      await markTarget(tx, target, { kind: 'policy', policy: name, change: 'edited', ...byOf(ctx) }, at)
    }
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: before ? 'policy.updated' : 'policy.created',
      target: name,
      details: {
        version: stored.version,
        ...(before && { before: before.version }),
        ...(reason !== undefined && { reason }),
        ...(text.loosen && { loosen: true }),
      },
    })
    return stored
  })
}

/**
 * A filter object of Package Security Manager as the text of a policy, which is not kept: its author reads the
 * notes, previews it and writes it.
 * @throws AppError bad-request naming each filter without a counterpart, permission-denied
 */
export function translateFilters(
  ctx: PolicyContext,
  { name, filters }: { name: string; filters: PsmFilters },
): { document: string; notes: readonly string[] } {
  requirePermission(ctx.actor, 'policy:read')
  const translation = translatePsmFilters(filters, name)
  if (translation.kind === 'policy') return translation
  const refused = translation.refusals.map(({ filter, message }) => `filters.${filter}: ${message}`)
  throw new AppError('bad-request', `these filters cannot be translated: ${refused.join('; ')}`)
}

/** What the filters of a mirror say is written where the filters are, or the two would say different things. */
function requireNoMirror(policy: store.StoredPolicy | undefined): void {
  if (policy?.mirrorId === undefined) return
  throw new AppError(
    'conflict',
    `the policy ${policy.name} is the filters of a mirror; change the filters of that mirror instead`,
  )
}

/** @throws InvalidPolicyError for a baseline that lets more through, unless that is what was asked for */
function requireTighter(before: store.StoredPolicy, text: PolicyText): void {
  if (text.loosen) {
    if (text.reason === undefined)
      throw new AppError('bad-request', 'to loosen the baseline needs a reason, for the record')
    return
  }
  const faults = findLoosening(parseStored(before), text.document)
  if (faults.length > 0) throw new InvalidPolicyError(text.filename, faults)
}

/** @throws AppError not-found, permission-denied */
export async function getPolicy(ctx: PolicyContext, name: string): Promise<store.StoredPolicy> {
  requirePermission(ctx.actor, 'policy:read')
  const policy = await store.findPolicyByName(ctx.db, name)
  if (!policy) throw new AppError('not-found', `there is no policy ${name}`)
  return policy
}

/** @throws AppError not-found for a name that no policy ever had, permission-denied */
export async function findPolicyId(ctx: PolicyContext, name: string): Promise<string> {
  requirePermission(ctx.actor, 'policy:read')
  const id = await store.findIdByName(ctx.db, name)
  if (id === undefined) throw new AppError('not-found', `there is no policy ${name}`)
  return id
}

/** @throws AppError conflict while it holds anywhere */
export async function deletePolicy(ctx: PolicyContext, name: string): Promise<void> {
  requirePermission(ctx.actor, 'policy:edit')
  const policy = await getPolicy(ctx, name)
  requireNoMirror(policy)
  await ctx.db.transaction().execute(async (tx) => {
    const users = await listAssignments(tx, policy.id)
    if (users.length > 0) {
      const names = [...new Set(users.map(({ channelName }) => channelName ?? 'the organisation'))].join(', ')
      throw new AppError('conflict', `the policy ${name} is in use by ${names}; unassign it first`)
    }
    await store.markPolicyDeleted(tx, policy.id, ctx.now())
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'policy.deleted',
      target: name,
      details: { version: policy.version, document: policy.document },
    })
  })
}

/**
 * The filters of a mirror that judge (licences, CVEs, dates, signatures) as a policy that holds for what the
 * mirror brings. It is a policy like any other, with versions, reasons, previews and effect at once, only that its
 * author is whoever edits the mirror: a filter takes away from what one brings oneself, so that right suffices.
 */
import { appendEvent } from '../audit/append-event.ts'
import type { Channel } from '../channels/channel.ts'
import { actorId } from '../identity/actor.ts'
import type { Tx } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import { byOf, markTarget, setMode } from './assign-policies.ts'
import { findMode, listAssignments, listOfMirror } from './assignment-store.ts'
import type { PolicyContext } from './policy-context.ts'
import type { PsmFilters } from './psm-filter-object.ts'
import { translatePsmFilters } from './psm-filters.ts'
import * as store from './store.ts'

export interface MirrorPlace {
  readonly channel: Channel
  readonly mirrorId: string
  readonly mirrorName: string
}

const MAX_NAME = 100

/**
 * Makes the mirror's policy say what the filters say, or takes it back when they say nothing.
 * @param filters only those that judge
 * @throws AppError bad-request naming each filter that cannot be translated
 */
export async function putMirrorPolicy(
  tx: Tx,
  ctx: PolicyContext,
  place: MirrorPlace,
  filters: PsmFilters,
): Promise<void> {
  const before = await store.findPolicyOfMirror(tx, place.mirrorId)
  const name = before?.name ?? (await freeName(tx, place))
  const translation = translatePsmFilters(filters, name)
  if (translation.kind === 'refused') {
    const refused = translation.refusals.map(({ filter, message }) => `filters.${filter}: ${message}`)
    throw new AppError('bad-request', refused.join('; '))
  }
  if (translation.policy.rules.length === 0) {
    if (before) await dropMirrorPolicy(tx, ctx, place, before)
    return
  }
  const { document } = translation
  if (before?.document === document) return
  const at = ctx.now()
  const policy = await store.putPolicy(tx, {
    ...{ name, document, actorId: actorId(ctx.actor), mirrorId: place.mirrorId, at },
    reason: `filters of the mirror ${place.mirrorName}`,
  })
  await appendEvent(tx, {
    at,
    actorId: actorId(ctx.actor),
    action: before ? 'policy.updated' : 'policy.created',
    target: name,
    details: {
      version: policy.version,
      ...(before && { before: before.version }),
      mirror: place.mirrorId,
    },
  })
  for (const { target } of await listAssignments(tx, policy.id)) {
    await markTarget(tx, target, { kind: 'policy', policy: name, change: 'edited', ...byOf(ctx) }, at)
  }
  const target = { scope: 'mirror', channelId: place.channel.id, mirrorId: place.mirrorId } as const
  if ((await findMode(tx, target, policy.id)) === 'enforce') return
  await setMode(tx, ctx, { ...place, scope: 'mirror' }, policy, { before: undefined, after: 'enforce', at })
}

/**
 * Takes back all that holds for what the mirror brings: the mirror goes.
 * @returns whether anything of it was in force
 */
export async function dropMirrorPolicies(tx: Tx, ctx: PolicyContext, place: MirrorPlace): Promise<boolean> {
  const assigned = await listOfMirror(tx, place.mirrorId)
  for (const policy of assigned) {
    if (policy.mirrorId === place.mirrorId) await dropMirrorPolicy(tx, ctx, place, policy)
    else {
      const at = ctx.now()
      await setMode(tx, ctx, { ...place, scope: 'mirror' }, policy, {
        ...{ before: policy.mode, after: undefined, at },
      })
    }
  }
  return assigned.some(({ mode }) => mode === 'enforce')
}

/** What others put it to stays there, as a policy of its own. */
async function dropMirrorPolicy(
  tx: Tx,
  ctx: PolicyContext,
  place: MirrorPlace,
  policy: store.StoredPolicy,
): Promise<void> {
  const at = ctx.now()
  const here: { before: 'enforce'; after: undefined; at: Date } = { before: 'enforce', after: undefined, at }
  await setMode(tx, ctx, { ...place, scope: 'mirror' }, policy, here)
  if ((await listAssignments(tx, policy.id)).length > 0) {
    await store.releaseFromMirror(tx, policy.id)
    return
  }
  await store.markPolicyDeleted(tx, policy.id, at)
  await appendEvent(tx, {
    at,
    actorId: actorId(ctx.actor),
    action: 'policy.deleted',
    target: policy.name,
    details: { version: policy.version, document: policy.document },
  })
}

/** `filters of conda-forge/upstream`; a name too long for a policy, or taken, ends with a part of the mirror's id. */
async function freeName(tx: Tx, { channel, mirrorId, mirrorName }: MirrorPlace): Promise<string> {
  const name = `filters of ${channel.name}/${mirrorName.replaceAll(/\p{Cc}/gu, '?')}`
  if (name.length <= MAX_NAME && !(await store.findPolicyByName(tx, name))) return name
  const id = mirrorId.slice(-12)
  return `${name.slice(0, MAX_NAME - id.length - 1)} ${id}`
}

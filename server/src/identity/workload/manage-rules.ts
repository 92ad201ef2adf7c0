/** Making, listing and dropping trust rules of a channel. */
import { appendEvent } from '../../audit/append-event.ts'
import { issuerAddress } from '../../platform/oidc-settings.ts'
import { AppError } from '../../vocabulary/errors.ts'
import { actorId } from '../actor.ts'
import { findGuardedChannel } from '../channel-lookup.ts'
import type { IdentityContext } from '../context.ts'
import { refuseTakenName } from '../manage-users.ts'
import { requireUser } from '../require-account.ts'
import { requirePermission, type GuardedChannel } from '../require-permission.ts'
import { putShare } from '../share-store.ts'
import { deleteUser, insertUser } from '../store.ts'
import * as store from './store.ts'
import { checkRule, type TrustRule, type TrustRuleRequest } from './trust-rule.ts'

async function requireChannel(
  ctx: IdentityContext,
  name: string,
  what: 'service-account:read' | 'service-account:edit',
): Promise<GuardedChannel> {
  const channel = await findGuardedChannel(ctx.db, name)
  if (!channel) {
    requireUser(ctx.actor)
    throw new AppError('not-found', `there is no channel ${name}`)
  }
  requirePermission(ctx.actor, what, channel)
  return channel
}

export async function listRules(
  ctx: IdentityContext,
  channelName: string,
  page: { offset: number; limit: number },
): Promise<{ total: number; items: TrustRule[] }> {
  const channel = await requireChannel(ctx, channelName, 'service-account:read')
  return store.listRulesOfChannel(ctx.db, channel.id, page)
}

/**
 * Makes the rule and the service account that its jobs upload as.
 * @throws AppError bad-request, conflict, not-found, permission-denied
 */
export async function createRule(
  ctx: IdentityContext,
  channelName: string,
  request: TrustRuleRequest,
): Promise<TrustRule> {
  const channel = await requireChannel(ctx, channelName, 'service-account:edit')
  // nobody lets others do what they may not do themselves
  requirePermission(ctx.actor, 'artifact:create', channel)
  checkRule(request)
  if (!issuerAddress.safeParse(request.issuer).success)
    throw new AppError(
      'bad-request',
      `"${request.issuer.slice(0, 200)}" is no issuer: it begins with https://`,
    )
  const at = ctx.now()
  const account = `trust-rule-${channel.name.replaceAll('/', '-')}-${request.name}`
  return ctx.access.change(async (tx) => {
    if (await store.findRule(tx, channel.id, request.name))
      throw new AppError('conflict', `the channel ${channel.name} has a trust rule ${request.name} already`)
    await refuseTakenName(tx, account)
    const userId = await insertUser(tx, {
      ...{ name: account, at, passwordHash: null, kind: 'service', channelId: channel.id },
      displayName: `Jobs that the trust rule ${request.name} lets in`,
    })
    const { namePatterns } = request
    const subject = { kind: 'user', id: userId } as const
    await putShare(tx, { channelId: channel.id, subject, permission: 'write', namePatterns, at })
    const createdBy = actorId(ctx.actor)
    const id = await store.insertRule(tx, { ...request, channelId: channel.id, userId, createdBy, at })
    await appendEvent(tx, {
      ...{ at, actorId: createdBy, action: 'trust_rule.created', target: channel.name },
      after: describe(request),
    })
    const made = await store.findRule(tx, channel.id, id)
    return made! // inserted above
  })
}

/** With the account that its jobs upload as: tokens that are out end at once. */
export async function deleteRule(ctx: IdentityContext, channelName: string, idOrName: string): Promise<void> {
  const channel = await requireChannel(ctx, channelName, 'service-account:edit')
  await ctx.access.change(async (tx) => {
    const rule = await store.findRule(tx, channel.id, idOrName)
    if (!rule)
      throw new AppError(
        'not-found',
        `the channel ${channel.name} has no trust rule ${idOrName.slice(0, 100)}`,
      )
    await deleteUser(tx, rule.userId)
    await appendEvent(tx, {
      ...{ at: ctx.now(), actorId: actorId(ctx.actor), action: 'trust_rule.deleted', target: channel.name },
      before: describe(rule),
    })
  })
}

function describe({ name, issuer, claims, namePatterns }: TrustRuleRequest): Record<string, unknown> {
  return { name, issuer, claims, name_patterns: namePatterns ?? null }
}

/** Making, listing, changing, trying and dropping trust rules of a channel. */
import { appendEvent } from '../../audit/append-event.ts'
import type { Db } from '../../platform/database/db.ts'
import { issuerAddress } from '../../platform/oidc-settings.ts'
import { AppError } from '../../vocabulary/errors.ts'
import { actorId } from '../actor.ts'
import { findGuardedChannel } from '../channel-lookup.ts'
import type { IdentityContext } from '../context.ts'
import { refuseTakenName } from '../manage-users.ts'
import { requireUser } from '../require-account.ts'
import { noChannel, requirePermission, type GuardedChannel } from '../require-permission.ts'
import { putShare } from '../share-store.ts'
import { deleteUser, insertUser } from '../store.ts'
import { deleteTokensOf } from '../token-store.ts'
import * as store from './store.ts'
import {
  checkRule,
  compareClaims,
  type ClaimMatch,
  type TrustRule,
  type TrustRuleRequest,
} from './trust-rule.ts'

async function requireChannel(
  ctx: IdentityContext,
  name: string,
  what: 'service-account:read' | 'service-account:edit',
): Promise<GuardedChannel> {
  const channel = await findGuardedChannel(ctx.db, name)
  if (!channel) {
    requireUser(ctx.actor)
    throw noChannel(ctx.actor, name)
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
  checkRequest(request)
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

/**
 * Trusts other jobs from now on. Tokens of jobs that were trusted before end at once, or a rule that was made
 * narrower would bite ten minutes late.
 * @throws AppError bad-request, not-found, permission-denied
 */
export async function changeRule(
  ctx: IdentityContext,
  channelName: string,
  idOrName: string,
  change: Omit<TrustRuleRequest, 'name'>,
): Promise<TrustRule> {
  const channel = await requireChannel(ctx, channelName, 'service-account:edit')
  requirePermission(ctx.actor, 'artifact:create', channel)
  const at = ctx.now()
  return ctx.access.change(async (tx) => {
    const before = await requireRule(tx, channel, idOrName)
    const after = { ...before, ...change }
    checkRequest(after)
    await store.updateRule(tx, before.id, change)
    const subject = { kind: 'user', id: before.userId } as const
    const { namePatterns } = change
    await putShare(tx, { channelId: channel.id, subject, permission: 'write', namePatterns, at })
    await deleteTokensOf(tx, before.userId)
    await appendEvent(tx, {
      ...{ at, actorId: actorId(ctx.actor), action: 'trust_rule.updated', target: channel.name },
      before: describe(before),
      after: describe(after),
    })
    return after
  })
}

export interface RuleTrial {
  readonly rule: TrustRule
  readonly isIssuer: boolean
  readonly claims: readonly ClaimMatch[]
  readonly isMatch: boolean
}

/** Most rules that a trial looks at, by name. */
const MAX_TRIED = 1000

/** What each rule of the channel says to the claims of a token. Nothing is verified and nothing is issued. */
export async function tryRules(
  ctx: IdentityContext,
  channelName: string,
  claims: Readonly<Record<string, unknown>>,
): Promise<RuleTrial[]> {
  const { items } = await listRules(ctx, channelName, { offset: 0, limit: MAX_TRIED })
  return items.map((rule) => {
    const compared = compareClaims(rule, claims)
    const isIssuer = claims['iss'] === rule.issuer
    return { rule, isIssuer, claims: compared, isMatch: isIssuer && compared.every(({ isMatch }) => isMatch) }
  })
}

/** With the account that its jobs upload as: tokens that are out end at once. */
export async function deleteRule(ctx: IdentityContext, channelName: string, idOrName: string): Promise<void> {
  const channel = await requireChannel(ctx, channelName, 'service-account:edit')
  await ctx.access.change(async (tx) => {
    const rule = await requireRule(tx, channel, idOrName)
    await deleteUser(tx, rule.userId)
    await appendEvent(tx, {
      ...{ at: ctx.now(), actorId: actorId(ctx.actor), action: 'trust_rule.deleted', target: channel.name },
      before: describe(rule),
    })
  })
}

async function requireRule(tx: Db, channel: GuardedChannel, idOrName: string): Promise<TrustRule> {
  const rule = await store.findRule(tx, channel.id, idOrName)
  if (rule) return rule
  throw new AppError('not-found', `the channel ${channel.name} has no trust rule ${idOrName.slice(0, 100)}`)
}

function checkRequest(request: TrustRuleRequest): void {
  checkRule(request)
  if (issuerAddress.safeParse(request.issuer).success) return
  throw new AppError('bad-request', `"${request.issuer.slice(0, 200)}" is no issuer: it begins with https://`)
}

function describe({ name, issuer, claims, namePatterns }: TrustRuleRequest): Record<string, unknown> {
  return { name, issuer, claims, name_patterns: namePatterns ?? null }
}

/**
 * Making, changing and dropping tokens: one's own, those of other accounts, those of service accounts.
 *
 * Nobody gives away more than they hold: a token bounds what its owner may do, a token made with a limited
 * token is limited by that one too, and none lives longer than the organisation allows.
 */
import { appendEvent } from '../audit/append-event.ts'
import type { Db } from '../platform/database/db.ts'
import type { Secret } from '../platform/secret.ts'
import { AppError } from '../vocabulary/errors.ts'
import { allScopes, reaches, type Permission } from '../vocabulary/permissions.ts'
import { actorId, type Account, type TokenLimit } from './actor.ts'
import { findGuardedChannel } from './channel-lookup.ts'
import type { IdentityContext } from './context.ts'
import { requireNoLess } from './manage-users.ts'
import { isNamePattern } from './name-pattern.ts'
import { requireUser } from './require-account.ts'
import { mayRead, noChannel, requirePermission } from './require-permission.ts'
import { loadStanding } from './standing-store.ts'
import * as users from './store.ts'
import { newTokenSecret, tokenDigest } from './token-secret.ts'
import * as store from './token-store.ts'

const DAY_MS = 24 * 3600 * 1000
const DEFAULT_DAYS = 90
const MAX_RESOURCES = 100

/** As the contract has it: scopes or resources, never both; neither is all that the owner may. */
export interface TokenRequest {
  readonly name: string
  readonly scopes?: readonly string[] | undefined
  readonly resources?: readonly ResourceRequest[] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly expiry?: Expiry | undefined
}

export interface ResourceRequest {
  readonly resource_type: 'channel' | 'subchannel' | 'artifact'
  /** A channel by id or name; for an artifact `channel/name`, where the name may be a pattern. */
  readonly resource_id: string
  readonly permission: 'read' | 'write' | 'manage'
}

/** `days` from now, or the day it is last good on, `2026-10-01`. */
export type Expiry = { readonly days: number } | { readonly lastDay: string }

export interface NewToken {
  readonly id: string
  readonly secret: Secret
  readonly expiresAt: Date
}

/** Whose tokens they are, once it is settled that the actor may touch them. */
type Owner = users.UserRow

/** @throws AppError unauthenticated, not-found, permission-denied */
async function requireOwner(ctx: IdentityContext, userId: string, what: 'read' | 'edit'): Promise<Owner> {
  const actor = requireUser(ctx.actor)
  const owner = await users.findUserById(ctx.db, userId)
  if (actor.id === userId && owner) {
    if (what === 'edit') requirePermission(actor, 'own-token:edit')
    return owner
  }
  if (owner?.kind === 'service') await requireService(ctx, owner, what)
  // before it is said that there is no such account: whoever may not ask learns nothing
  else requirePermission(actor, `token:${what}`)
  if (!owner) throw new AppError('not-found', `there is no account ${userId}`)
  if (what === 'edit') await requireNoLess(ctx, userId)
  return owner
}

async function requireService(ctx: IdentityContext, owner: Owner, what: 'read' | 'edit'): Promise<void> {
  const channel =
    owner.channelId === undefined ? undefined : await findGuardedChannel(ctx.db, owner.channelId)
  requirePermission(ctx.actor, `service-account:${what}`, channel)
  if (what === 'read') return
  // it may hold more than its own channel, and a token of it would hand that to whoever makes the token
  for (const share of (await loadStanding(ctx.db, owner.id))?.shares ?? []) {
    const shared = await findGuardedChannel(ctx.db, share.channelId)
    if (shared && share.level !== 'none') requirePermission(ctx.actor, neededFor[share.level], shared)
  }
}

export async function listTokensOf(ctx: IdentityContext, userId: string): Promise<store.TokenRow[]> {
  await requireOwner(ctx, userId, 'read')
  await ctx.access.flushUses()
  return store.listTokens(ctx.db, [userId])
}

/** Of many accounts at once, for whoever may see everybody's. */
export async function listTokensOfMany(
  ctx: IdentityContext,
  userIds: readonly string[],
): Promise<store.TokenRow[]> {
  requirePermission(ctx.actor, 'token:read')
  await ctx.access.flushUses()
  return store.listTokens(ctx.db, userIds)
}

/** @throws AppError bad-request, not-found, permission-denied */
export async function createTokenOf(
  ctx: IdentityContext,
  userId: string,
  request: TokenRequest,
): Promise<NewToken> {
  const owner = await requireOwner(ctx, userId, 'edit')
  const at = ctx.now()
  const limit = inheritLimit(requireUser(ctx.actor), {
    scopes: checkScopes(request),
    resources: request.resources && (await resolveResources(ctx, owner, request.resources)),
  })
  const expiresAt = boundExpiry(ctx, request.expiry ?? { days: defaultDays(ctx) }, at)
  return insert(ctx, owner, { ...request, ...limit, expiresAt }, at)
}

async function insert(
  ctx: IdentityContext,
  owner: Owner,
  token: {
    name: string
    scopes?: readonly string[] | undefined
    resources?: readonly store.TokenResource[] | undefined
    metadata?: Readonly<Record<string, unknown>> | undefined
    expiresAt: Date
  },
  at: Date,
): Promise<NewToken> {
  const secret = newTokenSecret(owner.kind === 'service' ? 'service' : 'user')
  const { name, scopes, resources, metadata, expiresAt } = token
  const id = await ctx.db.transaction().execute(async (tx) => {
    const tokenId = await store.insertToken(tx, {
      ...{ userId: owner.id, name, scopes, resources, metadata, expiresAt, at },
      digest: tokenDigest(secret),
      createdBy: actorId(ctx.actor),
    })
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'token.created',
      target: owner.name,
      after: describe({ id: tokenId, name, scopes, resources, expiresAt }),
    })
    return tokenId
  })
  return { id, secret, expiresAt }
}

export interface TokenChange {
  readonly name?: string | undefined
  readonly scopes?: readonly string[] | undefined
  readonly resources?: readonly ResourceRequest[] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly expiry?: Expiry | undefined
}

/**
 * Changes a token. A new secret ends the old one, and without another expiry lives as long as the old one was
 * made for.
 * @returns the new secret, when one was wanted
 */
export async function changeTokenOf(
  ctx: IdentityContext,
  userId: string,
  tokenId: string,
  change: TokenChange,
  reissue: boolean,
): Promise<Secret | undefined> {
  const owner = await requireOwner(ctx, userId, 'edit')
  const before = await findOwn(ctx.db, owner, tokenId)
  const at = ctx.now()
  const limit = inheritLimit(requireUser(ctx.actor), {
    scopes: checkScopes(change) ?? before.scopes,
    resources:
      (change.resources && (await resolveResources(ctx, owner, change.resources))) ?? before.resources,
  })
  const expiresAt = nextExpiry(ctx, before, change.expiry, reissue, at)
  const secret = reissue ? newTokenSecret(owner.kind === 'service' ? 'service' : 'user') : undefined
  await ctx.access.change(async (tx) => {
    await store.updateToken(tx, tokenId, {
      ...limit,
      name: change.name,
      metadata: change.metadata,
      expiresAt,
      digest: secret && tokenDigest(secret),
    })
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'token.updated',
      target: owner.name,
      details: { reissued: reissue },
      before: describe(before),
      after: describe({ ...before, ...limit, name: change.name ?? before.name, expiresAt }),
    })
  })
  return secret
}

function nextExpiry(
  ctx: IdentityContext,
  before: store.TokenRow,
  wanted: Expiry | undefined,
  reissue: boolean,
  at: Date,
): Date {
  if (wanted) return boundExpiry(ctx, wanted, at)
  if (!reissue) return before.expiresAt
  const days = Math.ceil((before.expiresAt.getTime() - before.createdAt.getTime()) / DAY_MS)
  return boundExpiry(ctx, { days: Math.min(Math.max(1, days), ctx.rules.maxTokenDays) }, at)
}

/** @throws AppError not-found, also for a token of somebody else */
export async function deleteTokenOf(ctx: IdentityContext, userId: string, tokenId: string): Promise<void> {
  const owner = await requireOwner(ctx, userId, 'edit')
  const token = await findOwn(ctx.db, owner, tokenId)
  await ctx.access.change(async (tx) => {
    await store.deleteToken(tx, token.id)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'token.deleted',
      target: owner.name,
      before: describe(token),
    })
  })
}

/** Drops all tokens of an account at once, each with an event of its own. @returns how many there were */
export async function deleteTokensOf(ctx: IdentityContext, userId: string): Promise<number> {
  const owner = await requireOwner(ctx, userId, 'edit')
  return ctx.access.change(async (tx) => {
    const tokens = await store.listTokens(tx, [owner.id])
    for (const token of tokens) {
      await store.deleteToken(tx, token.id)
      await appendEvent(tx, {
        ...{ at: ctx.now(), actorId: actorId(ctx.actor), action: 'token.deleted', target: owner.name },
        before: describe(token),
      })
    }
    return tokens.length
  })
}

/** Changes many at once. @returns the ids that there were */
export async function changeManyTokens(
  ctx: IdentityContext,
  tokenIds: readonly string[],
  change: Pick<TokenChange, 'expiry' | 'resources'>,
): Promise<store.TokenRow[]> {
  requirePermission(ctx.actor, 'token:edit')
  const changed: store.TokenRow[] = []
  for (const id of tokenIds) {
    const token = await store.findToken(ctx.db, id)
    if (!token) continue
    await changeTokenOf(ctx, token.userId, id, change, false)
    changed.push(token)
  }
  return changed
}

async function findOwn(db: Db, owner: Owner, tokenId: string): Promise<store.TokenRow> {
  const token = await store.findToken(db, tokenId)
  // or a token would be changed through somebody else's account
  if (token?.userId !== owner.id) throw new AppError('not-found', `${owner.name} has no token ${tokenId}`)
  return token
}

function checkScopes(request: Pick<TokenRequest, 'scopes' | 'resources'>): readonly string[] | undefined {
  const { scopes, resources } = request
  if (scopes && resources) throw new AppError('bad-request', 'a token has scopes or resources, not both')
  const unknown = scopes?.filter((scope) => !allScopes.includes(scope)) ?? []
  if (unknown.length > 0) {
    throw new AppError(
      'bad-request',
      `there is no scope ${unknown[0]?.slice(0, 60)}; /api/system/scopes lists them`,
    )
  }
  return scopes && [...new Set(scopes)].sort()
}

const neededFor: Readonly<Record<ResourceRequest['permission'], Permission>> = {
  read: 'artifact:read',
  write: 'artifact:create',
  manage: 'channel:edit',
}

/** @throws AppError bad-request; not-found for a channel the actor may not see; permission-denied */
async function resolveResources(
  ctx: IdentityContext,
  owner: Owner,
  requests: readonly ResourceRequest[],
): Promise<store.TokenResource[]> {
  if (requests.length === 0 || requests.length > MAX_RESOURCES) {
    throw new AppError('bad-request', `a token is limited to 1 to ${MAX_RESOURCES} resources`)
  }
  const resolved: store.TokenResource[] = []
  for (const request of requests) resolved.push(await resolveResource(ctx, owner, request))
  return resolved
}

async function resolveResource(
  ctx: IdentityContext,
  owner: Owner,
  { resource_type: type, resource_id: given, permission }: ResourceRequest,
): Promise<store.TokenResource> {
  const [channelName, pattern] = type === 'artifact' ? splitArtifact(given) : [given, undefined]
  const channel = await findGuardedChannel(ctx.db, channelName)
  if (!channel || !mayRead(ctx.actor, channel)) {
    throw noChannel(ctx.actor, channelName)
  }
  // nobody hands out what they do not hold; the owner's own rights bound the token whenever it is used
  if (owner.id === actorId(ctx.actor)) requirePermission(ctx.actor, neededFor[permission], channel)
  return {
    ...{ type, given, channelId: channel.id, level: permission },
    ...(pattern !== undefined && { readNames: [pattern], writeNames: [pattern] }),
  }
}

function splitArtifact(given: string): [string, string] {
  const cut = given.lastIndexOf('/')
  const [channel, pattern] = [given.slice(0, Math.max(0, cut)), given.slice(cut + 1)]
  if (channel !== '' && isNamePattern(pattern)) return [channel, pattern]
  throw new AppError('bad-request', `an artifact is named channel/name, not "${given.slice(0, 140)}"`)
}

/** What the actor's own token is limited to limits what is made with it. @throws AppError permission-denied */
function inheritLimit(
  { limit }: Account,
  wanted: {
    scopes: readonly string[] | undefined
    resources: readonly store.TokenResource[] | undefined
  },
): typeof wanted {
  if (!limit) return wanted
  return { scopes: inheritScopes(limit, wanted.scopes), resources: inheritResources(limit, wanted.resources) }
}

function inheritScopes(
  limit: TokenLimit,
  wanted: readonly string[] | undefined,
): readonly string[] | undefined {
  const { scopes } = limit
  if (!scopes) return wanted
  const beyond = wanted?.find((scope) => !scopes.has(scope))
  if (beyond !== undefined) throw beyondOwn(`the scope ${beyond}`)
  return wanted ?? [...scopes]
}

function inheritResources(
  limit: TokenLimit,
  wanted: readonly store.TokenResource[] | undefined,
): readonly store.TokenResource[] | undefined {
  const { channels } = limit
  if (!channels) return wanted
  if (!wanted) throw beyondOwn('all channels')
  for (const resource of wanted) {
    const own = channels.get(resource.channelId)
    const named = own?.readNames !== undefined || own?.writeNames !== undefined
    if (!own || !reaches(own.level, resource.level) || named) throw beyondOwn(resource.given)
  }
  return wanted
}

function beyondOwn(what: string): AppError {
  return new AppError(
    'permission-denied',
    `the token you use does not reach ${what}, so that it cannot give it on`,
  )
}

function defaultDays(ctx: IdentityContext): number {
  return Math.min(DEFAULT_DAYS, ctx.rules.maxTokenDays)
}

/** @throws AppError bad-request for the past, for no day, and beyond what the organisation allows */
export function boundExpiry(ctx: IdentityContext, expiry: Expiry, at: Date): Date {
  const { maxTokenDays } = ctx.rules
  const expiresAt =
    'days' in expiry ? new Date(at.getTime() + expiry.days * DAY_MS) : endOfDay(expiry.lastDay)
  const earliest = at.getTime()
  // the last day counts whole, so that a limit in days leaves it whole
  const latest = 'days' in expiry ? earliest + maxTokenDays * DAY_MS : earliest + (maxTokenDays + 1) * DAY_MS
  if (!(expiresAt.getTime() > earliest && expiresAt.getTime() <= latest)) {
    throw new AppError('bad-request', `a token lives 1 to ${maxTokenDays} days from now`)
  }
  const parent = ctx.actor.kind === 'user' && ctx.actor.limit ? ctx.actor.credential?.expiresAt : undefined
  return parent && parent < expiresAt ? parent : expiresAt
}

function endOfDay(day: string): Date {
  const start = Date.parse(`${day}T00:00:00.000Z`)
  // or 31 June would be 1 July
  if (Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== day) {
    throw new AppError('bad-request', `"${day.slice(0, 20)}" is no day, such as 2027-03-31`)
  }
  return new Date(start + DAY_MS)
}

/** For the audit log: what it opens, never the secret or its digest. */
function describe(token: {
  readonly id: string
  readonly name: string
  readonly scopes?: readonly string[] | undefined
  readonly resources?: readonly store.TokenResource[] | undefined
  readonly expiresAt: Date
}): Record<string, unknown> {
  return {
    id: token.id,
    name: token.name,
    expires_at: token.expiresAt.toISOString(),
    ...(token.scopes && { scopes: token.scopes }),
    ...(token.resources && {
      resources: token.resources.map(({ type, given, level }) => `${level} on ${type} ${given}`),
    }),
  }
}

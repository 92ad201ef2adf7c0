/**
 * Naming the keys that are trusted, and taking trust away. Whoever may do that can make "signed" true for anything,
 * so it takes the right over the policies of the whole organisation, also for a key that counts in one channel.
 */
import { appendEvent } from '../audit/append-event.ts'
import type { Channel } from '../channels/channel.ts'
import type { Cause } from '../channels/stale-causes.ts'
import { enqueuePublish, markStale } from '../channels/stale-names.ts'
import { requireOwnContents } from '../channels/virtual-channel.ts'
import { actorId, type Actor } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import * as store from './store.ts'
import { readPackageKeys } from './trust-root.ts'
import { checkLabel, readPublicKey, type PublicKey, type TrustedKey } from './trusted-key.ts'

export interface SignatureContext {
  readonly db: Db
  readonly actor: Actor
  readonly now: () => Date
}

/** @throws AppError permission-denied */
export async function listTrustedKeys(
  ctx: SignatureContext,
  page: { offset: number; limit: number },
): Promise<{ total: number; items: TrustedKey[] }> {
  requirePermission(ctx.actor, 'policy:read')
  return store.listKeys(ctx.db, page)
}

/** @throws AppError bad-request, conflict, permission-denied */
export async function trustKey(
  ctx: SignatureContext,
  request: { label: string; publicKey: string; channel: Channel | undefined },
): Promise<TrustedKey> {
  requirePermission(ctx.actor, 'policy:baseline')
  checkLabel(request.label)
  const publicKey = readPublicKey(request.publicKey)
  if (request.channel) requireOwnContents(request.channel, 'trust a key in')
  return ctx.db.transaction().execute((tx) => addKey(ctx, tx, { ...request, publicKey }))
}

/**
 * Trusts the keys that a root of conda content trust names by way of its key manager: once, as the two say today.
 * @throws AppError bad-request, conflict, permission-denied
 */
export async function trustRoot(
  ctx: SignatureContext,
  request: { label: string; root: string; keyManager: string; channel: Channel | undefined },
): Promise<TrustedKey[]> {
  requirePermission(ctx.actor, 'policy:baseline')
  checkLabel(request.label)
  if (request.channel) requireOwnContents(request.channel, 'trust a key in')
  const { label, channel } = request
  const keys = readPackageKeys(request, ctx.now()).map(readPublicKey)
  return ctx.db.transaction().execute(async (tx) => {
    const added: TrustedKey[] = []
    for (const [index, publicKey] of keys.entries()) {
      const own = keys.length === 1 ? label : `${label} ${index + 1}`
      added.push(await addKey(ctx, tx, { label: own, publicKey, channel }))
    }
    return added
  })
}

async function addKey(
  ctx: SignatureContext,
  tx: Db,
  { label, publicKey, channel }: { label: string; publicKey: PublicKey; channel: Channel | undefined },
): Promise<TrustedKey> {
  if (await store.findKey(tx, label)) {
    throw new AppError(
      'conflict',
      `there is a trusted key "${label}" already: drop it, or give another label`,
    )
  }
  const at = ctx.now()
  const createdBy = actorId(ctx.actor)
  const id = await store.insertKey(tx, { ...publicKey, label, channelId: channel?.id, createdBy, at })
  const key = (await store.findKey(tx, id))! // inserted above
  await markConcerned(ctx, tx, key, 'trusted')
  await appendEvent(tx, {
    ...{ at, actorId: createdBy, action: 'trusted_key.created', target: label },
    after: describe(key),
  })
  return key
}

/**
 * From this moment nothing that the key signed counts as signed by it.
 * @throws AppError not-found, permission-denied
 */
export async function distrustKey(ctx: SignatureContext, idOrLabel: string, reason?: string): Promise<void> {
  requirePermission(ctx.actor, 'policy:baseline')
  await ctx.db.transaction().execute(async (tx) => {
    const key = await store.findKey(tx, idOrLabel)
    if (!key) throw new AppError('not-found', `there is no trusted key ${idOrLabel.slice(0, 100)}`)
    await store.deleteKey(tx, key.id)
    await markConcerned(ctx, tx, key, 'dropped')
    await appendEvent(tx, {
      ...{ at: ctx.now(), actorId: actorId(ctx.actor), action: 'trusted_key.deleted', target: key.label },
      before: describe(key),
      ...(reason !== undefined && { details: { reason } }),
    })
  })
}

async function markConcerned(
  ctx: SignatureContext,
  tx: Db,
  key: TrustedKey,
  change: 'trusted' | 'dropped',
): Promise<void> {
  const user = ctx.actor.kind === 'user' ? { by: ctx.actor.name } : {}
  const cause: Cause = { kind: 'trusted-key', key: key.label, change, ...user }
  for (const [channelId, names] of await store.listNamesSignedBy(tx, key.keyId, key.channelId)) {
    await markStale(tx, channelId, names, cause)
    await enqueuePublish(tx, channelId, ctx.now())
  }
}

function describe({ label, kind, keyId, channelName }: TrustedKey): Record<string, unknown> {
  return { label, kind, key_id: keyId, channel: channelName ?? null }
}

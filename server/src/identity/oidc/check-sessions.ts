/**
 * Asks providers again for sessions they vouch for: a group that was taken away bites here, somebody who was
 * disabled there is signed out. While a provider cannot be reached, sessions go on until they end by themselves.
 * And what a provider said of somebody whom it has not spoken of for `confirmDays` stands no longer.
 */
import * as oidc from 'openid-client'
import { appendEvent } from '../../audit/append-event.ts'
import { enqueue } from '../../jobs/queue.ts'
import { Secret } from '../../platform/secret.ts'
import { AppError } from '../../vocabulary/errors.ts'
import { logLoss } from '../administrators.ts'
import type { IdentityParts } from '../context.ts'
import { findUserById } from '../store.ts'
import { applyClaims, holdsClaims, resolveClaims } from './apply-claims.ts'
import { mapClaims } from './map-claims.ts'
import type { Provider } from './provider.ts'
import { idTokenPurpose, refreshPurpose } from './sign-in.ts'
import * as store from './store.ts'
import { verifyIdToken } from './verify-token.ts'

const BATCH = 100
const MAX_TOKEN_AGE_SECONDS = 10 * 60
const MAX_RETRY_SECONDS = 3600
const DAY_MS = 24 * 3600 * 1000

/** Whether a check is due. @returns whether it enqueued one */
export async function enqueueSessionCheck(parts: IdentityParts): Promise<boolean> {
  const { db, now } = parts
  const isDue =
    (await store.listSessionsToCheck(db, now(), 1)).length > 0 ||
    (await store.listUnconfirmed(db, unconfirmedBefore(parts), 1)).length > 0
  if (!isDue) return false
  const key = 'sessions.check'
  await enqueue(db, { kind: key, payload: {}, now: now(), dedupeKey: key, exclusiveKey: key })
  return true
}

export interface CheckedSessions {
  readonly checked: number
  readonly ended: number
  readonly unreachable: number
}

/** Safe to run twice. */
export async function checkSessions(parts: IdentityParts, signal: AbortSignal): Promise<CheckedSessions> {
  const counts = { checked: 0, ended: 0, unreachable: 0 }
  /** A provider that did not answer once in this run is not waited for again. */
  const down = new Set<string>()
  for (;;) {
    const due = await store.listSessionsToCheck(parts.db, parts.now(), BATCH)
    if (due.length === 0) break
    for (const session of due) {
      signal.throwIfAborted()
      counts[await checkSession(parts, session, down)] += 1
    }
  }
  await forgetUnconfirmed(parts)
  return counts
}

async function checkSession(
  parts: IdentityParts,
  session: store.ProviderSession,
  down: Set<string>,
): Promise<keyof CheckedSessions> {
  const provider = parts.providers.ofIssuer(session.issuer)
  // taken out of the configuration: nobody vouches for it any more
  if (!provider) return endSession(parts, session, 'the provider is configured no more')
  if (down.has(session.issuer)) return postpone(parts, provider, session)
  try {
    const answer = await refresh(parts, provider, session)
    return await take(parts, provider, session, answer)
  } catch (error) {
    if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant')
      return endSession(parts, session, 'the provider ended it')
    if (error instanceof AppError && error.code === 'invalid-assertion')
      return endSession(parts, session, 'the provider answered for somebody else')
    if (error instanceof AppError && error.code === 'provider-unreachable') down.add(session.issuer)
    else if (!(error instanceof oidc.ResponseBodyError || error instanceof oidc.ClientError)) throw error
    return postpone(parts, provider, session)
  }
}

async function refresh(parts: IdentityParts, provider: Provider, session: store.ProviderSession) {
  const sealed = session.refreshToken! // only those that have one are listed
  const token = parts.box.open(sealed, refreshPurpose(session.sessionId))
  return provider.ask((configuration) => oidc.refreshTokenGrant(configuration, token.reveal()))
}

async function take(
  parts: IdentityParts,
  provider: Provider,
  session: store.ProviderSession,
  answer: Awaited<ReturnType<typeof refresh>>,
): Promise<keyof CheckedSessions> {
  const { settings } = provider
  const { sessionId, issuer, subject } = session
  const at = parts.now()
  const { id_token: idToken, refresh_token: refreshToken } = answer
  const next = {
    checkAt: new Date(at.getTime() + settings.recheck_seconds * 1000),
    failures: 0,
    refreshToken:
      refreshToken === undefined
        ? undefined
        : parts.box.seal(new Secret(refreshToken), refreshPurpose(sessionId)),
    idToken:
      idToken === undefined ? undefined : parts.box.seal(new Secret(idToken), idTokenPurpose(sessionId)),
  }
  // before anything can fail: the old refresh token may be used up
  await store.updateProviderSession(parts.db, sessionId, next)
  const user = await findUserById(parts.db, session.userId)
  if (idToken === undefined || !user) return 'checked'
  const claims = await verifyIdToken(new Secret(idToken), {
    keys: await provider.keys(),
    issuer,
    audience: settings.client_id,
    now: at,
    maxAgeSeconds: MAX_TOKEN_AGE_SECONDS,
    nonce: undefined,
  })
  if (claims.sub !== subject) return endSession(parts, session, 'the provider answered for somebody else')
  const resolved = await resolveClaims(parts.db, mapClaims(settings, claims))
  await store.confirmIdentity(parts.db, issuer, subject, { at, isLogin: false })
  // most of the time nothing has changed, and then nobody has to look up their rights again
  if (!(await holdsClaims(parts.db, user, issuer, resolved))) {
    const isLast = await parts.access.change(async (tx) => {
      // unlinked while the provider was asked: what it says is of this account no longer
      if ((await store.findUserByIdentity(tx, issuer, subject))?.id !== user.id) return false
      return applyClaims(tx, user, issuer, resolved, at)
    })
    if (isLast) logLoss(parts.log, user.name, issuer)
  }
  return 'checked'
}

async function postpone(
  parts: IdentityParts,
  { settings }: Provider,
  session: store.ProviderSession,
): Promise<keyof CheckedSessions> {
  const failures = session.failures + 1
  const seconds = Math.min(MAX_RETRY_SECONDS, settings.recheck_seconds * 2 ** Math.min(failures - 1, 6))
  const checkAt = new Date(parts.now().getTime() + seconds * 1000)
  await store.updateProviderSession(parts.db, session.sessionId, { checkAt, failures })
  return 'unreachable'
}

async function endSession(
  parts: IdentityParts,
  session: store.ProviderSession,
  reason: string,
): Promise<keyof CheckedSessions> {
  const user = await findUserById(parts.db, session.userId)
  await parts.access.change(async (tx) => {
    await store.deleteSessions(tx, [session.sessionId])
    await appendEvent(tx, {
      at: parts.now(),
      actorId: undefined,
      action: 'session.ended',
      target: user?.name ?? session.userId,
      details: { id: session.sessionId, source: session.issuer, reason },
    })
  })
  return 'ended'
}

async function forgetUnconfirmed(parts: IdentityParts): Promise<void> {
  for (;;) {
    const before = unconfirmedBefore(parts)
    const found = await store.listUnconfirmed(parts.db, before, BATCH)
    if (found.length === 0) return
    const last = await parts.access.change(async (tx) => {
      let lastOne: { name: string; issuer: string } | undefined
      for (const { userId, issuer, subject } of found) {
        const user = await findUserById(tx, userId)
        if (user && (await applyClaims(tx, user, issuer, { groups: [], roles: [] }, parts.now())))
          lastOne = { name: user.name, issuer }
        await store.forgetConfirmation(tx, issuer, subject)
      }
      return lastOne
    })
    if (last) logLoss(parts.log, last.name, last.issuer)
  }
}

function unconfirmedBefore({ rules, now }: IdentityParts): Date {
  return new Date(now().getTime() - rules.confirmDays * DAY_MS)
}

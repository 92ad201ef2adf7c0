/** Signing out on both sides: here and at the provider, whichever side begins. */
import * as oidc from 'openid-client'
import { appendEvent } from '../../audit/append-event.ts'
import type { Secret } from '../../platform/secret.ts'
import { AppError } from '../../vocabulary/errors.ts'
import type { IdentityContext, IdentityParts } from '../context.ts'
import { signOut } from '../sessions.ts'
import { findUserById } from '../store.ts'
import type { Provider } from './provider.ts'
import { idTokenPurpose } from './sign-in.ts'
import * as store from './store.ts'
import { invalid, verifyLogoutToken } from './verify-token.ts'

const MAX_TOKEN_AGE_SECONDS = 5 * 60

/**
 * Ends the session that asks.
 * @param publicUrl where the provider sends the browser when it has ended its own
 * @returns where the browser goes to end the provider's session; undefined when there is none to end
 */
export async function signOutEverywhere(
  ctx: IdentityContext,
  publicUrl: string | undefined,
): Promise<URL | undefined> {
  const { actor } = ctx
  const id = actor.kind === 'user' && actor.credential?.kind === 'session' ? actor.credential.id : undefined
  const session = id === undefined ? undefined : await store.findProviderSession(ctx.db, id)
  await signOut(ctx)
  return session && publicUrl !== undefined ? endAddress(ctx, session, publicUrl) : undefined
}

async function endAddress(
  ctx: IdentityContext,
  session: store.ProviderSession,
  publicUrl: string,
): Promise<URL | undefined> {
  const provider = ctx.providers.ofIssuer(session.issuer)
  if (!provider || session.idToken === undefined) return undefined
  try {
    const configuration = await provider.configuration()
    if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined
    return oidc.buildEndSessionUrl(configuration, {
      id_token_hint: ctx.box.open(session.idToken, idTokenPurpose(session.sessionId)).reveal(),
      post_logout_redirect_uri: new URL('/', publicUrl).href,
    })
  } catch (error) {
    // here the session has ended; there it ends by itself
    if (error instanceof AppError && error.code === 'provider-unreachable') return undefined
    throw error
  }
}

/**
 * The provider says that somebody signed out: of one of its sessions, or of all.
 * @returns how many sessions ended
 * @throws AppError invalid-assertion, provider-unreachable
 */
export async function endSessionsByProvider(
  parts: IdentityParts,
  provider: Provider,
  logoutToken: Secret,
): Promise<number> {
  const { issuer, client_id: clientId } = provider.settings
  const at = parts.now()
  const claims = await verifyLogoutToken(logoutToken, {
    keys: await provider.keys(),
    issuer,
    audience: clientId,
    now: at,
    maxAgeSeconds: MAX_TOKEN_AGE_SECONDS,
  })
  const { sessionId, subject } = claims
  const count = await parts.access.change(async (tx) => {
    if (!(await store.useAssertion(tx, claims.digest, claims.expiresAt, at))) return undefined
    const sessions = await store.listSessionsOfIssuer(tx, issuer, { sessionId, subject })
    await store.deleteSessions(
      tx,
      sessions.map((session) => session.sessionId),
    )
    // Keycloak ends all sessions of somebody and tells of one of them: whether the others go on, it is asked
    const subjects = new Set([...sessions.map((session) => session.subject), ...(subject ? [subject] : [])])
    await store.makeChecksDue(tx, issuer, [...subjects], at)
    for (const session of sessions) {
      await appendEvent(tx, {
        at,
        actorId: session.userId,
        action: 'session.ended',
        target: (await findUserById(tx, session.userId))?.name ?? session.userId,
        details: { id: session.sessionId, source: issuer, reason: 'signed out at the provider' },
      })
    }
    return sessions.length
  })
  if (count === undefined) throw invalid('it was used before')
  return count
}

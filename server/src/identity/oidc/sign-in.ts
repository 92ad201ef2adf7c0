/**
 * Signing in with a provider: the authorization code flow with PKCE, state and nonce, bound to the browser that
 * began it by a sealed cookie, and the exchange of an ID token that the command line got for itself.
 *
 * People are who the provider says under (issuer, subject), never under a name or an address of mail, which
 * somebody else can have tomorrow.
 */
import * as oidc from 'openid-client'
import { z } from 'zod'
import { appendEvent } from '../../audit/append-event.ts'
import type { Db } from '../../platform/database/db.ts'
import { Secret } from '../../platform/secret.ts'
import { AppError } from '../../vocabulary/errors.ts'
import { logLoss } from '../administrators.ts'
import type { IdentityParts } from '../context.ts'
import { startSession, type StartedSession } from '../sign-in.ts'
import * as users from '../store.ts'
import { applyClaims, resolveClaims } from './apply-claims.ts'
import { mapClaims } from './map-claims.ts'
import { isReturnPath } from './return-path.ts'
import type { Provider } from './provider.ts'
import * as store from './store.ts'
import { assertionDigest, invalid, verifyIdToken, type Claims } from './verify-token.ts'

const ATTEMPT_MS = 10 * 60 * 1000
const MAX_TOKEN_AGE_SECONDS = 10 * 60
const MAX_EXCHANGE_AGE_SECONDS = 5 * 60
const PURPOSE = 'sign-in attempt'

/** What the browser keeps, sealed, while it is at the provider. */
const attemptSchema = z.strictObject({
  provider: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
  endsAt: z.number(),
  /** Whose account is to be linked, and in which session: link-identity.ts. Without it somebody signs in. */
  link: z.strictObject({ userId: z.string(), sessionId: z.string() }).optional(),
})
export type Attempt = z.output<typeof attemptSchema>

export interface RequestOrigin {
  readonly address: string | undefined
  readonly userAgent: string | undefined
}

export interface BegunSignIn {
  /** At the provider. */
  readonly address: URL
  /** For the cookie. */
  readonly sealed: string
  readonly maxAgeSeconds: number
}

/** @throws AppError provider-unreachable */
export async function beginSignIn(
  parts: IdentityParts,
  provider: Provider,
  request: { redirectUri: string; returnTo: string | undefined; link?: Attempt['link'] },
): Promise<BegunSignIn> {
  const configuration = await provider.configuration()
  const attempt: Attempt = {
    provider: provider.settings.name,
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    verifier: oidc.randomPKCECodeVerifier(),
    returnTo: isReturnPath(request.returnTo) ? request.returnTo : '/',
    endsAt: parts.now().getTime() + ATTEMPT_MS,
    link: request.link,
  }
  const address = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: request.redirectUri,
    scope: provider.settings.scopes.join(' '),
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
    // who is signed in there in this browser may be somebody else, and the link would be theirs
    ...(request.link && { prompt: 'login' }),
  })
  const sealed = parts.box.seal(new Secret(JSON.stringify(attempt)), PURPOSE)
  return { address, sealed, maxAgeSeconds: ATTEMPT_MS / 1000 }
}

export interface FinishedSignIn {
  readonly session: StartedSession
  readonly returnTo: string
}

/**
 * @param callback the address the provider sent the browser back to, under our own public address
 * @param sealed the cookie of the same browser
 * @throws AppError sign-in-expired, sign-in-refused, invalid-assertion, provider-unreachable
 */
export async function finishSignIn(
  parts: IdentityParts,
  provider: Provider,
  request: { callback: URL; sealed: string | undefined } & RequestOrigin,
): Promise<FinishedSignIn> {
  const { attempt, idToken, refreshToken, claims } = await noteRefusal(parts, provider, () =>
    readAnswer(parts, provider, request, 'sign-in'),
  )
  const session = await admit(parts, provider, claims, request, {
    idToken,
    refreshToken: refreshToken === undefined ? undefined : new Secret(refreshToken),
  })
  return { session, returnTo: attempt.returnTo }
}

/** What the provider says to an attempt that this browser began, for what it was begun for. */
export async function readAnswer(
  parts: IdentityParts,
  provider: Provider,
  request: { callback: URL; sealed: string | undefined },
  wanted: 'sign-in' | 'link',
) {
  const attempt = openAttempt(parts, request.sealed)
  // the answer of one provider must not be taken for another's (mix-up)
  if (!attempt || attempt.provider !== provider.settings.name) throw expired()
  if ((attempt.link === undefined) !== (wanted === 'sign-in')) throw expired()
  const answer = await redeemCode(provider, request.callback, attempt)
  const { id_token: token, refresh_token: refreshToken } = answer
  if (token === undefined) throw invalid('the provider gave no ID token')
  const idToken = new Secret(token)
  const claims = await verifyIdToken(idToken, {
    keys: await provider.keys(),
    issuer: provider.settings.issuer,
    audience: provider.settings.client_id,
    now: parts.now(),
    maxAgeSeconds: MAX_TOKEN_AGE_SECONDS,
    nonce: attempt.nonce,
  })
  return { attempt, idToken, refreshToken, claims }
}

async function redeemCode(provider: Provider, callback: URL, attempt: Attempt) {
  try {
    return await provider.ask((configuration) =>
      oidc.authorizationCodeGrant(configuration, callback, {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.verifier,
        idTokenExpected: true,
      }),
    )
  } catch (error) {
    if (error instanceof AppError) throw error
    if (error instanceof oidc.AuthorizationResponseError) throw refusedBy(provider, error.error)
    if (error instanceof oidc.ResponseBodyError) throw refusedBy(provider, error.error)
    if (error instanceof oidc.ClientError) throw expired(error)
    if (error instanceof oidc.WWWAuthenticateChallengeError) throw refusedBy(provider, 'invalid_client')
    throw error
  }
}

/**
 * For the command line, which signed in at the provider as a public client of its own.
 * @throws AppError sign-in-refused, invalid-assertion (also for a token that was used before)
 */
export async function exchangeIdToken(
  parts: IdentityParts,
  provider: Provider,
  request: { idToken: Secret } & RequestOrigin,
): Promise<StartedSession> {
  const { cli_client_id: clientId, issuer } = provider.settings
  if (clientId === undefined) {
    throw new AppError(
      'not-found',
      `the provider ${provider.settings.name} has no client for the command line`,
    )
  }
  const claims = await noteRefusal(parts, provider, async () => {
    const verified = await verifyIdToken(request.idToken, {
      keys: await provider.keys(),
      issuer,
      audience: clientId,
      now: parts.now(),
      maxAgeSeconds: MAX_EXCHANGE_AGE_SECONDS,
      nonce: undefined,
    })
    const foreign = [verified.aud ?? []]
      .flat()
      .some((one) => one !== clientId && one !== provider.settings.client_id)
    if (foreign) throw invalid('it is also for somebody else (aud)')
    return verified
  })
  return admit(parts, provider, claims, request, { usedUp: request.idToken })
}

/** Starts a session for whom the claims name, with what they say. */
async function admit(
  parts: IdentityParts,
  provider: Provider,
  claims: Claims,
  origin: RequestOrigin,
  tokens: { idToken?: Secret; refreshToken?: Secret | undefined; usedUp?: Secret },
): Promise<StartedSession> {
  const { settings } = provider
  const at = parts.now()
  const resolved = await resolveClaims(parts.db, mapClaims(settings, claims))
  const outcome = await parts.access.change(async (tx) => {
    if (tokens.usedUp && !(await useOnce(tx, tokens.usedUp, claims, at))) {
      await appendRefusal(tx, provider, usedUp(), at)
      return 'used'
    }
    const user = await findOrMakeUser(tx, provider, claims, at)
    // the provider does not enable again what was disabled here
    if (user === undefined || user.isDisabled) {
      const details = { method: settings.issuer, reason: user ? 'disabled' : 'no account' }
      const target = user?.name ?? 'unknown account'
      await appendEvent(tx, { at, actorId: undefined, action: 'login.failed', target, details })
      return user ? 'disabled' : 'unknown'
    }
    await store.confirmIdentity(tx, settings.issuer, claims.sub, { at, isLogin: true })
    const isLastLost = await applyClaims(tx, user, settings.issuer, resolved, at)
    const session = await startSession(
      tx,
      parts,
      user,
      { ...origin, method: settings.issuer, providerSession: sidOf(claims) },
      at,
    )
    await keepTokens(tx, parts, provider, { session, claims, ...tokens }, at)
    return { session, isLastLost }
  })
  if (outcome === 'used') throw usedUp()
  if (outcome === 'disabled')
    throw new AppError('sign-in-refused', 'this account is disabled: an administrator can enable it')
  if (outcome === 'unknown')
    throw new AppError('sign-in-refused', 'you have no account here: an administrator has to make one')
  if (outcome.isLastLost) logLoss(parts.log, outcome.session.user.name, settings.issuer)
  return outcome.session
}

/**
 * Writes into the audit log that what came from a provider was refused, and why, with nothing of what came: it
 * may be a secret, and anybody can send it. That a provider cannot be reached is no refusal.
 */
async function noteRefusal<T>(parts: IdentityParts, provider: Provider, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof AppError && refusals.has(error.code))
      await parts.db.transaction().execute((tx) => appendRefusal(tx, provider, error, parts.now()))
    throw error
  }
}

async function appendRefusal(tx: Db, provider: Provider, error: AppError, at: Date): Promise<void> {
  const details = { method: provider.settings.issuer, reason: reasonOf(error) }
  const target = 'unknown account'
  await appendEvent(tx, { at, actorId: undefined, action: 'login.failed', target, details })
}

const usedUp = (): AppError => invalid('it was used before')

export const refusals = new Set<string>(['sign-in-expired', 'sign-in-refused', 'invalid-assertion'])

/** The library names the part of the answer that was wrong, never its value, in the cause of its error. */
export function reasonOf({ message, cause }: AppError): string {
  const found = cause instanceof oidc.ClientError ? cause.cause : undefined
  return found instanceof Error ? `${message} (${found.message})` : message
}

async function useOnce(tx: Db, token: Secret, claims: Claims, at: Date): Promise<boolean> {
  const expiresAt = new Date(Math.max((claims.exp ?? 0) * 1000, at.getTime()) + ATTEMPT_MS)
  return store.useAssertion(tx, assertionDigest(token), expiresAt, at)
}

async function findOrMakeUser(
  tx: Db,
  provider: Provider,
  claims: Claims,
  at: Date,
): Promise<users.UserRow | undefined> {
  const { issuer, create_accounts: creates } = provider.settings
  const known = await store.findUserByIdentity(tx, issuer, claims.sub)
  const { username, displayName, email } = mapClaims(provider.settings, claims)
  if (known) {
    await users.updateUser(tx, known.id, { displayName, email })
    return known
  }
  if (!creates) return undefined
  const name = await freeName(tx, username ?? claims.sub, provider.settings.name)
  const id = await users.insertUser(tx, { name, displayName, email, passwordHash: null, at })
  await store.insertIdentity(tx, { issuer, subject: claims.sub, userId: id, at })
  const after = { name, email: email ?? null, source: issuer }
  await appendEvent(tx, { at, actorId: undefined, action: 'user.created', target: name, after })
  return users.findUserById(tx, id)
}

/** The same name at two providers, or here already, is somebody else. */
async function freeName(tx: Db, wanted: string, provider: string): Promise<string> {
  const base = wanted.replaceAll(/[^A-Za-z0-9._@+-]/g, '-')
  if (/^[A-Za-z0-9]/.test(base) && !(await users.findUserByName(tx, base))) return base
  for (let number = 1; ; number += 1) {
    const name = `${/^[A-Za-z0-9]/.test(base) ? base : 'user'}-${provider}${number === 1 ? '' : `-${number}`}`
    if (!(await users.findUserByName(tx, name))) return name
  }
}

async function keepTokens(
  tx: Db,
  parts: IdentityParts,
  provider: Provider,
  kept: {
    session: StartedSession
    claims: Claims
    idToken?: Secret
    refreshToken?: Secret | undefined
  },
  at: Date,
): Promise<void> {
  const { issuer, recheck_seconds: seconds } = provider.settings
  const sessionId = kept.session.id
  await store.insertProviderSession(tx, {
    sessionId,
    issuer,
    subject: kept.claims.sub,
    refreshToken: kept.refreshToken && parts.box.seal(kept.refreshToken, refreshPurpose(sessionId)),
    idToken: kept.idToken && parts.box.seal(kept.idToken, idTokenPurpose(sessionId)),
    checkAt: new Date(at.getTime() + seconds * 1000),
  })
}

export const refreshPurpose = (sessionId: string): string => `refresh token of ${sessionId}`
export const idTokenPurpose = (sessionId: string): string => `id token of ${sessionId}`

export function sidOf(claims: Claims): string | undefined {
  const { sid } = claims
  return typeof sid === 'string' && sid !== '' ? sid.slice(0, 255) : undefined
}

export function openAttempt(parts: IdentityParts, sealed: string | undefined): Attempt | undefined {
  if (sealed === undefined || sealed.length > 4096) return undefined
  let text: string
  try {
    text = parts.box.open(sealed, PURPOSE).reveal()
  } catch (error) {
    // a cookie is anybody's to write; for all else in a box it would be a fault of ours
    if (error instanceof AppError && error.code === 'corrupt-data') return undefined
    throw error
  }
  const attempt = attemptSchema.parse(JSON.parse(text))
  return attempt.endsAt > parts.now().getTime() ? attempt : undefined
}

export function expired(cause?: unknown): AppError {
  return new AppError(
    'sign-in-expired',
    'this sign-in was begun too long ago, in another browser, or was finished already: begin again',
    { cause },
  )
}

function refusedBy(provider: Provider, error: string): AppError {
  const word = /^[a-z_]{1,60}$/.test(error) ? error : 'error'
  return new AppError('sign-in-refused', `${provider.settings.title} did not let you sign in (${word})`, {
    details: { provider_error: word },
  })
}

/**
 * Whether a token that somebody else signed is what it says it is: the one place that decides it, for sign-in,
 * sign-out and CI jobs alike. Keys come from the issuer's own key set and never from the token; the algorithm
 * from a list and never from the token alone. What is refused is told by a word, never by the token's content.
 */
import { createHash } from 'node:crypto'
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { AppError } from '../../vocabulary/errors.ts'
import type { Secret } from '../../platform/secret.ts'

/** Signatures that only the holder of a private key makes. */
export const SIGNATURE_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]
const SKEW_SECONDS = 60
const MAX_TOKEN_LENGTH = 16 * 1024
const MAX_SUBJECT_LENGTH = 255
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

export interface Claims extends JWTPayload {
  readonly iss: string
  readonly sub: string
}

export interface VerifyRules {
  readonly keys: JWTVerifyGetKey
  readonly issuer: string
  /** Who the token must be for: one of these. */
  readonly audience: string | readonly string[]
  readonly now: Date
  /** How long ago it may have been signed. */
  readonly maxAgeSeconds: number
}

export interface IdTokenRules extends VerifyRules {
  /** The client's id. */
  readonly audience: string
  /** Of the sign-in it belongs to; undefined when the flow has none (device grant, refresh). */
  readonly nonce: string | undefined
}

/** OpenID Connect Core 1.0, 3.1.3.7. @throws AppError invalid-assertion, provider-unreachable */
export async function verifyIdToken(token: Secret, rules: IdTokenRules): Promise<Claims> {
  const { header, claims } = await verify(token, rules, ['exp', 'iat', 'sub', 'aud'])
  requireType(header['typ'], ['JWT'])
  // Keycloak says inside what kind of token it is: one for access or refresh is not one of who signed in
  if (claims['typ'] !== undefined && claims['typ'] !== 'ID') throw invalid('it is no ID token (typ)')
  requireParty(claims, rules.audience)
  if (claims['events'] !== undefined) throw invalid('it is no ID token (events)')
  if (rules.nonce !== undefined && claims['nonce'] !== rules.nonce) {
    throw invalid('its nonce is of another sign-in')
  }
  return withSubject(claims)
}

export interface LogoutClaims {
  readonly subject: string | undefined
  readonly sessionId: string | undefined
  /** It is good once. */
  readonly digest: string
  readonly expiresAt: Date
}

/** OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6. @throws AppError invalid-assertion */
export async function verifyLogoutToken(token: Secret, rules: VerifyRules): Promise<LogoutClaims> {
  const { header, claims } = await verify(token, rules, ['iat', 'jti', 'aud', 'exp'])
  requireType(header['typ'], ['JWT', 'logout+jwt'])
  const { events, nonce, sub, sid } = claims
  // or an ID token, which browsers see, could sign somebody out
  if (nonce !== undefined) throw invalid('a logout token has no nonce')
  if (!isRecord(events) || !isRecord(events[LOGOUT_EVENT])) throw invalid('it is no logout token')
  const subject = textOrNothing(sub, 'sub')
  const sessionId = textOrNothing(sid, 'sid')
  if (subject === undefined && sessionId === undefined) throw invalid('it names neither sub nor sid')
  return { subject, sessionId, digest: assertionDigest(token), expiresAt: endOf(claims) }
}

/** A token of a CI job. @throws AppError invalid-assertion */
export async function verifyJobToken(
  token: Secret,
  rules: VerifyRules,
): Promise<{ claims: Claims; expiresAt: Date }> {
  const { header, claims } = await verify(token, rules, ['exp', 'iat', 'sub', 'aud'])
  requireType(header['typ'], ['JWT'])
  if (claims['events'] !== undefined) throw invalid('it is no token of a job')
  // or a token made for several servers, one of them hostile, could be passed on to us
  if (Array.isArray(claims.aud) && claims.aud.length !== 1) throw invalid('it is for several audiences')
  return { claims: withSubject(claims), expiresAt: endOf(claims) }
}

/**
 * The issuer a token claims, to choose the keys it is verified with: nothing else may be believed of it yet.
 * @throws AppError invalid-assertion
 */
export function unverifiedIssuer(token: Secret): string {
  const [, body = ''] = token.reveal().split('.')
  try {
    const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
    if (isRecord(claims) && typeof claims['iss'] === 'string') return claims['iss'].slice(0, 500)
  } catch {
    // said below, without what was in it
  }
  throw invalid('it is no signed token with an issuer')
}

/** What a token that is good once is remembered by. */
export function assertionDigest(token: Secret): string {
  // the signed part alone: a signature can be spelled in more than one way
  const text = token.reveal()
  return createHash('sha256')
    .update(text.slice(0, text.lastIndexOf('.')))
    .digest('hex')
}

async function verify(
  token: Secret,
  rules: VerifyRules,
  requiredClaims: string[],
): Promise<{ header: Record<string, unknown>; claims: JWTPayload }> {
  const text = token.reveal()
  if (text.length > MAX_TOKEN_LENGTH) throw invalid('it is too long')
  try {
    const { protectedHeader, payload } = await jwtVerify(text, rules.keys, {
      algorithms: SIGNATURE_ALGORITHMS,
      issuer: rules.issuer,
      audience: typeof rules.audience === 'string' ? rules.audience : [...rules.audience],
      currentDate: rules.now,
      clockTolerance: SKEW_SECONDS,
      maxTokenAge: rules.maxAgeSeconds,
      requiredClaims,
    })
    return { header: { ...protectedHeader }, claims: payload }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    if (cause instanceof errors.JOSEError) throw invalid(reasonOf(cause))
    throw cause
  }
}

/** jose names claims and headers in its errors, and no values of them. */
function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTClaimValidationFailed) return `its ${error.claim} is missing or wrong`
  switch (error.code) {
    case 'ERR_JWT_EXPIRED':
      return 'it has run out'
    case 'ERR_JWKS_NO_MATCHING_KEY':
    case 'ERR_JWKS_MULTIPLE_MATCHING_KEYS':
      return 'no key of the issuer fits it'
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return 'its signature is wrong'
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
      return 'its algorithm is not allowed'
    default:
      return 'it is no well-formed signed token'
  }
}

/** `aud` may name several; then `azp` says whose it is, and where it is there it is ours. */
function requireParty(claims: JWTPayload, clientId: string): void {
  const azp = claims['azp']
  if (azp !== undefined && azp !== clientId) throw invalid('it was given to another client (azp)')
  if (Array.isArray(claims.aud) && claims.aud.length > 1 && azp === undefined) {
    throw invalid('it is for several audiences and names no client (azp)')
  }
}

function requireType(typ: unknown, allowed: readonly string[]): void {
  if (typ === undefined) return
  const known = allowed.map((type) => type.toLowerCase())
  if (typeof typ === 'string' && known.includes(typ.toLowerCase().replace(/^application\//, ''))) return
  throw invalid('it is of another type (typ)')
}

function withSubject(claims: JWTPayload): Claims {
  const subject = textOrNothing(claims.sub, 'sub')
  if (subject === undefined || claims.iss === undefined) throw invalid('it has no sub')
  return { ...claims, iss: claims.iss, sub: subject }
}

function textOrNothing(value: unknown, claim: string): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && value !== '' && value.length <= MAX_SUBJECT_LENGTH) return value
  throw invalid(`its ${claim} is missing or wrong`)
}

function endOf(claims: JWTPayload): Date {
  return new Date(((claims.exp ?? 0) + SKEW_SECONDS) * 1000)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function invalid(why: string): AppError {
  return new AppError('invalid-assertion', `the token is not accepted: ${why}`)
}

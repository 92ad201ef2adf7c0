/**
 * A CI job's own signed token for one of ours, which uploads for ten minutes: under a trust rule of a channel, and
 * once. What is trusted is the issuer that the rule names, with the keys it publishes; the token chooses nothing.
 */
import { appendEvent } from '../../audit/append-event.ts'
import type { Secret } from '../../platform/secret.ts'
import { AppError } from '../../vocabulary/errors.ts'
import { findGuardedChannel } from '../channel-lookup.ts'
import type { IdentityParts } from '../context.ts'
import * as providerStore from '../oidc/store.ts'
import {
  assertionDigest,
  invalid,
  unverifiedIssuer,
  verifyJobToken,
  type Claims,
} from '../oidc/verify-token.ts'
import { findUserById } from '../store.ts'
import { newTokenSecret, tokenDigest } from '../token-secret.ts'
import { insertToken } from '../token-store.ts'
import * as store from './store.ts'
import { matchesClaims, type TrustRule } from './trust-rule.ts'

const LIFE_MS = 10 * 60 * 1000
/** The job's own end bounds it; GitLab signs when a job begins, and builds are long. */
const MAX_TOKEN_AGE_SECONDS = 24 * 3600

/** Claims that say which job it was, for the audit log and for whoever is refused. */
const TELLING = [
  ...['sub', 'repository', 'ref', 'workflow_ref', 'run_id', 'actor', 'event_name', 'environment'],
  ...['project_path', 'pipeline_id', 'job_id', 'user_login', 'email', 'jti'],
]

export interface MintedToken {
  readonly secret: Secret
  readonly expiresAt: Date
}

/**
 * @param request.publicUrl whom the token has to be for: this server's host, or its address
 * @param request.channel where several rules fit
 * @throws AppError invalid-assertion, sign-in-refused, conflict, provider-unreachable
 */
export async function mintToken(
  parts: IdentityParts,
  request: { token: Secret; publicUrl: string | undefined; channel: string | undefined },
): Promise<MintedToken> {
  const { token, publicUrl } = request
  const issuer = unverifiedIssuer(token)
  const rules = await store.listRulesOfIssuer(parts.db, issuer)
  // before anything is asked of anybody: a token cannot make the server connect to whom it names
  if (rules.length === 0)
    throw new AppError('sign-in-refused', 'no trust rule names the issuer of this token')
  if (publicUrl === undefined) {
    throw new AppError('sign-in-refused', 'the server does not know its own name: it needs public_url')
  }
  const at = parts.now()
  const { claims, expiresAt: tokenEnd } = await verifyJobToken(token, {
    keys: await parts.providers.keysOf(issuer),
    issuer,
    audience: audiencesOf(publicUrl),
    now: at,
    maxAgeSeconds: MAX_TOKEN_AGE_SECONDS,
  })
  const rule = await chooseRule(parts, rules, claims, request.channel)
  return issue(parts, rule, claims, { digest: assertionDigest(token), end: tokenEnd }, at)
}

/** As pixi and rattler-build ask for it: the host; and the address, for others. */
export function audiencesOf(publicUrl: string): string[] {
  const { hostname, host, origin } = new URL(publicUrl)
  return [...new Set([hostname, host, origin, `${origin}/`])]
}

async function chooseRule(
  parts: IdentityParts,
  rules: readonly TrustRule[],
  claims: Claims,
  channelName: string | undefined,
): Promise<TrustRule> {
  const fitting: { rule: TrustRule; channel: string }[] = []
  for (const rule of rules) {
    if (!matchesClaims(rule, claims)) continue
    const channel = (await findGuardedChannel(parts.db, rule.channelId))?.name ?? rule.channelId
    if (channelName === undefined || channelName === channel) fitting.push({ rule, channel })
  }
  const [first] = fitting
  if (!first) {
    const said = tellingClaims(claims)
    await parts.db.transaction().execute((tx) =>
      appendEvent(tx, {
        ...{ at: parts.now(), actorId: undefined, action: 'trust_rule.refused', target: claims.iss },
        details: said,
      }),
    )
    const shown = Object.entries(said).map(([claim, value]) => `${claim}=${value}`)
    throw new AppError('sign-in-refused', `no trust rule fits a job with ${shown.join(', ')}`)
  }
  const channels = [...new Set(fitting.map(({ channel }) => channel))]
  if (channels.length > 1) {
    throw new AppError(
      'conflict',
      `rules of several channels fit (${channels.join(', ')}): say which with "channel"`,
    )
  }
  return first.rule
}

async function issue(
  parts: IdentityParts,
  chosen: TrustRule,
  claims: Claims,
  used: { digest: string; end: Date },
  at: Date,
): Promise<MintedToken> {
  const secret = newTokenSecret('workload')
  const expiresAt = new Date(at.getTime() + LIFE_MS)
  const said = tellingClaims(claims)
  const isNew = await parts.db.transaction().execute(async (tx) => {
    if (!(await providerStore.useAssertion(tx, used.digest, used.end, at))) return false
    const rule = await store.findRule(tx, chosen.channelId, chosen.id)
    // changed or dropped while the issuer was asked for its keys
    if (rule?.issuer !== chosen.issuer || !matchesClaims(rule, claims))
      throw new AppError('sign-in-refused', `the trust rule ${chosen.name} does not let this job in any more`)
    const account = await findUserById(tx, rule.userId)
    await store.deleteOldTokens(tx, rule.userId, at)
    await store.setRuleUsed(tx, rule.id, at)
    const id = await insertToken(tx, {
      ...{ userId: rule.userId, name: `job under ${rule.name}`, digest: tokenDigest(secret), at, expiresAt },
      scopes: ['artifact:create'],
      resources: [
        {
          ...{ type: 'channel', given: rule.channelId, channelId: rule.channelId, level: 'write' },
          ...(rule.namePatterns && { writeNames: rule.namePatterns }),
        },
      ],
      metadata: { ...said, issuer: rule.issuer },
    })
    await appendEvent(tx, {
      ...{ at, actorId: rule.userId, action: 'token.created', target: account?.name ?? rule.userId },
      details: { ...said, issuer: rule.issuer, rule: rule.name },
      after: { id, expires_at: expiresAt.toISOString() },
    })
    return true
  })
  if (!isNew) throw invalid('it was used before')
  return { secret, expiresAt }
}

function tellingClaims(claims: Claims): Record<string, string> {
  return Object.fromEntries(
    TELLING.flatMap((claim) => {
      const value = claims[claim]
      return typeof value === 'string' || typeof value === 'number'
        ? [[claim, String(value).slice(0, 200)] as const]
        : []
    }),
  )
}

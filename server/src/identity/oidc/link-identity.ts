/**
 * Linking an account of this server to who somebody is at a provider, and taking the link away. Only ever by the person,
 * signed in here: they show once more that the account is theirs, sign in at the provider, and come back in the very
 * session that they began in. Nothing is linked because a name or an address of mail is the same on both sides: anybody
 * could have it there.
 *
 * Groups and roles of the provider come with the next sign-in there, as for everybody.
 */
import { appendEvent } from '../../audit/append-event.ts'
import type { Secret } from '../../platform/secret.ts'
import { AppError } from '../../vocabulary/errors.ts'
import type { Account } from '../actor.ts'
import { keepAdministrator } from '../administrators.ts'
import type { IdentityContext } from '../context.ts'
import { requireNoLess } from '../manage-users.ts'
import { requirePerson } from '../require-account.ts'
import { requirePermission } from '../require-permission.ts'
import { findSessionStart } from '../session-store.ts'
import { requireUserById } from '../sessions.ts'
import { proveAccount } from '../sign-in.ts'
import { findUserById, type UserRow } from '../store.ts'
import { applyClaims } from './apply-claims.ts'
import { mapClaims } from './map-claims.ts'
import type { Provider } from './provider.ts'
import { beginSignIn, expired, readAnswer, reasonOf, refusals, type BegunSignIn } from './sign-in.ts'
import * as store from './store.ts'

/** How new a session has to be when the account has no password to ask for. */
const FRESH_MS = 5 * 60 * 1000

/** Where the browser comes back to. */
export const LINKS_PAGE = '/account/security'

export interface LinkedIdentity extends store.IdentityRow {
  /** Undefined when it is configured no more. */
  readonly provider: { readonly name: string; readonly title: string } | undefined
}

/** @throws AppError not-found, permission-denied */
export async function listIdentities(ctx: IdentityContext, userId: string): Promise<LinkedIdentity[]> {
  await requireUserById(ctx, userId, 'user:edit')
  const rows = await store.listIdentities(ctx.db, userId)
  return rows.map((row) => ({ ...row, provider: ctx.providers.ofIssuer(row.issuer)?.settings }))
}

/**
 * @throws AppError permission-denied without a session, wrong-credentials, second-factor-needed, too-many-requests,
 *   conflict when the account is linked to this provider already, provider-unreachable
 */
export async function beginLink(
  ctx: IdentityContext,
  provider: Provider,
  request: { redirectUri: string; password: Secret | undefined; code: Secret | undefined },
): Promise<BegunSignIn> {
  const { user, sessionId } = await requireSession(ctx)
  const { name, issuer, title } = provider.settings
  if ((await store.listIdentities(ctx.db, user.id)).some((one) => one.issuer === issuer))
    throw new AppError('conflict', `your account is linked to ${title} already; take that link away first`)
  await proveAgain(ctx, user, sessionId, request)
  return beginSignIn(ctx, provider, {
    redirectUri: request.redirectUri,
    returnTo: `${LINKS_PAGE}?linked=${name}`,
    link: { userId: user.id, sessionId },
  })
}

/** Whoever found an open browser must not get a way in of their own. */
async function proveAgain(
  ctx: IdentityContext,
  user: UserRow,
  sessionId: string,
  proof: { password: Secret | undefined; code: Secret | undefined },
): Promise<void> {
  if (user.passwordHash !== null) {
    const { password, code } = proof
    if (password === undefined)
      throw new AppError('wrong-credentials', 'linking an account takes its password')
    await proveAccount(ctx, user, { password, code }, async () => undefined)
    return
  }
  const startedAt = await findSessionStart(ctx.db, sessionId)
  if (startedAt && ctx.now().getTime() - startedAt.getTime() <= FRESH_MS) return
  throw new AppError(
    'permission-denied',
    'your account has no password to ask for: sign out, sign in again, and link within five minutes',
  )
}

/**
 * @param callback the address the provider sent the browser back to, under our own public address
 * @param sealed the cookie of the same browser
 * @param link what that cookie says, as `openAttempt` read it
 * @returns where the browser goes on
 * @throws AppError sign-in-expired, sign-in-refused, invalid-assertion, identity-taken, provider-unreachable
 */
export async function finishLink(
  ctx: IdentityContext,
  provider: Provider,
  request: { callback: URL; sealed: string | undefined; link: { userId: string; sessionId: string } },
): Promise<string> {
  const { issuer } = provider.settings
  const { attempt, claims } = await noteRefusal(ctx, provider, request.link.userId, async () => {
    // or a link could be begun in one session and end in another's account
    requireBegunHere(ctx, request.link)
    return readAnswer(ctx, provider, request, 'link')
  })
  const { user } = await requireSession(ctx)
  const at = ctx.now()
  await noteRefusal(ctx, provider, user.id, () =>
    ctx.access.change(async (tx) => {
      const identity = { issuer, subject: claims.sub, userId: user.id, at }
      if (!(await store.linkIdentity(tx, identity))) throw taken(provider)
      const there = mapClaims(provider.settings, claims).username ?? null
      const details = { source: issuer, username_there: there }
      await appendEvent(tx, {
        ...{ at, actorId: user.id, action: 'user.identity_linked' },
        ...{ target: user.name, details },
      })
    }),
  )
  return attempt.returnTo
}

function requireBegunHere(ctx: IdentityContext, link: { userId: string; sessionId: string }): void {
  const { actor } = ctx
  const id = actor.kind === 'user' && actor.credential?.kind === 'session' ? actor.credential.id : undefined
  if (id === link.sessionId && actor.kind === 'user' && actor.id === link.userId) return
  throw expired()
}

/**
 * Takes the link away, ends the sessions that the provider vouched for, and takes back what it gave.
 * @throws AppError not-found, permission-denied; conflict when it is the person's only way in, or no administrator is left
 */
export async function unlinkIdentity(ctx: IdentityContext, userId: string, issuer: string): Promise<void> {
  const user = await requireUserById(ctx, userId, 'user:edit')
  const isOwn = ctx.actor.kind === 'user' && ctx.actor.id === userId
  if (isOwn) requirePerson(ctx.actor)
  else {
    requirePermission(ctx.actor, 'user:edit')
    await requireNoLess(ctx, userId)
  }
  const at = ctx.now()
  const actorId = ctx.actor.kind === 'user' ? ctx.actor.id : undefined
  await ctx.access.change((tx) =>
    keepAdministrator(tx, async () => {
      if (!(await store.deleteIdentity(tx, userId, issuer)))
        throw new AppError('not-found', `${user.name} is not linked to ${issuer}`)
      const others = await store.listIdentities(tx, userId)
      if (isOwn && user.passwordHash === null && others.length === 0) {
        throw new AppError(
          'conflict',
          'it is the only way you have to sign in: have an administrator make you a password first',
        )
      }
      const sessions = await store.listSessionsVouchedFor(tx, userId, issuer)
      await store.deleteSessions(tx, sessions)
      const details = { source: issuer, sessions_ended: sessions.length }
      await appendEvent(tx, {
        ...{ at, actorId, action: 'user.identity_unlinked' },
        ...{ target: user.name, details },
      })
      await applyClaims(tx, user, issuer, { groups: [], roles: [] }, at)
    }),
  )
}

/** A person in a session, not a program with a token. */
async function requireSession(ctx: IdentityContext): Promise<{ user: UserRow; sessionId: string }> {
  const actor: Account = requirePerson(ctx.actor)
  const user = await findUserById(ctx.db, actor.id)
  if (actor.credential?.kind !== 'session' || !user)
    throw new AppError('permission-denied', 'linking takes a browser that is signed in, and no token')
  return { user, sessionId: actor.credential.id }
}

function taken({ settings }: Provider): AppError {
  return new AppError(
    'identity-taken',
    `who you are at ${settings.title} belongs to an account here already: sign in with it to see which; it, or an administrator, can take that link away`,
  )
}

/** Into the audit log, as `noteRefusal` in sign-in.ts does for sign-ins. */
async function noteRefusal<T>(
  ctx: IdentityContext,
  provider: Provider,
  userId: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError && (refusals.has(error.code) || error.code === 'identity-taken')) {
      const details = { source: provider.settings.issuer, reason: reasonOf(error) }
      const target = (await findUserById(ctx.db, userId))?.name ?? 'unknown account'
      const actorId = ctx.actor.kind === 'user' ? ctx.actor.id : undefined
      await ctx.db.transaction().execute((tx) =>
        appendEvent(tx, {
          ...{ at: ctx.now(), actorId, action: 'user.identity_refused' },
          ...{ target, details },
        }),
      )
    }
    throw error
  }
}

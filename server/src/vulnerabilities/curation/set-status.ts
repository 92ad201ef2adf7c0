/**
 * Saying what a vulnerability is in some files, agreeing to what others said, and taking it back.
 *
 * A grave vulnerability is not talked away by one person: what lessens it waits until somebody else agrees. All
 * else acts at once. Whatever acts marks the names concerned stale in the same transaction.
 */
import { appendEvent } from '../../audit/append-event.ts'
import { enqueuePublish, markHoldersStale } from '../../channels/stale-names.ts'
import { requireUser } from '../../identity/accounts.ts'
import type { Actor } from '../../identity/actor.ts'
import { requirePermission } from '../../identity/require-permission.ts'
import type { Db } from '../../platform/database/db.ts'
import { newId } from '../../platform/ids.ts'
import { AppError } from '../../vocabulary/errors.ts'
import type { VexJustification } from '../vex.ts'
import type { VulnerabilityStatus } from '../vulnerability-status.ts'
import {
  defaultExpiryMs,
  isSameScope,
  needsSecondApprover,
  scopeText,
  type Curation,
  type CurationContent,
  type CurationScope,
} from './curation.ts'
import {
  countCovered,
  findCuration,
  findNameOfFile,
  findSame,
  lockCuration,
  recordEvent,
  resolveVulnerability,
} from './curation-store.ts'

export interface CurationContext {
  readonly db: Db
  readonly actor: Actor
  readonly now: () => Date
  /** From which score on what lessens a vulnerability takes a second approver. */
  readonly secondApproverScore: number
}

export interface StatusRequest {
  /** A CVE, or any other name of it. */
  readonly vulnerability: string
  /** The name may be left out where the bytes say which it is. */
  readonly scope: Omit<CurationScope, 'condaName'> & { readonly condaName: string | null }
  readonly status: VulnerabilityStatus
  readonly reason: string
  readonly justification: VexJustification | null
  readonly links: readonly string[]
  /** Null for never; without it `cleared` and `disputed` end in 180 days. */
  readonly expiresAt?: Date | null | undefined
}

/** @throws AppError unauthenticated, permission-denied, not-found, bad-request */
export async function setStatus(ctx: CurationContext, request: StatusRequest): Promise<Curation> {
  const { content, user, at } = await prepare(ctx, request)
  return ctx.db
    .transaction()
    .execute((tx) =>
      content.needsSecond
        ? propose(tx, content, user.id, at)
        : putInForce(tx, content, { actorId: user.id, name: user.name, byPerson: true, at }),
    )
}

/** What `setStatus` would do: to how many files, and whether somebody else has to agree. */
export async function previewStatus(
  ctx: CurationContext,
  request: StatusRequest,
): Promise<{ content: CurationContent; channels: { channel: string; files: number }[] }> {
  const { content } = await prepare(ctx, request)
  return { content, channels: await countCovered(ctx.db, content.scope) }
}

async function prepare(ctx: CurationContext, request: StatusRequest) {
  requirePermission(ctx.actor, 'vulnerability:edit')
  const user = requireUser(ctx.actor)
  const at = ctx.now()
  const vulnerability = await resolveVulnerability(ctx.db, request.vulnerability)
  if (!vulnerability) {
    throw new AppError('not-found', `no advisory that was imported names ${request.vulnerability}`)
  }
  const scope = await completeScope(ctx.db, request.scope)
  const content: CurationContent = {
    vulnerabilityId: vulnerability.id,
    scope,
    status: request.status,
    source: 'person',
    author: user.name,
    reason: request.reason,
    justification: request.justification,
    links: request.links,
    origin: null,
    expiresMs: checkedExpiry(request, at),
    needsSecond: needsSecondApprover(request.status, vulnerability, ctx.secondApproverScore),
  }
  return { content, user, at }
}

async function completeScope(db: Db, wanted: StatusRequest['scope']): Promise<CurationScope> {
  const { sha256, version, build, buildFrom, buildTo } = wanted
  const named = sha256 === null ? undefined : await findNameOfFile(db, sha256)
  if (sha256 !== null && named === undefined) {
    throw new AppError('not-found', `no channel has a file with the sha256 ${sha256}`)
  }
  const condaName = wanted.condaName?.toLowerCase() ?? named
  if (condaName === undefined) {
    throw new AppError('bad-request', 'say which files it is about: a package, or the sha256 of a file')
  }
  if (named !== undefined && named !== condaName) {
    throw new AppError('bad-request', `the file with the sha256 ${sha256} is ${named}, not ${condaName}`)
  }
  if (version === null && (build !== null || buildFrom !== null || buildTo !== null)) {
    throw new AppError('bad-request', 'builds are of a version: name it too')
  }
  if (buildFrom !== null && buildTo !== null && buildFrom > buildTo) {
    throw new AppError('bad-request', `there is no build from ${buildFrom} to ${buildTo}`)
  }
  return { ...wanted, condaName }
}

function checkedExpiry({ expiresAt, status }: StatusRequest, at: Date): number | null {
  if (expiresAt === undefined) return defaultExpiryMs(status, at.getTime())
  if (expiresAt === null) return null
  if (expiresAt <= at) throw new AppError('bad-request', `expires_at ${expiresAt.toISOString()} is past`)
  return expiresAt.getTime()
}

/** Writes it down for somebody else to agree; it changes nothing yet. */
export async function propose(
  tx: Db,
  content: CurationContent,
  actorId: string | null,
  at: Date,
): Promise<Curation> {
  const id = newId()
  for (const same of await equals(tx, content, (one) => one.state === 'proposed')) {
    await recordEvent(tx, same.id, { kind: 'replaced', by: id, atMs: at.getTime(), actorId })
  }
  const curation = await recordEvent(tx, id, { kind: 'proposed', content, atMs: at.getTime(), actorId })
  await audit(tx, 'cve.status_proposed', curation, actorId, at)
  return curation
}

export interface Effect {
  readonly actorId: string | null
  /** Of the person, for the reason of the next revision. */
  readonly name?: string | undefined
  /** A person stands behind it, so that it counts as one's word. */
  readonly byPerson: boolean
  readonly at: Date
}

/** Proposes and puts in force in one. */
export async function putInForce(tx: Db, content: CurationContent, effect: Effect): Promise<Curation> {
  const id = newId()
  const atMs = effect.at.getTime()
  await recordEvent(tx, id, { kind: 'proposed', content, atMs, actorId: effect.actorId })
  return takeEffect(tx, id, effect, null)
}

async function takeEffect(tx: Db, id: string, effect: Effect, note: string | null): Promise<Curation> {
  const { actorId, byPerson, at } = effect
  const curation = await recordEvent(tx, id, {
    kind: 'took_effect',
    note,
    byPerson,
    atMs: at.getTime(),
    actorId,
  })
  const replaces = (one: Curation): boolean => one.id !== id && one.rank === curation.rank
  for (const same of await equals(tx, curation, replaces)) {
    await recordEvent(tx, same.id, { kind: 'replaced', by: id, atMs: at.getTime(), actorId })
  }
  await markConcerned(tx, curation, 'set', at, effect.name)
  await audit(tx, 'cve.status_set', curation, actorId, at)
  return curation
}

/** What says something of the very same files: a person's by whomever, a document's by its author. */
async function equals(
  tx: Db,
  content: CurationContent,
  which: (curation: Curation) => boolean,
): Promise<Curation[]> {
  return (await findSame(tx, content)).filter(
    (one) =>
      which(one) &&
      isSameScope(one.scope, content.scope) &&
      one.source === content.source &&
      (content.source === 'person' || one.author === content.author),
  )
}

/**
 * @throws AppError permission-denied for one's own, where a second person is asked for; conflict when it is decided
 */
export async function approveCuration(
  ctx: CurationContext,
  id: string,
  note: string | null,
): Promise<Curation> {
  requirePermission(ctx.actor, 'vulnerability:edit')
  const user = requireUser(ctx.actor)
  const at = ctx.now()
  return ctx.db.transaction().execute(async (tx) => {
    const curation = await getProposed(tx, id)
    if (curation.needsSecond && curation.proposedBy === user.id) {
      throw new AppError(
        'permission-denied',
        `${curation.vulnerabilityId} is grave, so somebody else than who proposed this has to agree`,
      )
    }
    if (curation.expiresMs !== null && curation.expiresMs <= at.getTime()) {
      throw new AppError('conflict', 'the time this was proposed for is over')
    }
    return takeEffect(tx, id, { actorId: user.id, name: user.name, byPerson: true, at }, note)
  })
}

/** @throws AppError conflict when it is decided already */
export async function refuseCuration(ctx: CurationContext, id: string, note: string): Promise<Curation> {
  requirePermission(ctx.actor, 'vulnerability:edit')
  const user = requireUser(ctx.actor)
  const at = ctx.now()
  return ctx.db.transaction().execute(async (tx) => {
    const { proposedBy } = await getProposed(tx, id)
    const kind = proposedBy === user.id ? 'withdrawn' : 'refused'
    const curation = await recordEvent(tx, id, { kind, note, atMs: at.getTime(), actorId: user.id })
    await audit(tx, `cve.status_${kind}`, curation, user.id, at)
    return curation
  })
}

/** Ends one that is in force; what counts without it counts at once. */
export async function endCuration(ctx: CurationContext, id: string, note: string): Promise<Curation> {
  requirePermission(ctx.actor, 'vulnerability:edit')
  const user = requireUser(ctx.actor)
  const at = ctx.now()
  return ctx.db.transaction().execute(async (tx) => {
    const { state } = await locked(tx, id)
    if (state !== 'in_force') throw new AppError('conflict', `it is ${state}, so there is nothing to end`)
    const curation = await recordEvent(tx, id, {
      kind: 'ended',
      note,
      atMs: at.getTime(),
      actorId: user.id,
    })
    await markConcerned(tx, curation, 'ended', at, user.name)
    await audit(tx, 'cve.status_ended', curation, user.id, at)
    return curation
  })
}

async function getProposed(tx: Db, id: string): Promise<Curation> {
  const curation = await locked(tx, id)
  if (curation.state !== 'proposed') {
    throw new AppError('conflict', `it is decided already: ${curation.state}`)
  }
  return curation
}

async function locked(tx: Db, id: string): Promise<Curation> {
  const curation = await lockCuration(tx, id)
  if (!curation) throw new AppError('not-found', `there is no curation ${id}`)
  return curation
}

/** @throws AppError not-found */
export async function getCuration(db: Db, id: string): Promise<Curation> {
  const curation = await findCuration(db, id)
  if (!curation) throw new AppError('not-found', `there is no curation ${id}`)
  return curation
}

/** The channels that have a file it may be about decide the name anew. */
export async function markConcerned(
  tx: Db,
  { id, vulnerabilityId, scope }: Curation,
  change: 'set' | 'ended',
  at: Date,
  by?: string,
): Promise<void> {
  const cause = {
    kind: 'curation',
    curation: id,
    cve: vulnerabilityId,
    change,
    ...(by !== undefined && { by }),
  } as const
  const holders = { name: scope.condaName, sha256: scope.sha256, channel: scope.channel }
  for (const channelId of await markHoldersStale(tx, holders, cause)) await enqueuePublish(tx, channelId, at)
}

type StatusAction = `cve.status_${'proposed' | 'set' | 'refused' | 'withdrawn' | 'ended' | 'expired'}`

export async function audit(
  tx: Db,
  action: StatusAction,
  curation: Curation,
  actorId: string | null,
  at: Date,
): Promise<void> {
  await appendEvent(tx, {
    at,
    actorId: actorId ?? undefined,
    action,
    target: curation.vulnerabilityId,
    details: {
      curation: curation.id,
      scope: scopeText(curation.scope),
      status: curation.status,
      source: curation.source,
      author: curation.author,
      reason: curation.reason,
      ...(curation.expiresMs !== null && { expires: new Date(curation.expiresMs).toISOString() }),
      ...(curation.decisionNote !== null && { note: curation.decisionNote }),
    },
  })
}

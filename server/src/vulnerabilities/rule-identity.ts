/** A person says that a conda name is a project, that it is not, or takes that back. */
import { appendEvent } from '../audit/append-event.ts'
import { enqueuePublish, markStaleEverywhere } from '../channels/stale-names.ts'
import { requireUser } from '../identity/accounts.ts'
import type { Cause } from '../channels/stale-causes.ts'
import { byOf, type Actor } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Relation } from './identity-link.ts'
import { aliasOf, complainOfIdentity, type IdentityRuling } from './identity-ruling.ts'
import { deleteRuling, findRuledNames, findRulings, putRuling } from './ruling-store.ts'

export interface IdentityContext {
  readonly db: Db
  readonly actor: Actor
  readonly now: () => Date
}

export interface RulingRequest {
  readonly condaName: string
  readonly identity: string
  readonly ruling: IdentityRuling['ruling']
  readonly relation: Relation
  readonly reason: string
}

/** @throws AppError bad-request for an identity that cannot be, or one that leads back to the name */
export async function ruleIdentity(ctx: IdentityContext, request: RulingRequest): Promise<void> {
  requirePermission(ctx.actor, 'vulnerability:edit')
  const user = requireUser(ctx.actor)
  const isNone = request.relation === 'none'
  const complaint = isNone ? undefined : complainOfIdentity(request.identity)
  if (complaint !== undefined) throw new AppError('bad-request', complaint)
  const at = ctx.now()
  const ruling: IdentityRuling = {
    ...request,
    identity: isNone ? '' : request.identity,
    actorId: user.id,
    author: user.name,
    at,
  }
  await ctx.db.transaction().execute(async (tx) => {
    await refuseCycle(tx, ruling)
    await putRuling(tx, ruling)
    await markNames(tx, ruling.condaName, ctx.actor, at)
    await appendEvent(tx, {
      at,
      actorId: user.id,
      action: ruling.ruling === 'linked' ? 'identity.linked' : 'identity.refused',
      target: ruling.condaName,
      details: { identity: ruling.identity, relation: ruling.relation, reason: ruling.reason },
    })
  })
}

/** What machines find counts again. @throws AppError not-found */
export async function withdrawRuling(
  ctx: IdentityContext,
  condaName: string,
  identity: string,
): Promise<void> {
  requirePermission(ctx.actor, 'vulnerability:edit')
  const user = requireUser(ctx.actor)
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    if (!(await deleteRuling(tx, condaName, identity))) {
      throw new AppError(
        'not-found',
        `nobody has said anything of ${condaName} and ${identity || 'no project'}`,
      )
    }
    await markNames(tx, condaName, ctx.actor, at)
    await appendEvent(tx, {
      at,
      actorId: user.id,
      action: 'identity.ruling_withdrawn',
      target: condaName,
      details: { identity },
    })
  })
}

async function refuseCycle(tx: Db, ruling: IdentityRuling): Promise<void> {
  const path = [ruling.condaName]
  let frontier = [aliasOf(ruling)].filter((name) => name !== undefined)
  while (frontier.length > 0) {
    path.push(frontier.join(' and '))
    if (frontier.includes(ruling.condaName)) {
      throw new AppError('bad-request', `that would go round in a circle: ${path.join(' → ')}`)
    }
    const found = await findRulings(tx, frontier)
    frontier = [...found.values()].flat().flatMap((one) => aliasOf(one) ?? [])
  }
}

/** The name, and those that are said to be the same project. */
async function markNames(tx: Db, condaName: string, actor: Actor, at: Date): Promise<void> {
  const names = new Set<string>()
  let frontier = [condaName]
  while (frontier.length > 0) {
    for (const name of frontier) names.add(name)
    const pointing = await findRuledNames(
      tx,
      frontier.map((name) => `conda:${name}`),
    )
    frontier = pointing.filter((name) => !names.has(name))
  }
  const cause: Cause = { kind: 'mapping', ...byOf(actor) }
  for (const channelId of await markStaleEverywhere(tx, [...names], cause)) {
    await enqueuePublish(tx, channelId, at)
  }
}

/** What people do with sources: make, change, pause, refresh and remove them. */
import { appendEvent } from '../audit/append-event.ts'
import { actorId, type Actor } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import type { OutboundClient } from '../platform/outbound/outbound-client.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { AuditAction } from '../vocabulary/audit-actions.ts'
import { enqueueRefresh } from './refresh-source.ts'
import { kindRules, type SourceKind } from './source-kinds.ts'
import { presets, type FetchMethod, type Source } from './source.ts'
import {
  deleteSource,
  findSource,
  findSourceNamed,
  insertSource,
  updateSource,
  type SourceChange,
} from './source-store.ts'
import { findHeldImport } from './version-store.ts'

export interface SourceContext {
  readonly db: Db
  readonly now: () => Date
  readonly actor: Actor
  readonly outbound: OutboundClient
}

export interface SourceRequest {
  readonly name: string
  readonly kind?: SourceKind | undefined
  readonly method?: FetchMethod | undefined
  readonly address?: string | null | undefined
  readonly filePattern?: string | undefined
  readonly licence?: string | undefined
  readonly isAutomatic?: boolean | undefined
  readonly refreshMinutes?: number | undefined
}

export const DEFAULT_REFRESH_MINUTES = 60

/** @throws AppError conflict, bad-request, outbound-refused, permission-denied */
export async function createSource(context: SourceContext, request: SourceRequest): Promise<Source> {
  requirePermission(context.actor, 'vulnerability:edit')
  const { name } = request
  const preset = request.kind === undefined ? presets.find((known) => known.name === name) : undefined
  const kind = request.kind ?? preset?.kind
  if (kind === undefined) {
    const known = presets.map((one) => one.name).join(', ')
    throw new AppError('bad-request', `"${name}" is no source we know (${known}); name its kind`)
  }
  const address = request.address === undefined ? (preset?.address ?? null) : request.address
  requireAddress(context, address)
  const at = context.now()
  return context.db.transaction().execute(async (tx) => {
    if (await findSourceNamed(tx, name)) throw new AppError('conflict', `there is a source ${name} already`)
    const source = await insertSource(
      tx,
      {
        name,
        kind,
        method: request.method ?? preset?.method ?? 'file',
        address,
        filePattern: request.filePattern ?? `${name}*`,
        licence: request.licence ?? preset?.licence ?? kindRules[kind].licence,
        isAutomatic: request.isAutomatic ?? true,
        refreshMinutes: request.refreshMinutes ?? DEFAULT_REFRESH_MINUTES,
        nextRefreshAt: address === null ? null : at,
      },
      at,
    )
    await record(tx, context, 'source.created', source, { kind, address })
    return source
  })
}

export type SourceEdit = Partial<
  Pick<Source, 'address' | 'filePattern' | 'licence' | 'isAutomatic' | 'isPaused' | 'refreshMinutes'>
>

/** @throws AppError not-found, outbound-refused, permission-denied */
export async function changeSource(context: SourceContext, id: string, edit: SourceEdit): Promise<Source> {
  requirePermission(context.actor, 'vulnerability:edit')
  if (edit.address !== undefined) requireAddress(context, edit.address)
  return context.db.transaction().execute(async (tx) => {
    const before = await requireSource(tx, id)
    const address = edit.address === undefined ? before.address : edit.address
    const change: SourceChange = {
      ...edit,
      // what we know of one place says nothing of another
      ...(address !== before.address && { marker: {} }),
      ...(edit.isPaused === false && { message: null }),
      nextRefreshAt: address === null ? null : edit.isPaused === false ? context.now() : before.nextRefreshAt,
      ...(address !== null && before.nextRefreshAt === null && { nextRefreshAt: context.now() }),
    }
    await updateSource(tx, id, change)
    await record(tx, context, 'source.updated', before, { ...edit })
    return requireSource(tx, id)
  })
}

/** What its imports brought stands. @throws AppError not-found, permission-denied */
export async function removeSource(context: SourceContext, id: string): Promise<void> {
  requirePermission(context.actor, 'vulnerability:edit')
  await context.db.transaction().execute(async (tx) => {
    const source = await requireSource(tx, id)
    await deleteSource(tx, id)
    await record(tx, context, 'source.deleted', source, {})
  })
}

/**
 * @param options.restart fetches everything again, not what changed
 * @returns the id of the job
 * @throws AppError not-found, conflict, permission-denied
 */
export async function startRefresh(
  context: SourceContext,
  id: string,
  options: { readonly restart: boolean },
): Promise<string> {
  requirePermission(context.actor, 'vulnerability:edit')
  return context.db.transaction().execute(async (tx) => {
    const source = await requireSource(tx, id)
    if (source.address === null) {
      throw new AppError('conflict', `${source.name} has no address: put its files into the watched folder`)
    }
    const held = await findHeldImport(tx, id)
    if (held) {
      throw new AppError(
        'conflict',
        `the import ${held.id} of ${source.name} waits for a person: approve it or discard it first`,
      )
    }
    if (options.restart) await updateSource(tx, id, { marker: {} })
    await record(tx, context, 'source.refresh_started', source, options)
    return enqueueRefresh(tx, source, { actorId: actorId(context.actor), now: context.now() })
  })
}

/** @throws AppError not-found */
export async function requireSource(db: Db, id: string): Promise<Source> {
  const source = await findSource(db, id)
  if (!source) throw new AppError('not-found', `there is no source ${id}`)
  return source
}

function requireAddress(context: SourceContext, address: string | null): void {
  if (address === null) return
  const url = new URL(address)
  if (url.username !== '' || url.password !== '')
    throw new AppError('bad-request', 'the address of a source must not hold a password')
  context.outbound.requirePermitted(url)
}

async function record(
  tx: Db,
  context: SourceContext,
  action: AuditAction,
  source: Source,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  await appendEvent(tx, {
    at: context.now(),
    actorId: actorId(context.actor),
    action,
    target: source.name,
    details: { source_id: source.id, ...details },
  })
}

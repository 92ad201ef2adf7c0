/** The SQL of mirrors and of what their last runs rejected. */
import { inChunks, type Db } from '../platform/database/db.ts'
import type { Mirror, MirrorFilters, MirrorMode, MirrorState } from './mirror.ts'
import type { Rejection } from './plan-subdir.ts'
import type { Schedule } from './schedule.ts'

interface MirrorRow {
  id: string
  channel_id: string
  name: string
  source_root: string
  sealed_source: string | null
  mode: string
  filters: string
  state: string
  cause: string | null
  last_job_id: string | null
  last_run_at: number | null
  cron: string | null
  next_run_at: number | null
  created_at: number
  updated_at: number
}

/** A row with the name of the policy that the mirror's filters are. */
function mirrorRows(db: Db) {
  return db
    .selectFrom('mirrors')
    .leftJoin('policies', 'policies.mirror_id', 'mirrors.id')
    .selectAll('mirrors')
    .select('policies.name as filter_policy')
}

function toMirror(row: MirrorRow & { readonly filter_policy: string | null }): Mirror {
  return {
    id: row.id,
    channelId: row.channel_id,
    name: row.name,
    sourceRoot: row.source_root,
    sealedSource: row.sealed_source ?? undefined,
    mode: row.mode as MirrorMode, // parsed by the schema before it was stored
    filters: JSON.parse(row.filters) as MirrorFilters, // parsed by the schema before it was stored
    filterPolicy: row.filter_policy ?? undefined,
    state: row.state as MirrorState, // only this file writes it
    cause: row.cause ?? undefined,
    lastJobId: row.last_job_id ?? undefined,
    lastRunAt: row.last_run_at === null ? undefined : new Date(row.last_run_at),
    cron: row.cron ?? undefined,
    nextRunAt: row.next_run_at === null ? undefined : new Date(row.next_run_at),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}

function scheduleColumns(schedule: Schedule | undefined): Pick<MirrorRow, 'cron' | 'next_run_at'> {
  return { cron: schedule?.cron ?? null, next_run_at: schedule?.nextRunAt.getTime() ?? null }
}

/** The address of an upstream, as `storedSource` of open-upstream.ts makes it. */
type StoredSource = Pick<Mirror, 'sourceRoot' | 'sealedSource'>

export async function insertMirror(
  db: Db,
  mirror: StoredSource & {
    id: string
    channelId: string
    name: string
    mode: MirrorMode
    filters: MirrorFilters
    schedule: Schedule | undefined
    at: Date
  },
): Promise<Mirror> {
  const row: MirrorRow = {
    id: mirror.id,
    channel_id: mirror.channelId,
    name: mirror.name,
    source_root: mirror.sourceRoot,
    sealed_source: mirror.sealedSource ?? null,
    mode: mirror.mode,
    filters: JSON.stringify(mirror.filters),
    state: 'pending',
    cause: null,
    last_job_id: null,
    last_run_at: null,
    ...scheduleColumns(mirror.schedule),
    created_at: mirror.at.getTime(),
    updated_at: mirror.at.getTime(),
  }
  await db.insertInto('mirrors').values(row).execute()
  return toMirror({ ...row, filter_policy: null })
}

export async function findMirror(db: Db, id: string): Promise<Mirror | undefined> {
  const row = await mirrorRows(db).where('mirrors.id', '=', id).executeTakeFirst()
  return row && toMirror(row)
}

export async function findMirrorByName(db: Db, channelId: string, name: string): Promise<Mirror | undefined> {
  const row = await mirrorRows(db)
    .where('mirrors.channel_id', '=', channelId)
    .where('mirrors.name', '=', name)
    .executeTakeFirst()
  return row && toMirror(row)
}

export async function listMirrors(
  db: Db,
  channelId: string,
  page: { offset: number; limit: number },
): Promise<{ total: number; items: Mirror[] }> {
  const { count } = await db
    .selectFrom('mirrors')
    .where('channel_id', '=', channelId)
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await mirrorRows(db)
    .where('mirrors.channel_id', '=', channelId)
    .orderBy('mirrors.name')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return { total: Number(count), items: rows.map(toMirror) }
}

export async function listMirrorIds(db: Db, channelId: string): Promise<Set<string>> {
  const rows = await db.selectFrom('mirrors').select('id').where('channel_id', '=', channelId).execute()
  return new Set(rows.map(({ id }) => id))
}

export async function updateMirror(
  db: Db,
  id: string,
  change: StoredSource & {
    mode: MirrorMode
    filters: MirrorFilters
    schedule: Schedule | undefined
    at: Date
  },
): Promise<void> {
  await db
    .updateTable('mirrors')
    .set({
      source_root: change.sourceRoot,
      sealed_source: change.sealedSource ?? null,
      mode: change.mode,
      filters: JSON.stringify(change.filters),
      ...scheduleColumns(change.schedule),
      updated_at: change.at.getTime(),
    })
    .where('id', '=', id)
    .execute()
}

/** Mirrors whose time has come, the longest overdue first. */
export async function listDueMirrors(db: Db, now: Date, limit: number): Promise<Mirror[]> {
  const rows = await mirrorRows(db)
    .where('mirrors.next_run_at', '<=', now.getTime())
    .orderBy('mirrors.next_run_at')
    .limit(limit)
    .execute()
  return rows.map(toMirror)
}

/** @returns whether it was this call that took the run that is due; of several nodes one gets it */
export async function moveNextRun(db: Db, mirror: Mirror, next: Date): Promise<boolean> {
  const moved = await db
    .updateTable('mirrors')
    .set({ next_run_at: next.getTime() })
    .where('id', '=', mirror.id)
    .where('next_run_at', '=', mirror.nextRunAt?.getTime() ?? null)
    .executeTakeFirst()
  return moved.numUpdatedRows > 0n
}

export async function setMirrorState(
  db: Db,
  id: string,
  change: { state: MirrorState; cause?: string; jobId?: string; runAt?: Date; successAt?: Date },
): Promise<void> {
  await db
    .updateTable('mirrors')
    .set({
      state: change.state,
      cause: change.cause ?? null,
      ...(change.jobId === undefined ? {} : { last_job_id: change.jobId }),
      ...(change.runAt === undefined ? {} : { last_run_at: change.runAt.getTime() }),
      ...(change.successAt === undefined ? {} : { last_success_at: change.successAt.getTime() }),
    })
    .where('id', '=', id)
    .execute()
}

export async function deleteMirrorRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('mirrors').where('id', '=', id).execute()
}

/** What the upstream calls its files may be of any length. */
const MAX_SHOWN_LENGTH = 1000

/** Puts the rejections of a run in place of those of the run before. */
export async function replaceRejections(
  db: Db,
  mirrorId: string,
  rejections: readonly Rejection[],
  at: Date,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('mirror_rejections').where('mirror_id', '=', mirrorId).execute()
    for (const chunk of inChunks(rejections)) {
      await tx
        .insertInto('mirror_rejections')
        .values(
          chunk.map(({ subdir, filename, code, message }) => ({
            mirror_id: mirrorId,
            subdir,
            filename: filename.slice(0, MAX_SHOWN_LENGTH),
            code,
            message: message.slice(0, MAX_SHOWN_LENGTH),
            at: at.getTime(),
          })),
        )
        .onConflict((conflict) => conflict.columns(['mirror_id', 'subdir', 'filename']).doNothing())
        .execute()
    }
  })
}

export async function listRejections(
  db: Db,
  mirrorId: string,
  page: { offset: number; limit: number },
): Promise<{ total: number; items: Rejection[] }> {
  const own = db.selectFrom('mirror_rejections').where('mirror_id', '=', mirrorId)
  const { count } = await own
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const items = await own
    .select(['subdir', 'filename', 'code', 'message'])
    .orderBy('subdir')
    .orderBy('filename')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return { total: Number(count), items }
}

/**
 * The figures of the whole server, read from the tables of others. Each query is small or stops counting: they run at
 * the hour when something is wrong, and must not add to it.
 */
import type { Db } from '../platform/database/db.ts'

/** Stale names are counted up to here. */
export const MOST_STALE_NAMES = 100_000
/** So many mirrors and so many sources have a line of their own. */
const MOST_LINES = 200

export interface JobFigures {
  readonly kind: string
  readonly running: number
  /** Due and not begun. */
  readonly waiting: number
  /** When the first of those became due. */
  readonly waitingSinceMs: number | undefined
}

export async function readJobs(db: Db, now: Date): Promise<JobFigures[]> {
  const rows = await db
    .selectFrom('jobs')
    .select((eb) => [
      'kind',
      'state',
      eb.fn.countAll<number | string>().as('count'),
      eb.fn.min<number | string>('run_at').as('since'),
    ])
    .where((eb) =>
      eb.or([
        eb('state', '=', 'running'),
        eb.and([eb('state', '=', 'queued'), eb('run_at', '<=', now.getTime())]),
      ]),
    )
    .groupBy(['kind', 'state'])
    .execute()
  return [...new Set(rows.map(({ kind }) => kind))].map((kind) => {
    const of = (state: string) => rows.find((row) => row.kind === kind && row.state === state)
    const waiting = of('queued')
    return {
      kind,
      running: Number(of('running')?.count ?? 0),
      waiting: Number(waiting?.count ?? 0),
      waitingSinceMs: waiting === undefined ? undefined : Number(waiting.since),
    }
  })
}

export interface PublishFigures {
  readonly channels: number
  /** At the most `MOST_STALE_NAMES`. */
  readonly staleNames: number
  /** Those of which everything is to be decided again. */
  readonly staleChannels: number
  /** When the oldest change was made that no shards show. */
  readonly unpublishedSinceMs: number | undefined
  /** Channels whose monolithic files are of an older revision than their shards. */
  readonly unrendered: number
  readonly unrenderedSinceMs: number | undefined
}

export async function readPublishing(db: Db): Promise<PublishFigures> {
  const channels = await db
    .selectFrom('channels')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const names = await db
    .selectFrom(db.selectFrom('stale_names').select('channel_id').limit(MOST_STALE_NAMES).as('counted'))
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const wholes = await db
    .selectFrom('stale_channels')
    .select((eb) => eb.fn.count<number | string>('channel_id').distinct().as('count'))
    .executeTakeFirstOrThrow()
  const publishes = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.min<number | string | null>('created_at').as('since'))
    .where('kind', '=', 'channel.publish')
    .where('state', 'in', ['queued', 'running'])
    .executeTakeFirstOrThrow()
  const behind = await db
    .selectFrom('channels')
    .innerJoin('revisions', (join) =>
      join
        .onRef('revisions.channel_id', '=', 'channels.id')
        .on((eb) => eb('revisions.number', '=', eb('channels.rendered_revision', '+', 1))),
    )
    .whereRef('channels.rendered_revision', '<', 'channels.revision')
    .select((eb) => [
      eb.fn.countAll<number | string>().as('count'),
      eb.fn.min<number | string | null>('revisions.created_at').as('since'),
    ])
    .executeTakeFirstOrThrow()
  return {
    channels: Number(channels.count),
    staleNames: Number(names.count),
    staleChannels: Number(wholes.count),
    unpublishedSinceMs: publishes.since === null ? undefined : Number(publishes.since),
    unrendered: Number(behind.count),
    unrenderedSinceMs: behind.since === null ? undefined : Number(behind.since),
  }
}

export interface MirrorFigures {
  readonly states: readonly { readonly state: string; readonly count: number }[]
  /** Those whose last success is oldest first; those that never had one, the first of all. */
  readonly successes: readonly { readonly id: string; readonly atMs: number }[]
}

export async function readMirrors(db: Db): Promise<MirrorFigures> {
  const states = await db
    .selectFrom('mirrors')
    .select((eb) => ['state', eb.fn.countAll<number | string>().as('count')])
    .groupBy('state')
    .execute()
  const successes = await db
    .selectFrom('mirrors')
    .select((eb) => ['id', eb.fn.coalesce('last_success_at', eb.lit(0)).as('at')])
    .orderBy('at')
    .orderBy('id')
    .limit(MOST_LINES)
    .execute()
  return {
    states: states.map(({ state, count }) => ({ state, count: Number(count) })),
    successes: successes.map(({ id, at }) => ({ id, atMs: at })),
  }
}

export interface SourceFigures {
  readonly name: string
  readonly dataAtMs: number | undefined
  readonly refreshedAtMs: number | undefined
  /** Attempts in a row that went wrong. */
  readonly failures: number
}

export async function readSources(db: Db): Promise<SourceFigures[]> {
  const rows = await db
    .selectFrom('advisory_sources')
    .select(['name', 'data_at', 'refreshed_at', 'failures'])
    .where('is_paused', '=', 0)
    .orderBy('name')
    .limit(MOST_LINES)
    .execute()
  return rows.map((row) => ({
    name: row.name,
    dataAtMs: row.data_at ?? undefined,
    refreshedAtMs: row.refreshed_at ?? undefined,
    failures: row.failures,
  }))
}

export interface StorageFigures {
  readonly check: 'light' | 'deep'
  /** When the last such check was begun. */
  readonly checkedAtMs: number
  /** What it found and nothing has repaired, without what is only noted. */
  readonly findings: readonly { readonly kind: string; readonly count: number }[]
}

/** Of the last check of each kind: a light one does not see what a deep one found. */
export async function readStorage(db: Db): Promise<StorageFigures[]> {
  const figures: StorageFigures[] = []
  for (const check of ['light', 'deep'] as const) {
    const last = await db
      .selectFrom('jobs')
      .select(['id', 'run_at'])
      .where('kind', '=', 'storage.check')
      .where('state', '=', 'done')
      .where('payload', 'like', `%"deep":${check === 'deep'}%`)
      .orderBy('run_at', 'desc') // the order of an index: the first that fits ends the search
      .limit(1)
      .executeTakeFirst()
    if (!last) continue
    const rows = await db
      .selectFrom('storage_findings')
      .select((eb) => ['kind', eb.fn.countAll<number | string>().as('count')])
      .where('check_id', '=', last.id)
      .where('kind', '!=', 'note')
      .where((eb) => eb.or([eb('outcome', 'is', null), eb('outcome', '!=', 'repaired')]))
      .groupBy('kind')
      .execute()
    const findings = rows.map(({ kind, count }) => ({ kind, count: Number(count) }))
    figures.push({ check, checkedAtMs: last.run_at, findings })
  }
  return figures
}

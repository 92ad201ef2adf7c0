/**
 * What a run of a mirror has to do: reads the indexes of the upstream, with those it shares dependencies with, and
 * compares each with what the channel has. Nothing is stored, and an upstream that lost most of its files is not believed.
 */
import type { RepodataScan } from '@terrarium/conda/repodata/scan-repodata.ts'
import type { Channel } from '../channels/channel.ts'
import { listBoundFiles } from '../channels/list-contents.ts'
import type { Db } from '../platform/database/db.ts'
import { listStamps } from '../signatures/store.ts'
import { AppError } from '../vocabulary/errors.ts'
import { findDependencies, indexNames, type NamedIndex } from './dependencies.ts'
import { fetchIndex } from './fetch-index.ts'
import { compileFilter, scopeOf, withDependencies, type CompiledFilter, type Mirror } from './mirror.ts'
import { emptyPlan, planSubdir, type BoundFile, type SubdirPlan } from './plan-subdir.ts'
import { listMirrorIds } from './store.ts'
import type { Upstream } from './upstream.ts'

/** An index that suddenly loses more than this share of a mirror's files is not believed. */
const MAX_SHRINK = 0.5
const SHRINK_MATTERS_FROM = 20

export interface Planning {
  readonly db: Db
  readonly channel: Channel
  readonly mirror: Mirror
  readonly upstream: Upstream
  /** Somebody has said that what is missing is gone. */
  readonly acceptShrink: boolean
  readonly signal: AbortSignal
  onIndex(subdir: string): void
}

/** @throws AppError upstream-answer when there is no index, or one that is not believed */
export async function planMirror(planning: Planning): Promise<SubdirPlan[]> {
  const { db, channel, mirror, upstream } = planning
  const filter = compileFilter(mirror.filters)
  const { listed, dependencies } = scopeOf(mirror.filters)
  const mirrors = await listMirrorIds(db, channel.id)
  const plans: SubdirPlan[] = []
  let found = 0
  const plan: PlanIndex = async (subdir, scan, own) => {
    if (scan && listed.includes(subdir)) found += 1
    const planned = await planIndex(planning, mirrors, subdir, scan, own)
    if (planned) plans.push(planned)
  }
  if (dependencies === 'none') {
    for (const subdir of listed) await plan(subdir, await readIndex(planning, subdir), filter)
  } else await planWithDependencies(planning, filter, listed, plan)
  if (found === 0) {
    throw new AppError(
      'upstream-answer',
      `${upstream.description} has no repodata for ${listed.join(', ')}: is it the address of a channel?`,
    )
  }
  return plans
}

type PlanIndex = (subdir: string, scan: RepodataScan | undefined, filter: CompiledFilter) => Promise<void>

/** Noarch is what all platforms share: read first and planned last, when it is known what they need of it. */
async function planWithDependencies(
  planning: Planning,
  filter: CompiledFilter,
  listed: readonly string[],
  plan: PlanIndex,
): Promise<void> {
  const { signal } = planning
  const named = async (subdir: string, scan: RepodataScan | undefined): Promise<NamedIndex[]> =>
    scan ? [await indexNames(subdir, scan, filter, listed.includes(subdir), signal)] : []
  const noarchScan = await readIndex(planning, 'noarch')
  const noarch = await named('noarch', noarchScan)
  const ofNoarch = (await findDependencies(noarch, signal)).get('noarch') ?? new Set<string>()
  for (const subdir of listed.filter((one) => one !== 'noarch')) {
    const scan = await readIndex(planning, subdir)
    const needed = await findDependencies([...noarch, ...(await named(subdir, scan))], signal)
    for (const filename of needed.get('noarch') ?? []) ofNoarch.add(filename)
    await plan(subdir, scan, withDependencies(filter, needed.get(subdir) ?? new Set(), true))
  }
  await plan('noarch', noarchScan, withDependencies(filter, ofNoarch, listed.includes('noarch')))
}

function readIndex(
  { upstream, signal, onIndex }: Planning,
  subdir: string,
): Promise<RepodataScan | undefined> {
  onIndex(subdir)
  return fetchIndex(upstream, subdir, signal)
}

/** @returns undefined when there is nothing to do */
async function planIndex(
  planning: Planning,
  mirrors: ReadonlySet<string>,
  subdir: string,
  scan: RepodataScan | undefined,
  filter: CompiledFilter,
): Promise<SubdirPlan | undefined> {
  const { db, channel, mirror, signal } = planning
  const bound = await listBoundFiles(db, channel.id, subdir)
  if (!scan) {
    const removals = removalsOfAbsent(planning, subdir, bound)
    return removals.length > 0 ? { ...emptyPlan(subdir), removals } : undefined
  }
  const plan = await planSubdir({
    ...{ subdir, scan, filter, bound, mirrors, signal, mirrorId: mirror.id, mode: mirror.mode },
    stamps: await listStamps(db, channel.id, subdir),
  })
  refuseShrink(plan, planning.acceptShrink)
  return plan
}

/** The files that came from an index that is gone: taken out only when somebody has said that it is right. */
function removalsOfAbsent(
  { mirror, upstream, acceptShrink }: Planning,
  subdir: string,
  bound: ReadonlyMap<string, BoundFile>,
): SubdirPlan['removals'] {
  const own = [...bound].filter(([, file]) => file.present && file.origin.id === mirror.id)
  if (own.length > 0 && !acceptShrink) {
    throw new AppError(
      'upstream-answer',
      `${upstream.description} no longer has an index for ${subdir}, from which ${own.length} files came; nothing was removed. ` +
        'If that is right, run the mirror with accept_shrink',
    )
  }
  return own.map(([filename, { name }]) => ({ subdir, name, filename }))
}

function refuseShrink(plan: SubdirPlan, acceptShrink: boolean): void {
  if (acceptShrink || plan.lost < SHRINK_MATTERS_FROM) return
  const own = plan.removals.length + plan.unchanged + plan.renewals.length
  if (plan.lost <= own * MAX_SHRINK) return
  throw new AppError(
    'upstream-answer',
    `the index of ${plan.subdir} has lost ${plan.lost} of the ${own} files of this mirror; nothing was removed. ` +
      'If that is right, run the mirror with accept_shrink',
  )
}

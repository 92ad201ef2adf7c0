/**
 * Counts what a policy would change, in a worker thread with a connection of its own: half a million
 * decisions would make the server stutter. The facts of a channel stay in memory for the next keystroke, and
 * go after a while without one; they are on disk then.
 */
import { listDownloads } from '../downloads/store.ts'
import { dayOf } from '../downloads/count-requests.ts'
import { findChannelById } from '../channels/store.ts'
import type { Db } from '../platform/database/db.ts'
import { openInThread, type ThreadPlace } from '../platform/database/thread-place.ts'
import { answerTasks } from '../platform/worker-thread.ts'
import { loadChannelPolicies } from '../policies/load-policies.ts'
import { AppError } from '../vocabulary/errors.ts'
import { ChannelFacts } from './channel-facts.ts'
import { countChanges, countJudged, type Changes, type DownloadsOf } from './count-changes.ts'
import { FactsFolder } from './facts-file.ts'
import { judgeVirtual } from './judge-virtual.ts'
import { withChange, type PolicyChange } from './policy-change.ts'

export interface PreviewTask {
  readonly place: ThreadPlace
  readonly channelId: string
  readonly change: PolicyChange
  readonly nowMs: number
  /** Reads whatever has to be read, instead of refusing when it is much. */
  readonly patient: boolean
}

export interface PreviewResult extends Changes {
  readonly loadMs: number
  readonly decideMs: number
}

const DOWNLOAD_DAYS = 30
const KEPT_MS = 10 * 60_000
const MAX_KEPT = 3

let opened: Promise<Db> | undefined
const kept = new Map<string, ChannelFacts>()
let forget: NodeJS.Timeout | undefined

answerTasks(async (input) => {
  const result = await preview(input as PreviewTask) // only previewPolicy sends tasks
  return { result }
})

/** @returns undefined when too much has changed to be read while somebody waits */
async function preview(task: PreviewTask): Promise<PreviewResult | undefined> {
  // a pool works for one server all its life; what could not be opened is tried again
  opened ??= openInThread(task.place)
  const db = await opened.catch((error: unknown) => {
    opened = undefined
    throw error
  })
  const channel = await findChannelById(db, task.channelId)
  if (!channel) throw new AppError('not-found', 'the channel is gone')
  const started = performance.now()
  if (channel.kind === 'virtual') {
    const downloads = await readDownloads(db, channel.id, dayOf(task.nowMs) - DOWNLOAD_DAYS)
    const judged = judgeVirtual(db, channel, task.change, new Date(task.nowMs))
    // facts are read and decided in one go
    return { ...(await countJudged(judged, downloads)), loadMs: 0, decideMs: performance.now() - started }
  }
  const facts = take(task)
  if (!(await facts.refresh(db, channel, task))) return undefined
  const before = await loadChannelPolicies(db, channel.id)
  const downloadsOf = await readDownloads(db, channel.id, dayOf(task.nowMs) - DOWNLOAD_DAYS)
  const loaded = performance.now()
  const policies = { before, after: withChange(before, task.change) }
  const changes = countChanges(facts.names(), policies, new Date(task.nowMs), downloadsOf)
  return { ...changes, loadMs: loaded - started, decideMs: performance.now() - loaded }
}

function take({ channelId, place }: PreviewTask): ChannelFacts {
  const facts = kept.get(channelId) ?? new ChannelFacts(new FactsFolder(place.data))
  kept.delete(channelId) // to the end: the first is the one not asked for longest
  kept.set(channelId, facts)
  const oldest = kept.keys().next().value
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest)
  clearTimeout(forget)
  forget = setTimeout(() => kept.clear(), KEPT_MS).unref()
  return facts
}

async function readDownloads(db: Db, channelId: string, sinceDay: number): Promise<DownloadsOf> {
  const byFile = new Map<string, Map<string, number>>()
  for (const { subdir, filename, actorId, count } of await listDownloads(db, channelId, sinceDay)) {
    const path = `${subdir}/${filename}`
    const known = byFile.get(path)
    if (known) known.set(actorId, count)
    else byFile.set(path, new Map([[actorId, count]]))
  }
  return ({ subdir, filename }) => byFile.get(`${subdir}/${filename}`)
}

/**
 * Counts what a policy would change, in a worker thread with a connection of its own: half a million
 * decisions would make the server stutter. The facts of a channel stay in memory for the next keystroke, and
 * go after a while without one.
 */
import { listDownloads } from '../downloads/store.ts'
import { dayOf } from '../downloads/count-requests.ts'
import { findChannelById } from '../channels/store.ts'
import { openDatabase, type Db } from '../platform/database/db.ts'
import { Secret } from '../platform/secret.ts'
import { answerTasks } from '../platform/worker-thread.ts'
import { loadChannelPolicies } from '../policies/load-policies.ts'
import { AppError } from '../vocabulary/errors.ts'
import { ChannelFacts } from './channel-facts.ts'
import { countChanges, type Changes } from './count-changes.ts'
import { withChange, type PolicyChange } from './policy-change.ts'

export interface PreviewTask {
  readonly data: string
  /** Address of a PostgreSQL database; undefined for the file in `data`. */
  readonly database: string | undefined
  readonly channelId: string
  readonly change: PolicyChange
  readonly nowMs: number
}

export interface PreviewResult extends Changes {
  readonly loadMs: number
  readonly decideMs: number
}

const DOWNLOAD_DAYS = 30
const KEPT_MS = 10 * 60_000
const MAX_KEPT = 3

let open: { readonly db: Db; readonly place: string } | undefined
const kept = new Map<string, ChannelFacts>()
let forget: NodeJS.Timeout | undefined

answerTasks(async (input) => {
  const result = await preview(input as PreviewTask) // only previewPolicy sends tasks
  return { result }
})

async function preview(task: PreviewTask): Promise<PreviewResult> {
  const db = await databaseOf(task)
  const channel = await findChannelById(db, task.channelId)
  if (!channel) throw new AppError('not-found', 'the channel is gone')
  const started = performance.now()
  const facts = take(task.channelId)
  await facts.refresh(db, channel)
  const before = await loadChannelPolicies(db, channel.id)
  const downloads = await downloadsSince(db, channel.id, dayOf(task.nowMs) - DOWNLOAD_DAYS)
  const loaded = performance.now()
  const policies = { before, after: withChange(before, task.change) }
  const changes = countChanges(facts.names, policies, new Date(task.nowMs), (id) => downloads.get(id))
  return { ...changes, loadMs: loaded - started, decideMs: performance.now() - loaded }
}

async function databaseOf({ data, database }: PreviewTask): Promise<Db> {
  const place = database ?? data
  if (open?.place === place) return open.db
  await open?.db.destroy()
  const db = await openDatabase({
    data,
    database_connections: 1,
    ...(database !== undefined && { database: new Secret(database) }),
  })
  open = { db, place }
  return db
}

function take(channelId: string): ChannelFacts {
  const facts = kept.get(channelId) ?? new ChannelFacts()
  kept.delete(channelId) // to the end: the first is the one not asked for longest
  kept.set(channelId, facts)
  const oldest = kept.keys().next().value
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest)
  clearTimeout(forget)
  forget = setTimeout(() => kept.clear(), KEPT_MS).unref()
  return facts
}

async function downloadsSince(
  db: Db,
  channelId: string,
  day: number,
): Promise<Map<string, Map<string, number>>> {
  const byFile = new Map<string, Map<string, number>>()
  for (const { fileId, actorId, count } of await listDownloads(db, channelId, day)) {
    const known = byFile.get(fileId)
    if (known) known.set(actorId, count)
    else byFile.set(fileId, new Map([[actorId, count]]))
  }
  return byFile
}

/** Keeps the tables on disk in step, in a thread of its own that ends when there is nothing to do. */
import { countStale } from '../channels/stale-names.ts'
import { listFactMarks } from '../channels/fact-marks.ts'
import { findChannelById, listAllChannels } from '../channels/store.ts'
import type { Db } from '../platform/database/db.ts'
import { openInThread, type ThreadPlace } from '../platform/database/thread-place.ts'
import { answerTasks } from '../platform/worker-thread.ts'
import { TableBuild, type BuildProgress } from './build-table.ts'
import { changedSince, exceeds, type Extent } from './channel-facts.ts'
import { FactsFolder } from './facts-file.ts'

export type FactsOrder =
  { readonly kind: 'look'; readonly worth: Extent } | { readonly kind: 'build'; readonly channelId: string }

export type FactsTask = FactsOrder & { readonly place: ThreadPlace }

let opened: Promise<Db> | undefined
const builds = new Map<string, TableBuild>()

answerTasks(async (input) => {
  const task = input as FactsTask // only FactsKeeper sends tasks
  // a pool works for one server all its life; what could not be opened is tried again
  opened ??= openInThread(task.place)
  const db = await opened.catch((error: unknown) => {
    opened = undefined
    throw error
  })
  const folder = new FactsFolder(task.place.data)
  switch (task.kind) {
    case 'look':
      return { result: await look(db, folder, task.worth) }
    case 'build':
      return { result: await build(db, folder, task.channelId) }
  }
})

export interface Outlook {
  /** Channels whose tables are far behind. */
  readonly behind: readonly string[]
  /** There are others like that which somebody is publishing: more is about to change. */
  readonly busy: boolean
}

async function look(db: Db, folder: FactsFolder, worth: Extent): Promise<Outlook> {
  // a virtual channel is asked file by file, with its members: no table would help
  const channels = (await listAllChannels(db)).filter(({ kind }) => kind !== 'virtual')
  const ids = channels.map(({ id }) => id)
  const kept = new Set(ids)
  await folder.sweep((id) => kept.has(id))
  const behind: string[] = []
  let busy = false
  for (const id of ids) {
    if (!(await isBehind(db, folder, id, worth))) continue
    if ((await countStale(db, id)) > 0) busy = true
    else behind.push(id)
  }
  return { behind, busy }
}

async function isBehind(db: Db, folder: FactsFolder, channelId: string, worth: Extent): Promise<boolean> {
  const head = await folder.peek(channelId)
  const known = new Map(head?.names.map((name, index) => [name, head.marks[index]]))
  const marks = await listFactMarks(db, channelId)
  const changed = changedSince(marks, (name) => known.get(name))
  return changed.length > 0 && exceeds(db, channelId, changed, worth)
}

/** One step. */
async function build(db: Db, folder: FactsFolder, channelId: string): Promise<BuildProgress> {
  const channel = await findChannelById(db, channelId)
  if (!channel) {
    builds.delete(channelId)
    return { done: 0, total: 0 }
  }
  const own = builds.get(channelId) ?? (await TableBuild.begin(db, channel, await folder.load(channelId)))
  builds.delete(channelId) // one that fails in the middle is begun anew
  const table = await own.step(db)
  if (table) await folder.save(channelId, table)
  else builds.set(channelId, own)
  return own.progress
}

/** Keeps the tables on disk in step, in a thread of its own that ends when there is nothing to do. */
import { listFactMarks } from '../channels/fact-marks.ts'
import { findChannelById, listAllChannels } from '../channels/store.ts'
import type { Db } from '../platform/database/db.ts'
import { openInThread, type ThreadPlace } from '../platform/database/thread-place.ts'
import { answerTasks } from '../platform/worker-thread.ts'
import { TableBuild, type BuildProgress } from './build-table.ts'
import { exceeds, type Extent } from './channel-facts.ts'
import { FactsFolder } from './facts-file.ts'

export type FactsOrder =
  | { readonly kind: 'look'; readonly worth: Extent }
  | { readonly kind: 'build' | 'stop'; readonly channelId: string }

export type FactsTask = FactsOrder & { readonly place: ThreadPlace }

/** It is in no hurry, and the operating system keeps the pages as well. */
const CACHE_KIB = 1024

let opened: Promise<Db> | undefined
const builds = new Map<string, TableBuild>()

answerTasks(async (input) => {
  const task = input as FactsTask // only FactsKeeper sends tasks
  // a pool works for one server all its life; what could not be opened is tried again
  opened ??= openInThread(task.place, CACHE_KIB)
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
    case 'stop':
      await stop(task.channelId)
      return { result: undefined }
  }
})

/** @returns the channels whose tables are far behind */
async function look(db: Db, folder: FactsFolder, worth: Extent): Promise<string[]> {
  // a virtual channel is asked file by file, with its members: no table would help
  const channels = (await listAllChannels(db)).filter(({ kind }) => kind !== 'virtual')
  const ids = channels.map(({ id }) => id)
  const kept = new Set(ids)
  await folder.sweep((id) => kept.has(id))
  const behind: string[] = []
  for (const id of ids) if (await isBehind(db, folder, id, worth)) behind.push(id)
  return behind
}

async function isBehind(db: Db, folder: FactsFolder, channelId: string, worth: Extent): Promise<boolean> {
  const changed = await listFactMarks(db, channelId)
  for await (const { names, marks } of folder.listNames(channelId)) {
    for (const [index, name] of names.entries()) if (changed.get(name) === marks[index]) changed.delete(name)
  }
  return changed.size > 0 && exceeds(db, channelId, [...changed.keys()], worth)
}

/** One step. */
async function build(db: Db, folder: FactsFolder, channelId: string): Promise<BuildProgress> {
  const known = builds.get(channelId)
  builds.delete(channelId) // one that fails in the middle is begun anew
  const channel = await findChannelById(db, channelId)
  if (!channel) {
    await known?.discard()
    return { done: 0, total: 0 }
  }
  const own = known ?? (await TableBuild.begin(db, folder, channel))
  try {
    await own.step()
  } catch (error) {
    await own.discard()
    throw error
  }
  const { done, total } = own.progress
  if (done < total) builds.set(channelId, own)
  return { done, total }
}

/** What there is of it is kept. */
async function stop(channelId: string): Promise<void> {
  const own = builds.get(channelId)
  builds.delete(channelId)
  await own?.stop()
}

/**
 * Publishing: the one path from stale names to what clients see.
 *
 * For the names that are stale, and no others: decide every file, write the shards that differ
 * (`decide-names.ts`, in worker threads, some names at a time), write the indexes that name them, then move
 * the pointer in one transaction. Readers have the whole old revision until then and the whole new one after.
 * A crash anywhere leaves the old one and the names stale.
 *
 * What is written beside the pointer is either harmless before it moves (the right to read a shard, the last
 * decision of a file) or done again by the next publish (pending changes that are in the shards by now).
 */
import { setImmediate as breathe } from 'node:timers/promises'
import type { BlobStore } from '../blobs/blob-store.ts'
import { BlobsCollected, claimBlobs } from '../blobs/condemned-store.ts'
import type { BlobPlace } from '../blobs/open-blob-store.ts'
import type { Channel } from '../channels/channel.ts'
import { countFilesOfNames, updateDecisions } from '../channels/contents-store.ts'
import { enqueueRender } from '../channels/enqueue-render.ts'
import { deleteChanges } from '../channels/pending-changes.ts'
import { recordServing } from '../channels/serving-periods.ts'
import { spreadStale } from '../channels/stale-channels.ts'
import { readCauses, type Cause } from '../channels/stale-causes.ts'
import { clearStale, listStale, type StaleName } from '../channels/stale-names.ts'
import { findChannelById, moveRevision } from '../channels/store.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import type { ThreadPlace } from '../platform/database/thread-place.ts'
import { newId } from '../platform/ids.ts'
import type { WorkerPool } from '../platform/worker-pool.ts'
import { recordDecisionChanges } from '../policies/decision-changes.ts'
import { endFixedExceptions } from '../policies/end-exceptions.ts'
import { replaceMatches } from '../vulnerabilities/store.ts'
import type { DecidedNames, DecideTask } from './decide-names.ts'
import { fillVirtual } from './fill-virtual.ts'
import { learnFromArrivals } from './learn-from-arrivals.ts'
import type { PublishTask } from './publish-worker.ts'
import type { MemberChanges } from './read-members.ts'
import { grantShards, insertRevision, listSubdirStates, type SubdirState } from './revision-store.ts'
import type { WrittenMaps } from './write-maps.ts'

export interface PublishParts {
  readonly db: Db
  readonly database: ThreadPlace
  readonly blobs: BlobStore
  readonly blobPlace: BlobPlace
  readonly publishers: WorkerPool
  readonly now: () => Date
}

export interface PublishResult {
  /** The new revision, or undefined when nothing that clients see or the channel has is different. */
  readonly revision: number | undefined
  readonly names: number
}

/** A publish of so many names keeps its books in the transaction that moves the pointer; a larger one before. */
const SMALL_NAMES = 40
/** Decided at a time: enough to keep a worker busy, few enough to be held in memory. A name is never split. */
const NAMES_AT_ONCE = 100
const FILES_AT_ONCE = 500
const MAX_COLLECTED = 5
/** Rows written in one statement, between which requests get their turn. */
const ROWS_AT_ONCE = 200

/** Publishes until no name of the channel is stale. Safe to run twice and beside another publisher. */
export async function publishChannel(
  parts: PublishParts,
  channelId: string,
  signal: AbortSignal,
): Promise<PublishResult> {
  let last: PublishResult = { revision: undefined, names: 0 }
  let collected = 0
  for (;;) {
    signal.throwIfAborted()
    const channel = await findChannelById(parts.db, channelId)
    if (!channel) return last // deleted meanwhile
    await spreadStale(parts.db, channelId)
    const stale = await listStale(parts.db, channelId)
    if (stale.length === 0) return last
    let revision: number | undefined
    try {
      revision = await new Publish(parts, channel, stale, signal).run()
    } catch (error) {
      // shards of the same bytes were garbage when it found them: stored anew, this time
      if (error instanceof BlobsCollected && (collected += 1) <= MAX_COLLECTED) continue
      // deleted meanwhile, and all that belongs to it
      if (!(await findChannelById(parts.db, channelId))) return last
      throw error
    }
    last = { revision: revision ?? last.revision, names: last.names + stale.length }
  }
}

interface DecidedRun extends Pick<DecidedNames, 'shards' | 'changeIds'> {
  readonly names: readonly string[]
  /** What has to be written down with the pointer; undefined when it has been. */
  readonly books: DecidedNames | undefined
}

/** One revision in the making. */
class Publish {
  readonly #parts: PublishParts
  readonly #channelId: string
  readonly #stale: readonly StaleName[]
  readonly #signal: AbortSignal
  readonly #causes: readonly Cause[]
  readonly #batch = newId()
  /** What was decided, by the first of the names that were decided together. */
  readonly #decided = new Map<string, DecidedRun>()
  /** What the new revision names and the one before it may not. */
  #stored: ReadonlySet<string> = new Set()
  #channel: Channel

  constructor(parts: PublishParts, channel: Channel, stale: readonly StaleName[], signal: AbortSignal) {
    this.#parts = parts
    this.#channel = channel
    this.#channelId = channel.id
    this.#stale = stale
    this.#signal = signal
    this.#causes = distinctCauses(stale)
  }

  /** @returns the number of the new revision; undefined when nothing changed or the channel is gone */
  async run(): Promise<number | undefined> {
    const { db } = this.#parts
    let base = await listSubdirStates(db, this.#channelId, this.#channel.newestRevision)
    await this.#decide(await this.#runs(), base)
    for (;;) {
      this.#signal.throwIfAborted()
      const written = await this.#writeMaps(base)
      if (written.outdated.length === 0 && (await this.#move(written))) {
        await this.#tidy()
        return written.changed ? this.#channel.newestRevision + 1 : undefined
      }
      // another publisher was quicker: only what both of them touched has to be decided again
      const channel = await findChannelById(db, this.#channelId)
      if (!channel) return undefined
      this.#channel = channel
      base = await listSubdirStates(db, this.#channelId, channel.newestRevision)
      const again = new Set(written.outdated)
      const runs = [...this.#decided.values()].map(({ names }) => names)
      await this.#decide(
        runs.filter((names) => names.some((name) => again.has(name))),
        base,
      )
    }
  }

  /** The stale names in runs that are about as much work. */
  async #runs(): Promise<string[][]> {
    const names = this.#stale.map(({ name }) => name)
    const counts = new Map<string, number>()
    for (const chunk of inChunks(names, ROWS_AT_ONCE)) {
      const own = await countFilesOfNames(this.#parts.db, this.#channelId, chunk)
      for (const [name, count] of own) counts.set(name, count)
      await breathe() // of a whole channel, counting takes long enough to be noticed
    }
    const runs: string[][] = []
    let files = 0
    for (const name of names) {
      const count = counts.get(name) ?? 0
      const run = runs.at(-1)
      if (run && run.length < NAMES_AT_ONCE && files + count <= FILES_AT_ONCE) {
        run.push(name)
        files += count
      } else {
        runs.push([name])
        files = count
      }
    }
    return runs
  }

  /** One run more than there are workers, so that none waits for the books of another, nor answers pile up. */
  async #decide(runs: readonly (readonly string[])[], base: readonly SubdirState[]): Promise<void> {
    const queue = runs.values()
    const failure = new AbortController()
    const signal = AbortSignal.any([this.#signal, failure.signal])
    const work = async (): Promise<void> => {
      try {
        for (const names of queue) {
          signal.throwIfAborted()
          await this.#decideRun(names, base)
        }
      } catch (error) {
        failure.abort(error)
      }
    }
    // until the last has ended, or it would write its books after those of the publish that tries again
    await Promise.all(Array.from({ length: this.#parts.publishers.size + 1 }, work))
    failure.signal.throwIfAborted()
  }

  async #decideRun(names: readonly string[], base: readonly SubdirState[]): Promise<void> {
    const isLarge = this.#stale.length > SMALL_NAMES
    const result = await this.#decideNames(names, base)
    const { shards, changeIds } = result
    // of a large publish, decisions are written down and let go at once: there may be half a million
    this.#decided.set(names[0] ?? '', { names, shards, changeIds, books: isLarge ? undefined : result })
    if (isLarge) {
      const number = this.#channel.newestRevision + 1 // as long as nobody is quicker
      await this.#parts.db.transaction().execute((tx) => this.#keepBooks(tx, result, number))
    }
  }

  async #decideNames(names: readonly string[], base: readonly SubdirState[]): Promise<DecidedNames> {
    if (this.#channel.kind === 'virtual') {
      const channel = this.#channel
      const changes = (await this.#ask({ kind: 'members', channel, names })) as MemberChanges // as publish-worker.ts answers
      await fillVirtual(this.#parts, channel, changes)
    }
    await learnFromArrivals(this.#parts, this.#channelId, names)
    const task: DecideTask = {
      channel: this.#channel,
      names,
      now: this.#parts.now(),
      base,
      batch: this.#batch,
    }
    return (await this.#ask({ kind: 'decide', ...task })) as DecidedNames // as publish-worker.ts answers
  }

  async #writeMaps(base: readonly SubdirState[]): Promise<WrittenMaps> {
    const shards = [...this.#decided.values()].flatMap((run) => run.shards)
    const task = { kind: 'maps', base, shards, batch: this.#batch } as const
    const written = (await this.#ask(task)) as WrittenMaps // as publish-worker.ts answers
    if (written.outdated.length > 0 || !written.changed) return written
    this.#stored = new Set(
      [
        ...shards.flatMap(({ after }) => [after.contents, after.served]),
        ...written.states.flatMap((state) => [state.contentsSha256, state.servedSha256]),
      ].filter((sha256) => sha256 !== undefined),
    )
    await this.#ask({ kind: 'seal', batch: this.#batch, digests: [...this.#stored] })
    return written
  }

  /** Moves the pointer; false when somebody else moved it first. */
  async #move({ states, changed }: WrittenMaps): Promise<boolean> {
    const at = this.#parts.now()
    const { newestRevision } = this.#channel
    // also when nothing changed: "nothing" was found against a revision that must still be the newest
    const number = newestRevision + (changed ? 1 : 0)
    const small = this.#stale.length <= SMALL_NAMES
    const changedNames = new Set(
      [...this.#decided.values()].flatMap((run) => run.shards.map(({ name }) => name)),
    )
    return this.#parts.db.transaction().execute(async (tx) => {
      const served = await moveRevision(tx, this.#channelId, newestRevision, number, at)
      if (served === undefined) return false
      if (changed) {
        await claimBlobs(tx, this.#parts.blobs, this.#stored)
        await insertRevision(tx, {
          channelId: this.#channelId,
          number,
          at,
          causes: this.#causes,
          subdirs: states,
          names: this.#stale.filter(({ name }) => changedNames.has(name)),
        })
        await enqueueRender(tx, this.#channelId, at)
      }
      if (small) {
        for (const { books, changeIds } of this.#decided.values()) {
          if (books) await this.#keepBooks(tx, books, number)
          await deleteChanges(tx, changeIds)
        }
        await clearStale(tx, this.#channelId, this.#stale)
      }
      // since now and not since the beginning, or an instant that was asked for meanwhile would change its meaning
      await recordServing(tx, this.#channelId, served, this.#parts.now())
      return true
    })
  }

  /** What stands beside the ledger: whom shards are for, what was decided of files, what is known of names. */
  async #keepBooks(tx: Db, decided: DecidedNames, revision: number): Promise<void> {
    const { shards, decisions, matches, fixes, inputs, decidedAt } = decided
    const at = this.#parts.now()
    const served = shards.flatMap(({ subdir, after }) =>
      after.served === undefined ? [] : [{ subdir, sha256: after.served }],
    )
    for (const chunk of inChunks(served, ROWS_AT_ONCE)) await grantShards(tx, this.#channelId, chunk, at)
    for (const chunk of inChunks(decisions, ROWS_AT_ONCE)) {
      await updateDecisions(tx, chunk)
      await breathe()
    }
    await recordDecisionChanges(tx, {
      channelId: this.#channelId,
      revision,
      at,
      causes: this.#causes,
      decidedAt,
      inputs,
      changes: decisions.filter(({ recorded }) => recorded),
    })
    for (const [name, found] of matches) await replaceMatches(tx, name, found, at)
    await endFixedExceptions(tx, this.#channelId, fixes, at)
  }

  /** Takes away what is done, of a large publish some at a time, so that nobody waits for the database. */
  async #tidy(): Promise<void> {
    if (this.#stale.length <= SMALL_NAMES) return
    const { db } = this.#parts
    for (const { changeIds } of this.#decided.values()) {
      for (const chunk of inChunks(changeIds, ROWS_AT_ONCE)) {
        await deleteChanges(db, chunk)
        await breathe()
      }
    }
    for (const chunk of inChunks(this.#stale, ROWS_AT_ONCE)) {
      await clearStale(db, this.#channelId, chunk)
      await breathe()
    }
  }

  async #ask(task: WithoutPlaces<PublishTask>): Promise<unknown> {
    const { database, blobPlace, publishers } = this.#parts
    return publishers.run({ ...task, places: { database, blobPlace } } satisfies PublishTask)
  }
}

type WithoutPlaces<Task> = Task extends unknown ? Omit<Task, 'places'> : never

function distinctCauses(stale: readonly StaleName[]): Cause[] {
  const byText = new Map(
    stale.flatMap(({ stored }) => readCauses(stored)).map((cause) => [JSON.stringify(cause), cause]),
  )
  return [...byText.values()].slice(0, 100)
}

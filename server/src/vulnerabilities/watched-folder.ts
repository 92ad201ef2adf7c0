/**
 * The folder a closed network is fed through. A file is taken once it has stopped growing, moved so that nobody takes
 * it twice, imported, and put away into `done`, or into `refused` with its reason in a file beside it.
 */
import { lstat, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { enqueue, listUnfinishedPayloads } from '../jobs/queue.ts'
import type { Db } from '../platform/database/db.ts'
import type { Log } from '../platform/log.ts'
import { kindRules } from './source-kinds.ts'
import { matchesPattern, type Source } from './source.ts'
import { listSources } from './source-store.ts'

export interface WatchedFile {
  readonly folder: string
  readonly filename: string
}

const TAKEN = '.taken'
/** How long a file must have been as it is. */
const STABLE_MS = 3_000
const MAX_SOURCES = 1000
/** The queue is not filled with more than it can take in a while. */
const MAX_AT_ONCE = 50

export class WatchedFolder {
  readonly #parts: { readonly db: Db; readonly now: () => Date; readonly log: Log }
  readonly #folder: string
  /** As each file was when it was first seen so: size, time of change, and since when. */
  readonly #seen = new Map<string, { readonly state: string; readonly sinceMs: number }>()

  #isRecovered = false

  constructor(parts: { db: Db; now: () => Date; log: Log }, folder: string) {
    this.#parts = parts
    this.#folder = folder
  }

  /** @returns whether a file was taken */
  readonly look = async (): Promise<boolean> => {
    if (!this.#isRecovered) await this.#giveBack()
    const complete = await this.#findComplete()
    if (complete.length === 0) return false
    const { items: sources } = await listSources(this.#parts.db, { offset: 0, limit: MAX_SOURCES })
    let taken = false
    for (const filename of complete.slice(0, MAX_AT_ONCE)) {
      const matching = sources.filter((source) => matchesPattern(filename, source.filePattern))
      if (await this.#take(filename, matching)) taken = true
    }
    return taken
  }

  /** What a server that died had taken, and no job knows of. */
  async #giveBack(): Promise<void> {
    const taken = join(this.#folder, TAKEN)
    const awaited = new Set(await listUnfinishedPayloads(this.#parts.db, 'advisories.import'))
    const isAwaited = (path: string): boolean =>
      [...awaited].some((payload) => payload.includes(JSON.stringify(path)))
    for (const name of await readFolder(taken)) {
      const path = join(taken, name)
      if (isAwaited(path)) continue
      await rename(path, join(this.#folder, name.replace(/^\d+-/, ''))).catch(ignoreMissing)
    }
    this.#isRecovered = true
  }

  async #findComplete(): Promise<string[]> {
    const nowMs = this.#parts.now().getTime()
    const complete: string[] = []
    const names = new Set<string>()
    for (const name of (await readFolder(this.#folder)).toSorted()) {
      // what a copying program has not finished
      if (/^\.|\.(?:part|partial|tmp|filepart|crdownload)$/i.test(name)) continue
      const found = await lstat(join(this.#folder, name)).catch(ignoreMissing)
      // a link could lead to any file of the machine
      if (!found?.isFile()) continue
      names.add(name)
      const state = `${found.size} ${found.mtimeMs} ${found.ino}`
      const known = this.#seen.get(name)
      if (known?.state !== state) this.#seen.set(name, { state, sinceMs: nowMs })
      else if (nowMs - known.sinceMs >= STABLE_MS) complete.push(name)
    }
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name)
    return complete
  }

  async #take(filename: string, matching: readonly Source[]): Promise<boolean> {
    const { db, now, log } = this.#parts
    const watched = { folder: this.#folder, filename }
    const path = join(this.#folder, TAKEN, `${now().getTime()}-${filename}`)
    await mkdir(join(this.#folder, TAKEN), { recursive: true })
    try {
      await rename(join(this.#folder, filename), path)
    } catch (error) {
      // another server was faster
      if (isMissing(error)) return false
      throw error
    }
    const [source, other] = matching
    if (!source || other) {
      const reason = source
        ? `the patterns of several sources fit ${filename}: ${matching.map(({ name }) => name).join(', ')}; ` +
          'make them narrower'
        : `no source has a pattern that fits ${filename}; make one with: terrarium source add`
      log.warn({ file: filename }, `a file of the watched folder is refused: ${reason}`)
      await putAway(path, watched, { at: now(), reason, isRefused: true })
      return false
    }
    await enqueue(db, {
      kind: 'advisories.import',
      payload: {
        kind: kindRules[source.kind].feed,
        path,
        filename,
        source: { id: source.id, marker: '{}', is_whole: source.method === 'file', is_fetched: false },
        watched,
      },
      now: now(),
      exclusiveKey: 'advisories.import',
    })
    return true
  }
}

/** Moves a file that was dealt with; a reason goes into a file beside it. */
export async function putAway(
  path: string,
  watched: WatchedFile,
  outcome: { readonly at: Date; readonly reason: string | undefined; readonly isRefused: boolean },
): Promise<void> {
  const folder = join(watched.folder, outcome.isRefused ? 'refused' : 'done')
  await mkdir(folder, { recursive: true })
  const stamp = outcome.at.toISOString().replace(/[:.]/g, '-')
  const target = join(folder, `${stamp}-${basename(watched.filename)}`)
  // a job that runs again after a crash may have moved it before
  await rename(path, target).catch(ignoreMissing)
  if (outcome.reason !== undefined) await writeFile(`${target}.reason.txt`, `${outcome.reason}\n`)
}

async function readFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
}

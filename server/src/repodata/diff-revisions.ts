/**
 * What differs between two revisions: the maps tell which names, their shards tell which files. Work and
 * memory depend on what differs; of the names, those of one page are read, and those that may have no difference left.
 */
import { stableJson, type JsonValue } from '@terrarium/conda/repodata/json-value.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Cause } from '../channels/stale-causes.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import type { NameShards } from './decide-names.ts'
import { listNameCauses, listOftenChanged, listSubdirStates, type SubdirState } from './revision-store.ts'
import { loadMap, loadRecords, type Records, type ShardMap } from './shard-maps.ts'

/**
 * `added`, `removed`, `changed`: the channel has it, no longer has it, has another record of it.
 * `shown`, `hidden`: the channel has it in both, and the policies let it through only in the later or only
 * in the earlier.
 */
export const fileChanges = ['added', 'removed', 'changed', 'shown', 'hidden'] as const
export type FileChangeKind = (typeof fileChanges)[number]

export interface FileDifference {
  readonly subdir: string
  readonly filename: string
  readonly change: FileChangeKind
  /** Whether clients see it in the later revision. */
  readonly served: boolean
  /** Of a changed record, the fields that differ. */
  readonly fields: readonly string[]
}

export interface NameDifference {
  readonly name: string
  /** Why, in the order it happened; empty when the later revision is the older one. */
  readonly causes: readonly { readonly revision: number; readonly cause: Cause }[]
  /** None when all that differs is what explains a block. */
  readonly files: readonly FileDifference[]
}

/** The shards of a name in a subdir, in both revisions. */
interface ShardPair {
  readonly subdir: string
  readonly from: NameShards
  readonly to: NameShards
}
/** By name, in order. */
type DifferingNames = ReadonlyMap<string, readonly ShardPair[]>

interface Range {
  readonly from: number
  readonly to: number
}

/** Somebody goes from page to page, and revisions never change. */
const REMEMBERED_DIFFERENCES = 2
/** A store on the other side of a network answers many as quickly as one. */
const NAMES_AT_ONCE = 16
const COUNTED_AT_ONCE = 500

export class RevisionDifferences {
  readonly #db: Db
  readonly #blobs: BlobStore
  readonly #remembered = new Map<string, Promise<DifferingNames>>()

  constructor(parts: { readonly db: Db; readonly blobs: BlobStore }) {
    this.#db = parts.db
    this.#blobs = parts.blobs
  }

  async list(
    channelId: string,
    range: Range,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<{ total: number; items: NameDifference[] }> {
    const names = await this.#namesOf(channelId, range)
    const shown = [...names].slice(page.offset, page.offset + page.limit)
    const causes = Map.groupBy(
      await listNameCauses(
        this.#db,
        channelId,
        { after: range.from, upTo: range.to },
        shown.map(([name]) => name),
      ),
      ({ name }) => name,
    )
    const items: NameDifference[] = []
    for (const chunk of inChunks(shown, NAMES_AT_ONCE)) {
      const files = await Promise.all(chunk.map(([, pairs]) => this.#diffName(pairs)))
      for (const [position, [name]] of chunk.entries())
        items.push({
          name,
          causes: (causes.get(name) ?? []).map(({ number, cause }) => ({ revision: number, cause })),
          files: files[position] ?? [],
        })
    }
    return { total: names.size, items }
  }

  #namesOf(channelId: string, { from, to }: Range): Promise<DifferingNames> {
    const key = `${channelId} ${from} ${to}`
    const known = this.#remembered.get(key)
    this.#remembered.delete(key)
    const found = known ?? this.#findNames(channelId, { from, to })
    this.#remembered.set(key, found) // as the one that was used last
    found.catch(() => this.#remembered.delete(key))
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= REMEMBERED_DIFFERENCES) break
      this.#remembered.delete(oldest)
    }
    return found
  }

  async #findNames(channelId: string, range: Range): Promise<DifferingNames> {
    const names = await this.#differingNames(channelId, range)
    const [first, last] = [Math.min(range.from, range.to), Math.max(range.from, range.to)]
    if (last - first > 1) await this.#dropUnchanged(names, channelId, { after: first, upTo: last })
    return names
  }

  /** A file that came and went leaves its name in `removed`, and is in neither of the two. */
  async #dropUnchanged(
    names: Map<string, readonly ShardPair[]>,
    channelId: string,
    range: { readonly after: number; readonly upTo: number },
  ): Promise<void> {
    const suspects = [...names]
      .filter(([, pairs]) => pairs.some(({ from, to }) => from.contents !== to.contents))
      .map(([name]) => name)
    for (const chunk of inChunks(suspects, COUNTED_AT_ONCE)) {
      const often = await listOftenChanged(this.#db, channelId, range, chunk)
      for (const some of inChunks(often, NAMES_AT_ONCE)) {
        const files = await Promise.all(some.map((name) => this.#diffName(names.get(name) ?? [])))
        for (const [position, name] of some.entries()) if (files[position]?.length === 0) names.delete(name)
      }
    }
  }

  /** Of the names whose shards differ, which they are. */
  async #differingNames(channelId: string, range: Range): Promise<Map<string, ShardPair[]>> {
    const from = await this.#statesBySubdir(channelId, range.from)
    const to = await this.#statesBySubdir(channelId, range.to)
    const found = new Map<string, ShardPair[]>()
    for (const subdir of [...new Set([...from.keys(), ...to.keys()])].sort()) {
      const [before, after] = [from.get(subdir), to.get(subdir)]
      const isSame =
        before?.contentsSha256 === after?.contentsSha256 && before?.servedSha256 === after?.servedSha256
      if (isSame) continue
      const [had, has] = [await this.#loadMaps(before), await this.#loadMaps(after)]
      for (const name of new Set([...had.contents.keys(), ...has.contents.keys()])) {
        const pair = { subdir, from: shardsOf(had, name), to: shardsOf(has, name) }
        if (pair.from.contents === pair.to.contents && pair.from.served === pair.to.served) continue
        const own = found.get(name)
        if (own) own.push(pair)
        else found.set(name, [pair])
      }
    }
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  async #statesBySubdir(channelId: string, number: number): Promise<ReadonlyMap<string, SubdirState>> {
    const states = await listSubdirStates(this.#db, channelId, number)
    return new Map(states.map((state) => [state.subdir, state]))
  }

  async #loadMaps(state: SubdirState | undefined): Promise<Maps> {
    if (!state) return { contents: new Map(), served: new Map() }
    const contents = await loadMap(this.#blobs, state.contentsSha256)
    const { servedSha256 } = state
    return {
      contents,
      served: servedSha256 === state.contentsSha256 ? contents : await loadMap(this.#blobs, servedSha256),
    }
  }

  async #diffName(pairs: readonly ShardPair[]): Promise<FileDifference[]> {
    const files: FileDifference[] = []
    for (const { subdir, from, to } of pairs) {
      const [before, after] = [await this.#loadRecords(from), await this.#loadRecords(to)]
      for (const filename of [...new Set([...before.contents.keys(), ...after.contents.keys()])].sort()) {
        const fields = differingFields(before.contents.get(filename), after.contents.get(filename))
        const served = after.served.has(filename)
        const change = changeOf(
          { had: before.contents.has(filename), has: after.contents.has(filename) },
          { had: before.served.has(filename), has: served },
          fields,
        )
        if (change) files.push({ subdir, filename, change, served, fields })
      }
    }
    return files
  }

  async #loadRecords({ contents, served }: NameShards): Promise<{ contents: Records; served: Records }> {
    const all = await loadRecords(this.#blobs, contents)
    return { contents: all, served: served === contents ? all : await loadRecords(this.#blobs, served) }
  }
}

interface Maps {
  readonly contents: ShardMap
  readonly served: ShardMap
}

function shardsOf({ contents, served }: Maps, name: string): NameShards {
  return { contents: contents.get(name), served: served.get(name) }
}

function changeOf(
  contents: { readonly had: boolean; readonly has: boolean },
  served: { readonly had: boolean; readonly has: boolean },
  fields: readonly string[],
): FileChangeKind | undefined {
  if (!contents.had) return 'added'
  if (!contents.has) return 'removed'
  if (served.had !== served.has) return served.has ? 'shown' : 'hidden'
  return fields.length > 0 ? 'changed' : undefined
}

function differingFields(a: RepodataRecord | undefined, b: RepodataRecord | undefined): string[] {
  if (!a || !b) return []
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((field) => textOf(a[field]) !== textOf(b[field]))
    .sort()
}

function textOf(value: JsonValue | undefined): string | undefined {
  return value === undefined ? undefined : stableJson(value)
}

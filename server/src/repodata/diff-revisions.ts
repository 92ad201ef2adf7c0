/**
 * What differs between two revisions: the maps tell which names, their shards tell which files. Work and
 * memory depend on what differs; only the names of one page are read.
 */
import { stableJson, type JsonValue } from '@terrarium/conda/repodata/json-value.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Cause } from '../channels/stale-causes.ts'
import type { Db } from '../platform/database/db.ts'
import { listNameCauses, listSubdirStates, type SubdirState } from './revision-store.ts'
import { loadMap, loadRecords, type ShardMap } from './shard-maps.ts'

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
  readonly files: readonly FileDifference[]
}

interface SubdirPair {
  readonly subdir: string
  readonly from: Maps
  readonly to: Maps
}

interface Maps {
  readonly contents: ShardMap
  readonly served: ShardMap
}

export async function diffRevisions(
  parts: { readonly db: Db; readonly blobs: BlobStore },
  channelId: string,
  range: { readonly from: number; readonly to: number },
  page: { readonly offset: number; readonly limit: number },
): Promise<{ total: number; items: NameDifference[] }> {
  const pairs = await loadPairs(parts, channelId, range)
  const names = [...new Set(pairs.flatMap(differingNames))].sort()
  const shown = names.slice(page.offset, page.offset + page.limit)
  const causes = Map.groupBy(
    await listNameCauses(parts.db, channelId, { after: range.from, upTo: range.to }, shown),
    ({ name }) => name,
  )
  const items: NameDifference[] = []
  for (const name of shown) {
    const files: FileDifference[] = []
    for (const pair of pairs) files.push(...(await diffName(parts.blobs, pair, name)))
    items.push({
      name,
      causes: (causes.get(name) ?? []).map(({ number, cause }) => ({ revision: number, cause })),
      files,
    })
  }
  return { total: names.length, items }
}

async function loadPairs(
  { db, blobs }: { readonly db: Db; readonly blobs: BlobStore },
  channelId: string,
  range: { readonly from: number; readonly to: number },
): Promise<SubdirPair[]> {
  const from = await statesBySubdir(db, channelId, range.from)
  const to = await statesBySubdir(db, channelId, range.to)
  const pairs: SubdirPair[] = []
  for (const subdir of [...new Set([...from.keys(), ...to.keys()])].sort()) {
    const [before, after] = [from.get(subdir), to.get(subdir)]
    const isSame =
      before?.contentsSha256 === after?.contentsSha256 && before?.servedSha256 === after?.servedSha256
    if (isSame) continue
    pairs.push({ subdir, from: await loadMaps(blobs, before), to: await loadMaps(blobs, after) })
  }
  return pairs
}

async function statesBySubdir(
  db: Db,
  channelId: string,
  number: number,
): Promise<ReadonlyMap<string, SubdirState>> {
  return new Map((await listSubdirStates(db, channelId, number)).map((state) => [state.subdir, state]))
}

async function loadMaps(blobs: BlobStore, state: SubdirState | undefined): Promise<Maps> {
  if (!state) return { contents: new Map(), served: new Map() }
  return {
    contents: await loadMap(blobs, state.contentsSha256),
    served: await loadMap(blobs, state.servedSha256),
  }
}

function differingNames({ from, to }: SubdirPair): string[] {
  const names = new Set([...from.contents.keys(), ...to.contents.keys()])
  return [...names].filter(
    (name) =>
      from.contents.get(name) !== to.contents.get(name) || from.served.get(name) !== to.served.get(name),
  )
}

async function diffName(
  blobs: BlobStore,
  { subdir, from, to }: SubdirPair,
  name: string,
): Promise<FileDifference[]> {
  const before = await loadRecords(blobs, from.contents.get(name))
  const after = await loadRecords(blobs, to.contents.get(name))
  const servedBefore = await loadRecords(blobs, from.served.get(name))
  const servedAfter = await loadRecords(blobs, to.served.get(name))
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((filename) => {
    const fields = differingFields(before.get(filename), after.get(filename))
    const change = changeOf(
      { had: before.has(filename), has: after.has(filename) },
      { had: servedBefore.has(filename), has: servedAfter.has(filename) },
      fields,
    )
    return change ? [{ subdir, filename, change, served: servedAfter.has(filename), fields }] : []
  })
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

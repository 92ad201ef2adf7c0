/** Puts changed shards into the maps of the subdirs, and says which changes were made from something else. */
import type { BlobStore } from '../blobs/blob-store.ts'
import type { ShardChange } from './decide-names.ts'
import type { MapCache } from './map-cache.ts'
import type { SubdirState } from './revision-store.ts'
import { encodeMap, setShard, type ShardMap } from './shard-maps.ts'

export interface WriteMapsTask {
  readonly base: readonly SubdirState[]
  readonly shards: readonly ShardChange[]
  /** Of blobs. */
  readonly batch: string
}

export interface WrittenMaps {
  /** Of the next revision; the very states of the base where nothing changed. */
  readonly states: readonly SubdirState[]
  readonly changed: boolean
  /** Names that another publish changed since: to be decided again. */
  readonly outdated: readonly string[]
}

export async function writeMaps(
  parts: { readonly blobs: BlobStore; readonly maps: MapCache },
  task: WriteMapsTask,
): Promise<WrittenMaps> {
  const bySubdir = Map.groupBy(task.shards, ({ subdir }) => subdir)
  const subdirs = new Set([...task.base.map(({ subdir }) => subdir), ...bySubdir.keys()])
  const states: SubdirState[] = []
  const outdated = new Set<string>()
  let changed = false
  for (const subdir of [...subdirs].sort()) {
    const before = task.base.find((state) => state.subdir === subdir)
    const own = bySubdir.get(subdir) ?? []
    if (before && own.length === 0) {
      states.push(before)
      continue
    }
    changed = true
    const contents = new Map(await parts.maps.load(parts.blobs, before?.contentsSha256))
    const served = new Map(await parts.maps.load(parts.blobs, before?.servedSha256))
    let contentsCount = before?.contentsCount ?? 0
    let servedCount = before?.servedCount ?? 0
    for (const change of own) {
      const { name } = change
      if (contents.get(name) !== change.before.contents || served.get(name) !== change.before.served) {
        outdated.add(name)
        continue
      }
      setShard(contents, name, change.after.contents)
      setShard(served, name, change.after.served)
      contentsCount += change.contentsDelta
      servedCount += change.servedDelta
    }
    if (outdated.size > 0) continue // all of it is done again
    const store = async (map: ShardMap): Promise<string> => {
      const sha256 = await parts.blobs.putInBatch(encodeMap(subdir, map), task.batch)
      parts.maps.keep(sha256, map)
      return sha256
    }
    const contentsSha256 = await store(contents)
    states.push({
      subdir,
      contentsSha256,
      // where nothing is blocked they are one and the same, and writing one takes longest in a small publish
      servedSha256: isSameMap(served, contents) ? contentsSha256 : await store(served),
      contentsCount,
      servedCount,
    })
  }
  return { states, changed, outdated: [...outdated] }
}

function isSameMap(a: ShardMap, b: ShardMap): boolean {
  if (a.size !== b.size) return false
  for (const [name, sha256] of a) if (b.get(name) !== sha256) return false
  return true
}

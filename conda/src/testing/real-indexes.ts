/** For tests: every index of the shared data, decompressed. */
import { globSync, readFileSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { zstdDecompress } from '#zstd'
import { hasSharedData, sharedPath } from './shared-data.ts'

export interface RealIndex {
  readonly name: string
  read(): Uint8Array
}

const FOLDERS = ['repodata/{history,large,medium,small,variants,signed,patches}', 'packages']
const NO_INDEX = /patch_instructions|channeldata|run_exports|root|key_mgr|MANIFEST|differences|\.jsonl/

export function realIndexes(): RealIndex[] {
  if (!hasSharedData) return []
  const data = sharedPath('data')
  return FOLDERS.flatMap((folder) => globSync(`${data}/${folder}/**/*.json{,.gz,.zst}`))
    .filter((path) => !NO_INDEX.test(basename(path)))
    .sort()
    .map((path) => ({ name: relative(data, path), read: () => decompress(path) }))
}

function decompress(path: string): Uint8Array {
  const bytes = readFileSync(path)
  if (path.endsWith('.gz')) return gunzipSync(bytes)
  return path.endsWith('.zst') ? zstdDecompress(bytes, 2 ** 30) : bytes
}

/** The records of `repodata.json` as a source for a repair: any of its forms that is sound will do. */
import { gunzipSync } from 'node:zlib'
import { zstdDecompress } from '@terrarium/conda/codec/zstd-node.ts'
import { scanRepodata, type ScannedRecord } from '@terrarium/conda/repodata/scan-repodata.ts'
import type { BlobStore } from '../../blobs/blob-store.ts'
import type { Db } from '../../platform/database/db.ts'
import { listRenderedFiles } from '../../repodata/revision-store.ts'
import type { NameContents, Records } from '../../repodata/shard-maps.ts'
import { readVerified } from '../check.ts'

const MAX_BYTES = 2 ** 31 - 1

export class RenderedIndex {
  readonly #byName: ReadonlyMap<string, readonly ScannedRecord[]>
  readonly #removed: ReadonlyMap<string, readonly string[]>

  constructor(bytes: Uint8Array) {
    const scan = scanRepodata(bytes)
    this.#byName = Map.groupBy(scan.records(), ({ filename }) => nameOf(filename))
    this.#removed = Map.groupBy([...scan.removed], nameOf)
  }

  get names(): readonly string[] {
    return [...new Set([...this.#byName.keys(), ...this.#removed.keys()])]
  }

  contents(name: string): NameContents {
    return { records: this.records(name), removed: [...(this.#removed.get(name) ?? [])].sort() }
  }

  records(name: string): Records {
    return new Map((this.#byName.get(name) ?? []).map((record) => [record.filename, record.parse()]))
  }
}

/** Of one subdir of a revision; undefined when no form of it can be read. */
export async function loadRenderedIndex(
  { db, blobs }: { readonly db: Db; readonly blobs: BlobStore },
  channelId: string,
  number: number,
  subdir: string,
): Promise<RenderedIndex | undefined> {
  const files = (await listRenderedFiles(db, channelId, number)).get(subdir) ?? []
  for (const [filename, unpack] of Object.entries(FORMS)) {
    const file = files.find((one) => one.filename === filename)
    if (!file) continue
    const found = await readVerified(blobs, file.sha256, (bytes) => new RenderedIndex(unpack(bytes)))
    if (found.ok) return found.value
  }
  return undefined
}

const FORMS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  'repodata.json': (bytes) => bytes,
  'repodata.json.zst': (bytes) => zstdDecompress(bytes, MAX_BYTES),
  'repodata.json.gz': (bytes) => gunzipSync(bytes),
}

/** `numpy` of `numpy-1.0-0.conda`: names may have hyphens, versions and builds have none (CEP 26). */
function nameOf(filename: string): string {
  return filename.split('-').slice(0, -2).join('-')
}

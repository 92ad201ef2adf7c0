/** Everything clients get of a channel, taken over HTTP, to compare one moment with another byte for byte. */
import { decodeShard } from '@terrarium/conda/repodata/shard.ts'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import type { TestApp } from '../../testing/test-app.ts'

const INDEXES = ['repodata_shards.msgpack.zst', 'repodata.json', 'repodata.json.zst'] as const

/** Bytes as base64 with their ETag, or the status of a refusal, by path below the channel. */
export type ServedPicture = Readonly<Record<string, string>>

/**
 * @param place `main`, `main@3`
 * @param files packages to ask for, as `subdir/filename`, beside those that the shards name
 */
export async function takePicture(
  t: TestApp,
  place: string,
  subdirs: readonly string[],
  files: readonly string[] = [],
): Promise<ServedPicture> {
  const client = t.nobody()
  const picture: Record<string, string> = {}
  const take = async (path: string, headers: Record<string, string> = {}): Promise<Buffer> => {
    const response = await client.get(`/api/repo/${place}/${path}`, headers)
    picture[`${path}${headers['accept-encoding'] ?? ''}`] =
      response.statusCode === 200
        ? `${String(response.headers['etag'])} ${response.rawPayload.toString('base64')}`
        : String(response.statusCode)
    return response.rawPayload
  }
  const packages = new Set(files)
  for (const subdir of subdirs) {
    for (const filename of INDEXES) await take(`${subdir}/${filename}`)
    await take(`${subdir}/repodata.json`, { 'accept-encoding': 'gzip' })
    const index = await client.get(`/api/repo/${place}/${subdir}/${INDEXES[0]}`)
    for (const sha256 of decodeShardIndex(index.rawPayload).shards.values()) {
      const shard = decodeShard(await take(`${subdir}/shards/${sha256}.msgpack.zst`))
      for (const section of [shard.packages, shard['packages.conda']]) {
        for (const filename of section.keys()) packages.add(`${subdir}/${filename}`)
      }
    }
  }
  for (const path of packages) await take(path)
  return picture
}

/** The parts of a picture that no policy of today changes: all but the packages. */
export function indexesOf(picture: ServedPicture): ServedPicture {
  return Object.fromEntries(Object.entries(picture).filter(([path]) => !/\.(?:conda|tar\.bz2)$/.test(path)))
}

/** What is in it, whatever `removed` says of what once was: the records and the packages. */
export function contentsOf(picture: ServedPicture): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(picture).flatMap(([path, text]): [string, unknown][] => {
      if (/\.(?:conda|tar\.bz2)$/.test(path)) return [[path, text]]
      if (!path.endsWith('/repodata.json')) return []
      const json = Buffer.from(text.split(' ')[1] ?? '', 'base64').toString()
      const { packages, 'packages.conda': conda } = JSON.parse(json) as Record<string, unknown>
      return [[path, { packages, conda }]]
    }),
  )
}

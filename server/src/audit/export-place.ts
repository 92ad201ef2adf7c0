/** Where the scheduled export writes its files: a folder, or a bucket with the credentials of the blobs' one. */
import { createWriteStream } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Configuration } from '../platform/configuration.ts'
import { s3AddressOf } from '../platform/s3-address.ts'
import type { S3Address } from '../platform/s3.ts'

export type ExportPlace =
  { readonly kind: 'folder'; readonly folder: string } | ({ readonly kind: 's3' } & S3Address)

/** Undefined when nothing is to be exported. */
export function exportPlaceOf(configuration: Configuration): ExportPlace | undefined {
  const { audit_export_folder: place } = configuration
  if (place === undefined) return undefined
  if (place.startsWith('s3://')) return { kind: 's3', ...s3AddressOf(configuration, place) }
  return { kind: 'folder', folder: place }
}

/** Writes a file that is there whole or not at all; one that is there already is written over. */
export async function writeExport(
  place: ExportPlace,
  name: string,
  chunks: AsyncIterable<string>,
): Promise<void> {
  if (place.kind === 'folder') await writeToFolder(place.folder, name, chunks)
  else await writeToBucket(place, name, chunks)
}

async function writeToFolder(folder: string, name: string, chunks: AsyncIterable<string>): Promise<void> {
  await mkdir(folder, { recursive: true })
  const partial = join(folder, `.${name}.part`)
  await pipeline(Readable.from(chunks), createWriteStream(partial, { mode: 0o600, flush: true }))
  await rename(partial, join(folder, name))
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function writeToBucket(place: S3Address, name: string, chunks: AsyncIterable<string>): Promise<void> {
  const { Upload } = await import('@aws-sdk/lib-storage') // large, and few servers need it
  const { openS3Client } = await import('../platform/s3.ts')
  const client = openS3Client(place)
  try {
    const Body = Readable.from(chunks)
    await new Upload({ client, params: { Bucket: place.bucket, Key: `${place.prefix}${name}`, Body } }).done()
  } finally {
    client.destroy()
  }
}

/**
 * Which blob store a configuration asks for. A place is plain data, so that it can be sent to a worker thread,
 * which opens the store again.
 */
import { join } from 'node:path'
import type { Configuration } from '../platform/configuration.ts'
import { s3AddressOf } from '../platform/s3-address.ts'
import type { BlobStore } from './blob-store.ts'
import { FileBlobStore } from './file-blob-store.ts'
import type { S3Place } from './s3-blob-store.ts'

export type BlobPlace = { readonly kind: 'folder'; readonly folder: string } | S3Place

export function blobPlaceOf(configuration: Configuration): BlobPlace {
  const { blobs } = configuration
  if (blobs === undefined) return { kind: 'folder', folder: join(configuration.data, 'blobs') }
  return { kind: 's3', ...s3AddressOf(configuration, blobs) }
}

export async function openBlobStore(place: BlobPlace): Promise<BlobStore> {
  if (place.kind === 'folder') return new FileBlobStore(place.folder)
  const { S3BlobStore } = await import('./s3-blob-store.ts') // and with it an SDK that few servers need
  return new S3BlobStore(place)
}

/**
 * Blobs in a bucket of S3 or of a store that speaks like it: `PREFIX/sha256/ab/cdef…`. An object is there whole
 * or not at all, so a put needs no temporary name. Nothing here leans on conditional puts, which not every such
 * store knows: two that put the same blob put the same bytes.
 *
 * Loaded only where it is configured (`open-blob-store.ts`): the SDK is large.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  PutObjectCommand,
  type S3Client,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { openS3Client, type S3Address } from '../platform/s3.ts'
import { AppError } from '../vocabulary/errors.ts'
import {
  requireDigest,
  type BlobLink,
  type BlobRange,
  type BlobStat,
  type BlobStore,
  type StagedBytes,
} from './blob-store.ts'

export interface S3Place extends S3Address {
  readonly kind: 's3'
}

const BLOB_NAME = /^([0-9a-f]{2})\/([0-9a-f]{62})$/
const LISTED_AT_ONCE = 1000
const PART_BYTES = 16 * 1024 * 1024
const PARTS_AT_ONCE = 3

export class S3BlobStore implements BlobStore {
  readonly #client: S3Client
  readonly #bucket: string
  readonly #prefix: string
  readonly #listedAtOnce: number

  constructor(place: S3Place, options: { listedAtOnce?: number } = {}) {
    this.#listedAtOnce = options.listedAtOnce ?? LISTED_AT_ONCE
    this.#bucket = place.bucket
    this.#prefix = place.prefix
    this.#client = openS3Client(place)
  }

  async putBytes(bytes: Uint8Array): Promise<string> {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    if (await this.stat(sha256)) return sha256
    await this.#client.send(new PutObjectCommand({ ...this.#object(sha256), Body: bytes }))
    return sha256
  }

  /** An object is durable and visible when it is put: there is nothing to save up. */
  putInBatch(bytes: Uint8Array): Promise<string> {
    return this.putBytes(bytes)
  }

  async sealBatch(): Promise<void> {
    // every object of the batch is there
  }

  async putStaged(staged: StagedBytes): Promise<void> {
    if (!(await this.stat(staged.sha256))) {
      const upload = new Upload({
        client: this.#client,
        params: { ...this.#object(staged.sha256), Body: createReadStream(staged.path) },
        partSize: PART_BYTES,
        queueSize: PARTS_AT_ONCE,
      })
      await upload.done()
    }
    await rm(staged.path, { force: true })
  }

  async stat(sha256: string): Promise<BlobStat | undefined> {
    try {
      const head = await this.#client.send(new HeadObjectCommand(this.#object(sha256)))
      return { size: head.ContentLength ?? 0, version: head.ETag }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async read(sha256: string): Promise<Uint8Array> {
    const { Body } = await this.#get(sha256)
    return Body ? Body.transformToByteArray() : new Uint8Array()
  }

  async open(sha256: string, range?: BlobRange): Promise<Readable> {
    const answer = await this.#get(sha256, range && `bytes=${range.start}-${range.end}`)
    const body = answer.Body as Readable // under Node the SDK answers with a stream of Node's
    if (!range || answer.ContentLength === range.end - range.start + 1) return body
    // there are stores that do not look at every range, and send all
    return Readable.from(cut(body, range), { objectMode: false })
  }

  async delete(sha256: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#object(sha256)))
  }

  async *list(): AsyncIterable<string> {
    const prefix = `${this.#prefix}sha256/`
    for await (const key of this.#keys(prefix)) {
      const found = BLOB_NAME.exec(key.slice(prefix.length))
      if (found) yield found[1]! + found[2]! // both groups took part in the match
    }
  }

  /** Everything under the prefix counts: nobody else is to store anything there. */
  async *listStrays(): AsyncIterable<string> {
    const prefix = `${this.#prefix}sha256/`
    for await (const key of this.#keys(this.#prefix))
      if (!key.startsWith(prefix) || !BLOB_NAME.test(key.slice(prefix.length))) yield key
  }

  async *#keys(prefix: string): AsyncIterable<string> {
    for (let after = ''; ;) {
      const page = await this.#client.send(
        new ListObjectsCommand({
          Bucket: this.#bucket,
          Prefix: prefix,
          MaxKeys: this.#listedAtOnce,
          ...(after && { Marker: after }),
        }),
      )
      const keys = (page.Contents ?? []).map(({ Key = '' }) => Key)
      yield* keys
      after = keys.at(-1) ?? ''
      if (!page.IsTruncated || !after) return
    }
  }

  async link(sha256: string, link: BlobLink): Promise<string> {
    const command = new GetObjectCommand({
      ...this.#object(sha256),
      ResponseContentType: 'application/octet-stream',
      ResponseContentDisposition: `attachment; filename="${link.filename.replaceAll(/["\\]/g, '_')}"`,
    })
    return getSignedUrl(this.#client, command, { expiresIn: link.seconds })
  }

  close(): void {
    this.#client.destroy()
  }

  async #get(sha256: string, range?: string): Promise<GetObjectCommandOutput> {
    try {
      return await this.#client.send(
        new GetObjectCommand({ ...this.#object(sha256), ...(range === undefined ? {} : { Range: range }) }),
      )
    } catch (error) {
      if (!isMissing(error)) throw error
      throw new AppError('corrupt-data', `the blob ${sha256} is missing from the store`)
    }
  }

  #object(sha256: string): { Bucket: string; Key: string } {
    requireDigest(sha256)
    return {
      Bucket: this.#bucket,
      Key: `${this.#prefix}sha256/${sha256.slice(0, 2)}/${sha256.slice(2)}`,
    }
  }
}

async function* cut(
  chunks: AsyncIterable<Uint8Array>,
  { start, end }: BlobRange,
): AsyncGenerator<Uint8Array> {
  let offset = 0
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, start - offset), Math.max(0, end + 1 - offset))
    offset += chunk.byteLength
    if (part.byteLength > 0) yield part
    if (offset > end) return
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NoSuchKey' || error.name === 'NotFound')
}

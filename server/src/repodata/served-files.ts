/**
 * The files a conda client asks for, each made from one revision: found, authorised, and described for
 * `sendBytes`. Nothing is computed from an index here; bytes are read by digest.
 *
 * Every subdir of a channel answers from the first second, with an empty index where there is no package
 * yet: a client that once got 404 for a shard index does not ask again.
 */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { zstdCompress } from '@terrarium/conda/codec/zstd-node.ts'
import { renderRepodata } from '@terrarium/conda/repodata/render-repodata.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Channel } from '../channels/channel.ts'
import { findFile } from '../channels/contents-store.ts'
import { findChannelByName } from '../channels/store.ts'
import type { Actor } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { ByteCache } from '../platform/byte-cache.ts'
import type { Db } from '../platform/database/db.ts'
import type { Representation } from '../platform/http/send-bytes.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { DownloadGate } from './download-gate.ts'
import { findRenderedFile, findRevision, hasServedShard, listSubdirStates } from './revision-store.ts'
import type { RepoPath } from './resolve-path.ts'
import { encodeMap } from './shard-maps.ts'

const CACHE_BYTES = 64 * 1024 * 1024
const INDEX_MAX_AGE_SECONDS = 60
const FOREVER = 'max-age=31536000, immutable'

export class ServedFiles {
  readonly #db: Db
  readonly #blobs: BlobStore
  readonly #gate: DownloadGate
  readonly #cache = new ByteCache(CACHE_BYTES)

  constructor(parts: { db: Db; blobs: BlobStore; gate: DownloadGate }) {
    this.#db = parts.db
    this.#blobs = parts.blobs
    this.#gate = parts.gate
  }

  /** @throws AppError not-found, unauthenticated, blocked-by-policy */
  async find(actor: Actor, path: RepoPath, acceptsGzip: boolean): Promise<Representation> {
    const channel = path.channel === undefined ? undefined : await findChannelByName(this.#db, path.channel)
    if (!channel) throw new AppError('not-found', `there is no channel ${path.channel ?? 'at this address'}`)
    requirePermission(actor, 'artifact:read', channel)
    switch (path.kind) {
      case 'shard-index':
        return this.#shardIndex(channel, path.subdir)
      case 'shard':
        return this.#shard(channel, path.subdir, path.sha256)
      case 'repodata':
        return this.#repodata(channel, path.subdir, path.filename, acceptsGzip)
      case 'package':
        return this.#package(channel, path.subdir, path.filename)
      case 'nothing':
        throw new AppError('not-found', `the channel ${channel.name} has no such file`)
    }
  }

  async #shardIndex(channel: Channel, subdir: string): Promise<Representation> {
    const state = await this.#state(channel, subdir)
    const lastModified =
      (await findRevision(this.#db, channel.id, channel.revision))?.createdAt ?? channel.createdAt
    const bytes = state ? await this.#read(state.servedSha256) : encodeMap(subdir, new Map())
    return {
      etag: etagOf('shards', state?.servedSha256 ?? digestOf(bytes)),
      lastModified,
      contentType: 'application/octet-stream',
      cacheControl: indexCacheControl(channel),
      size: bytes.byteLength,
      body: bytes,
    }
  }

  async #shard(channel: Channel, subdir: string, sha256: string): Promise<Representation> {
    // or a digest learnt elsewhere would open a private channel's shard
    if (!(await hasServedShard(this.#db, channel.id, subdir, sha256))) {
      throw new AppError('not-found', `the channel ${channel.name} has no shard ${sha256}`)
    }
    const bytes = await this.#read(sha256)
    return {
      etag: etagOf('shard', sha256),
      lastModified: channel.createdAt,
      contentType: 'application/octet-stream',
      cacheControl: `${scope(channel)}, ${FOREVER}`,
      size: bytes.byteLength,
      body: bytes,
    }
  }

  async #repodata(
    channel: Channel,
    subdir: string,
    filename: string,
    acceptsGzip: boolean,
  ): Promise<Representation> {
    const encoded = filename === 'repodata.json' && acceptsGzip
    const stored = encoded ? 'repodata.json.gz' : filename
    const common = {
      contentType: filename.endsWith('.zst') ? 'application/zstd' : 'application/json',
      cacheControl: indexCacheControl(channel),
      ...(filename === 'repodata.json' ? { vary: 'Accept-Encoding' } : {}),
      ...(encoded ? { contentEncoding: 'gzip' } : {}),
    }
    const rendered = await findRenderedFile(this.#db, channel.id, subdir, stored)
    if (!rendered) {
      const bytes = emptyRepodata(subdir, stored)
      return {
        ...common,
        etag: etagOf(stored, digestOf(bytes)),
        lastModified: channel.createdAt,
        size: bytes.byteLength,
        body: bytes,
      }
    }
    return {
      ...common,
      etag: etagOf(stored, rendered.sha256),
      lastModified: rendered.createdAt,
      size: rendered.size,
      body: (range) => this.#blobs.open(rendered.sha256, range),
    }
  }

  async #package(channel: Channel, subdir: string, filename: string): Promise<Representation> {
    const file = await findFile(this.#db, channel.id, subdir, filename)
    if (file?.state !== 'present') {
      throw new AppError('not-found', `the channel ${channel.name} has no file ${subdir}/${filename}`)
    }
    await this.#gate.admit(channel, file)
    return {
      etag: etagOf('file', file.sha256),
      lastModified: file.addedAt,
      contentType: 'application/octet-stream',
      // revalidated each time, so that a policy stops a cached copy too
      cacheControl: `${scope(channel)}, no-cache`,
      size: file.size,
      attachment: filename,
      body: (range) => this.#blobs.open(file.sha256, range),
    }
  }

  async #state(channel: Channel, subdir: string): Promise<{ readonly servedSha256: string } | undefined> {
    const states = await listSubdirStates(this.#db, channel.id, channel.revision)
    return states.find((state) => state.subdir === subdir)
  }

  async #read(sha256: string): Promise<Uint8Array> {
    const known = this.#cache.get(sha256)
    if (known) return known
    const bytes = await this.#blobs.read(sha256)
    this.#cache.set(sha256, bytes)
    return bytes
  }
}

/** Clients replay the tag of one index form against another: no two files may share one. */
function etagOf(kind: string, digest: string): string {
  return `"${kind}-${digest}"`
}

/** A tag changes when the bytes do, and only then. */
function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function scope(channel: Channel): string {
  return channel.privacy === 'public' ? 'public' : 'private'
}

function indexCacheControl(channel: Channel): string {
  return `${scope(channel)}, max-age=${INDEX_MAX_AGE_SECONDS}`
}

function emptyRepodata(subdir: string, filename: string): Uint8Array {
  const json = Buffer.concat([...renderRepodata({ subdir, packages: [], 'packages.conda': [] })])
  if (filename.endsWith('.zst')) return zstdCompress(json)
  return filename.endsWith('.gz') ? gzipSync(json) : json
}

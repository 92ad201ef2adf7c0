/**
 * The files a conda client asks for, each made from one revision: found, authorised, and described for
 * `sendBytes`. Nothing is computed from an index here; bytes are read by digest.
 *
 * Every subdir of a channel answers from the first second, with an empty index where there is no package
 * yet: a client that once got 404 for a shard index does not ask again.
 *
 * A tag is made from the bytes alone, the generation stands beside it: docs/adr/0015-etags-name-bytes.md.
 */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { isKnownSubdir } from '@terrarium/conda/names.ts'
import { renderNotices } from '@terrarium/conda/repodata/notices.ts'
import { damagedPackage } from '../artifacts/damage.ts'
import { findDamage, forgetDamage } from '../artifacts/damage-store.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import { VerifiedReads } from '../blobs/verified-reads.ts'
import { MIN_KEEP_DAYS, type Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { findFile } from '../channels/contents-store.ts'
import { listCurrentNotices } from '../channels/notices.ts'
import { findChannelByName } from '../channels/store.ts'
import { findOwners } from '../channels/virtual-store.ts'
import type { RequestCounter } from '../downloads/count-requests.ts'
import { actorId, type Actor } from '../identity/actor.ts'
import { mayDo, noChannel, requireNamePermission, requirePermission } from '../identity/require-permission.ts'
import { ByteCache } from '../platform/byte-cache.ts'
import type { Db } from '../platform/database/db.ts'
import type { ByteRange } from '../platform/http/byte-range.ts'
import type { Representation } from '../platform/http/send-bytes.ts'
import { currentOrigin } from '../platform/request-origin.ts'
import { AppError } from '../vocabulary/errors.ts'
import { blockedNotices } from './blocked-notices.ts'
import { findRendered, openView, type ChannelView, type OpenedView } from './channel-view.ts'
import type { DownloadGate } from './download-gate.ts'
import type { Form } from './encode-form.ts'
import { renderChannelPage, renderSubdirPage, PAGE_HEADERS } from './index-pages.ts'
import { listFilesOfRevision, listServedFiles, type ServedFileRow } from './list-served.ts'
import { renderRevision, type RenderParts } from './render-channel.ts'
import {
  emptyFile,
  findResource,
  formsOf,
  storedName,
  WHOLE_CHANNEL,
  withServer,
  type Resource,
} from './rendered-files.ts'
import type { RepoPath } from './resolve-path.ts'
import { describeSelectors } from './revision-selector.ts'
import { findMemberFiles } from './member-files.ts'
import { RevisionContents } from './revision-contents.ts'
import { hasServedShard, listRenderedFiles } from './revision-store.ts'
import { encodeMap } from './shard-maps.ts'

const CACHE_BYTES = 64 * 1024 * 1024
const INDEX_MAX_AGE_SECONDS = 60
/** The revision that had a file is kept as long, whatever a channel says, and its bytes with it. */
const REMOVED_STAYS_MS = MIN_KEEP_DAYS * 86_400_000
/** For `Main`, which no channel can be called, for `main//noarch`, for what would climb out of a channel. */
const NO_ADDRESS =
  'this is no address of a channel: they are /api/repo/CHANNEL/SUBDIR/FILE, the name of the channel in lower case'
const FOREVER = 'max-age=31536000, immutable'

/** What a request says beside the address. */
export interface RequestFacts {
  readonly acceptsGzip: boolean
  readonly query: URLSearchParams
}

/** Brings bytes that a channel names and nobody has fetched yet. */
export interface BytesOnDemand {
  bring(channel: Channel, file: ChannelFile): Promise<void>
}

export type Found = Representation | { readonly location: string }

export class ServedFiles {
  readonly #db: Db
  readonly #blobs: BlobStore
  readonly #gate: DownloadGate
  readonly #onDemand: BytesOnDemand
  readonly #now: () => Date
  readonly #requests: RequestCounter
  readonly #publicUrl: string | undefined
  readonly #redirectSeconds: number
  readonly #cache = new ByteCache(CACHE_BYTES)
  readonly #verified: VerifiedReads

  readonly #renderParts: RenderParts
  readonly #contents: RevisionContents
  /** Revisions of the past whose monolithic files are being made. */
  readonly #rendering = new Map<string, Promise<void>>()

  /** @param parts.redirectSeconds how long an address of a package in the bucket works; 0 for none */
  constructor(
    parts: RenderParts & {
      gate: DownloadGate
      requests: RequestCounter
      onDemand: BytesOnDemand
      publicUrl: string | undefined
      redirectSeconds: number
    },
  ) {
    this.#requests = parts.requests
    this.#db = parts.db
    this.#blobs = parts.blobs
    this.#verified = new VerifiedReads(parts.blobs)
    this.#gate = parts.gate
    this.#onDemand = parts.onDemand
    this.#now = parts.now
    this.#publicUrl = parts.publicUrl
    this.#redirectSeconds = parts.redirectSeconds
    this.#renderParts = parts
    this.#contents = new RevisionContents(parts)
  }

  /** @throws AppError not-found, revision-expired, unauthenticated, blocked-by-policy */
  async find(actor: Actor, address: RepoPath, request: RequestFacts): Promise<Found> {
    const path = await this.#pageOfSubchannel(actor, address)
    const channel = path.channel === undefined ? undefined : await findChannelByName(this.#db, path.channel)
    if (path.notSelector !== undefined) throw new AppError('not-found', describeSelectors(path.notSelector))
    if (path.channel === undefined) throw new AppError('not-found', NO_ADDRESS)
    if (!channel) throw noChannel(actor, path.channel)
    requirePermission(actor, 'artifact:read', channel)
    const view = await openView({ db: this.#db, actor, now: this.#now }, channel, path.at)
    switch (path.kind) {
      case 'shard-index':
        return this.#shardIndex(view, path.subdir)
      case 'shard':
        return this.#shard(view, path.subdir, path.sha256)
      case 'repodata':
        return this.#rendered(view, path.subdir, path.filename, request)
      case 'channel-file':
        return path.filename === 'notices.json'
          ? this.#notices(actor, view)
          : this.#rendered(view, WHOLE_CHANNEL, path.filename, request)
      case 'package':
        return this.#package(actor, view, path.subdir, path.filename)
      case 'page':
        return this.#page(view, path.subdir, request)
      case 'page-address':
        return { location: path.location }
      case 'nothing':
        throw new AppError('not-found', `the channel ${channel.name} has no such file`)
    }
  }

  /**
   * `team/my-lab/` could be the page of a subdir or of a subchannel: a subchannel that this actor may read goes first. Of
   * files only one of both can be meant, and no subchannel is called like a subdir that clients know (`checkChannelName`).
   */
  async #pageOfSubchannel(actor: Actor, path: RepoPath): Promise<RepoPath> {
    const isEither =
      path.kind === 'page' && path.subdir !== undefined && !path.at && !isKnownSubdir(path.subdir)
    if (!isEither) return path
    const name = `${path.channel}/${path.subdir}`
    const subchannel = await findChannelByName(this.#db, name)
    // or the answer would tell that a private subchannel is there
    if (!subchannel || !mayDo(actor, 'artifact:read', subchannel)) return path
    return { ...path, channel: name, subdir: undefined }
  }

  async #shardIndex(view: OpenedView, subdir: string): Promise<Representation> {
    const state = view.subdirs.get(subdir)
    const bytes = state ? await this.#read(state.servedSha256) : encodeMap(subdir, new Map())
    return {
      etag: etagOf('shards', state?.servedSha256 ?? digestOf(bytes)),
      lastModified: view.revisedAt,
      contentType: 'application/octet-stream',
      cacheControl: indexCacheControl(view),
      headers: generation(view.revision),
      size: bytes.byteLength,
      body: bytes,
    }
  }

  async #shard(view: OpenedView, subdir: string, sha256: string): Promise<Representation> {
    const { channel } = view
    // or a digest learnt elsewhere would open a private channel's shard
    if (!(await hasServedShard(this.#db, channel.id, subdir, sha256))) {
      throw new AppError('not-found', `the channel ${channel.name} has no shard ${sha256}`)
    }
    const bytes = await this.#read(sha256)
    return {
      etag: etagOf('shard', sha256),
      lastModified: channel.createdAt,
      contentType: 'application/octet-stream',
      cacheControl: `${view.cacheScope}, ${FOREVER}`,
      size: bytes.byteLength,
      body: bytes,
    }
  }

  async #rendered(
    asked: OpenedView,
    subdir: string,
    filename: string,
    request: RequestFacts,
  ): Promise<Representation> {
    const view = asked.pinned ? await this.#withRendered(asked) : asked
    const found = findResource(filename, subdir === WHOLE_CHANNEL ? 'channel' : 'subdir')
    if (!found) throw new AppError('not-found', `the channel ${view.channel.name} has no file ${filename}`)
    const { resource } = found
    const negotiated = found.form === 'plain' && formsOf(resource).includes('gz')
    const form: Form = negotiated && request.acceptsGzip ? 'gz' : found.form
    return {
      contentType: contentTypeOf(resource, form),
      cacheControl: indexCacheControl(view),
      headers: generation(view.renderedRevision),
      ...(negotiated ? { vary: 'Accept-Encoding' } : {}),
      ...(form === 'gz' ? { contentEncoding: 'gzip' } : {}),
      ...(resource === 'rss.xml'
        ? await this.#feed(view)
        : this.#renderedBytes(view, subdir, resource, form)),
    }
  }

  /** With the files of exactly this revision: made now when they were not, or were cleared away. */
  async #withRendered(view: OpenedView): Promise<OpenedView> {
    const { channel, revision } = view
    if (revision === 0 || view.rendered.size > view.subdirs.size) return view // one more: the whole channel
    const key = `${channel.id}@${revision}`
    let rendering = this.#rendering.get(key)
    if (!rendering) {
      rendering = renderRevision(this.#renderParts, channel, revision).finally(() =>
        this.#rendering.delete(key),
      )
      this.#rendering.set(key, rendering)
    }
    await rendering
    return { ...view, rendered: await listRenderedFiles(this.#db, channel.id, revision) }
  }

  #renderedBytes(
    view: ChannelView,
    subdir: string,
    resource: Resource,
    form: Form,
  ): Pick<Representation, 'etag' | 'lastModified' | 'size' | 'body'> {
    const name = storedName(resource, form)
    const file = findRendered(view, subdir, resource, form)
    if (file) {
      return {
        etag: etagOf(name, file.sha256),
        lastModified: view.renderedAt,
        size: file.size,
        body: (range) => this.#open(file, range),
      }
    }
    const bytes = emptyFile(resource, form, subdir === WHOLE_CHANNEL ? view.channel.name : subdir)
    return {
      etag: etagOf(name, digestOf(bytes)),
      lastModified: view.channel.createdAt,
      size: bytes.byteLength,
      body: bytes,
    }
  }

  /** With the address of the server in it, so that its tag is of what is sent. */
  async #feed(
    view: ChannelView,
  ): Promise<Pick<Representation, 'etag' | 'lastModified' | 'size' | 'body' | 'isMomentary'>> {
    const file = findRendered(view, WHOLE_CHANNEL, 'rss.xml', 'plain')
    const stored = file ? await this.#read(file.sha256) : emptyFile('rss.xml', 'plain', view.channel.name)
    const bytes = withServer(stored, this.#publicUrl ?? currentOrigin()?.serverUrl)
    return {
      etag: etagOf('rss.xml', digestOf(bytes)),
      lastModified: file ? view.renderedAt : view.channel.createdAt,
      size: bytes.byteLength,
      // answers are remembered whatever the client called the server
      isMomentary: true,
      body: bytes,
    }
  }

  async #notices(actor: Actor, { channel, cacheScope }: OpenedView): Promise<Representation> {
    const parts = { db: this.#db, gate: this.#gate, now: this.#now }
    const own = await blockedNotices(parts, actor, channel)
    const notices = [...own, ...(await listCurrentNotices(this.#db, channel.id, this.#now()))]
    const bytes = Buffer.from(renderNotices(notices))
    return {
      etag: etagOf('notices', digestOf(bytes)),
      lastModified: notices.reduce(
        (latest, { createdAt }) => (createdAt > latest ? createdAt : latest),
        channel.createdAt,
      ),
      contentType: 'application/json',
      // what one person was refused is not for a cache that others share
      cacheControl: own.length > 0 ? 'private, no-cache' : `${cacheScope}, max-age=${INDEX_MAX_AGE_SECONDS}`,
      size: bytes.byteLength,
      // counts of refusals are written in batches that void nothing
      isMomentary: true,
      body: bytes,
    }
  }

  async #page(view: OpenedView, subdir: string | undefined, request: RequestFacts): Promise<Representation> {
    const { channel } = view
    const known = new Set(['noarch', ...view.subdirs.keys()])
    if (subdir !== undefined && !known.has(subdir))
      throw new AppError('not-found', `the channel ${channel.name} has no subdir ${subdir}`)
    const title = view.pinned ? `${channel.name}@${view.revision}` : channel.name
    const html =
      subdir === undefined
        ? renderChannelPage(title, channel, [...known].sort(), view.subdirs)
        : renderSubdirPage(
            title,
            subdir,
            await this.#listFiles(view, subdir, request.query.get('after') ?? ''),
          )
    const bytes = Buffer.from(html)
    return {
      etag: etagOf('page', digestOf(bytes)),
      lastModified: view.revisedAt,
      contentType: 'text/html; charset=utf-8',
      cacheControl: `${view.cacheScope}, no-cache`,
      headers: PAGE_HEADERS,
      size: bytes.byteLength,
      body: bytes,
    }
  }

  /** Of the present the rows tell; of another revision only the ledger does. */
  async #listFiles(view: ChannelView, subdir: string, after: string): Promise<ServedFileRow[]> {
    return isLedgerView(view)
      ? listFilesOfRevision(this.#blobs, view.subdirs.get(subdir), after)
      : listServedFiles(this.#db, view.channel.id, subdir, after)
  }

  async #package(actor: Actor, view: OpenedView, subdir: string, filename: string): Promise<Found> {
    const { channel } = view
    const file = await findFile(this.#db, channel.id, subdir, filename)
    const isAbove = view.pinned && mayDo(actor, 'revision:download-blocked', channel)
    if (!file || !(await this.#isIn(view, file, isAbove))) {
      const lost = file && channel.kind === 'virtual' ? await this.#lostOwner(channel, file.name) : undefined
      throw new AppError(
        'not-found',
        lost === undefined
          ? `the channel ${channel.name} has no file ${subdir}/${filename}`
          : `the virtual channel ${channel.name} has ${file?.name} no more: the member that it comes from was ${lost}`,
      )
    }
    requireNamePermission(actor, 'artifact:read', channel, file.name)
    const count = (outcome: 'served' | 'refused'): void =>
      this.#requests.count({ channelId: channel.id, fileId: file.id, actorId: actorId(actor), outcome })
    try {
      if (!isAbove) await this.#gate.admit(channel, file)
      if (file.verifiedBy === 'announced') {
        await this.#bring(channel, file)
        // once more, now that it is known what is inside
        if (!isAbove) await this.#gate.admit(channel, file)
      }
    } catch (error) {
      if (error instanceof AppError && error.code === 'blocked-by-policy') count('refused')
      throw error
    }
    await this.#requireSound(channel, file)
    return {
      sent: () => count('served'),
      etag: etagOf('file', file.sha256),
      lastModified: file.addedAt,
      contentType: 'application/octet-stream',
      // revalidated each time, so that a policy stops a cached copy too
      cacheControl: `${isAbove ? 'private' : view.cacheScope}, no-cache`,
      size: file.size,
      attachment: filename,
      ...this.#elsewhere(file.sha256, filename),
      body: (range) => this.#open(file, range),
    }
  }

  /**
   * Bytes that a check found damaged are read again before anything is answered, also to HEAD and before the address of a
   * bucket is given: an operator may have put them back.
   * @throws AppError package-damaged, with what was found and the way out
   */
  async #requireSound(channel: Channel, { sha256, size, subdir, filename }: ChannelFile): Promise<void> {
    const damage = (await findDamage(this.#db, [sha256])).get(sha256)
    if (!damage) return
    try {
      await this.#verified.verifyAgain(sha256, size)
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'corrupt-data')) throw error
      throw damagedPackage(`${channel.name}/${subdir}/${filename}`, damage)
    }
    await forgetDamage(this.#db, [sha256])
  }

  async #lostOwner(virtual: Channel, name: string): Promise<'closed' | 'deleted' | undefined> {
    return (await findOwners(this.#db, virtual.id, [name])).get(name)?.lost?.how
  }

  /** Of a virtual channel, the member has the mirror that knows where they are. */
  async #bring(channel: Channel, file: ChannelFile): Promise<void> {
    if (channel.kind === 'default') {
      await this.#onDemand.bring(channel, file)
      return
    }
    const source = (await findMemberFiles(this.#db, channel, [file])).get(file.id)
    if (source?.file.verifiedBy === 'announced') await this.#onDemand.bring(source.member, source.file)
  }

  /** Packages may come from the bucket itself; never an index, which has to stand under one address with its shards. */
  #elsewhere(sha256: string, filename: string): Pick<Representation, 'elsewhere'> {
    const { link } = this.#blobs
    const seconds = this.#redirectSeconds
    if (!link || seconds === 0) return {}
    return { elsewhere: () => link.call(this.#blobs, sha256, { seconds, filename }) }
  }

  async #open(
    { sha256, size }: { readonly sha256: string; readonly size: number },
    range: ByteRange | undefined,
  ): Promise<Readable | FileHandle> {
    if (!this.#blobs.openFile) {
      if (!range) return this.#verified.openStream(sha256, size)
      await this.#verified.verifyObject(sha256, size)
      return this.#blobs.open(sha256, range)
    }
    const handle = await this.#blobs.openFile(sha256)
    await this.#verified.verify(sha256, size, handle)
    return handle
  }

  /**
   * What clients were told of they get, also when it was taken out since; what came later they don't. What was blocked
   * when it was taken out stays out of reach in the past too: its policy may have gone with it, as with a mirror.
   * @param isAbove of whoever may have what is blocked
   */
  async #isIn(view: ChannelView, file: ChannelFile, isAbove: boolean): Promise<boolean> {
    const state = view.subdirs.get(file.subdir)
    const isPresent = file.state === 'present'
    if (isLedgerView(view))
      return isPresent || isAbove ? this.#contents.has(state, file) : this.#contents.hasOffered(state, file)
    return isPresent || (this.#isJustGone(view.channel, file) && this.#contents.hasLost(state, file))
  }

  /**
   * Clients work with an index that is days old, and a lock file is older: what they were told of stays for a while, as
   * CEP 36 wants it. Not in a virtual channel, where a file also goes because its name belongs to another member now.
   */
  #isJustGone(channel: Channel, file: ChannelFile): boolean {
    const age = this.#now().getTime() - file.updatedAt.getTime()
    return channel.kind === 'default' && file.verifiedBy !== 'announced' && age < REMOVED_STAYS_MS
  }

  async #read(sha256: string): Promise<Uint8Array> {
    const known = this.#cache.get(sha256)
    if (known) return known
    const bytes = await this.#verified.read(sha256)
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

/** Of which revision a file is: files with the same number belong together. */
function generation(revision: number): Readonly<Record<string, string>> {
  return { 'x-terrarium-revision': String(revision) }
}

function contentTypeOf(resource: Resource, form: Form): string {
  if (form === 'zst') return 'application/zstd'
  return resource.endsWith('.xml') ? 'application/rss+xml' : 'application/json'
}

/** Of the past too: a revision expires, and a channel may become private, or go and come again under its name. */
function indexCacheControl({ cacheScope }: OpenedView): string {
  return `${cacheScope}, max-age=${INDEX_MAX_AGE_SECONDS}`
}

/** The rows of the database are about the newest revision; what is seen here may be another. */
function isLedgerView({ pinned, channel }: ChannelView): boolean {
  return pinned || channel.frozen
}

import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { compareVersions } from '@terrarium/conda'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Staging } from '../blobs/staging.ts'
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { listFiles, listNames } from '../channels/list-contents.ts'
import { getChannel } from '../channels/manage-channels.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import { withRawBodies } from '../platform/http/raw-body.ts'
import { errorText } from '../platform/text.ts'
import type { WorkerPool } from '../platform/worker-pool.ts'
import { AppError } from '../vocabulary/errors.ts'
import { damageBody, toDamageBody, type Damage } from './damage.ts'
import { findDamage } from './damage-store.ts'
import { readUploadForm, type FormFields } from './upload-form.ts'
import {
  requireUpload,
  uploadPackage,
  type DeclaredFile,
  type UploadContext,
  type UploadResult,
} from './upload-package.ts'

export interface ArtifactRouteParts {
  readonly db: Db
  readonly now: () => Date
  readonly staging: Staging
  readonly blobs: BlobStore
  readonly inspectors: WorkerPool
  readonly maxUploadBytes: number
  readonly publicUrl: string | undefined
}

const reason = z.object({
  policy: z.string(),
  rule: z.string(),
  effect: z.string(),
  text: z.string(),
})

const fileBody = z.object({
  channel: z.string(),
  ckey: z.string().describe('Path of the file in the channel'),
  family: z.literal('conda'),
  name: z.string(),
  size: z.number(),
  url: z.string(),
  metadata: z.object({
    version: z.string(),
    build: z.string(),
    build_number: z.number(),
    subdir: z.string(),
    filename: z.string(),
    license: z.string().nullable(),
    sha256: z.string(),
    verified_by: z
      .enum(['sha256', 'md5', 'upload', 'announced'])
      .describe(
        'What proved the bytes: the sha256 of the upstream, its weaker md5, or the upload itself; ' +
          '`announced` while they are still with the upstream of a passive mirror',
      ),
  }),
  effect: z
    .enum(['allow', 'warn', 'hide', 'hold', 'deny', 'pending'])
    .describe('What the policies said at the last publish; `pending` before the first'),
  reasons: z.array(reason),
  damage: damageBody.optional(),
  created_at: z.string(),
  updated_at: z.string(),
})

/** @param damage of the bytes of files, by sha256 */
function toBody(
  channel: Channel,
  file: ChannelFile,
  damage: ReadonlyMap<string, Damage> = new Map(),
): z.output<typeof fileBody> {
  const damaged = damage.get(file.sha256)
  const decision =
    file.decision === null ? undefined : (JSON.parse(file.decision) as { reasons: z.output<typeof reason>[] })
  return {
    channel: channel.name,
    ckey: `${file.subdir}/${file.filename}`,
    family: 'conda',
    name: file.name,
    size: file.size,
    url: `/api/repo/${channel.name}/${file.subdir}/${file.filename}`,
    metadata: {
      version: file.version,
      build: file.build,
      build_number: file.buildNumber,
      subdir: file.subdir,
      filename: file.filename,
      license: file.licence,
      sha256: file.sha256,
      verified_by: file.verifiedBy,
    },
    effect: file.effect ?? 'pending',
    reasons: (decision?.reasons ?? []).map(({ policy, rule, effect, text }) => ({
      policy,
      rule,
      effect,
      text,
    })),
    ...(damaged && { damage: toDamageBody(damaged) }),
    created_at: file.addedAt.toISOString(),
    updated_at: file.updatedAt.toISOString(),
  }
}

async function toBodies(
  db: Db,
  channel: Channel,
  files: readonly ChannelFile[],
): Promise<z.output<typeof fileBody>[]> {
  const damage = await findDamage(
    db,
    files.map(({ sha256 }) => sha256),
  )
  return files.map((file) => toBody(channel, file, damage))
}

const packageBody = z.object({
  name: z.string(),
  family: z.literal('conda'),
  channel: z.string(),
  file_count: z.number(),
  blocked_count: z.number().describe('Files the policies keep from clients'),
  metadata: z.object({
    version: z.string().describe('The newest'),
    subdirs: z.array(z.string()),
    install_cmd: z.string(),
  }),
})

const tags = ['artifacts']
const params = z.object({ channel: z.string().max(200) })
/** The upload types of the contract that this release takes. */
const CONDA_FILETYPES = new Set(['conda', 'conda1'])

export function artifactRoutes(app: App, parts: ArtifactRouteParts): void {
  app.get(
    '/api/channels/:channel/artifacts',
    {
      schema: {
        summary: 'Packages of a channel, one row a name',
        tags,
        params,
        querystring: pageQuery.extend({ q: z.string().max(200).optional() }),
        response: { 200: pageOf(packageBody) },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      const { total, items } = await listNames(parts.db, channel.id, request.query)
      return {
        total_count: total,
        items: items.map((item) => ({
          name: item.name,
          family: 'conda' as const,
          channel: channel.name,
          file_count: item.fileCount,
          blocked_count: item.blockedCount,
          metadata: {
            version: newest(item.versions),
            subdirs: item.subdirs,
            install_cmd: `conda install -c ${channel.name} ${item.name}`,
          },
        })),
      }
    },
  )

  app.get(
    '/api/channels/:channel/artifacts/conda/:name/files',
    {
      schema: {
        summary: 'Files of a package, with what the policies say of each',
        tags,
        params: params.extend({ name: z.string().max(200) }),
        querystring: pageQuery,
        response: { 200: pageOf(fileBody) },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      const query = { ...request.query, name: request.params.name }
      const { total, items } = await listFiles(parts.db, channel.id, query)
      if (total === 0)
        throw new AppError('not-found', `the channel ${channel.name} has no package ${query.name}`)
      return { total_count: total, items: await toBodies(parts.db, channel, items) }
    },
  )

  app.get(
    '/api/channels/:channel/files',
    {
      schema: {
        summary: 'Files of a channel; with blocked=true those that clients cannot have, and why',
        tags,
        params,
        querystring: pageQuery.extend({
          blocked: z.stringbool().optional(),
          subdir: z.string().max(64).optional(),
          q: z.string().max(200).optional(),
        }),
        response: { 200: pageOf(fileBody) },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      const { total, items } = await listFiles(parts.db, channel.id, request.query)
      return { total_count: total, items: await toBodies(parts.db, channel, items) }
    },
  )

  app.post(
    '/api/channels/:channel/artifacts',
    {
      schema: {
        summary:
          'Upload a package: multipart with filetype, optional size, sha256, subdir, attestation, and the file as content',
        tags,
        params,
        consumes: ['multipart/form-data'],
        response: { 200: fileBody, 201: fileBody },
      },
    },
    async (request, reply) => {
      const { channel, result } = await takeForm(parts, request, request.params.channel)
      return reply.code(result.created ? 201 : 200).send(toBody(channel, result.file))
    },
  )
  uploadRoutesOfOthers(app, parts)

  // where twine uploads to: it is told apart whether the token is wrong or the package is of a kind we do not take
  app.post(
    '/api/repo/*',
    { schema: { hide: true, params: z.object({ '*': z.string().max(300) }) } },
    async (request) => {
      request.raw.resume() // or a client that is still sending never comes to read the refusal
      const ctx = { ...parts, maxBytes: parts.maxUploadBytes, actor: request.actor }
      const channel = await getChannel(ctx, request.params['*'].replace(/\/+$/, ''))
      requireUpload(ctx, channel)
      throw new AppError(
        'unsupported-media-type',
        `${channel.name} takes conda packages alone, at /api/channels/${channel.name}/artifacts; Python packages cannot be uploaded`,
      )
    },
  )
}

/**
 * Where rattler-build and pixi upload to as to prefix.dev (a form, with the name of the channel as it is) and to quetz (the
 * bytes as they are). Names stay bound to their bytes, whatever their `force` says.
 */
function uploadRoutesOfOthers(app: App, parts: ArtifactRouteParts): void {
  app.post(
    '/api/v1/upload/*',
    { schema: { hide: true, params: z.object({ '*': z.string().max(300) }) } },
    async (request, reply) => {
      const { channel, result } = await takeForm(parts, request, request.params['*'])
      return reply.code(result.created ? 201 : 200).send(toBody(channel, result.file))
    },
  )

  withRawBodies(app, parts.maxUploadBytes, (scope) => {
    scope.post(
      '/api/channels/:channel/upload/:filename',
      {
        bodyLimit: parts.maxUploadBytes,
        schema: {
          summary: 'Upload a package as to quetz: the body is the file',
          tags,
          consumes: ['application/octet-stream'],
          params: params.extend({ filename: z.string().max(300) }),
          querystring: z.object({ sha256: z.string().max(100).optional() }),
          response: { 200: fileBody, 201: fileBody },
        },
      },
      async (request, reply) => {
        const { filename, channel: name } = request.params
        const { sha256 } = request.query
        const ctx = { ...parts, maxBytes: parts.maxUploadBytes, actor: request.actor }
        try {
          const channel = await getChannel(ctx, name)
          requireUpload(ctx, channel)
          const result = await uploadPackage(ctx, channel, {
            declaredFilename: filename,
            chunks: bodyOf(request),
            readDeclared: async () => ({ sha256 }),
          })
          return await reply.code(result.created ? 201 : 200).send(toBody(channel, result.file))
        } catch (error) {
          request.raw.resume() // or a client that is still sending never comes to read the refusal
          throw error
        }
      },
    )
  })
}

async function* bodyOf({ raw }: FastifyRequest): AsyncGenerator<Uint8Array> {
  try {
    // a refusal in the middle has to find the connection open
    for await (const chunk of raw.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array // a stream of bytes
  } catch (error) {
    throw new AppError('bad-request', `the body breaks off: ${errorText(error)}`, { cause: error })
  }
}

async function takeForm(
  parts: ArtifactRouteParts,
  request: FastifyRequest,
  name: string,
): Promise<{ channel: Channel; result: UploadResult }> {
  const ctx = { ...parts, maxBytes: parts.maxUploadBytes, actor: request.actor }
  const channel = await getChannel(ctx, name)
  requireUpload(ctx, channel) // before anything of the form is read
  try {
    return { channel, result: await takeUpload(ctx, channel, request) }
  } catch (error) {
    // or a client that is still sending never comes to read the refusal
    request.raw.unpipe().resume()
    throw error
  }
}

async function takeUpload(
  ctx: UploadContext,
  channel: Channel,
  request: FastifyRequest,
): Promise<UploadResult> {
  const form = await readUploadForm(request)
  checkFiletype(form.fieldsSoFar)
  return uploadPackage(ctx, channel, {
    declaredFilename: form.filename,
    chunks: form.chunks,
    readDeclared: async () => toDeclared(await form.readRest()),
  })
}

function checkFiletype(fields: FormFields): void {
  const { filetype = 'conda1' } = fields
  if (CONDA_FILETYPES.has(filetype)) return
  throw new AppError(
    'bad-request',
    `filetype ${filetype.slice(0, 40)} is not taken; conda packages are conda1`,
  )
}

function toDeclared(fields: FormFields): DeclaredFile {
  checkFiletype(fields)
  const { size, sha256, subdir, attestation } = fields
  if (size !== undefined && !/^\d{1,15}$/.test(size)) {
    throw new AppError('bad-request', `size ${size.slice(0, 40)} is no number of bytes`)
  }
  return { size: size === undefined ? undefined : Number(size), sha256, subdir, attestation }
}

function newest(versions: readonly string[]): string {
  return versions.reduce((best, version) => (compareVersions(version, best) > 0 ? version : best))
}

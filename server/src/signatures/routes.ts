/** The keys whose word counts. */
import { z } from 'zod'
import { getChannel } from '../channels/manage-channels.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import { attestFile, listFileAttestations } from './keep-attestation.ts'
import { distrustKey, listTrustedKeys, trustKey, trustRoot } from './manage-keys.ts'
import { keyKinds, type TrustedKey } from './trusted-key.ts'

const tags = ['signatures']
const keyBody = z.object({
  id: z.string(),
  label: z.string(),
  kind: z.enum(keyKinds),
  key_id: z
    .string()
    .describe('What signatures name it by: of ed25519 the key itself, else the sha256 of its DER; hex'),
  public_key: z.string().describe('PEM'),
  channel: z.string().nullable().describe('Where its word counts; null: in all channels'),
  created_at: z.string(),
})

function toBody(key: TrustedKey): z.output<typeof keyBody> {
  return {
    id: key.id,
    label: key.label,
    kind: key.kind,
    key_id: key.keyId,
    public_key: key.pem,
    channel: key.channelName ?? null,
    created_at: key.createdAt.toISOString(),
  }
}

const fileParams = z.object({
  channel: z.string().max(200),
  subdir: z.string().max(64),
  filename: z.string().max(300),
})

export function signatureRoutes(
  app: App,
  parts: { db: Db; now: () => Date; publicUrl: string | undefined },
): void {
  app.get(
    '/api/channels/:channel/attestations/:subdir/:filename',
    {
      schema: {
        summary:
          'What was stated of a file and signed (CEP 27), and whether a trusted key did; ten at the most',
        tags,
        params: fileParams,
        response: {
          200: z.object({
            total_count: z.number(),
            items: z.array(
              z.object({
                id: z.string(),
                sha256: z.string().describe('Of the bytes that it is about'),
                key_ids: z.array(z.string()).describe('Of the keys that signed it'),
                trusted_keys: z.array(z.string()).describe('Labels of those that are trusted at this moment'),
                created_at: z.string(),
                bundle: z.record(z.string(), z.unknown()).describe('As it came, for who verifies it again'),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await getChannel(ctx, request.params.channel)
      const all = await listFileAttestations(ctx, channel, request.params)
      return {
        total_count: all.length,
        items: all.map(({ id, sha256, signers, trusted, createdAt, bundle }) => ({
          ...{ id, sha256, key_ids: [...signers], trusted_keys: trusted.map(({ label }) => label) },
          created_at: createdAt.toISOString(),
          bundle: JSON.parse(bundle) as Record<string, unknown>, // readAttestation wrote an object
        })),
      }
    },
  )

  app.post(
    '/api/channels/:channel/attestations/:subdir/:filename',
    {
      schema: {
        summary:
          'Add an attestation of a file that is there: a Sigstore bundle (CEP 27) that a trusted key signed',
        tags,
        params: fileParams,
        body: z.record(z.string(), z.unknown()),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await getChannel(ctx, request.params.channel)
      const text = JSON.stringify(request.body)
      await attestFile(ctx, channel, request.params, { text, publicUrl: parts.publicUrl })
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/api/trusted-keys',
    {
      schema: {
        summary: 'The keys whose signatures count',
        tags,
        querystring: pageQuery,
        response: { 200: pageOf(keyBody) },
      },
    },
    async (request) => {
      const { total, items } = await listTrustedKeys({ ...parts, actor: request.actor }, request.query)
      return { total_count: total, items: items.map(toBody) }
    },
  )

  app.post(
    '/api/trusted-keys',
    {
      schema: {
        summary: 'Trust a key: what it has signed is signed from now on, in one channel or in all',
        tags,
        body: z.object({
          label: z.string().max(200).describe('What people call it; explanations name it'),
          public_key: z
            .string()
            .max(4000)
            .describe('64 hex digits (ed25519), or a PEM of an ed25519 or ECDSA P-256 key'),
          channel: z.string().max(200).nullish().describe('Where its word counts; all channels without'),
        }),
        response: { 201: keyBody },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      const { label, public_key: publicKey, channel } = request.body
      const key = await trustKey(ctx, {
        ...{ label, publicKey },
        channel: channel == null ? undefined : await getChannel(ctx, channel),
      })
      return reply.code(201).send(toBody(key))
    },
  )

  app.post(
    '/api/trusted-keys/from-root',
    {
      schema: {
        summary:
          'Trust the keys that sign packages after a root of conda content trust; it is read once and not followed',
        tags,
        body: z.object({
          label: z.string().max(200).describe('Of the key; several are numbered'),
          root: z.string().max(200_000).describe('Content of N.root.json'),
          key_mgr: z.string().max(200_000).describe('Content of key_mgr.json'),
          channel: z.string().max(200).nullish().describe('Where their word counts; all channels without'),
        }),
        response: { 201: z.object({ total_count: z.number(), items: z.array(keyBody) }) },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      const { label, root, key_mgr: keyManager, channel } = request.body
      const keys = await trustRoot(ctx, {
        ...{ label, root, keyManager },
        channel: channel == null ? undefined : await getChannel(ctx, channel),
      })
      return reply.code(201).send({ total_count: keys.length, items: keys.map(toBody) })
    },
  )

  app.delete(
    '/api/trusted-keys/:key',
    {
      schema: {
        summary: 'Trust a key no more, by id or label: what it has signed counts as unsigned from now on',
        tags,
        params: z.object({ key: z.string().max(200) }),
        querystring: z.object({ reason: z.string().max(1000).optional() }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await distrustKey({ ...parts, actor: request.actor }, request.params.key, request.query.reason)
      return reply.code(204).send(null)
    },
  )
}

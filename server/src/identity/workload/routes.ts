/** Trust rules of a channel, and the exchange that jobs of CI systems use. */
import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { pageQuery } from '../../platform/http/paging.ts'
import type { RateLimit } from '../../platform/http/rate-limit.ts'
import { Secret } from '../../platform/secret.ts'
import { AppError } from '../../vocabulary/errors.ts'
import type { IdentityParts } from '../context.ts'
import { contextOf } from '../routes.ts'
import { changeRule, createRule, deleteRule, listRules, tryRules } from './manage-rules.ts'
import { audiencesOf, mintToken } from './mint-token.ts'
import type { TrustRule } from './trust-rule.ts'

export interface WorkloadRouteParts extends IdentityParts {
  readonly publicUrl: string | undefined
  /** Attempts to sign in, by address; undefined for no limit. */
  readonly signIns: RateLimit | undefined
}

/** Characters of a claim that a trial shows. */
const MAX_SHOWN = 500

const tags = ['tokens']
const channelParams = z.object({ channel: z.string().max(200) })
const ruleParams = channelParams.extend({ rule: z.string().max(100) })
const trustFields = {
  issuer: z.string().max(500),
  claims: z.record(z.string().max(100), z.string().max(300)).describe('Patterns; * stands for any text'),
}
const ruleFields = { name: z.string().max(100), ...trustFields }
const namePatternsField = z.array(z.string().max(200)).nullish()
const trialBody = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      issuer: z.string(),
      matches: z.boolean(),
      issuer_matches: z.boolean(),
      claims: z.array(
        z.object({
          claim: z.string(),
          pattern: z.string(),
          value: z.string().nullable().describe('What was given; null for nothing that can be compared'),
          matches: z.boolean(),
        }),
      ),
    }),
  ),
})
const ruleBody = z.object({
  id: z.string(),
  ...ruleFields,
  name_patterns: z.array(z.string()).nullable(),
  account_id: z.string().describe('The service account that its jobs upload as'),
  audience: z.string().nullable().describe('Whom a job has to ask its token for'),
  created_at: z.string(),
  last_used_at: z.string().nullable(),
})

export function workloadRoutes(app: App, parts: WorkloadRouteParts): void {
  const toBody = (rule: TrustRule): z.output<typeof ruleBody> => ({
    id: rule.id,
    name: rule.name,
    issuer: rule.issuer,
    claims: { ...rule.claims },
    name_patterns: rule.namePatterns ? [...rule.namePatterns] : null,
    account_id: rule.userId,
    audience: (parts.publicUrl && audiencesOf(parts.publicUrl)[0]) ?? null,
    created_at: rule.createdAt.toISOString(),
    last_used_at: rule.lastUsedAt?.toISOString() ?? null,
  })

  app.get(
    '/api/channels/:channel/trust-rules',
    {
      schema: {
        summary: 'Which jobs of CI systems may upload to a channel',
        tags,
        params: channelParams,
        querystring: pageQuery,
        response: { 200: z.object({ total_count: z.number(), items: z.array(ruleBody) }) },
      },
    },
    async (request) => {
      const { total, items } = await listRules(
        contextOf(parts, request),
        request.params.channel,
        request.query,
      )
      return { total_count: total, items: items.map(toBody) }
    },
  )

  app.post(
    '/api/channels/:channel/trust-rules',
    {
      schema: {
        summary: 'Let jobs of a CI system upload to a channel',
        tags,
        params: channelParams,
        body: z.object({ ...ruleFields, name_patterns: namePatternsField }),
        response: { 201: ruleBody },
      },
    },
    async (request, reply) => {
      const { name_patterns: namePatterns, ...rule } = request.body
      const made = await createRule(contextOf(parts, request), request.params.channel, {
        ...rule,
        namePatterns: namePatterns ?? undefined,
      })
      return reply.code(201).send(toBody(made))
    },
  )

  app.put(
    '/api/channels/:channel/trust-rules/:rule',
    {
      schema: {
        summary: 'Change whom a trust rule lets in, by id or name; tokens that are out end at once',
        tags,
        params: ruleParams,
        body: z.object({ ...trustFields, name_patterns: namePatternsField }),
        response: { 200: ruleBody },
      },
    },
    async (request) => {
      const { channel, rule } = request.params
      const { issuer, claims, name_patterns: namePatterns } = request.body
      const change = { issuer, claims, namePatterns: namePatterns ?? undefined }
      return toBody(await changeRule(contextOf(parts, request), channel, rule, change))
    },
  )

  app.post(
    '/api/channels/:channel/trust-rules/try',
    {
      schema: {
        summary: 'Which rules of a channel would let in a job with these claims, and why; issues nothing',
        tags,
        params: channelParams,
        body: z.object({
          claims: z
            .record(z.string().max(200), z.unknown())
            .describe('The claims of the token of a job, iss included; not the token itself'),
        }),
        response: { 200: trialBody },
      },
    },
    async (request) => {
      const trials = await tryRules(contextOf(parts, request), request.params.channel, request.body.claims)
      return {
        items: trials.map(({ rule, isMatch, isIssuer, claims }) => ({
          ...{ id: rule.id, name: rule.name, issuer: rule.issuer },
          ...{ matches: isMatch, issuer_matches: isIssuer },
          claims: claims.map(({ claim, pattern, value, isMatch: matches }) => ({
            ...{ claim, pattern, value: value?.slice(0, MAX_SHOWN) ?? null, matches },
          })),
        })),
      }
    },
  )

  app.delete(
    '/api/channels/:channel/trust-rules/:rule',
    {
      schema: {
        summary: 'Drop a trust rule, by id or name; tokens that are out end at once',
        tags,
        params: ruleParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await deleteRule(contextOf(parts, request), request.params.channel, request.params.rule)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/api/oidc/mint_token',
    {
      schema: {
        summary:
          'For CI jobs: an upload token of ten minutes for the job’s own signed token; the answer is its text',
        tags,
        body: z.object({
          token: z
            .string()
            .min(1)
            .max(16 * 1024),
          channel: z.string().max(200).optional().describe('Where trust rules of several channels fit'),
        }),
        response: { 200: z.string() },
      },
    },
    async (request, reply) => {
      const seconds = parts.signIns?.take(`job ${request.ip}`)
      if (seconds !== undefined) {
        throw new AppError('too-many-requests', `too many requests for tokens: try again in ${seconds} s`, {
          details: { retry_after: seconds },
        })
      }
      const { secret } = await mintToken(parts, {
        token: new Secret(request.body.token),
        channel: request.body.channel,
        publicUrl: parts.publicUrl,
      })
      return reply
        .header('cache-control', 'no-store')
        .type('text/plain')
        .serializer((text: unknown) => String(text))
        .send(secret.reveal())
    },
  )
}

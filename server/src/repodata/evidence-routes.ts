/**
 * Why a vulnerability concerns one file, or does not: everything that was looked at, from what the package is upstream
 * to whose word decided. Here and not with the vulnerabilities because the facts of a file are gathered here.
 */
import { z } from 'zod'
import { findInspections } from '../artifacts/store.ts'
import { findFile } from '../channels/contents-store.ts'
import { getChannel } from '../channels/manage-channels.ts'
import { requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { AppError } from '../vocabulary/errors.ts'
import { identityKey } from '../vulnerabilities/advisory.ts'
import { readBuildFacts } from '../vulnerabilities/build-facts.ts'
import { scoreSourceName, type ChosenScore } from '../vulnerabilities/choose-score.ts'
import { curationBody, toCurationBodies } from '../vulnerabilities/curation/bodies.ts'
import { resolveVulnerability } from '../vulnerabilities/curation/curation-store.ts'
import { cveId } from '../vulnerabilities/curation/routes.ts'
import { findKnowledge } from '../vulnerabilities/find-vulnerabilities.ts'
import { overlayKinds, overlaysOf } from '../vulnerabilities/overlays.ts'
import { sourceAges } from '../vulnerabilities/source.ts'
import { findProvenance } from '../vulnerabilities/source-store.ts'
import { findIdentities } from '../vulnerabilities/store.ts'
import { curationsFor, holdsIn, statusOf, type Match } from '../vulnerabilities/vulnerability-fact.ts'
import { vulnerabilityStatuses } from '../vulnerabilities/vulnerability-status.ts'
import { curatedFile } from './gather-facts.ts'

const scoreBody = z.object({
  score: z.number().nullable(),
  severity: z.string(),
  source: z.string().nullable(),
  vector: z.string().nullable(),
})

const evidenceBody = z.object({
  file: z.object({
    channel: z.string(),
    ckey: z.string(),
    name: z.string(),
    version: z.string(),
    build: z.string(),
    sha256: z.string(),
  }),
  cve: z.string(),
  identity: z.object({
    state: z.string(),
    links: z.array(
      z.object({
        identity: z.string(),
        relation: z.string(),
        confidence: z.number(),
        evidence: z.string(),
        origin: z.string(),
      }),
    ),
  }),
  matches: z.array(
    z.object({
      verdict: z.string(),
      confidence: z.number(),
      why: z.string(),
      platforms: z.array(z.string()).nullable(),
      holds_here: z.boolean().describe('On the platform of the file'),
      fixed_in: z.array(z.string()),
      said_only: z.boolean().describe('No advisory matches, somebody says so'),
      statements: z
        .array(
          z.object({
            advisory: z.string(),
            source: z.string(),
            identity: z.string(),
            identity_evidence: z.string(),
            range: z.string(),
            order: z.string().nullable(),
            platforms: z.array(z.string()).nullable(),
            conditions: z.array(z.string()),
            component: z.string().nullable(),
            note: z.string().nullable(),
            verdict: z.string(),
            confidence: z.number(),
            why: z.string(),
          }),
        )
        .describe('Of advisories; the first decides'),
      overlays: z.array(
        z.object({ kind: z.enum(overlayKinds), says: z.string(), basis: z.string(), why: z.string() }),
      ),
      status: z.enum(vulnerabilityStatuses),
      status_basis: z.string(),
      curations: z.array(curationBody).describe('What covers this file; the first decides'),
    }),
  ),
  score: z
    .object({
      preferred: scoreBody,
      maximum: scoreBody,
      by_source: z.array(scoreBody).describe('In the order of preference'),
    })
    .nullable(),
  kev: z.boolean(),
  epss: z.number().nullable(),
  sources: z
    .array(
      z.object({
        source: z.string(),
        imported_at: z.string(),
        current_at: z.string().nullable().describe('The time that its data is of, as far as we know'),
        age: z.enum(sourceAges).describe('fresh up to 2 days, aging to 7, old to 14, then stale'),
      }),
    )
    .describe('Where the advisories of the statements came from, the oldest first'),
})

export function evidenceRoutes(app: App, parts: { db: Db; now: () => Date }): void {
  const { db } = parts
  app.get(
    '/api/channels/:channel/cves/:cve_id/evidence',
    {
      schema: {
        summary:
          'Why a CVE concerns one file, or does not: identity, ranges, the build, and whose word decides',
        tags: ['cves'],
        params: z.object({ channel: z.string().max(200), cve_id: cveId }),
        querystring: z.object({
          file: z
            .string()
            .min(3)
            .max(400)
            .regex(/^[^/]+\/[^/]+$/, 'must be subdir/filename'),
        }),
        response: { 200: evidenceBody },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      requirePermission(request.actor, 'vulnerability:read', channel)
      const [subdir = '', filename = ''] = request.query.file.split('/')
      const file = await findFile(db, channel.id, subdir, filename)
      if (file?.state !== 'present') {
        throw new AppError('not-found', `${channel.name} has no file ${subdir}/${filename}`)
      }
      const cve = (await resolveVulnerability(db, request.params.cve_id))?.id
      if (cve === undefined) {
        throw new AppError('not-found', `no advisory that was imported names ${request.params.cve_id}`)
      }
      const identities = await findIdentities(db, file.name)
      const knowledge = (
        await findKnowledge(db, [file.name], () => Promise.resolve(new Map([[file.name, [file.version]]])))
      ).get(file.name)
      const matches = (knowledge?.found.get(file.version) ?? []).filter(
        ({ vulnerability }) => vulnerability.id === cve,
      )
      const inspection = (await findInspections(db, [file.sha256])).get(file.sha256)
      const build = inspection === undefined ? undefined : readBuildFacts(inspection)
      const context = {
        subdir,
        build,
        curated: { file: curatedFile(channel, file), curations: knowledge?.curations ?? [] },
      }
      const vulnerability = matches[0]?.vulnerability
      return {
        file: {
          channel: channel.name,
          ckey: `${subdir}/${filename}`,
          name: file.name,
          version: file.version,
          build: file.build,
          sha256: file.sha256,
        },
        cve,
        identity: {
          state: identities.state,
          links: identities.links.map(({ identity, relation, confidence, evidence, origin }) => ({
            ...{ identity: identityKey(identity), relation, confidence, evidence, origin },
          })),
        },
        matches: await Promise.all(
          matches.map(async (match) => {
            const overlays = overlaysOf(match, build)
            const { status, basis } = statusOf(match, overlays, context)
            return {
              verdict: match.verdict,
              confidence: match.confidence,
              why: match.why,
              platforms: match.platforms && [...match.platforms],
              holds_here: holdsIn(match, subdir),
              fixed_in: [...match.fixedIn],
              said_only: match.isSaidOnly ?? false,
              statements: match.evidence.map(({ advisoryId, identityEvidence, ...rest }) => ({
                ...rest,
                advisory: advisoryId,
                identity_evidence: identityEvidence,
                platforms: rest.platforms && [...rest.platforms],
                conditions: [...rest.conditions],
              })),
              overlays: [...overlays],
              status,
              status_basis: basis,
              curations: await toCurationBodies(db, curationsFor(match, context)),
            }
          }),
        ),
        score: vulnerability
          ? {
              preferred: named(vulnerability.preferred),
              maximum: named(vulnerability.maximum),
              by_source: vulnerability.scores.map(named),
            }
          : null,
        kev: Boolean(vulnerability?.kev),
        epss: vulnerability?.epss?.probability ?? null,
        sources: (await findProvenance(db, keysOf(matches), parts.now())).map((one) => ({
          source: one.source,
          imported_at: one.importedAt.toISOString(),
          current_at: one.currentAt?.toISOString() ?? null,
          age: one.age,
        })),
      }
    },
  )
}

function keysOf(matches: readonly Match[]): string[] {
  return matches.flatMap(({ evidence }) =>
    evidence.map(({ source, advisoryId }) => `${source}:${advisoryId}`),
  )
}

function named({ score, severity, source, vector }: ChosenScore) {
  return { score, severity, vector, source: source && scoreSourceName(source) }
}

/** Curations as the REST interface spells them. */
import { z } from 'zod'
import type { Db } from '../../platform/database/db.ts'
import { vexJustifications } from '../vex.ts'
import { vulnerabilityStatuses } from '../vulnerability-status.ts'
import { curationSources, curationStates, scopeText, type Curation } from './curation.ts'
import { findUserNames } from './curation-store.ts'

export const scopeBody = {
  package: z.string(),
  version: z.string().nullable(),
  build: z.string().nullable(),
  build_from: z.number().int().nullable(),
  build_to: z.number().int().nullable(),
  subdir: z.string().nullable(),
  channel: z.string().nullable(),
  sha256: z.string().nullable(),
}

export const curationBody = z.object({
  id: z.string(),
  cve: z.string(),
  ...scopeBody,
  scope: z.string().describe('The same in words'),
  status: z.enum(vulnerabilityStatuses),
  source: z.enum(curationSources),
  author: z.string(),
  reason: z.string(),
  justification: z.enum(vexJustifications).nullable(),
  links: z.array(z.string()),
  origin: z.string().nullable(),
  needs_second_approver: z.boolean(),
  state: z.enum(curationStates),
  proposed_by: z.string().nullable(),
  proposed_at: z.string(),
  decided_by: z.string().nullable(),
  decided_at: z.string().nullable(),
  decision_note: z.string().nullable(),
  effective_at: z.string().nullable(),
  expires_at: z.string().nullable(),
  ended_at: z.string().nullable(),
})

export function toIso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

export async function toCurationBodies(
  db: Db,
  curations: readonly Curation[],
): Promise<z.output<typeof curationBody>[]> {
  const names = await findUserNames(
    db,
    curations.flatMap(({ proposedBy, decidedBy }) => [proposedBy, decidedBy]),
  )
  const nameOf = (id: string | null): string | null => (id === null ? null : (names.get(id) ?? id))
  return curations.map((curation) => ({
    id: curation.id,
    cve: curation.vulnerabilityId,
    package: curation.scope.condaName,
    version: curation.scope.version,
    build: curation.scope.build,
    build_from: curation.scope.buildFrom,
    build_to: curation.scope.buildTo,
    subdir: curation.scope.subdir,
    channel: curation.scope.channel,
    sha256: curation.scope.sha256,
    scope: scopeText(curation.scope),
    status: curation.status,
    source: curation.source,
    author: curation.author,
    reason: curation.reason,
    justification: curation.justification,
    links: [...curation.links],
    origin: curation.origin,
    needs_second_approver: curation.needsSecond,
    state: curation.state,
    proposed_by: nameOf(curation.proposedBy),
    proposed_at: new Date(curation.proposedMs).toISOString(),
    decided_by: nameOf(curation.decidedBy),
    decided_at: toIso(curation.decidedMs),
    decision_note: curation.decisionNote,
    effective_at: toIso(curation.effectiveMs),
    expires_at: toIso(curation.expiresMs),
    ended_at: toIso(curation.endedMs),
  }))
}

export async function toCurationBody(db: Db, curation: Curation): Promise<z.output<typeof curationBody>> {
  const [body] = await toCurationBodies(db, [curation])
  if (!body) throw new Error('one curation makes one body')
  return body
}

/** What claims would give somebody, asked before anybody signs in with them. */
import type { IdentityContext } from '../context.ts'
import { requirePermission } from '../require-permission.ts'
import { resolveClaims } from './apply-claims.ts'
import { mapClaims, type MappedClaims, type UnmappedClaims } from './map-claims.ts'

export interface TestedClaims extends MappedClaims {
  readonly provider: string
}

/** @throws AppError not-found, permission-denied */
export async function testClaims(
  ctx: IdentityContext,
  providerName: string | undefined,
  claims: UnmappedClaims,
): Promise<TestedClaims> {
  requirePermission(ctx.actor, 'settings:read')
  const { settings } = ctx.providers.get(providerName)
  const mapped = mapClaims(settings, claims)
  return { ...mapped, ...(await resolveClaims(ctx.db, mapped)), provider: settings.name }
}

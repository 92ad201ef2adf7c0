/** What the routes of providers share. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { RateLimit } from '../../platform/http/rate-limit.ts'
import { AppError } from '../../vocabulary/errors.ts'
import type { IdentityParts } from '../context.ts'

export interface OidcRouteParts extends IdentityParts {
  readonly publicUrl: string | undefined
  /** Attempts to sign in, by address; undefined for no limit. */
  readonly signIns: RateLimit | undefined
}

export const providerName = z.string().max(40)

export function originOf(request: FastifyRequest) {
  return { address: request.ip, userAgent: request.headers['user-agent'] }
}

export function limit(parts: OidcRouteParts, request: FastifyRequest): void {
  const seconds = parts.signIns?.take(request.ip)
  if (seconds === undefined) return
  throw new AppError('too-many-requests', `too many attempts to sign in: try again in ${seconds} s`, {
    details: { retry_after: seconds },
  })
}

/** Not made of what the request says of itself: codes would be sent wherever a request wants. */
export function callbackAddress({ publicUrl }: OidcRouteParts, provider: string): string {
  if (publicUrl === undefined) throw new Error('providers are configured without public_url') // refused at the start
  return new URL(`/api/auth/callback/${provider}`, publicUrl).href
}

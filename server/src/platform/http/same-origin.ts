/**
 * Whether a request that a browser's cookie speaks for was made by our own pages. A browser says where a
 * request comes from in headers that a page cannot set; without them there is no cookie session to use.
 */
import type { IncomingHttpHeaders } from 'node:http'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.has(method)
}

/** @param origins the addresses this server goes by, `https://packages.example` */
export function comesFromOwnPage(headers: IncomingHttpHeaders, origins: readonly string[]): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  const { origin } = headers
  if (origin !== undefined) return origins.includes(origin.toLowerCase())
  return site === 'same-origin'
}

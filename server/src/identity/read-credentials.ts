/**
 * Where a request carries its token. Clients put the same secret in many places; all of them lead to the
 * same table. docs: conda-protocol, "Authentication".
 */
import { Secret } from '../platform/secret.ts'
import { TOKEN_PATTERN } from './token-secret.ts'

export interface CredentialHeaders {
  readonly authorization?: string | undefined
  readonly 'x-api-key'?: string | string[] | undefined
  readonly 'x-auth'?: string | string[] | undefined
}

/**
 * The first token found: path, `X-Auth`, `X-API-Key`, `Authorization` as Bearer, `token` or Basic (pip and
 * twine send the token as user with the password `x-auth-token`, others as password of any user).
 */
export function readCredentials(
  headers: CredentialHeaders,
  pathToken: string | undefined,
): Secret | undefined {
  for (const candidate of candidates(headers, pathToken)) {
    if (candidate !== undefined && TOKEN_PATTERN.test(candidate)) return new Secret(candidate)
  }
  return undefined
}

function* candidates(
  headers: CredentialHeaders,
  pathToken: string | undefined,
): Generator<string | undefined> {
  yield pathToken
  yield single(headers['x-auth'])
  yield single(headers['x-api-key'])
  const [scheme, value] = splitOnce(headers.authorization ?? '', ' ')
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'token':
      yield value.trim()
      return
    case 'basic': {
      const [user, password] = splitOnce(Buffer.from(value.trim(), 'base64').toString('utf8'), ':')
      yield password === 'x-auth-token' ? user : password
      return
    }
    default:
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? undefined : value
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}

const PATH_TOKEN = /^\/(?:(api\/repo)\/)?t\/([^/?#]*)(\/[^]*)?$/

/**
 * Takes `/t/<token>` off a path: at the site root in front of anything, and after `/api/repo`, the two
 * places where conda puts it. @returns the path without it, and the token
 */
export function splitPathToken(path: string): { path: string; token: string | undefined } {
  const match = PATH_TOKEN.exec(path)
  if (!match) return { path, token: undefined }
  const [, prefix, token, rest] = match
  return { path: `${prefix ? `/${prefix}` : ''}${rest ?? '/'}`, token }
}

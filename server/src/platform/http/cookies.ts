/** Cookies, as far as this server needs them: it reads one, and sets one. */

/** The value of a cookie; undefined when there is none, or more than one, which no browser of ours sends. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
  return values.length === 1 ? values[0] : undefined
}

/**
 * The session cookie's name and attributes. Over TLS it has the prefix `__Host-`, which a browser takes from
 * this very host alone: a neighbour under the same domain cannot plant a session.
 */
export function sessionCookieName(secure: boolean): string {
  return secure ? '__Host-terrarium' : 'terrarium-session'
}

export function sessionCookie(value: string, secure: boolean, maxAgeSeconds: number): string {
  return cookie(sessionCookieName(secure), value, secure, maxAgeSeconds)
}

/** What binds a sign-in with a provider to the browser that began it. */
export function attemptCookieName(secure: boolean): string {
  return secure ? '__Host-terrarium-sign-in' : 'terrarium-sign-in'
}

export function attemptCookie(value: string, secure: boolean, maxAgeSeconds: number): string {
  return cookie(attemptCookieName(secure), value, secure, maxAgeSeconds)
}

function cookie(name: string, value: string, secure: boolean, maxAgeSeconds: number): string {
  const parts = [
    `${name}=${value}`,
    'Path=/',
    `Max-Age=${maxAgeSeconds}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(secure ? ['Secure'] : []),
  ]
  return parts.join('; ')
}
